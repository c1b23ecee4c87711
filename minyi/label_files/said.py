"""What a row of a labels file says of a comment, whoever wrote the file: one reading of every value."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from storage.judgements import CODES, NOTE_LIMIT
from storage.nouns import Stance
from storage.records import Judgement
from storage.text import clean, clean_line

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

ID_KEYS = ("minyi_id", "id")
"""Label Studio and doccano number their tasks as `id`: ours goes through them under a name of its own."""
_STANCES: dict[str, Stance] = {
    **{stance.value: stance for stance in Stance},
    **dict(zip(("支持", "担忧", "建议", "中立"), Stance, strict=True)),
}
_YES_NO = {"1": 1, "true": 1, "yes": 1, "是": 1, "0": 0, "false": 0, "no": 0, "否": 0, "": 0}
_UNSURE = "unsure"
_SHOWN = 40
_NAME_LIMIT = 200


class BadLabelError(Exception):
    """Why a row cannot be used."""


@dataclass(frozen=True, slots=True)
class Said:
    """What one person says of one comment.

    Attributes:
        where: the row, as people find it.
        id: the comment's public id.
        judgement: what is said, its key still 0; None where the row has no label.
        who: the person the file names, "" where it names none.
        text: the comment as it stands beside the label, "" where it does not.
        change: the change it is said to be judged for, "" where the file leaves that open.
        codebook: by which rules, likewise.
    """

    where: str
    id: str
    judgement: Judgement | None
    who: str = ""
    text: str = ""
    change: str = ""
    codebook: str = ""


def said_of_fields(fields: Mapping[str, Any], where: str) -> Said:
    """What a row of a sheet or of flat JSON says: `primary`, the codes each in a column or all in `also`, and more.

    Raises:
        BadLabelError: it contradicts itself or the codebook.
    """
    also = chosen(fields.get("also"))
    codes = {code: yes_no(fields.get(code.value), code.value) for code in CODES}
    marked = [code for code, value in codes.items() if value] + codes_named(also)
    unsure = bool(yes_no(fields.get(_UNSURE), _UNSURE)) or _UNSURE in also
    # A sheet leaves codes empty where the primary one is all there is; a 0 beside it is a contradiction.
    denied = {code for code in CODES if line(fields.get(code.value)) and not codes[code]}
    return Said(
        where=where,
        id=id_of(fields),
        judgement=judgement_of(
            chosen(fields.get("primary")),
            marked,
            what=line(fields.get("what")).lower(),
            unsure=unsure,
            note=note_of(fields.get("note")),
            seconds=seconds_of(fields.get("seconds", fields.get("lead_time"))),
            denied=denied,
        ),
        who=line(fields.get("annotator"), _NAME_LIMIT),
        text=fields["text"] if isinstance(fields.get("text"), str) else "",
        change=line(fields.get("change")),
        codebook=line(fields.get("codebook")),
    )


def judgement_of(
    primary: Sequence[str],
    marked: Collection[Stance] = (),
    *,
    what: str = "",
    unsure: bool = False,
    note: str = "",
    seconds: float | None = None,
    denied: Collection[Stance] = (),
) -> Judgement | None:
    """The judgement of these values; None where there is none.

    Args:
        primary: the names given as primary stance: at most one.
        marked: the codes that are said to be 1.
        what: "", judged or skipped.
        unsure: whether another primary would be no surprise.
        note: the person's own words.
        seconds: time spent.
        denied: the codes that are said to be 0.

    Raises:
        BadLabelError: the values contradict each other or the codebook.
    """
    if what not in {"", "judged", "skipped"}:
        raise BadLabelError(f"what is {shown(what)}, not judged or skipped")
    if len(primary) > 1:
        raise BadLabelError(f"several primary stances ({', '.join(map(shown, primary))})")
    rest = {"unsure": unsure, "note": note, "seconds": seconds, "origin": "file"}
    if what == "skipped":
        if primary or marked:
            raise BadLabelError("it is skipped and labelled at once")
        return Judgement(0, what="skipped", **rest)  # type: ignore[arg-type]
    if not primary:
        if marked or what:
            raise BadLabelError("there is no primary stance")
        return None
    stance = stance_named(primary[0])
    _check_codes(stance, marked, denied)
    carried = {stance, *marked}
    codes = (int(CODES[0] in carried), int(CODES[1] in carried), int(CODES[2] in carried))
    return Judgement(0, stance=stance, codes=codes, **rest)  # type: ignore[arg-type]


def _check_codes(stance: Stance, marked: Collection[Stance], denied: Collection[Stance]) -> None:
    if stance == Stance.NEUTRAL and marked:
        raise BadLabelError(f"primary is neutral and {', '.join(marked)} is 1")
    if stance in denied and stance not in marked:
        raise BadLabelError(f"primary is {stance} and the code {stance} is 0")


def stance_named(name: str) -> Stance:
    """The stance of this name, in English or Chinese, whatever its case.

    Raises:
        BadLabelError: it is none.
    """
    found = _STANCES.get(name.strip().lower())
    if found is None:
        raise BadLabelError(f"primary is {shown(name)}, not one of {', '.join(Stance)}")
    return found


def codes_named(names: Collection[str]) -> list[Stance]:
    """The codes among chosen names; `unsure` beside them is none.

    Raises:
        BadLabelError: a name is neither.
    """
    codes = [name for name in names if name != _UNSURE]
    for name in codes:
        if _STANCES.get(name) not in CODES:
            raise BadLabelError(f"{shown(name)} is not one of {', '.join(CODES)}")
    return [_STANCES[name] for name in codes]


def yes_no(value: object, name: str) -> int:
    """A code as 0 or 1; empty is 0.

    Raises:
        BadLabelError: it is anything else.
    """
    said = line(value).lower()
    if said not in _YES_NO:
        raise BadLabelError(f"{name} is {shown(said)}, not 0 or 1")
    return _YES_NO[said]


def chosen(value: object) -> list[str]:
    """Chosen names, lower case: one, a list of them, or such a list within an object or within text."""
    if isinstance(value, str) and value.lstrip()[:1] in {"{", "["}:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError) as error:
            raise BadLabelError(f"{shown(value)} is no list of choices") from error
    if isinstance(value, dict):
        value = value.get("choices")
    if isinstance(value, list):
        return [name for name in (line(one).lower() for one in value) if name]
    said = line(value).lower()
    return [said] if said else []


def id_of(fields: Mapping[str, Any]) -> str:
    """The comment's id.

    Raises:
        BadLabelError: there is none.
    """
    found = next(filter(None, (line(fields.get(key), _NAME_LIMIT) for key in ID_KEYS)), "")
    if not found:
        raise BadLabelError("there is no id")
    return found


def note_of(value: object) -> str:
    """A note, or several in a list, as it is kept."""
    parts = value if isinstance(value, list) else [value]
    whole = "\n".join(str(part) for part in parts if isinstance(part, str | int | float) and not isinstance(part, bool))
    return clean(whole, NOTE_LIMIT).strip()


def seconds_of(value: object) -> float | None:
    """A length of time; None where it is none."""
    try:
        seconds = float(value) if isinstance(value, str | int | float) else math.nan
    except (ValueError, OverflowError):
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def line(value: object, limit: int = 500) -> str:
    """A short field as one clean line; whole numbers without `.0`, anything else that is no text empty."""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        value = int(value) if value.is_integer() and abs(value) < 2**53 else value
    return clean_line(str(value), limit) if isinstance(value, str | int | float) else ""


def shown(value: object) -> str:
    """A value of a file as an error names it."""
    return f"“{clean_line(str(value), _SHOWN)}”"
