"""Telling people how a job went: each cause once, all of a run in one message, and never in the quiet hours.

Nothing here can make a job fail: what cannot be told or kept is a warning.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from minyi.jobs import alert_texts
from minyi.jobs.afterwards import after_job
from minyi.jobs.alerts import STOPPED_BY_A_PERSON, TERMINATED, alerts_of
from minyi.jobs.job_facts import facts_of, facts_without_store
from minyi.jobs.notice_book import kept, merged, open_notices, read_book, write_book
from minyi.jobs.sending import addresses, send
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from minyi.console import Console
    from minyi.jobs.alerts import Alert, JobFacts
    from minyi.jobs.notice_book import Notice
    from minyi.jobs.sending import Address
    from minyi.study_file import LoadedStudy
    from minyi.unattended_sections import QuietHours
    from minyi.workspace import Workspace

_STOPPED = frozenset({STOPPED_BY_A_PERSON, TERMINATED})


def tell(workspace: Workspace, receipt: dict[str, Any], console: Console, *, now: datetime | None = None) -> list[str]:
    """Tell how a job went, once it has ended, and put into its receipt what is open (`alerts`) and was told (`told`).

    The heartbeat's address is asked for, and the metrics and the page of receipts are written, too.

    Args:
        workspace: the study.
        receipt: of the job: `exit`, `started_at`, `seconds`, `window`, and `steps` with command, run and exit.
        console: where what cannot be told or kept is a warning.
        now: the present moment.

    Returns:
        The causes that at least one address was told of, those that are over as "over KIND:SUBJECT".
    """
    facts = facts_without_store(receipt)
    if facts.exit not in _STOPPED:  # there a stopped job has five seconds to end
        try:
            facts = facts_of(workspace, receipt)
        except MinyiError as error:
            console.warn(f"what there is to tell could not be read: {error}")
    told = tell_facts(workspace.loaded, facts, receipt, console, now=now)
    after_job(workspace.loaded, receipt, console, now or datetime.now(UTC))
    return told


def tell_without_store(
    loaded: LoadedStudy, receipt: dict[str, Any], console: Console, *, now: datetime | None = None
) -> list[str]:
    """The same for a job whose store could not be opened."""
    told = tell_facts(loaded, facts_without_store(receipt), receipt, console, now=now)
    after_job(loaded, receipt, console, now or datetime.now(UTC))
    return told


def tell_facts(
    loaded: LoadedStudy, facts: JobFacts, receipt: dict[str, Any], console: Console, *, now: datetime | None = None
) -> list[str]:
    """Send and keep what there is to tell."""
    moment = now or datetime.now(UTC)
    ms = round(moment.timestamp() * 1000)
    teller = Teller(loaded, console)
    known, whole = read_book(teller.data)
    if not whole:
        console.warn("data/notices.json cannot be read and is begun anew: what is still so is told once more")
    book = merged(known, alerts_of(facts), facts, ms)
    quiet = is_quiet(loaded.notify.quiet, moment, loaded)
    told = teller.tell(book, send_now=not quiet and facts.exit not in _STOPPED)
    receipt["alerts"] = [notice.alert.key for notice in open_notices(book)]
    receipt["told"] = told
    return told


def is_quiet(quiet: QuietHours | None, now: datetime, loaded: LoadedStudy) -> bool:
    """Whether nobody is to be told anything at this time, by the study's clock; the hours may span midnight."""
    if quiet is None:
        return False
    clock = now.astimezone(loaded.study.zone).time()
    if quiet.start < quiet.end:
        return quiet.start <= clock < quiet.end
    return clock >= quiet.start or clock < quiet.end


class Teller:
    """Sends what each address has not heard yet, with the book on the disk before and after."""

    def __init__(self, loaded: LoadedStudy, console: Console) -> None:
        self._loaded, self._console = loaded, console
        self.data: Path = loaded.path.parent / "data"
        self._addresses = addresses(loaded.notify.variables)

    def tell(self, book: Sequence[Notice], *, send_now: bool) -> list[str]:
        """Send one message to each address for which there is something, and keep the book."""
        told: list[str] = []
        try:
            if send_now:
                for address in self._addresses:
                    told += self._tell_one(address, book)
            names = [address.name for address in self._addresses]
            write_book(self.data, kept(book, names, self._wanted))
        except MinyiError as error:  # what cannot be noted is not sent: it would be sent again by every run
            self._console.warn(f"nobody can be told: {error}")
        return list(dict.fromkeys(told))

    def _tell_one(self, address: Address, book: Sequence[Notice]) -> list[str]:
        """Note "sending", send, note what came of it."""
        due = [(notice, notice.due(address.name)) for notice in book if self._wanted(notice.alert)]
        due = [(notice, marks) for notice, marks in due if marks]
        if not due:
            return []
        if not address.is_set:
            self._console.warn(f"{address.name} is not set, so nobody is told there what went wrong")
            return []
        new = [notice for notice, marks in due if any(mark is notice.told for mark in marks)]
        over = [notice for notice, marks in due if all(mark is not notice.told for mark in marks)]
        notes = [mark for _, marks in due for mark in marks]
        before = [mark.get(address.name) for mark in notes]
        for mark, was in zip(notes, before, strict=True):
            mark[address.name] = "again" if was else "sending"
        write_book(self.data, book)
        sent = self._send(address, new, over, again=any(before))
        for mark, was in zip(notes, before, strict=True):
            if sent:
                mark[address.name] = "told"
            elif was:
                mark[address.name] = was
            else:
                del mark[address.name]
        write_book(self.data, book)
        return [*(one.alert.key for one in new), *(f"over {one.alert.key}" for one in over)] if sent else []

    def _send(self, address: Address, new: Sequence[Notice], over: Sequence[Notice], *, again: bool) -> bool:
        """Whether it went, or may have gone."""
        study, language = self._loaded.study, self._loaded.notify.language
        began = [alert_texts.begun(one.alert, one.since, one.over, study.zone, language) for one in new]
        ended = [alert_texts.ended(one.alert, study.zone, language) for one in over]
        try:
            outcome = send(address, *alert_texts.message(study.id, began, ended, language, again=again))
        except MinyiError as error:
            self._console.warn(str(error))
            return False
        if outcome == "failed":
            self._console.warn(f"no message went to {address.shown}; the next run tries again")
        if outcome == "unknown":
            self._console.warn(f"{address.shown} did not answer in time; the message may have arrived")
        return outcome != "failed"

    def _wanted(self, alert: Alert) -> bool:
        return alert.kind in self._loaded.notify.on
