"""Asking for the heartbeat's address after a job: whoever watches it hears of the run that never came."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from minyi.jobs.alerts import DONE, STOPPED_BY_A_PERSON, TERMINATED

if TYPE_CHECKING:
    from minyi.console import Console

FAIL = "_FAIL"
"""The variable of this ending may hold an address that is asked for after a run that failed."""


def heartbeat(variable: str, code: int, console: Console) -> bool:
    """Ask for the address in the variable after exit code 0 or 3, for that in VARIABLE_FAIL after a failure.

    A stopped job asks for none: it has five seconds to end. What goes wrong is a warning, which names the variable.

    Args:
        variable: the name that `[notify] heartbeat` gives; "" where there is none.
        code: the job's exit code.
        console: where the warning is said.

    Returns:
        Whether an address was asked for and answered well.
    """
    if not variable or code in {STOPPED_BY_A_PERSON, TERMINATED}:
        return False
    name = variable if code in DONE else f"{variable}{FAIL}"
    url = os.environ.get(name, "").strip()
    if not url:
        if code in DONE:
            console.warn(f"no heartbeat was sent: {name} is not set here")
        return False
    from scrapers.heartbeat import beat

    wrong = beat(url)
    if wrong:
        console.warn(f"no heartbeat was sent to the address in {name}: {wrong}")
    return not wrong
