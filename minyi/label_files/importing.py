"""Labels out of a file into the study: each comment found by its id, each row that cannot be used counted and named.

Nothing that is stored is lost: a label that differs from what its person said last is one more revision. A label they
have given before and changed since is not brought back by an old file; it is counted.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from minyi.label_files.exporting import annotator_of, items_of, name_of
from minyi.label_files.reading import read_labels
from minyi.label_files.said import Said
from minyi.labels import task_of
from minyi.learning import spellings
from minyi.receipts import recorded_run
from minyi.refusals import Refusals
from storage.errors import MinyiError, UsageError
from storage.judgements import CODES
from storage.nouns import Page, Reject
from storage.records import Added
from storage.text import clean, clean_line, is_blank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from minyi.console import Console
    from minyi.workspace import Workspace
    from storage.records import Judgement

COMMAND = "labels-import"
_COMPARED = 160  # letters of a text that tell whether it is the comment's
_REASONS_SHOWN = 12

Content = tuple[Any, ...]
"""What a judgement says, without when and how."""


class People(NamedTuple):
    """Whose labels they are: `nameless` of rows that name nobody, and other names for people a file names."""

    nameless: str = ""
    renamed: Mapping[str, str] = {}

    def of(self, who: str) -> str:
        """The annotator of a row, "" where nobody is named in letters that can be seen."""
        name = clean_line(self.renamed.get(who, who) or self.nameless)
        return "" if is_blank(name) else annotator_of(name)


@dataclass
class Sorted:
    """The rows of a file, each in the one pile where it belongs.

    Attributes:
        new: judgements to be kept, by annotator, in the file's order.
        known: rows that say what their person said last.
        older: rows that say what their person said before and has changed since.
        unlabelled: rows without a label.
        outside: new judgements of comments that were not drawn.
        rejects: rows that cannot be used.
    """

    new: dict[str, list[Judgement]] = field(default_factory=dict)
    known: int = 0
    older: int = 0
    unlabelled: int = 0
    outside: int = 0
    rejects: list[Reject] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, Any]:
        """For the receipt."""
        return {
            "new": sum(map(len, self.new.values())),
            "by": {annotator: len(said) for annotator, said in self.new.items()},
            "known": self.known,
            "older": self.older,
            "unlabelled": self.unlabelled,
            "outside_the_sample": self.outside,
            "rejected": dict(Counter(reject.reason for reject in self.rejects)),
        }


def people_of(named: Sequence[str]) -> People:
    """The people of a command line: NAME for rows that name nobody, and FILE'S NAME=NAME for others.

    Raises:
        UsageError: two for nobody, or a name that is empty.
    """
    plain = [one for one in named if "=" not in one]
    renamed = {old.strip(): new.strip() for old, _, new in (one.partition("=") for one in named if "=" in one)}
    if len(plain) > 1 or not all([*map(str.strip, plain), *renamed.values()]):
        remedy = "Write --as NAME once, for rows that name nobody, or --as 1=NAME for those the file calls 1."
        raise UsageError(f"--as {' --as '.join(named)} cannot be meant", remedy=remedy)
    return People(plain[0] if plain else "", renamed)


def import_labels(workspace: Workspace, path: Path, people: People, console: Console) -> dict[str, Any]:
    """Read a file of labels and keep what is new in it; gives the counts.

    Raises:
        FileError, KitResultError: the file cannot be read.
        MinyiError: not one row of it can be used.
    """
    with recorded_run(workspace, COMMAND, console, shared=True) as receipt:
        found = sort(workspace, list(read_labels(path)), people)
        receipt.counts |= found.counts | {"file": str(path)}
        refusals = Refusals.of(workspace, receipt.stamp, path.name)
        refusals.add(Page(rejects=tuple(found.rejects)), Added(0, 0, 0, []))
        if found.rejects and not (found.new or found.known or found.older or found.unlabelled):
            first = found.rejects[0]
            what = f"no row can be used; {len(found.rejects):,} were refused ({first.where}: {first.reason})"
            raise MinyiError(what, where=str(path), remedy=f"See {refusals.path}")
        for annotator, judgements in found.new.items():
            _put(workspace, annotator, receipt.run, judgements)
    _say(console, path, found, refusals)
    if found.new:
        from minyi.adapting import refit_if_due  # heavy, and only now needed

        refit_if_due(workspace, console)
    console.event("done", exit=0, file=str(path), **found.counts)
    return receipt.counts


def _put(workspace: Workspace, annotator: str, run: str, judgements: Sequence[Judgement]) -> None:
    study = workspace.study
    workspace.store.labels.put(study.id, *task_of(study), annotator, run, judgements)


def sort(workspace: Workspace, rows: Iterable[Said | Reject], people: People) -> Sorted:
    """Tell new judgements from those that are known, and from rows that cannot be used. Nothing is stored yet."""
    said = list(rows)
    comments = _Comments.of(workspace, {row.id for row in said if isinstance(row, Said)})
    sorter = _Sorter(workspace, comments, people)
    for row in said:
        sorter.take(row)
    return sorter.found


class _Comments(NamedTuple):
    """The comments a file names: key and text by id, and which of them were drawn."""

    known: dict[str, tuple[int, str]]
    drawn: set[int]

    @classmethod
    def of(cls, workspace: Workspace, ids: set[str]) -> _Comments:
        items = items_of(workspace)
        known = _by_id(items["id"], items["key"], items["text"], ids)
        if ids - known.keys():
            kept = workspace.store.comments(workspace.study.id, columns=["id", "key", "text"])
            known |= _by_id(kept["id"], kept["key"], kept["text"], ids)
        return cls(known, set(map(int, items["key"])))


def _by_id(ids: Iterable[str], keys: Iterable[int], texts: Iterable[str], wanted: set[str]) -> dict[str, Any]:
    return {one: (int(key), text) for one, key, text in zip(ids, keys, texts, strict=True) if one in wanted}


class _Sorter:
    """Takes one row after the other."""

    def __init__(self, workspace: Workspace, comments: _Comments, people: People) -> None:
        study = workspace.study
        self.found = Sorted()
        self._comments, self._people, self._codebook = comments, people, study.codebook
        self._changes = {name.casefold() for name in spellings(study.change)}
        self._seen: set[tuple[str, int]] = set()
        history = workspace.store.labels.history(study.id, *task_of(study))
        self._said: dict[tuple[str, int], list[Content]] = {}
        for row in history.to_dict("records"):
            self._said.setdefault((row["annotator"], int(row["key"])), []).append(_content_of_row(row))

    def take(self, row: Said | Reject) -> None:
        """Put a row where it belongs."""
        if isinstance(row, Reject):
            self.found.rejects.append(row)
        elif reason := self._wrong(row):
            self.found.rejects.append(Reject(row.where, reason, clean(row.text, 200)))
        elif row.judgement is None:
            self.found.unlabelled += 1
        else:
            self._keep(self._people.of(row.who), self._comments.known[row.id][0], row.judgement)

    def _wrong(self, row: Said) -> str:
        """Why a row cannot be used, "" where it can."""
        if row.id not in self._comments.known:
            return "no comment of this study has this id"
        key, text = self._comments.known[row.id]
        if row.text and not _alike(row.text, text):
            return "another text stands beside this id: was one column sorted without the others?"
        if row.codebook and row.codebook != self._codebook:
            return f"it is labelled by codebook {row.codebook}, the study uses {self._codebook}"
        if row.change and row.change.casefold() not in self._changes:
            return "it names another change than the study"
        if row.judgement is None:
            return ""
        return self._wrong_person(row, key)

    def _wrong_person(self, row: Said, key: int) -> str:
        annotator = self._people.of(row.who)
        if not annotator:
            return "it does not say whose label it is (--as NAME)"
        if (annotator, key) in self._seen:
            return "the same person labels this comment twice in this file"
        self._seen.add((annotator, key))
        return ""

    def _keep(self, annotator: str, key: int, judgement: Judgement) -> None:
        before = self._said.get((annotator, key), [])
        content = _content(judgement)
        if judgement.what == "withdrawn" and not before:
            self.found.unlabelled += 1
        elif before and before[-1] == content:
            self.found.known += 1
        elif content in before:
            self.found.older += 1
        else:
            self.found.new.setdefault(annotator, []).append(replace(judgement, key=key))
            self.found.outside += key not in self._comments.drawn


def _content(judgement: Judgement) -> Content:
    stance = None if judgement.stance is None else str(judgement.stance)
    return judgement.what, stance, tuple(judgement.codes), judgement.unsure, clean(judgement.note).strip()


def _content_of_row(row: Mapping[Any, Any]) -> Content:
    judged = row["what"] == "judged"
    codes = tuple(int(row[code.value]) if judged else 0 for code in CODES)
    return row["what"], str(row["stance"]) if judged else None, codes, bool(row["unsure"]), row["note"].strip()


def _alike(one: str, other: str) -> bool:
    """Whether two texts begin with the same letters and digits: programs cut texts, and change spaces and signs."""
    first, second = _letters(one), _letters(other)
    return first == second or not first or not second


def _letters(text: str) -> str:
    return "".join(char for char in clean(text)[: 4 * _COMPARED] if char.isalnum())[:_COMPARED].casefold()


def _say(console: Console, path: Path, found: Sorted, refusals: Refusals) -> None:
    counts = found.counts
    parts = [f"{counts['new']:,} new labels" if counts["new"] != 1 else "1 new label"]
    piles = {"known already": found.known, "without a label": found.unlabelled, "refused": len(found.rejects)}
    parts += [f"{n:,} {what}" for what, n in piles.items() if n]
    console.say(f"{path.name}: {', '.join(parts)}.{'' if counts['new'] else ' Nothing was added.'}")
    for annotator, n in counts["by"].items():
        console.say(f"  {name_of(annotator)}: {n:,}")
    if found.older:
        rows = "row says" if found.older == 1 else "rows say"
        what = f"{rows} what their person said before and has changed since; the later labels stay"
        console.warn(f"{path.name}: {found.older:,} {what}")
    if found.outside:
        what = "of them are of comments that were not drawn at random: they never enter an estimate"
        console.say(f"  {found.outside:,} {what}")
    for reason, n in list(counts["rejected"].items())[:_REASONS_SHOWN]:
        console.warn(f"{path.name}: {n:,} × {reason}")
    if found.rejects:
        console.say(f"  the refused rows, with reasons: {refusals.path}")
