"""Says what was found: to a person, a line each; to a job, an event each."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

from minyi.console import so_many
from minyi.doctor.finding import exit_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from minyi.console import Console, Exit
    from minyi.doctor.finding import Finding


def show_findings(findings: Iterable[Finding], console: Console) -> Exit:
    """Say each as it is found, then how many there are of each state.

    Returns:
        The exit code: 1 where something fails, 3 where somebody should look, else 0.
    """
    told = []
    for finding in findings:
        told.append(finding)
        _show(finding, console)
        console.event("finding", **asdict(finding))
    code, states = exit_of(told), Counter(finding.state for finding in told)
    if code:
        console.say(f"\n{so_many(states['fail'], 'failure')}, {so_many(states['warn'], 'warning')}.")
    else:
        console.say("\nAll in order.")
    console.event("done", exit=int(code), **{state: states[state] for state in ("ok", "warn", "fail")})
    return code


def _show(finding: Finding, console: Console) -> None:
    """In quiet, only what somebody should look at is said."""
    remedy = f"what to do: {finding.remedy}" if finding.remedy else ""
    if console.quiet and not console.json and finding.state != "ok":
        console.warn(" ".join(filter(None, (f"{finding.check}: {finding.what}", remedy))))
        return
    console.say(f"{finding.state:<5} {finding.check}: {finding.what}".replace("\n", "\n      "))
    if remedy:
        console.say(f"      {remedy}")
