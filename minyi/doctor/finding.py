"""What a check finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from minyi.console import Exit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from storage.errors import MinyiError

State = Literal["ok", "warn", "fail"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: what was looked at, in a word; it stays the same from version to version.
        state: `ok`; `warn`, where work goes on but somebody should look; `fail`, where commands fail.
        what: what was found, as a sentence. It holds no key and no address that may hold one.
        remedy: what to do; empty where nothing is to be done.
    """

    check: str
    state: State
    what: str
    remedy: str = ""


def found_in(check: str, error: MinyiError, state: State = "fail") -> Finding:
    """An error a person may see, as a finding."""
    where = f"{error.where}: " if error.where else ""
    return Finding(check, state, f"{where}{error.what}", error.remedy)


def exit_of(findings: Iterable[Finding]) -> Exit:
    """1 where something fails, 3 where somebody should look, else 0."""
    states = {finding.state for finding in findings}
    if "fail" in states:
        return Exit.FAILED
    return Exit.PARTIAL if "warn" in states else Exit.OK
