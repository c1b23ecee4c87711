"""A report's file checked against the store: every claim, figure, quote and event."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from minyi.figures import changes, flat, without_claims, written
from minyi.manifests import NUMBERS, kept_by
from minyi.rerunning import read_report, recount, said_of
from minyi.verified_texts import compare_edition
from reports.masking import masked
from reports.numbers import dump_numbers
from reports.panel_claims import PANEL_IDS, panel_of
from storage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from minyi.console import Console
    from minyi.manifests import Kept
    from minyi.rerunning import ReadReport, Recounted
    from minyi.workspace import Workspace
    from storage.nouns import PolicyEvent

_LONGEST = 2_000
"""Characters of a text that are kept; on the screen only what differs is shown."""


class Failure(NamedTuple):
    """Something in a report that the store does not bear out.

    Attributes:
        what: claim, figure, quote, event, text, store or kept.
        name: which: a claim's id, a figure's path, a comment's id, an event's title, a panel's id, a file.
        printed: as the report says it.
        recomputed: as it is.
        claims: ids of the claims that it belongs to, that quote it or speak of it, or that moved with it.
    """

    what: str
    name: str
    printed: str
    recomputed: str
    claims: tuple[str, ...] = ()


class Tally(NamedTuple):
    """How many were looked at, and how many of them were right."""

    right: int
    all: int


@dataclass
class Verdict:
    """What was found of one file."""

    path: Path
    run: str
    tallies: dict[str, Tally] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def take(self, what: str, total: int, found: list[Failure]) -> None:
        """Count what was looked at, and keep what is wrong; several faults of one are one."""
        self.tallies[what] = Tally(total - min(total, len({one.name for one in found})), total)
        self.failures += found


def study_of(report: Path) -> Path:
    """The folder of the study that a report's file lies in; the present one where it lies in none."""
    folders = report.resolve().parents
    return next((folder for folder in folders if (folder / "study.toml").is_file()), Path())


def verify(
    workspace: Workspace, report: Path, console: Console, counted: dict[str, Recounted] | None = None
) -> Verdict:
    """Count a report's numbers again, and compare everything that its file says.

    Args:
        workspace: the study.
        report: the file, or a link to it.
        console: where to say how far it is.
        counted: what was counted again before, by run; this run is added to it.

    Raises:
        UsageError: it is no report, of another study, or of a run that the study does not know.
        NoManifest, ManifestChanged: nothing is left to check it by.
    """
    if not report.is_file():
        raise UsageError("there is no such file", where=str(report), remedy="Name numbers.json or a file beside it.")
    read = read_report(report.resolve())
    _same_study(read, workspace)
    again = _counted(workspace, read.run, console, {} if counted is None else counted)
    kept = again.kept
    verdict = Verdict(report, read.run)
    _damaged(verdict, kept)
    if again.other_code:
        verdict.notes.append(f"other code: {again.other_code}")
    numbers = kept.numbers if read.numbers is None else read.numbers
    _compare(verdict, numbers, again)
    _lost(verdict, again)
    if read.numbers is None:
        _texts(verdict, read, again)
    elif not verdict.failures and not _as_written(read, again):
        verdict.failures.append(Failure("figure", NUMBERS, "", "says the same in other bytes", (PANEL_IDS["method"],)))
    _events(verdict, numbers, kept.manifest.study.events, workspace.study.events)
    return verdict


def _counted(workspace: Workspace, run: str, console: Console, counted: dict[str, Recounted]) -> Recounted:
    """A run's numbers, counted again once however many of its files are checked."""
    if run not in counted:
        kept = kept_by(workspace, run)
        with console.progress("counting"):
            counted[run] = recount(workspace, kept, afresh=False)
    return counted[run]


def _as_written(read: ReadReport, again: Recounted) -> bool:
    """Whether a file is to the byte what its run wrote, whatever it is called now, or what is written today."""
    if read.numbers is not None and read.content == dump_numbers(again.numbers):
        return True
    return hashlib.sha256(read.content).hexdigest() in again.kept.manifest.files.values()


def _same_study(read: ReadReport, workspace: Workspace) -> None:
    if read.numbers is not None and read.numbers["study"]["id"] != workspace.study.id:
        what = f"this is a report of the study {read.numbers['study']['id']}, not of {workspace.study.id}"
        raise UsageError(what, where=str(read.path), remedy="Name its study: --study FOLDER.")


def _damaged(verdict: Verdict, kept: Kept) -> None:
    """What the run kept of itself that is not what it wrote."""
    for name in kept.changed:
        what = f"no claim can be recomputed: {name} is not what the run wrote, in {kept.folder}"
        verdict.failures.append(Failure("kept", name, "", what))


def _lost(verdict: Verdict, again: Recounted) -> None:
    """What is not in the store as it was, with the claims that moved; those that hang on it where none moved."""
    moved = tuple(dict.fromkeys(it.name for it in verdict.failures if it.what == "claim"))
    for line in said_of(again):
        if not line.startswith(("not what the run wrote", "other code")):
            hangs = "labels" if line.startswith(("labels", "comments of the sample")) else "method"
            verdict.failures.append(Failure("store", "store", "", line, moved or (PANEL_IDS[hangs],)))


def _compare(verdict: Verdict, numbers: Mapping[str, Any], again: Recounted) -> None:
    """Claims, quotes and all other figures."""
    old = {str(claim.get("id")): claim for claim in numbers["claims"]}
    new = {str(claim["id"]): claim for claim in again.numbers["claims"]}
    wrong = [failure for name in dict.fromkeys((*old, *new)) for failure in _claim(name, old.get(name), new.get(name))]
    verdict.take("claims", max(len(old), len(new)), wrong)
    quotes = {name: text for it in (again.numbers, numbers) for name, text, _ in _quotes(it)}
    verdict.take("quotes", len(quotes), list(_quoted(numbers, again)))
    then, now = without_claims(numbers), without_claims(again.numbers)
    figures = [
        Failure("figure", it.name, _short(it.old), _short(it.new), _shown_by(it.name, it.old))
        for it in changes(then, now)
    ]
    verdict.take("figures", max(len(then), len(now)), figures)


def _claim(name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> list[Failure]:
    if old is None or new is None:
        return [Failure("claim", name, _short(old and old.get("value")), _short(new and new.get("value")), (name,))]
    found = changes(dict(flat(old)), dict(flat(new)))
    return [
        Failure("claim", name, f"{it.name} {_short(it.old)}", f"{it.name} {_short(it.new)}", (name,)) for it in found
    ]


def _shown_by(path: str, value: object) -> tuple[str, ...]:
    """The claim on the panel that shows a figure; of the optional paragraph, the claims that it tells."""
    part = re.split(r"[.\[]", path, maxsplit=1)[0]
    told = re.findall(r"\bC\d+\b", str(value)) if part == "paragraph" else []
    return tuple(dict.fromkeys(told)) or (panel_of(part),)


def _short(value: Any) -> str:  # noqa: ANN401  JSON
    text = "nothing" if value is None else (value or '""') if isinstance(value, str) else written(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _quotes(tree: Any, part: str = "") -> Iterator[tuple[str, str, str]]:  # noqa: ANN401  JSON
    """Every comment that is quoted: its id, its words as printed, and the first name of where they stand."""
    if isinstance(tree, dict):
        if isinstance(tree.get("id"), str) and isinstance(tree.get("text"), str):
            yield tree["id"], tree["text"], part
        for name, inside in tree.items():
            yield from _quotes(inside, part or name)
    elif isinstance(tree, list):
        for inside in tree:
            yield from _quotes(inside, part)


def _quoted(numbers: Mapping[str, Any], again: Recounted) -> Iterator[Failure]:
    """The quotes that are not in the store, or in other words."""
    printed = list(_quotes({name: part for name, part in numbers.items() if name != "claims"}))
    ids = {name for name, _, _ in printed}
    rows = again.comments[again.comments["id"].isin(ids)]
    stored = dict(zip(rows["id"].tolist(), rows["text"].tolist(), strict=True))
    paraphrases = again.kept.told.get("paraphrases", {})
    for name, text, part in printed:
        claims = (panel_of(part), *_quoting(numbers, text))
        if name not in stored:
            yield Failure("quote", name, _short(text), "not in the store", claims)
        elif not _same_words(text, str(stored[name])) and text not in dict(paraphrases.get(name) or {}).values():
            yield Failure("quote", name, _short(text), _short(masked(str(stored[name]))), claims)


def _quoting(numbers: Mapping[str, Any], text: str) -> list[str]:
    """The claims whose sentence quotes a text, or its beginning."""
    found = []
    for claim in numbers["claims"]:
        said = [
            str(slot["said"]["text"]).removesuffix("…").rstrip() for slot in claim["slots"].values() if "said" in slot
        ]
        if any(one and text.startswith(one) for one in said):
            found.append(str(claim["id"]))
    return found


def _same_words(printed: str, stored: str) -> bool:
    """Whether a quote says what is stored: masked, on one line, and perhaps cut short."""
    own = " ".join(masked(stored).split())
    said = " ".join(printed.split())
    return said == own or (said.endswith("…") and own.startswith(said[:-1].rstrip()) and len(said) > 1)


def _texts(verdict: Verdict, read: ReadReport, again: Recounted) -> None:
    """What a reader of an edition sees; other code, or other fonts, may word or break what the run wrote otherwise."""
    languages = again.kept.manifest.study.report_languages
    found = compare_edition(read, again.numbers, languages)
    written = _as_written(read, again)
    if written and found.differing and not verdict.failures:
        verdict.notes.append(
            f"texts that are as the run wrote them, and would be others today: {len(found.differing):,}"
        )
        verdict.tallies["texts"] = Tally(found.texts, found.texts)
        return
    wrong = [
        Failure(
            "claim" if it.claims else "text",
            ", ".join(it.claims) or it.panel,
            it.printed[:_LONGEST],
            it.expected[:_LONGEST],
            tuple(it.claims) or (it.panel,),
        )
        for it in found.differing
    ]
    verdict.tallies["texts"] = Tally(found.texts - min(found.texts, len(wrong)), found.texts)
    _less_claims(verdict, {name for it in found.differing for name in it.claims})
    verdict.failures += [
        it._replace(printed=it.printed[:_LONGEST], recomputed=it.recomputed[:_LONGEST]) for it in wrong
    ]
    if not wrong and not found.same_bytes and not written:
        unseen = Failure("text", read.path.name, "", "differs in what no reader sees", (found.unseen,))
        verdict.failures.append(unseen)


def _less_claims(verdict: Verdict, told_wrong: set[str]) -> None:
    """Take claims that a text tells otherwise off those that are borne out."""
    already = {it.name for it in verdict.failures if it.what == "claim"}
    right, total = verdict.tallies["claims"]
    verdict.tallies["claims"] = Tally(max(0, right - len(told_wrong - already)), total)


def _events(
    verdict: Verdict, numbers: Mapping[str, Any], then: tuple[PolicyEvent, ...], now: tuple[PolicyEvent, ...]
) -> None:
    """The report's events, against the timeline as it is now: one that came later is no fault."""
    known = [event.model_dump(mode="json", exclude={"id"}) for event in now]
    wrong = []
    for number, event in enumerate(then, start=1):
        if event.model_dump(mode="json", exclude={"id"}) not in known:
            same = [it for it in now if it.date == event.date or it.title == event.title]
            became = written(same[0].model_dump(mode="json", exclude={"id"})) if same else "not in the timeline now"
            title = f"{number} {event.title.in_language('en')} ({event.date})"
            bound = (*_bound(numbers, number, event), PANEL_IDS["events"])
            wrong.append(Failure("event", title, written(event.model_dump(mode="json", exclude={"id"})), became, bound))
    verdict.take("events", len(then), wrong)


def _bound(numbers: Mapping[str, Any], number: int, event: PolicyEvent) -> list[str]:
    """The claims that speak of an event, by its number or by its title."""
    title = event.title.model_dump()
    return [
        str(claim["id"])
        for claim in numbers["claims"]
        if any(
            (name.startswith("event") and slot == {"int": number}) or slot == {"name": title}
            for name, slot in claim["slots"].items()
        )
    ]
