"""The work of `minyi notify`: who is told, of what, and whether a test message goes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minyi.console import Exit
from minyi.jobs.alert_texts import minute, sentence, trial
from minyi.jobs.notice_book import open_notices, read_book
from minyi.jobs.sending import addresses, send
from storage.errors import UsageError

if TYPE_CHECKING:
    from minyi.console import Console
    from minyi.jobs.sending import Address
    from minyi.study_file import LoadedStudy

_SAID = {
    "sent": "the message went",
    "failed": "no message went: check the address in the variable, and that this machine may reach the service",
    "unknown": "no answer in time; the message may have arrived",
}


def show_addresses(loaded: LoadedStudy, console: Console) -> Exit:
    """Each address by variable and kind of service, and the causes that are open."""
    notify, zone = loaded.notify, loaded.study.zone
    found = _addresses(loaded)
    console.say(f"Told of: {', '.join(notify.on) or 'nothing'}")
    for address in found:
        console.say(f"Told: {address.shown}")
    book, whole = read_book(loaded.path.parent / "data")
    if not whole:
        console.warn("data/notices.json cannot be read: what is open is not known before the next run")
    for notice in open_notices(book):
        console.say(f"Open since {minute(notice.since, zone)}: {sentence(notice.alert, zone).en}")
    causes = [{"cause": notice.alert.key, "since": notice.since} for notice in open_notices(book)]
    console.event("done", addresses=[_facts(address) for address in found], on=notify.on, open=causes)
    return Exit.OK


def test_addresses(loaded: LoadedStudy, console: Console) -> Exit:
    """Send a message to each address, and say of each whether it went.

    Raises:
        UsageError: the study file names no address.
        minyi.jobs.sending.AppriseMissing: the library is not installed.
    """
    found = _addresses(loaded)
    title, body = trial(loaded.study.id, loaded.notify.language)
    outcomes = []
    for address in found:
        outcome = send(address, title, body) if address.is_set else "failed"
        said = _SAID[outcome] if address.is_set else "the variable is not set here; a scheduled job has its own"
        console.say(f"{address.shown}: {said}")
        outcomes.append(outcome)
    shown = [_facts(address) | {"outcome": outcome} for address, outcome in zip(found, outcomes, strict=True)]
    sent = outcomes.count("sent")
    code = Exit.OK if sent == len(found) else Exit.PARTIAL if sent else Exit.FAILED
    console.event("done", exit=int(code), addresses=shown)
    return code


def _addresses(loaded: LoadedStudy) -> list[Address]:
    if not loaded.notify.variables:
        what, remedy = "nobody is told", 'Name environment variables in [notify]: variables = ["MINYI_NOTIFY_TEAM"].'
        raise UsageError(what, where=str(loaded.path), remedy=remedy)
    return addresses(loaded.notify.variables)


def _facts(address: Address) -> dict[str, object]:
    return {"address": address.shown, "set": address.is_set}
