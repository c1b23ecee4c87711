"""What people say of comments, and which comments were drawn for them to say it of."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sqlalchemy import and_, false, select

from storage.database import reading, writing
from storage.database_failures import DatabaseBusy
from storage.frames import Categories, Known, Strings, Truth, Whole, frame_of
from storage.judgements import (
    CODES,
    LABEL_KINDS,
    PERSON,
    SETTLED,
    annotation_row,
    check,
    judge_of,
    judgement_row,
    labels_of,
)
from storage.queries import CODING, COHORT, COMMENT, FRAMED, ITEM, JUDGEMENT, STUDY
from storage.records import Coding, Cohort, Item
from storage.retrying import each_retried
from storage.writes import add, add_annotations, changed, insert, now, put_coding

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray
    from sqlalchemy import Select
    from sqlalchemy.engine import Connection, Engine

    from storage.intake import Row
    from storage.queries import Kinds
    from storage.records import Judgement, SampleKind, SampleMethod

__all__ = ["CODES", "PERSON", "SETTLED", "Frame", "Labels", "Task", "digest_of"]

Task = tuple[str, str]
"""The change that is judged and the codebook's version: samples and labels belong to one of them."""

_ROWS_AT_ONCE = 20_000
_ITEM_KINDS: Kinds = {
    "cohort": Known,
    "stratum": Known,
    "place": Known,
    "turn": Known,
    "second": Truth,
    "key": Known,
    "id": Strings,
    "text": Strings,
    "evidence": Strings,
    "lang": Categories,
    "source": Categories,
    "platform": Categories,
    "published_at": Whole,
    "author": Strings,
}
_FRAMED_KINDS: Kinds = {"key": Known, "id": Strings, "cohort": Known, "stratum": Known, "place": Known}


class Frame(NamedTuple):
    """The comments a sample is drawn from.

    Attributes:
        keys: (n,) int64, the comments.
        strata: (n,) int64, the number of each one's stratum.
        places: (n,) int64, each one's place in its stratum's permutation, from 0.
    """

    keys: NDArray[np.int64]
    strata: NDArray[np.int64]
    places: NDArray[np.int64]


def digest_of(ids: Iterable[str]) -> str:
    """SHA-256 over ids, sorted by code point, one a line, in hexadecimal."""
    return hashlib.sha256("\n".join(sorted(ids)).encode("utf-8", "surrogatepass")).hexdigest()


@each_retried
class Labels:
    """Samples and labels. Every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    # What was drawn

    def add_cohort(
        self,
        study_id: str,
        run_id: str,
        *,
        kind: SampleKind,
        method: SampleMethod,
        seed: int,
        target: str,
        codebook: str,
        digest: str,
        strata: Sequence[tuple[str, int]],
        frame: Frame,
        items: Sequence[Item] = (),
    ) -> int:
        """Record a frame with what is drawn from it, and return the cohort's key.

        Comments that were forgotten in the meantime are left out of the frame; the population stays as it was drawn
        from.

        Raises:
            storage.database_failures.DatabaseBusy: another audit cohort has taken some of these comments in
                the meantime.
        """
        cohort = {"study": study_id, "run": int(run_id), "kind": kind, "method": method, "seed": seed}
        cohort |= {"created_at": now(), "target": target, "codebook": codebook, "population": len(frame.keys)}
        cohort |= {"digest": digest, "strata": json.dumps(list(strata), ensure_ascii=False)}
        with writing(self._engine) as connection:
            _alone(connection, study_id)
            if kind == "audit" and _taken(connection, study_id, (target, codebook), frame.keys):
                what = "another run has drawn from the same comments in the meantime."
                raise DatabaseBusy(what, where=study_id, remedy="Run the command again.")
            key = insert(connection, COHORT, cohort)
            for rows in _framed_rows(key, frame, _stored(connection, study_id)):
                add(connection, FRAMED, rows)
            _add_items(connection, key, int(run_id), items)
            changed(connection, study_id, labels=True)
        return key

    def add_training(self, study_id: str, run_id: str, target: str, codebook: str, keys: Sequence[int]) -> int:
        """Record comments that were chosen for training, in the order in which to label them; returns the cohort."""
        with reading(self._engine) as connection:
            ids = {row.key: row.id for row in connection.execute(_of_study(study_id, COMMENT.c.id))}
        chosen = np.array([key for key in dict.fromkeys(keys) if key in ids], np.int64)
        places = np.arange(len(chosen))
        return self.add_cohort(
            study_id,
            run_id,
            kind="training",
            method="simple",
            seed=0,
            target=target,
            codebook=codebook,
            digest=digest_of(ids[key] for key in chosen.tolist()),
            strata=[("", len(chosen))],
            frame=Frame(chosen, np.zeros_like(chosen), places),
            items=[Item(key=key, place=at, turn=at) for at, key in enumerate(chosen.tolist())],
        )

    def add_items(self, cohort: int, run_id: str, items: Sequence[Item]) -> int:
        """Draw more from a cohort's frame; returns how many were new. What left the frame cannot be drawn."""
        with writing(self._engine) as connection:
            added = _add_items(connection, cohort, int(run_id), items)
            if added:
                study = select(COHORT.c.study).where(COHORT.c.key == cohort)
                changed(connection, connection.execute(study).scalar_one(), labels=True)
            return added

    def cohorts(self, study_id: str, kind: SampleKind | None = None, task: Task | None = None) -> list[Cohort]:
        """The study's cohorts, oldest first; of one kind, and for one target and codebook, where they are named."""
        query = select(COHORT).where(COHORT.c.study == study_id).order_by(COHORT.c.key)
        with reading(self._engine) as connection:
            return [_cohort(row) for row in connection.execute(_among(query, kind, task)).mappings()]

    def frame(self, cohort: int) -> NDArray[np.int64]:
        """The keys of the comments in a cohort's frame that are still stored, in ascending order."""
        query = select(FRAMED.c.comment).where(FRAMED.c.cohort == cohort).order_by(FRAMED.c.comment)
        with reading(self._engine) as connection:
            return np.fromiter(connection.execute(query).scalars(), np.int64)

    def framed(self, study_id: str, kind: SampleKind | None = None, task: Task | None = None) -> pd.DataFrame:
        """Every comment in a frame that is still stored: key, id, cohort, stratum, place; in order of cohort and key.

        With kind "audit" and a task every comment comes once.
        """
        columns = (FRAMED.c.comment, COMMENT.c.id, FRAMED.c.cohort, FRAMED.c.stratum, FRAMED.c.place)
        origin = FRAMED.join(COHORT, COHORT.c.key == FRAMED.c.cohort).join(COMMENT, COMMENT.c.key == FRAMED.c.comment)
        query = select(*columns).select_from(origin).where(COHORT.c.study == study_id)
        with reading(self._engine) as connection:
            ordered = _among(query, kind, task).order_by(FRAMED.c.cohort, FRAMED.c.comment)
            return frame_of(connection, ordered, _FRAMED_KINDS)

    def items(self, study_id: str, kind: SampleKind | None = None, task: Task | None = None) -> pd.DataFrame:
        """What is to be labelled, in the order in which to label it.

        Args:
            study_id: the study.
            kind: only what was drawn so.
            task: only what was drawn for this target and codebook.

        Returns:
            cohort, stratum, place, turn, second, key, id, text, evidence, lang, source, platform, published_at, author.
        """
        with reading(self._engine) as connection:
            found = frame_of(connection, _among(_items(study_id), kind, task), _ITEM_KINDS)
        return found.assign(second=found["second"].astype(bool))

    # What people say

    def put(
        self, study_id: str, target: str, codebook: str, annotator: str, run_id: str, judgements: Sequence[Judgement]
    ) -> int:
        """Keep what a person says, each as a new revision, and return how many were kept.

        What is said of comments that are not stored (any more) is left out.

        Args:
            study_id: a study that was put.
            target: the change they are judged for.
            codebook: by which rules.
            annotator: "person:NAME", or "settled" for what stands after a disagreement was talked over.
            run_id: the run.
            judgements: in the order in which they were made.

        Raises:
            ValueError: an annotator of another kind, or a judgement that contradicts itself or the codebook.
        """
        coding = Coding(study_id, target, judge_of(annotator), codebook)
        for judgement in judgements:
            check(judgement)
        with writing(self._engine) as connection:
            stored = set(_stored(connection, study_id, [it.key for it in judgements]).tolist())
            kept = [it for it in judgements if it.key in stored]
            key = put_coding(connection, coding, "person")
            # One at a time: two pages of the same person would number their revisions alike.
            connection.execute(select(CODING.c.key).where(CODING.c.key == key).with_for_update())
            rows = [annotation_row(judgement) for judgement in kept]
            add_annotations(connection, key, int(run_id), rows, "person")
            if kept:
                changed(connection, study_id, labels=True)
            return add(connection, JUDGEMENT, list(map(judgement_row, rows, kept)))

    def latest(self, study_id: str, target: str, codebook: str) -> pd.DataFrame:
        """The last thing that each person said of each comment, by comment and annotator.

        Returns:
            key, id, annotator, stance, support, concern, suggestion (NaN unless judged), unsure, what, note, seconds,
            created_at, revision, origin.
        """
        return self._labels(study_id, target, codebook, last=True)

    def history(self, study_id: str, target: str, codebook: str) -> pd.DataFrame:
        """Everything that people said, with the columns of `latest`, by comment, annotator and revision."""
        return self._labels(study_id, target, codebook, last=False)

    def _labels(self, study_id: str, target: str, codebook: str, *, last: bool) -> pd.DataFrame:
        people = {"study": study_id, "target": target, "codebook": codebook, "annotator_kind": "person"}
        query = labels_of(study_id, target, codebook, last=last)
        with reading(self._engine) as connection:
            if connection.execute(select(CODING.c.key).filter_by(**people).limit(1)).scalar() is None:
                query = query.where(false())  # else every annotation of the coder is looked at
            found = frame_of(connection, query, LABEL_KINDS)
        return found.assign(unsure=found["unsure"].astype(bool))


def _alone(connection: Connection, study_id: str) -> None:
    """Wait for other runs that draw from this study; SQLite lets one in at a time as it is."""
    connection.execute(select(STUDY.c.id).where(STUDY.c.id == study_id).with_for_update())


def _of_study(study_id: str, *columns: Any) -> Select[Any]:  # noqa: ANN401  columns of any type
    return select(COMMENT.c.key, *columns).where(COMMENT.c.study == study_id)


def _stored(connection: Connection, study_id: str, among: Sequence[int] | None = None) -> NDArray[np.int64]:
    """The keys of the study's comments; of a few, only those are asked for."""
    query = _of_study(study_id)
    if among is not None and len(among) <= _ROWS_AT_ONCE:
        query = query.where(COMMENT.c.key.in_(among))
    return np.fromiter(connection.execute(query).scalars(), np.int64)


def _taken(connection: Connection, study_id: str, task: Task, keys: NDArray[np.int64]) -> bool:
    origin = FRAMED.join(COHORT, COHORT.c.key == FRAMED.c.cohort)
    query = select(FRAMED.c.comment).select_from(origin)
    known = connection.execute(_among(query.where(COHORT.c.study == study_id), "audit", task)).scalars()
    return bool(np.isin(keys, np.fromiter(known, np.int64)).any())


def _framed_rows(cohort: int, frame: Frame, stored: NDArray[np.int64]) -> Iterator[list[Row]]:
    """The frame as rows, in order of their keys, as the table holds them."""
    order = np.argsort(frame.keys, kind="stable")
    order = order[np.isin(frame.keys[order], stored)]
    for start in range(0, len(order), _ROWS_AT_ONCE):
        some = order[start : start + _ROWS_AT_ONCE]
        columns = (column[some].tolist() for column in frame)
        yield [
            {"comment": key, "cohort": cohort, "stratum": stratum, "place": place}
            for key, stratum, place in zip(*columns, strict=True)
        ]


def _add_items(connection: Connection, cohort: int, run: int, items: Sequence[Item]) -> int:
    query = select(FRAMED.c.comment).where(FRAMED.c.cohort == cohort)
    framed = set(connection.execute(query).scalars()) if items else set()
    rows = [
        {"comment": it.key, "cohort": cohort, "run": run, "turn": it.turn, "second": int(it.second)}
        for it in items
        if it.key in framed
    ]
    return add(connection, ITEM, rows)


def _among(query: Select[Any], kind: SampleKind | None, task: Task | None) -> Select[Any]:
    asked = dict(zip(("kind", "target", "codebook"), (kind, *(task or (None, None))), strict=True))
    return query.where(*(COHORT.c[name] == value for name, value in asked.items() if value is not None))


def _cohort(row: Mapping[Any, Any]) -> Cohort:
    plain = {name: value for name, value in row.items() if name not in {"study", "hash"}}
    strata = tuple((str(name), int(population)) for name, population in json.loads(plain["strata"]))
    return Cohort(**plain | {"run": str(plain["run"]), "strata": strata})


def _items(study_id: str) -> Select[Any]:
    said = ("id", "text", "evidence", "lang", "source", "platform", "published_at", "author")
    columns = (
        *(ITEM.c.cohort, FRAMED.c.stratum, FRAMED.c.place, ITEM.c.turn, ITEM.c.second, ITEM.c.comment),
        *(COMMENT.c[name] for name in said),
    )
    in_frame = and_(FRAMED.c.comment == ITEM.c.comment, FRAMED.c.cohort == ITEM.c.cohort)
    origin = ITEM.join(FRAMED, in_frame).join(COHORT, COHORT.c.key == ITEM.c.cohort)
    origin = origin.join(COMMENT, COMMENT.c.key == ITEM.c.comment)
    chosen = select(*columns).select_from(origin).where(COHORT.c.study == study_id)
    return chosen.order_by(ITEM.c.turn, ITEM.c.cohort, FRAMED.c.stratum, FRAMED.c.place)
