"""doccano: comments without machine labels as JSON lines, the labels to create, and its JSONL export read back.

In a text classification project that lets several labels stand, a comment gets one primary label, and one `also …` for
every other code that is 1. An export has no names: whose labels they are must be said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minyi.label_files.said import BadLabelError, Said, codes_named, id_of, judgement_of, line, note_of
from storage.judgements import CODES
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_ALSO, _UNSURE = "also ", "unsure"
_COLOURS = ("#2f7d4f", "#b3402a", "#3465a4", "#707070", "#a9cbb6", "#dfb1a8", "#adc2dc", "#d9c46c")
LABELS = (*(stance.value for stance in STANCES), *(f"{_ALSO}{code}" for code in CODES), _UNSURE)


def rows(comments: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Comments (`minyi_id`, text, evidence, change, codebook) as lines to import."""
    return [{**comment, "label": []} for comment in comments]


def label_types() -> list[dict[str, str]]:
    """The labels to create, as doccano imports them: their names, keys and colours."""
    return [
        {"text": label, "suffixKey": str(key), "backgroundColor": colour, "textColor": "#ffffff"}
        for key, (label, colour) in enumerate(zip(LABELS, _COLOURS, strict=True), 1)
    ]


def is_row(fields: Mapping[str, Any]) -> bool:
    """Whether a row is one of an export: a list of labels, and no column of ours for them."""
    return "primary" not in fields and any(isinstance(fields.get(key), list) for key in ("label", "labels"))


def said_of_row(fields: Mapping[str, Any], where: str) -> Said:
    """What a line of an export says.

    Raises:
        BadLabelError: its labels contradict each other, or are not ours.
    """
    labels = [_name(label) for label in fields.get("label") or fields.get("labels") or []]
    also = [name.removeprefix(_ALSO) for name in labels if name.startswith(_ALSO)]
    primary = [name for name in labels if not name.startswith(_ALSO) and name != _UNSURE]
    return Said(
        where=where,
        id=id_of(fields),
        judgement=judgement_of(
            primary,
            codes_named(also),
            unsure=_UNSURE in labels,
            note=note_of(fields.get("Comments") or fields.get("comments")),
        ),
        who=line(fields.get("annotator"), 200),
        text=fields["text"] if isinstance(fields.get("text"), str) else "",
        change=line(fields.get("change")),
        codebook=line(fields.get("codebook")),
    )


def _name(label: object) -> str:
    if not isinstance(label, str):
        raise BadLabelError("its labels mark parts of the text; a text classification project is needed")
    return line(label).lower()
