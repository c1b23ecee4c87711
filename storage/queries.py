"""The questions the store answers, as SQL: what was said, what is not coded yet, what each source gave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Select, Text, and_, case, cast, distinct, func, literal, null, select
from sqlmodel import SQLModel

from storage.frames import Categories, Column, Known, Scores, Strings, Truth, Whole, stances
from storage.labels_tables import CohortTable, FramedTable, ItemTable, JudgementTable
from storage.ordering import by_code_point
from storage.state_tables import (
    ActTable,
    AskedTable,
    DeclaredTable,
    FetchedTable,
    ForgottenTable,
    JobWindowTable,
    SourceStateTable,
    WaitingTable,
)
from storage.tables import (
    AgreementTable,
    AnnotationTable,
    ArticleTable,
    CaptureTable,
    ChangeCountTable,
    CodingTable,
    CommentTable,
    FileImport,
    FindingTable,
    PolicyEventTable,
    RejectTable,
    ReportTable,
    RunTable,
    SearchTextTable,
    Setting,
    SourceTable,
    StudyTable,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import ColumnElement, Table
    from sqlalchemy.engine import Connection

    from storage.records import Coding

Kinds = dict[str, "Callable[[], Column]"]


def table(model: type[SQLModel]) -> Table:
    """The Core table of a class of `storage.tables`."""
    return SQLModel.metadata.tables[str(model.__tablename__)]


COMMENT = table(CommentTable)
AGREEMENT = table(AgreementTable)
ANNOTATION = table(AnnotationTable)
ARTICLE = table(ArticleTable)
CAPTURE = table(CaptureTable)
CHANGE_COUNT = table(ChangeCountTable)
CODING = table(CodingTable)
REJECT = table(RejectTable)
EVENT = table(PolicyEventTable)
FILE_IMPORT = table(FileImport)
FINDING = table(FindingTable)
REPORT = table(ReportTable)
RUN = table(RunTable)
SEARCH_TEXT = table(SearchTextTable)
SETTING = table(Setting)
SOURCE = table(SourceTable)
STUDY = table(StudyTable)
ACT = table(ActTable)
ASKED = table(AskedTable)
DECLARED = table(DeclaredTable)
FETCHED = table(FetchedTable)
FORGOTTEN = table(ForgottenTable)
JOB_WINDOW = table(JobWindowTable)
SOURCE_STATE = table(SourceStateTable)
WAITING = table(WaitingTable)
COHORT = table(CohortTable)
FRAMED = table(FramedTable)
ITEM = table(ItemTable)
JUDGEMENT = table(JudgementTable)

COMMENT_KINDS: Kinds = {
    "id": Strings,
    "key": Known,
    "source": Categories,
    "platform": Categories,
    "kind": Categories,
    "text": Strings,
    "lang": Categories,
    "author": Categories,
    "published_at": Whole,
    "published_precision": Categories,
    "likes": Whole,
    "url": Strings,
    "parent_id": Categories,
    "article_id": Categories,
    "span_start": Whole,
    "span_end": Whole,
    "direct": Truth,
    "evidence": Categories,
    "fold": Whole,
    "flags": Known,
}
ON_DEMAND: Kinds = {"ext_id": Strings, "published_raw": Strings, "run": Categories, "capture": Categories}
ANNOTATION_KINDS: Kinds = {
    "stance": stances,
    "support": Scores,
    "concern": Scores,
    "suggestion": Scores,
    "neutral": Scores,
}
UNCODED_KINDS: Kinds = {"key": Known, "text": Strings, "evidence": Strings, "lang": Categories}
ARTICLE_KINDS: Kinds = {
    "id": Strings,
    "key": Known,
    "source": Categories,
    "url": Strings,
    "title": Strings,
    "text": Strings,
    "site": Categories,
    "lang": Categories,
    "published_at": Whole,
    "published_raw": Strings,
    "published_precision": Categories,
    "extractor": Categories,
    "flags": Known,
    "capture": Categories,
}
REJECT_KINDS: Kinds = {"source": Strings, "run": Strings, "where": Strings, "reason": Strings, "sample": Strings}
SOURCE_KINDS: Kinds = {
    "source": Strings,
    "kind": Strings,
    "title_zh": Strings,
    "title_en": Strings,
    "comments": Known,
    "articles": Known,
    "rejects": Known,
    "first": Whole,
    "last": Whole,
}
ACT_KINDS: Kinds = {
    "source": Strings,
    "id": Strings,
    "date": Strings,
    "precision": Strings,
    "kind": Strings,
    "title": Strings,
    "sentence": Strings,
    "who": Strings,
    "url": Strings,
    "article": Strings,
    "capture": Strings,
}
CAPTURE_KINDS: Kinds = {
    "key": Known,
    "source": Strings,
    "run": Strings,
    "sha256": Strings,
    "url": Strings,
    "final_url": Strings,
    "status": Known,
    "headers": Strings,
    "size": Known,
    "fetched_at": Known,
    "complete": Truth,
    "ask": Strings,
    "options": Strings,
    "came_at": Known,
}
DECLARED_KINDS: Kinds = {
    "source": Strings,
    "article": Strings,
    "title": Strings,
    "declared": Known,
    "collected": Known,
    "said_at": Known,
}


def kinds_of(columns: Sequence[str] | None, *, annotated: bool) -> Kinds:
    """The columns of a frame of comments, in the order asked for.

    Raises:
        ValueError: a column that does not exist, or a stance without an annotator.
    """
    usual = COMMENT_KINDS | ANNOTATION_KINDS if annotated else COMMENT_KINDS
    if columns is None:
        return usual
    known = usual | ON_DEMAND
    unknown = [name for name in columns if name not in known]
    if unknown:
        raise ValueError(f"no such columns: {', '.join(unknown)} (there are: {', '.join(known)})")
    return {name: known[name] for name in columns}


def comments(study: str, names: Sequence[str], coding: tuple[int, bool] | None) -> Select[Any]:
    """Comments of a study, each beside what one annotator found in it.

    Args:
        study: its id.
        names: the columns.
        coding: the key of the annotator's coding, and whether the annotator is a person.
    """
    origin: Any = COMMENT
    if "capture" in names:
        origin = origin.outerjoin(CAPTURE, CAPTURE.c.key == COMMENT.c.capture)
    if coding is not None:
        origin = origin.outerjoin(ANNOTATION, reading_of(*coding))
    columns = [_comment_column(name) for name in names]
    return select(*columns).select_from(origin).where(COMMENT.c.study == study).order_by(COMMENT.c.key)


def _comment_column(name: str) -> ColumnElement[Any]:
    if name == "capture":
        return CAPTURE.c.sha256
    if name == "run":
        return cast(COMMENT.c.run, Text)
    return (ANNOTATION if name in ANNOTATION_KINDS else COMMENT).c[name]


def key_of(connection: Connection, coding: Coding) -> tuple[int, bool]:
    """A coding's key in the database, and whether its annotator is a person; (-1, False) where it is not there."""
    query = select(CODING.c.key, CODING.c.annotator_kind).filter_by(**coding._asdict())
    row = connection.execute(query).one_or_none()
    return (-1, False) if row is None else (int(row.key), row.annotator_kind == "person")


def reading_of(coding: int, person: bool) -> ColumnElement[bool]:
    """A classifier reads once; of a person's judgements the last one counts."""
    revision: Any = literal(0)
    if person:
        other = ANNOTATION.alias()
        same = and_(other.c.comment == COMMENT.c.key, other.c.coding == coding)
        revision = select(func.max(other.c.revision)).where(same).correlate(COMMENT).scalar_subquery()
    return and_(ANNOTATION.c.comment == COMMENT.c.key, ANNOTATION.c.coding == coding, ANNOTATION.c.revision == revision)


def published(query: Select[Any], start: int | None, end: int | None) -> Select[Any]:
    """Only the comments known to be published from `start` on and before `end`."""
    if start is not None:
        query = query.where(COMMENT.c.published_at >= start)
    return query if end is None else query.where(COMMENT.c.published_at < end)


def uncoded(study: str, coding: int, after: int, size: int) -> Select[Any]:
    """The next comments, by key, that this annotator has not read for this target."""
    unread = _unread(study, coding).where(COMMENT.c.key > after).order_by(COMMENT.c.key).limit(size)
    return unread.with_only_columns(*(COMMENT.c[name] for name in UNCODED_KINDS))


def count_uncoded(study: str, coding: int) -> Select[Any]:
    """How many comments this annotator has not read for this target."""
    return _unread(study, coding).with_only_columns(func.count())


def _unread(study: str, coding: int) -> Select[Any]:
    read = select(1).where(ANNOTATION.c.comment == COMMENT.c.key, ANNOTATION.c.coding == coding)
    return select(COMMENT.c.key).where(COMMENT.c.study == study, ~read.exists())


def articles(study: str) -> Select[Any]:
    """Articles of a study, each with its capture's SHA-256."""
    columns = [CAPTURE.c.sha256 if name == "capture" else ARTICLE.c[name] for name in ARTICLE_KINDS]
    origin = ARTICLE.outerjoin(CAPTURE, CAPTURE.c.key == ARTICLE.c.capture)
    return select(*columns).select_from(origin).where(ARTICLE.c.study == study).order_by(ARTICLE.c.key)


def rejects(study: str, run: int | None) -> Select[Any]:
    """What could not be used, of one run or of all."""
    columns = (REJECT.c.source, cast(REJECT.c.run, Text), REJECT.c.place, REJECT.c.reason, REJECT.c.sample)
    chosen = select(*columns).where(REJECT.c.study == study).order_by(REJECT.c.key)
    return chosen if run is None else chosen.where(REJECT.c.run == run)


def three_counts(study: str) -> Select[Any]:
    """How many comments there are, different texts (equal ones as one, as they were keyed), and known authors."""
    fold = COMMENT.c.fold
    texts = func.count(distinct(fold)) + func.count() - func.count(fold)
    columns: list[ColumnElement[Any]] = [func.count(), texts, func.count(distinct(COMMENT.c.author))]
    return select(*columns).where(COMMENT.c.study == study)


def source_counts(study: str, *, comments: bool = True) -> Select[Any]:
    """Every source, those that gave nothing too, with its counts and the time its comments span.

    Without `comments` none of these is read, and what is said of them is not known.
    """
    written, refused = _per_source(ARTICLE, study), _per_source(REJECT, study)
    joined = [written, refused]
    of_comments: list[ColumnElement[Any]] = [null()] * 3
    if comments:
        said = _per_source(COMMENT, study, func.min(COMMENT.c.published_at), func.max(COMMENT.c.published_at))
        joined, of_comments = [said, *joined], [_or_none_there(said.c.n), said.c.low, said.c.high]
    origin = SOURCE
    for counts in joined:
        origin = origin.outerjoin(counts, counts.c.source == SOURCE.c.name)  # type: ignore[assignment]
    n, *span = of_comments
    columns = [
        *(SOURCE.c[name] for name in ("name", "kind", "title_zh", "title_en")),
        *(n, _or_none_there(written.c.n), _or_none_there(refused.c.n), *span),
    ]
    return select(*columns).select_from(origin).where(SOURCE.c.study == study).order_by(by_code_point(SOURCE.c.name))


def _per_source(rows: Table, study: str, low: Any = literal(None), high: Any = literal(None)) -> Any:  # noqa: ANN401, B008
    columns = (rows.c.source, func.count().label("n"), low.label("low"), high.label("high"))
    return select(*columns).where(rows.c.study == study).group_by(rows.c.source).subquery()


def _or_none_there(count: ColumnElement[Any]) -> ColumnElement[Any]:
    """A source without rows gave 0 of them: this is counted, not unknown."""
    return case((count.is_(None), 0), else_=count)


def acts(study: str) -> Select[Any]:
    """The dated acts that sources state field by field, by date, each with its capture's SHA-256."""
    columns = [CAPTURE.c.sha256 if name == "capture" else ACT.c[name] for name in ACT_KINDS]
    origin = ACT.outerjoin(CAPTURE, CAPTURE.c.key == ACT.c.capture)
    return select(*columns).select_from(origin).where(ACT.c.study == study).order_by(ACT.c.date, ACT.c.key)


def captures(study: str) -> Select[Any]:
    """The captures of a study in the order they first came, with what each answers (None where that is not known)."""
    named: dict[str, ColumnElement[Any]] = {
        "run": cast(CAPTURE.c.run, Text),
        "ask": ASKED.c.ask,
        "options": ASKED.c.options,
    }
    named["came_at"] = func.coalesce(ASKED.c.came_at, CAPTURE.c.fetched_at)
    columns = [named[name] if name in named else CAPTURE.c[name] for name in CAPTURE_KINDS]
    origin = CAPTURE.outerjoin(ASKED, ASKED.c.capture == CAPTURE.c.key)
    return select(*columns).select_from(origin).where(CAPTURE.c.study == study).order_by(CAPTURE.c.key)


def declared(study: str) -> Select[Any]:
    """How many comments platforms say there are, and how many are kept: by article, and by source (`article` empty)."""
    by_article, by_source = _kept(study, COMMENT.c.article_id.label("article")), _kept(study)
    in_article = and_(by_article.c.source == DECLARED.c.source, by_article.c.article == DECLARED.c.article)
    known = and_(
        *(ARTICLE.c[name] == DECLARED.c[name] for name in ("study", "source")), ARTICLE.c.id == DECLARED.c.article
    )
    origin = DECLARED.outerjoin(by_article, in_article).outerjoin(ARTICLE, known)
    kept = case((DECLARED.c.article == "", by_source.c.n), else_=by_article.c.n)
    columns = (
        *(DECLARED.c.source, DECLARED.c.article, func.coalesce(ARTICLE.c.title, ""), DECLARED.c.n),
        func.coalesce(kept, 0),
        DECLARED.c.said_at,
    )
    origin = origin.outerjoin(by_source, by_source.c.source == DECLARED.c.source)
    chosen = select(*columns).select_from(origin).where(DECLARED.c.study == study)
    return chosen.order_by(by_code_point(DECLARED.c.source), by_code_point(DECLARED.c.article))


def _kept(study: str, *by: ColumnElement[Any]) -> Any:  # noqa: ANN401
    """Comments by source; the quotes in an article's text are not among the comments it is said to have."""
    columns = (COMMENT.c.source, *by, func.count().label("n"))
    said = select(*columns).where(COMMENT.c.study == study, COMMENT.c.kind != "quote")
    return said.group_by(COMMENT.c.source, *(COMMENT.c.article_id for _ in by)).subquery()
