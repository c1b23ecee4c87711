"""Disagreements: which comments people judged differently, what each said, and what was settled.

A comment is disputed where people named different primary stances. The settled label is one more judgement, by the
annotator "settled"; what people said before stays as it is, and counts for their agreement.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from minyi.label_files.exporting import items_of
from minyi.labels import task_of
from storage.judgements import CODES, PERSON, SETTLED

if TYPE_CHECKING:
    from minyi.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Voice:
    """What one person says of a disputed comment; `revision` counts how often they have judged it, from 0."""

    name: str
    stance: str
    codes: tuple[int, int, int]
    unsure: bool
    note: str
    revision: int = 0

    @property
    def words(self) -> str:
        """In one line, for a sheet."""
        also = [code.value for code, value in zip(CODES, self.codes, strict=True) if value and code != self.stance]
        parts = [self.stance, *(f"+ {code}" for code in also), "(unsure)" * self.unsure]
        return f"{self.name}: {' '.join(filter(None, parts))}{f' – {self.note}' * bool(self.note)}"


@dataclass(frozen=True, slots=True)
class Dispute:
    """A comment that people judged differently.

    Attributes:
        key: the comment; `id`, `text`, `evidence` and `lang` are its own.
        voices: what each person says, by name.
        settled: the label that stands, if the comment was settled.
    """

    key: int
    id: str
    text: str
    evidence: str
    lang: str
    voices: tuple[Voice, ...]
    settled: Voice | None


def disputes(workspace: Workspace, *, among: str = "all") -> list[Dispute]:
    """The disputed comments, in the order of the sample; among "open" only those that are not settled yet."""
    study = workspace.study
    latest = workspace.store.labels.latest(study.id, *task_of(study))
    said = latest[latest["what"] == "judged"]
    people = said[said["annotator"] != SETTLED]
    primaries = people.groupby("key")["stance"].nunique()
    disputed = set(primaries[primaries > 1].index)
    settled = {int(row["key"]): _voice(row) for row in said[said["annotator"] == SETTLED].to_dict("records")}
    voices: dict[int, list[Voice]] = {}
    for row in people[people["key"].isin(disputed)].to_dict("records"):
        voices.setdefault(int(row["key"]), []).append(_voice(row))
    found = [_dispute(row, voices, settled) for row in _texts(workspace, disputed)]
    return [one for one in found if among == "all" or one.settled is None]


def _texts(workspace: Workspace, keys: set[int]) -> list[dict[str, Any]]:
    """The comments: those that were drawn in their order, then the others."""
    names = ["key", "id", "text", "evidence", "lang"]
    drawn = items_of(workspace)[names]
    parts = [drawn[drawn["key"].isin(keys)]]
    if keys - set(drawn["key"]):
        kept = workspace.store.comments(workspace.study.id, columns=names)
        parts.append(kept[kept["key"].isin(keys - set(drawn["key"]))])
    rows = [part.astype(object).where(part.notna(), "").to_dict("records") for part in parts]
    return [cast("dict[str, Any]", row) for part in rows for row in part]


def _dispute(row: dict[str, Any], voices: dict[int, list[Voice]], settled: dict[int, Voice]) -> Dispute:
    key = int(row["key"])
    facts = {name: str(row[name]) for name in ("id", "text", "evidence", "lang")}
    return Dispute(key=key, **facts, voices=tuple(voices[key]), settled=settled.get(key))


def _voice(row: Any) -> Voice:  # noqa: ANN401  a row of a frame
    codes = tuple(int(row[code.value]) for code in CODES)
    return Voice(
        name=row["annotator"].removeprefix(PERSON),
        stance=str(row["stance"]),
        codes=(codes[0], codes[1], codes[2]),
        unsure=bool(row["unsure"]),
        note=row["note"],
        revision=int(row["revision"]),
    )
