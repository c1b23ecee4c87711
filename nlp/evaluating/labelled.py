"""Labelled comments from a file: JSON lines or CSV, plain or packed; rows that cannot be used are named and counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nlp.evaluating.labelled_rows import REMEDY, BadRowError, EvaluationFileError, rows_of
from nlp.language import language_of
from storage.nouns import STANCES, Reject
from storage.text import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

UNSETTLED = -1
"""The stance of a comment on which people do not agree."""
CODES = ("support", "concern", "suggestion")
_KNOWN = [stance.value for stance in STANCES]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One labelled comment.

    Attributes:
        row: the line it stood on, from 1.
        text: the comment.
        change: the act it is judged towards.
        stance: index into STANCES, or UNSETTLED.
        lang: its language, "" where there is none.
        people: the stance each person gave it, where the file says so.
        codes: the stances it carries by the codebook's yes/no codes, where the file has them.
        id: its id, if it has one.
        who: the person whose label this is, if the file says so.
    """

    row: int
    text: str
    change: str
    stance: int
    lang: str = ""
    people: tuple[int, ...] = ()
    codes: frozenset[int] | None = None
    id: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """What a labelled file holds.

    Attributes:
        rows: comments with a stance.
        disputed: comments whose people do not agree: no score counts them, the agreement of people does.
        unlabelled: rows without a label.
        rejects: rows that cannot be used, with the reason.
    """

    rows: list[Labelled]
    disputed: list[Labelled]
    unlabelled: int
    rejects: list[Reject]


def read_labelled(path: Path, change: str = "") -> LabelledFile:
    """The labelled comments of a file.

    Several people's labels are read from rows with an `annotator` (one row for each person; equal `id`, or equal text
    and change, make one comment), or from `coders`, the list of their labels (in CSV with `|` between). The stance is
    then `primary`, or what more people chose than anything else.

    Args:
        path: the file.
        change: the change of rows that name none.

    Raises:
        EvaluationFileError: the file cannot be read, a column is missing, or no row of it can be used.
    """
    needed = [("text",), ("primary", "coders"), *([] if change else [("change",)])]
    found: list[Labelled] = []
    rejects: list[Reject] = []
    unlabelled = 0
    for number, fields in rows_of(path, needed):
        try:
            row = _labelled(number, fields, change)
        except BadRowError as error:
            rejects.append(Reject(f"row {number}", str(error)))
            continue
        if row is None:
            unlabelled += 1
        else:
            found.append(row)
    merged = _merged(found, rejects)
    rows = [row for row in merged if row.stance != UNSETTLED]
    if not rows:
        raise _nothing(path, rejects)
    return LabelledFile(rows, [row for row in merged if row.stance == UNSETTLED], unlabelled, rejects)


def _nothing(path: Path, rejects: list[Reject]) -> EvaluationFileError:
    if not rejects:
        return EvaluationFileError("No row has a primary stance.", where=str(path), remedy=REMEDY)
    first = f"{rejects[0].where}: {rejects[0].reason}"
    return EvaluationFileError(
        f"No row can be used; {len(rejects):,} were refused ({first}).", where=str(path), remedy=REMEDY
    )


def _labelled(number: int, fields: Any, change: str) -> Labelled | None:  # noqa: ANN401  whatever JSON holds
    """The row, or None where it has no label."""
    if isinstance(fields, BadRowError):
        raise fields
    if not isinstance(fields, dict):
        raise BadRowError("no JSON object")
    people = _people(fields.get("coders"))
    if not _given(fields.get("primary")) and not people:
        return None
    text = _text(fields, "text", "")
    return Labelled(
        row=number,
        text=text,
        change=_text(fields, "change", change),
        stance=_stance(fields["primary"]) if _given(fields.get("primary")) else chosen(people),
        lang=_short(fields.get("lang")) or language_of(text),
        people=people,
        codes=_codes(fields),
        id=_short(fields.get("id")),
        who=_short(fields.get("annotator")),
    )


def _given(value: object) -> bool:
    return value is not None and value != ""


def _text(fields: dict[str, Any], key: str, default: str) -> str:
    value = fields.get(key)
    if not _given(value) and default:
        return default
    cleaned = (clean if key == "text" else clean_line)(value) if isinstance(value, str) else ""
    if not cleaned.strip():
        raise BadRowError(f'"{key}" is missing')
    return cleaned


def _short(value: object) -> str:
    return clean_line(str(value), 200) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _stance(value: object) -> int:
    name = value.strip().lower() if isinstance(value, str) else value
    if name not in _KNOWN:
        raise BadRowError(f"primary is {clean_line(repr(value), 60)}, not one of {', '.join(_KNOWN)}")
    return _KNOWN.index(str(name))


def _people(value: object) -> tuple[int, ...]:
    """The labels in `coders`; a column of that name that holds anything else is not ours to read."""
    names = value.split("|") if isinstance(value, str) else value
    if not isinstance(names, list):
        return ()
    said = [name.strip().lower() for name in names if isinstance(name, str) and name.strip()]
    return tuple(_KNOWN.index(name) for name in said) if all(name in _KNOWN for name in said) else ()


def _codes(fields: dict[str, Any]) -> frozenset[int] | None:
    """The stances whose code is 1, neutral where all three are 0; None unless all three are said."""
    said = [str(fields.get(name)).strip().lower() for name in CODES]
    if not all(value in {"0", "1", "true", "false"} for value in said):
        return None
    carried = [_KNOWN.index(name) for name, value in zip(CODES, said, strict=True) if value in {"1", "true"}]
    return frozenset(carried or [_KNOWN.index("neutral")])


def chosen(people: Sequence[int]) -> int:
    """The stance that more people chose than any other, or UNSETTLED."""
    first, *others = Counter(people).most_common(2)
    return UNSETTLED if others and others[0][1] == first[1] else first[0]


def _merged(rows: list[Labelled], rejects: list[Reject]) -> list[Labelled]:
    """Rows with an annotator as one comment for all of them, where the first of them stood."""
    comments: dict[Any, dict[str, Labelled]] = {}
    for row in rows:
        key = ((row.id, row.change) if row.id else (row.text, row.change)) if row.who else row.row
        by_person = comments.setdefault(key, {})
        if row.who in by_person:
            rejects.append(Reject(f"row {row.row}", f"{row.who} has labelled this comment before"))
        else:
            by_person[row.who] = row
    return [_one(list(by_person.values())) for by_person in comments.values()]


def _one(rows: list[Labelled]) -> Labelled:
    if not rows[0].who:
        return rows[0]
    people = tuple(row.stance for row in rows if row.stance != UNSETTLED)
    return replace(rows[0], people=people, stance=chosen(people) if people else UNSETTLED, who="")
