"""What the store promises, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from storage import frames, writes
from storage.database import writing
from storage.nouns import Article, Capture, Page, Reject, Study
from storage.records import Finding
from storage.text import TextFlag, clean

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from storage.store import Store

STUDY = "ebikes"
WHO = (STUDY, "城区限行电动自行车", "embedded@1", "1")
WHOSE: dict[str, Any] = dict(zip(("target", "annotator", "codebook"), WHO[1:], strict=True))
NASTY = [
    "支持\x00这个",
    "\ud800半个",
    "反\u202e转",
    "👨‍👩‍👧‍👦一家",
    "a\r\nb",
    "'; DROP TABLE comment; --",
    "=HYPERLINK(1)",
    "{{7*7}} %s %(x)s :x $1",
    "\\\\ \\N \x1f",
    "好" * 20_001,
]


def capture(body: bytes = b"<html>page</html>", **changes: Any) -> Capture:
    facts: dict[str, Any] = {
        "url": "https://forum.example/1",
        "final_url": "https://forum.example/1",
        "status": 200,
        "headers": {"Content-Type": "text/html", "Set-Cookie": "session=canary-7f3a"},
        "body": body,
        "fetched_at": 1_708_480_000_000,
    }
    return Capture(**(facts | changes))


def test_a_study_comes_back_as_it_was_put(store: Store, study: Study) -> None:
    assert store.study(STUDY) == study
    assert store.study("another") is None


def test_putting_a_study_again_renews_its_timeline_and_keeps_sources_with_comments(
    store: Store, study: Study, run: str, page: Callable[..., Page]
) -> None:
    store.add_page(STUDY, "forum", page(), run_id=run)
    smaller = study.model_copy(update={"sources": study.sources[1:], "events": study.events[:1]})
    store.put_study(smaller)
    assert store.study(STUDY) == smaller
    assert {row["source"]: row["comments"] for row in store.source_counts(STUDY)} == {"app": 0, "forum": 3}


def test_a_study_that_says_what_it_said_waits_for_nobody_who_writes(store: Store, engine: Engine, study: Study) -> None:
    with writing(engine) as connection:
        connection.execute(text("UPDATE study SET updated_at = 7"))
        store.put_study(study)
        assert store.study(STUDY) == study


def test_the_same_page_twice_adds_nothing(store: Store, run: str, page: Callable[..., Page]) -> None:
    first = store.add_page(STUDY, "forum", page(5), run_id=run, capture=capture())
    again = store.add_page(STUDY, "forum", page(5), run_id=run, capture=capture())
    assert (first.comments, first.known) == (5, 0)
    assert (again.comments, again.known) == (0, 5)
    assert len(store.comments(STUDY)) == 5


def test_a_comment_that_comes_twice_on_one_page_is_one(store: Store, run: str, page: Callable[..., Page]) -> None:
    twice = Page(comments=page(2).comments + page(2).comments)
    added = store.add_page(STUDY, "forum", twice, run_id=run)
    assert (added.comments, added.known) == (2, 2)


def test_ids_are_the_same_in_every_database_and_differ_between_sources(
    store: Store, run: str, page: Callable[..., Page]
) -> None:
    store.add_page(STUDY, "forum", page(1), run_id=run)
    store.add_page(STUDY, "elsewhere", page(1), run_id=run)
    assert store.comments(STUDY)["id"].tolist() == ["c7a21f2a1f35694", "c003ad3d665a500"]


def test_every_field_comes_back_and_the_unknown_stays_unknown(store: Store, run: str) -> None:
    full: dict[str, Any] = {
        "ext_id": "1",
        "text": "停车点太少",
        "kind": "quote",
        "platform": "weibo",
        "published_at": 1_708_481_112_000,
        "published_precision": "minute",
        "published_raw": "2024年2月21日 10:05",
        "likes": 0,
        "url": "https://forum.example/1#1",
        "parent_id": "0",
        "article_id": "a1",
        "span_start": 3,
        "span_end": 9,
        "direct": False,
        "evidence": "有网友表示担忧",
        "lang": "zh",
        "fold": -(2**63),
        "flags": 2,
    }
    store.add_page(STUDY, "forum", Page(comments=[full, {"ext_id": "2", "text": "嗯"}]), run_id=run)  # type: ignore[list-item]
    frame = store.comments(STUDY, columns=[*full])
    assert {name: frame[name][0] for name in full} == full
    assert frame.drop(columns=["ext_id", "text", "kind", "flags"]).iloc[1].isna().all()
    assert frame["kind"][1] == "comment"


def test_names_of_authors_are_nowhere(store: Store, run: str, page: Callable[..., Page], tmp_path: Path) -> None:
    store.add_page(STUDY, "forum", page(2, author="canary-7f3a"), run_id=run, capture=capture())
    store.add_page(STUDY, "app", page(1, author="canary-7f3a"), run_id=run)
    authors = store.comments(STUDY)["author"].tolist()
    assert authors[0] == authors[1] != authors[2]
    store.close()
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or b"canary-7f3a" not in path.read_bytes(), path


def test_an_author_is_the_same_across_sources_of_one_platform(
    store: Store, run: str, page: Callable[..., Page]
) -> None:
    for source in ("forum", "app"):
        store.add_page(STUDY, source, page(1, author="u1", platform="weibo"), run_id=run)
    assert store.comments(STUDY)["author"].nunique() == 1


def test_foreign_strings_come_back_as_the_text_door_left_them(store: Store, run: str) -> None:
    rows = [
        {"ext_id": f"{at}{text[:600]}", "text": text, "author": text, "url": text, "evidence": text, "platform": text}
        for at, text in enumerate(NASTY)
    ]
    article = Article(id=NASTY[0], title=NASTY[2], text=NASTY[1], site=NASTY[5])
    added = store.add_page(STUDY, "forum", Page(articles=(article,), comments=rows), run_id=run)  # type: ignore[arg-type]
    assert (added.comments, added.articles, added.rejected) == (len(NASTY), 1, [])
    frame = store.comments(STUDY)
    assert frame["text"].tolist() == [clean(text) for text in NASTY]
    assert frame["flags"][2] == TextFlag.BIDI_REMOVED
    assert frame["flags"].iloc[-1] == TextFlag.TRUNCATED
    assert store.articles(STUDY)["text"][0] == "\ufffd半个"


def test_ids_that_are_too_long_stay_distinct(store: Store, run: str) -> None:
    rows = [{"ext_id": "x" * 5_000 + end, "text": "好"} for end in "ab"]
    added = store.add_page(STUDY, "forum", Page(comments=rows), run_id=run)  # type: ignore[arg-type]
    again = store.add_page(STUDY, "forum", Page(comments=rows), run_id=run)  # type: ignore[arg-type]
    assert (added.comments, again.comments) == (2, 0)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"text": "好"}, "ext_id: Field required"),
        ({"ext_id": "1"}, "text: Field required"),
        ({"ext_id": "1", "text": 5}, "text: Input should be a valid string"),
        ({"ext_id": "1", "text": " \n"}, "text: empty"),
        ({"ext_id": "1", "text": "\u200b \u2060"}, "text: empty"),
        ({"ext_id": "\x00", "text": "好"}, "ext_id: empty"),
        ({"ext_id": "1", "text": "好", "likes": "many"}, "likes: Input should be a valid integer"),
        ({"ext_id": "1", "text": "好", "likes": 2**63}, "likes, fold or flags: does not fit in 64 bits"),
        ({"ext_id": "1", "text": "好", "published_at": 10**15}, "published_at: not between the years 1 and 9999"),
        ({"ext_id": "1", "text": "好", "published_precision": "eon"}, "published_precision: Input should be"),
        ({"ext_id": "1", "text": "好", "kind": "rant"}, "kind: Input should be"),
        ({"ext_id": "1", "text": "好", "span_start": 5, "span_end": 2}, "span_start, span_end: not a span"),
        ({"ext_id": "1", "text": "好", "span_start": 5}, "span_start, span_end: not a span"),
        ({"ext_id": "1", "text": "好", "flags": None}, "flags: Input should be a valid integer"),
        ("好", "not a row"),
    ],
)
def test_a_bad_row_is_kept_as_a_reject_and_the_rest_goes_on(
    store: Store, run: str, page: Callable[..., Page], row: Any, reason: str
) -> None:
    comments = [*page(1, start=100).comments, row, *page(1, start=200).comments]
    added = store.add_page(STUDY, "forum", Page(comments=comments), run_id=run)
    assert added.comments == 2
    assert [(reject.where, reject.reason.startswith(reason)) for reject in added.rejected] == [("comments[1]", True)]
    [stored] = store.rejects(STUDY, run)
    assert [stored[name] for name in ("source", "run", "where")] == ["forum", run, "comments[1]"]
    assert stored["reason"].startswith(reason)


def test_rejects_of_the_collector_are_kept_beside_the_others(store: Store, run: str) -> None:
    page = Page(rejects=(Reject("row 7", "no text", "a\x00b" * 500),))
    assert store.add_page(STUDY, "forum", page, run_id=run).rejected == []
    other = store.begin_run(STUDY, "import", {}, "digest")
    [kept] = store.rejects(STUDY)
    assert kept["where"] == "row 7"
    assert len(kept["sample"]) == 200
    assert store.rejects(STUDY, other) == []


def test_an_article_with_an_impossible_time_is_a_reject(store: Store, run: str) -> None:
    articles = (Article(id="a", text="好", published_at=2**62), Article(id=" ", text="好"), Article(id="b", text="好"))
    added = store.add_page(STUDY, "forum", Page(articles=articles), run_id=run)
    assert (added.articles, [reject.where for reject in added.rejected]) == (1, ["articles[0]", "articles[1]"])


@pytest.mark.parametrize(("table", "when"), [("article", "before"), ("comment", "before"), ("comment", "after")])
def test_a_crash_midway_leaves_nothing_of_the_page(
    store: Store, run: str, page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch, table: str, when: str
) -> None:
    whole = Page(articles=(Article(id="a", text="好"),), comments=page(3).comments, rejects=(Reject("row 1", "bad"),))
    add = writes.add

    def failing(connection: Any, into: Any, rows: Any) -> int:
        if into.name == table and when == "after":
            add(connection, into, rows)
        if into.name == table:
            raise KeyboardInterrupt
        return add(connection, into, rows)

    monkeypatch.setattr(writes, "add", failing)
    with pytest.raises(KeyboardInterrupt):
        store.add_page(STUDY, "new", whole, run_id=run, capture=capture())
    monkeypatch.undo()
    assert (len(store.comments(STUDY)), len(store.articles(STUDY)), len(store.rejects(STUDY))) == (0, 0, 0)
    assert "new" not in {row["source"] for row in store.source_counts(STUDY)}
    added = store.add_page(STUDY, "new", whole, run_id=run, capture=capture())
    assert (added.comments, added.articles) == (3, 1)


def test_every_comment_leads_back_to_its_capture(store: Store, run: str, page: Callable[..., Page]) -> None:
    body = "网页".encode() * 1000
    key = store.keep_capture(STUDY, "forum", capture(body), run)
    store.add_page(STUDY, "forum", page(1), run_id=run, capture=key)
    store.add_page(STUDY, "forum", page(1, start=1), run_id=run, capture=capture(body, fetched_at=5))
    store.add_page(STUDY, "forum", page(1, start=2), run_id=run)
    frame = store.comments(STUDY, columns=["id", "capture", "run"])
    sha256 = hashlib.sha256(body).hexdigest()
    assert frame["capture"].astype(object).where(frame["capture"].notna(), None).tolist() == [sha256, sha256, None]
    assert store.captures.read(sha256) == body
    assert set(frame["run"]) == {run}


def test_runs_are_remembered_with_what_they_did(store: Store) -> None:
    run = store.begin_run(STUDY, "import", {"minyi": "0.1"}, "d1")
    begun = store.runs(STUDY)[-1]
    assert (begun.id, begun.status, begun.ended_at, begun.counts) == (run, "running", None, {})
    store.end_run(run, "partial", {"forum": {"new": 3, "asked": None}}, [{"what": "源站\ud800\x00"}])
    ended = store.runs(STUDY)[-1]
    assert (ended.status, ended.versions, ended.config_digest) == ("partial", {"minyi": "0.1"}, "d1")
    assert ended.counts == {"forum": {"new": 3, "asked": None}}
    (failure,) = ended.failures
    assert failure == {"source": "", "type": "", "what": "源站\ud800\x00", "where": "", "remedy": ""}
    assert ended.ended_at is not None
    assert ended.ended_at >= ended.started_at


def test_a_file_imported_to_its_end_is_told_at_once(store: Store, run: str) -> None:
    assert store.imported(STUDY, "a" * 64, "options") is None
    store.mark_imported(STUDY, "a" * 64, "options", run)
    store.mark_imported(STUDY, "a" * 64, "options", run)
    assert store.imported(STUDY, "a" * 64, "options") == run
    assert store.imported(STUDY, "a" * 64, "others") is None


def test_a_window_takes_what_was_published_in_it(store: Store, run: str, page: Callable[..., Page]) -> None:
    for at, published in enumerate([1000, 2000, 3000, None]):
        store.add_page(STUDY, "forum", page(1, start=at, published_at=published), run_id=run)
    assert store.comments(STUDY, start=1000, end=3000)["published_at"].tolist() == [1000, 2000]
    assert len(store.comments(STUDY)) == 4


def test_no_row_is_lost_between_two_stretches(
    store: Store, run: str, page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "ROWS_AT_ONCE", 2)
    for at, likes in enumerate([1, None, 3, 4, None]):
        store.add_page(STUDY, "forum", page(1, start=at, likes=likes, platform="ab"[at % 2]), run_id=run)
    frame = store.comments(STUDY)
    assert frame["likes"].fillna(-1).tolist() == [1, -1, 3, 4, -1]
    assert frame["platform"].tolist() == ["a", "b", "a", "b", "a"]
    assert [len(stretch) for stretch in store.uncoded(*WHO, chunk=3)] == [3, 2]


def test_columns_come_as_asked_and_an_unknown_one_is_named(store: Store) -> None:
    assert list(store.comments(STUDY, columns=["likes", "id"]).columns) == ["likes", "id"]
    with pytest.raises(ValueError, match="no such columns: stance"):
        store.comments(STUDY, columns=["stance"])
    with pytest.raises(ValueError, match="go together"):
        store.comments(STUDY, annotator="embedded@1")


def test_an_empty_study_gives_empty_frames_with_their_types(store: Store, run: str, page: Callable[..., Page]) -> None:
    empty = store.comments(STUDY, **WHOSE)
    store.add_page(STUDY, "forum", page(1), run_id=run)
    full = store.comments(STUDY, **WHOSE)
    assert empty.empty
    assert {name: str(kind) for name, kind in empty.dtypes.items()} == {n: str(k) for n, k in full.dtypes.items()}


def test_studies_do_not_mix(store: Store, study: Study, run: str, page: Callable[..., Page]) -> None:
    store.put_study(study.model_copy(update={"id": "other"}))
    store.add_page("other", "forum", page(2), run_id=run)
    store.add_page(STUDY, "forum", page(3), run_id=run)
    assert (len(store.comments("other")), len(store.comments(STUDY))) == (2, 3)
    assert set(store.comments("other")["id"]).isdisjoint(store.comments(STUDY)["id"])


def test_each_source_is_counted_the_silent_one_too(store: Store, run: str, page: Callable[..., Page]) -> None:
    store.add_page(STUDY, "forum", page(2, published_at=7), run_id=run)
    store.add_page(
        STUDY, "extra", Page(articles=(Article(id="a", text="好"),), rejects=(Reject("1", "x"),)), run_id=run
    )
    counts = {row["source"]: row for row in store.source_counts(STUDY)}
    assert {
        source: tuple(row[name] for name in ("comments", "articles", "rejects")) for source, row in counts.items()
    } == {
        "app": (0, 0, 0),
        "extra": (0, 1, 1),
        "forum": (2, 0, 0),
    }
    assert (counts["forum"]["title_zh"], counts["forum"]["first"]) == ("论坛", 7)
    assert counts["app"]["first"] is counts["extra"]["first"] is None


def test_sources_without_a_count_of_comments_say_the_same_of_the_rest(
    store: Store, run: str, page: Callable[..., Page]
) -> None:
    store.add_page(STUDY, "forum", Page(comments=page(2).comments, rejects=(Reject("1", "x"),)), run_id=run)
    unknown = {"comments": None, "first": None, "last": None}
    assert store.source_counts(STUDY, comments=False) == [row | unknown for row in store.source_counts(STUDY)]


def test_articles_come_back_with_their_capture(store: Store, run: str) -> None:
    article = Article(
        id="a", text="正文", title="标题", url="https://news.example", published_at=5, published_precision="day"
    )
    store.add_page(STUDY, "forum", Page(articles=(article,)), run_id=run, capture=capture())
    row = store.articles(STUDY).iloc[0]
    assert (row["id"], row["title"], row["published_at"], row["published_precision"]) == ("a", "标题", 5, "day")
    assert store.captures.read(row["capture"]) == b"<html>page</html>"


def test_findings_and_reports_are_kept(store: Store, run: str) -> None:
    finding = Finding("share.concern", 0.5, 0.4, 0.6, 120, "wilson", {"ids": ["c1"]})
    assert store.add_findings(STUDY, run, [finding, Finding("share.support")]) == 2
    assert store.add_findings(STUDY, run, [finding]) == 0
    assert store.findings(STUDY, run)[0].evidence == {"ids": ["c1"]}
    assert store.findings(STUDY, run)[1].estimate is None
    for sha256 in ("a" * 64, "b" * 64):
        store.add_report(STUDY, run, "zh", "reports/zh.html", sha256)
    assert [(report.run, report.sha256) for report in store.reports(STUDY)] == [(run, "b" * 64)]


def test_what_is_already_stored_is_never_overwritten(store: Store, run: str, page: Callable[..., Page]) -> None:
    store.add_page(STUDY, "forum", page(1, likes=1), run_id=run)
    store.add_page(STUDY, "forum", page(1, likes=9), run_id=run)
    assert store.comments(STUDY)["likes"].tolist() == [1]
