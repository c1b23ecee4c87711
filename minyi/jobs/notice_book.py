"""Which causes are open and who was told of them: `data/notices.json`, so that nobody is told twice.

An address is noted as "sending" on the disk before anything is sent to it, and as "told" after. What a crash left at
"sending" may have arrived or not: it is sent once more, as "again", and says so. So nothing is lost by one crash, and
nobody is told more than twice, whatever happens. What surely failed is taken back, and the next run tries again.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, get_args

from minyi.jobs.alerts import Alert, could_see
from minyi.unattended_sections import CAUSES
from storage.files import read_json, write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from minyi.jobs.alerts import JobFacts
    from minyi.unattended_sections import Cause

FILE = "notices.json"
FORMAT = 1
Sent = Literal["sending", "again", "told"]
_WRONG = (ValueError, KeyError, TypeError, AttributeError, OverflowError)


@dataclass(slots=True)
class Notice:
    """One cause, from when it was first seen until everyone who was told of it was told that it is over.

    Attributes:
        alert: what it is.
        since: UTC milliseconds of the run that saw it first.
        over: of the run that no longer saw it, None while it is open.
        told: by name of an address's variable, how far telling it has come.
        told_over: likewise, telling that it is over.
    """

    alert: Alert
    since: int
    over: int | None = None
    told: dict[str, Sent] = field(default_factory=dict)
    told_over: dict[str, Sent] = field(default_factory=dict)

    def due(self, name: str) -> list[dict[str, Sent]]:
        """The notes that a message to this address would change: of telling it, of telling that it is over, of both."""
        over = [self.told_over] if self.over is not None and _waits(self.told_over, name) else []
        return [self.told, *over] if _waits(self.told, name) else over


def _waits(marks: dict[str, Sent], name: str) -> bool:
    return marks.get(name) in {None, "sending"}


def merged(known: Iterable[Notice], found: Sequence[Alert], facts: JobFacts, now: int) -> list[Notice]:
    """The book after a run: new causes, those that go on, and those that are over.

    A cause that comes again before anyone was told that it was over goes on; where nobody knows whether somebody heard
    so, as after a crash, the next message says that it may be one too many. A spike is of one day and never over; it
    leaves the book when it is no longer looked for.
    """
    book = {notice.alert.key: notice for notice in known}
    seen = {alert.key: alert for alert in found}
    for key, alert in seen.items():
        notice = book.get(key)
        if notice is None or notice.told_over:
            book[key] = Notice(alert, now, told=_unsure(notice))
        else:
            notice.alert, notice.over = alert, None
    for key, notice in list(book.items()):
        if key in seen or not could_see(facts, notice.alert.kind, notice.alert.subject):
            continue
        if notice.alert.kind == "spike":
            del book[key]
        elif notice.over is None:
            notice.over = now
    return list(book.values())


def _unsure(notice: Notice | None) -> dict[str, Sent]:
    """Of a cause that was over: those of which nobody knows whether they heard so, as if they were being told."""
    return {name: "sending" for name, mark in notice.told_over.items() if mark != "told"} if notice else {}


def open_notices(book: Iterable[Notice]) -> list[Notice]:
    """The causes that are not over."""
    return [notice for notice in book if notice.over is None]


def kept(book: Iterable[Notice], names: Sequence[str], wanted: Callable[[Alert], bool]) -> list[Notice]:
    """The book without causes that are over and that nobody is left to hear of."""

    def waits(notice: Notice) -> bool:
        return wanted(notice.alert) and any(notice.due(name) for name in names)

    return [notice for notice in book if notice.over is None or waits(notice)]


def read_book(folder: Path) -> tuple[list[Notice], bool]:
    """The book, and whether it could be read; one that cannot be is begun anew, as what it says is not known."""
    try:
        facts = read_json(folder / FILE)
        if facts.get("sha256", digest := _digest(facts["causes"])) != digest:
            raise ValueError("not what was written")
        return [_notice(cause) for cause in facts["causes"]], True
    except FileNotFoundError:
        return [], True
    except (OSError, *_WRONG):
        return [], False


def write_book(folder: Path, book: Iterable[Notice]) -> None:
    """Keep the book, whole or not at all.

    Raises:
        storage.files.FileWriteError: it cannot be written.
    """
    causes = [asdict(notice) for notice in book]
    facts = {"format": FORMAT, "sha256": _digest(causes), "causes": causes}
    write_atomically(folder / FILE, json.dumps(facts, ensure_ascii=False, indent=1).encode(errors="replace"))


def _digest(causes: list[Any]) -> str:
    """Of the causes, so that a bit that turned over tells nobody of another cause, and keeps nobody from being told."""
    text = json.dumps(causes, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def _notice(cause: dict[str, Any]) -> Notice:
    return Notice(
        alert=_alert(**cause["alert"]),
        since=int(cause["since"]),
        over=None if cause["over"] is None else int(cause["over"]),
        told=_marks(cause["told"]),
        told_over=_marks(cause["told_over"]),
    )


def _alert(kind: Cause, subject: str, error: str, n: int, usual: float, since: int | None) -> Alert:
    if kind not in CAUSES:
        raise ValueError("no kind of cause")
    moment = None if since is None else int(since)
    return Alert(kind, str(subject), str(error), int(n), float(usual), moment)


def _marks(said: dict[str, Any]) -> dict[str, Sent]:
    if not {*said.values()} <= {*get_args(Sent)}:
        raise ValueError("no mark of how far telling has come")
    return dict(said)
