"""What the system's own scheduler has to be told of a study: lines for cron, or a service and a timer for systemd."""

from __future__ import annotations

import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from minyi.jobs.scheduling import planned
from minyi.stopping import GRACE_S
from storage.errors import UsageError
from storage.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minyi.console import Console
    from minyi.jobs.scheduling import Plan

RETRY_HOUR = 1
"""A second call so many hours later ends at once where the first did its work, and repeats it where it failed."""
_PLAIN = re.compile(r"[\w@+=:,./-]+")
_LONGEST = 100_000
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def print_for(scheduler: str, folders: Sequence[Path], console: Console) -> None:
    """Print it for each study; `scheduler` is crontab or systemd.

    Raises:
        StudyFileError: a study file cannot be read.
        UsageError: it has no [schedule], or its folder has a name that cannot be printed.
    """
    for plan in map(planned, folders):
        _must_be_one_line(plan)
        text = crontab(plan) if scheduler == "crontab" else systemd(plan)
        console.say(text)
        console.event("schedule", study=str(plan.folder), text=text)
    console.event("done", exit=0)


def crontab(plan: Plan) -> str:
    """Lines for `crontab -e`; which clock cron goes by is said where the program differs."""
    at, every = plan.schedule.at, plan.schedule.every
    weekday = str((_DAYS.index(plan.schedule.weekday) + 1) % 7) if every == "week" else "*"
    times = [f"{at.minute} * * * *"]
    if every != "hour":
        hours = [at.hour, at.hour + RETRY_HOUR] if at.hour + RETRY_HOUR < 24 else [at.hour]  # noqa: PLR2004  of a day
        times = [f"{at.minute} {hour} * * {weekday}" for hour in hours]
    log = shlex.quote(str(plan.folder.resolve() / "run.log"))
    command = f"{shlex.join(_run(plan))} --quiet >> {log} 2>&1".replace("%", r"\%")
    return "\n".join(
        [
            f"# minyi {_line(plan.folder.resolve())}, every {every}. Debian's cron goes by the machine's zone.",
            f"CRON_TZ={plan.zone.key}",
            *(f"{time} {command}" for time in times),
        ]
    )


def systemd(plan: Plan) -> str:
    """A service and its timer, each to be put into the file that its first line names."""
    at, folder = plan.schedule.at, plan.folder.resolve()
    day = plan.schedule.weekday[:3].title() + " " if plan.schedule.every == "week" else ""
    clock = f"*:{at:%M}:00" if plan.schedule.every == "hour" else f"{at:%H:%M}:00"
    name = f"minyi-{plan.study}"
    return f"""\
# /etc/systemd/system/{name}.service
[Unit]
Description=minyi: {_line(plan.study)}
Wants=network-online.target
After=network-online.target

[Service]
Type=oneshot
ExecStart={" ".join(map(_quoted, [*_run(plan), "--json"]))}
SuccessExitStatus=3 75
TimeoutStopSec={GRACE_S + 6:.0f}
EnvironmentFile=-/etc/minyi/environment
# User=, and what else a service may be kept from: see docs/deploy/minyi.service. Its files: {_line(folder)}

# /etc/systemd/system/{name}.timer
[Unit]
Description=minyi: {_line(plan.study)}, every {plan.schedule.every}

[Timer]
OnCalendar={day}*-*-* {clock} {plan.zone.key}
Persistent=true

[Install]
WantedBy=timers.target"""


def _must_be_one_line(plan: Plan) -> None:
    """A line's end in a name would begin another line of the crontab, and what is shown otherwise names no folder."""
    for word in _run(plan):
        if "\n" in word or clean(word, _LONGEST) != word:
            remedy = "Rename the folder: without line ends, control characters, and letters in parts (NFD)."
            raise UsageError("the name cannot be written into a crontab or a unit", where=repr(word), remedy=remedy)


def _run(plan: Plan) -> list[str]:
    program = shutil.which(sys.argv[0]) if sys.argv and Path(sys.argv[0]).name == "minyi" else None
    begun = [str(Path(program).absolute())] if program else [sys.executable, "-m", "minyi"]
    return [*begun, "run", str(plan.folder.resolve())]


def _quoted(word: str) -> str:
    """As systemd reads a word: `%` and `$` stand for something there."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return plain if _PLAIN.fullmatch(word) else f'"{plain}"'


def _line(text: object) -> str:
    """What goes into a comment or a description: one line."""
    return " ".join(str(text).split()).replace("%", "%%")
