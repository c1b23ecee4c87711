"""What a person says of a comment: what of it is accepted, how it is kept, and how it is read again."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, case, func, select

from storage.frames import Known, Scores, Strings, Truth, stances
from storage.nouns import STANCES, Stance
from storage.ordering import by_code_point
from storage.queries import ANNOTATION, CODING, COMMENT, JUDGEMENT
from storage.text import clean, clean_line

if TYPE_CHECKING:
    from sqlalchemy import Select

    from storage.intake import Row
    from storage.queries import Kinds
    from storage.records import Judgement

SETTLED = "settled"
PERSON = "person:"
NOTE_LIMIT = 2_000
CODES: tuple[Stance, Stance, Stance] = (Stance.SUPPORT, Stance.CONCERN, Stance.SUGGESTION)
"""The three yes/no codes, in the order of `Judgement.codes`."""

_WHATS, _ORIGINS = ("judged", "skipped", "withdrawn"), ("page", "kit", "file")
LABEL_KINDS: Kinds = {
    "key": Known,
    "id": Strings,
    "annotator": Strings,
    "stance": stances,
    "support": Scores,
    "concern": Scores,
    "suggestion": Scores,
    "unsure": Truth,
    "what": Strings,
    "note": Strings,
    "seconds": Scores,
    "created_at": Known,
    "revision": Known,
    "origin": Strings,
}


def judge_of(annotator: str) -> str:
    """The annotator's name as it is kept.

    Raises:
        ValueError: it is neither a person's nor "settled".
    """
    name = clean_line(annotator)
    if name != SETTLED and not (name.startswith(PERSON) and name.removeprefix(PERSON).strip()):
        raise ValueError(f'an annotator who judges is "{PERSON}NAME" or "{SETTLED}", not {annotator!r}')
    return name


def check(judgement: Judgement) -> None:
    """Raise ValueError where a judgement contradicts itself or the codebook."""
    codes, stance, judged = judgement.codes, judgement.stance, judgement.what == "judged"
    seconds = judgement.seconds
    wrong = {
        "no such what or origin": judgement.what not in _WHATS or judgement.origin not in _ORIGINS,
        "three codes of 0 or 1 are needed": len(codes) != len(CODES) or not set(codes) <= {0, 1},
        "a stance is said where a comment is judged, and only there": judged != (stance is not None),
        "codes are said only where a comment is judged": not judged and any(codes),
        "seconds are a length of time": seconds is not None and not (math.isfinite(seconds) and seconds >= 0),
    }
    if judged and stance is not None:
        own = not any(codes) if stance == Stance.NEUTRAL else bool(dict(zip(CODES, codes, strict=False)).get(stance))
        wrong["the primary stance is one whose code is 1, or neutral when all are 0"] = not own
    for what, is_wrong in wrong.items():
        if is_wrong:
            raise ValueError(f"{what}: {judgement!r}")


def annotation_row(judgement: Judgement) -> Row:
    """The row in `annotation`, still without its coding and revision."""
    values: tuple[int | None, ...] = (None,) * len(STANCES)
    if judgement.stance is not None:
        said = dict(zip(CODES, judgement.codes, strict=True))
        values = tuple(said.get(stance, int(judgement.stance == stance)) for stance in STANCES)
    stance = None if judgement.stance is None else str(judgement.stance)
    return {"comment": judgement.key, "stance": stance, **dict(zip(map(str, STANCES), values, strict=True))}


def judgement_row(annotation: Row, judgement: Judgement) -> Row:
    """The row in `judgement`, for an annotation that has its coding and revision."""
    return {
        **{name: annotation[name] for name in ("comment", "coding", "revision")},
        "what": judgement.what,
        "unsure": int(judgement.unsure),
        "note": clean(judgement.note, NOTE_LIMIT),
        "seconds": judgement.seconds,
        "origin": judgement.origin,
    }


def labels_of(study_id: str, target: str, codebook: str, *, last: bool) -> Select[Any]:
    """What people said; an annotation that was stored without a judgement is one that came from a file."""
    same = {"study": study_id, "target": target, "codebook": codebook, "annotator_kind": "person"}
    what = case((ANNOTATION.c.stance.is_(None), "skipped"), else_="judged")
    columns = (
        *(COMMENT.c.key, COMMENT.c.id, CODING.c.annotator),
        *(ANNOTATION.c[name] for name in ("stance", *map(str, CODES))),
        func.coalesce(JUDGEMENT.c.unsure, 0),
        func.coalesce(JUDGEMENT.c.what, what),
        func.coalesce(JUDGEMENT.c.note, ""),
        *(JUDGEMENT.c.seconds, ANNOTATION.c.created_at, ANNOTATION.c.revision),
        func.coalesce(JUDGEMENT.c.origin, "file"),
    )
    key = ("comment", "coding", "revision")
    origin = ANNOTATION.join(CODING, CODING.c.key == ANNOTATION.c.coding)
    origin = origin.join(COMMENT, COMMENT.c.key == ANNOTATION.c.comment)
    said = origin.outerjoin(JUDGEMENT, and_(*(JUDGEMENT.c[name] == ANNOTATION.c[name] for name in key)))
    query = select(*columns).select_from(said).where(*(CODING.c[name] == value for name, value in same.items()))
    if last:
        later = ANNOTATION.alias("later")
        again = and_(*(later.c[name] == ANNOTATION.c[name] for name in key[:2]))
        newest = select(func.max(later.c.revision)).where(again).scalar_subquery()
        query = query.where(ANNOTATION.c.revision == newest)
    return query.order_by(COMMENT.c.key, by_code_point(CODING.c.annotator), ANNOTATION.c.revision)
