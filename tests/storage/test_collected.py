"""Where each source stands, and what a page changes of it, on SQLite and on PostgreSQL alike."""

from __future__ import annotations

from datetime import date
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from storage import collected as module
from storage.intake import Origin
from storage.nouns import Act, Article, Capture, Page
from storage.state import Fetched, Step, Waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from storage.reparsing import Changes
    from storage.store import Store

STUDY = "ebikes"
OPTIONS = "digest of the options"
WHO = (STUDY, "城区限行电动自行车", "embedded@1", "1")
PERSON = (STUDY, "城区限行电动自行车", "a-reader", "1")
ASKS = (Waiting("a", '{"url": "https://a.example/"}'), Waiting("b", '{"url": "https://b.example/"}'))


def capture(body: bytes = b"{}", url: str = "https://forum.example/1") -> Capture:
    return Capture(url=url, final_url=url, status=200, headers={}, body=body, fetched_at=1_708_480_000_000)


def test_a_source_that_never_ran_stands_at_its_beginning(store: Store, run: str) -> None:
    state = store.collected.begin(STUDY, "forum", OPTIONS)
    assert (state.cursor, state.waiting, state.fetched, state.had_items) == (None, (), {}, False)


def test_a_page_and_what_it_changes_are_stored_together(store: Store, run: str, page: Callable[..., Page]) -> None:
    store.collected.begin(STUDY, "forum", OPTIONS)
    fetched = Fetched("https://forum.example/1", '"v1"', "Tue, 03 Mar 2026 10:00:00 GMT")
    store.add_page(STUDY, "forum", page(), run_id=run, step=Step(cursor="12", waiting=ASKS, fetched=fetched))
    state = store.collected.begin(STUDY, "forum", OPTIONS)
    assert (state.cursor, state.waiting, state.had_items) == ("12", ASKS, True)
    assert state.fetched == {fetched.url: fetched}


def test_a_page_that_fails_changes_nothing_of_the_state(
    store: Store, run: str, page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    store.collected.begin(STUDY, "forum", OPTIONS)

    def fail(*_: object) -> None:
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(module, "_waiting_row", fail)
    with pytest.raises(RuntimeError):
        store.add_page(STUDY, "forum", page(), run_id=run, step=Step(cursor="12", waiting=ASKS))
    state = store.collected.begin(STUDY, "forum", OPTIONS)
    assert (state.cursor, state.had_items) == (None, False)


def test_asks_are_answered_tried_and_kept_in_order(store: Store, run: str) -> None:
    store.collected.begin(STUDY, "forum", OPTIONS)
    more = Waiting("c", '{"url": "https://c.example/"}')
    for step in (Step(waiting=ASKS), Step(done="a", waiting=(more, ASKS[1])), Step(tried="b"), Step(tried="gone")):
        store.add_page(STUDY, "forum", Page(), run_id=run, step=step)
    waiting = store.collected.begin(STUDY, "forum", OPTIONS).waiting
    assert [(ask.key, ask.tries) for ask in waiting] == [("b", 1), ("c", 0)]


def test_how_much_is_still_to_be_asked_is_known_without_changing_anything(store: Store, run: str) -> None:
    assert store.collected.waiting(STUDY) == {}
    store.collected.begin(STUDY, "forum", OPTIONS)
    store.add_page(STUDY, "forum", Page(), run_id=run, step=Step(waiting=ASKS))
    assert store.collected.waiting(STUDY) == {"forum": 2}
    assert store.collected.begin(STUDY, "forum", OPTIONS).waiting == ASKS


def test_sources_do_not_mix(store: Store, run: str) -> None:
    for source in ("forum", "app"):
        store.collected.begin(STUDY, source, OPTIONS)
        store.add_page(STUDY, source, Page(), run_id=run, step=Step(cursor=source, waiting=ASKS))
    store.add_page(STUDY, "app", Page(), run_id=run, step=Step(done="a"))
    assert store.collected.begin(STUDY, "forum", OPTIONS).waiting == ASKS
    assert store.collected.begin(STUDY, "app", OPTIONS).waiting == ASKS[1:]
    assert store.collected.begin(STUDY, "app", OPTIONS).cursor == "app"


def test_a_source_knows_others_with_the_very_same_options_and_until_when_it_may_not_ask(store: Store, run: str) -> None:
    for source in ("forum", "app"):
        state = store.collected.begin(STUDY, source, OPTIONS)
        store.add_page(STUDY, source, Page(), run_id=run, step=Step(asked_to_wait=12))
    assert state.alike == ("forum",)
    assert store.collected.begin(STUDY, "app", OPTIONS).asked_to_wait == 12
    assert store.collected.begin(STUDY, "app", "others").alike == ()


def test_other_options_begin_the_source_anew_and_keep_its_comments(
    store: Store, run: str, page: Callable[..., Page]
) -> None:
    store.collected.begin(STUDY, "forum", OPTIONS)
    step = Step(cursor="12", waiting=ASKS, fetched=Fetched("https://forum.example/1"))
    store.add_page(STUDY, "forum", page(), run_id=run, step=step)
    state = store.collected.begin(STUDY, "forum", "another digest")
    assert (state.cursor, state.waiting, state.fetched, state.had_items) == (None, (), {}, True)
    assert store.collected.begin(STUDY, "forum", OPTIONS).cursor is None


def test_what_platforms_declare_stands_beside_what_is_kept(store: Store, run: str, page: Callable[..., Page]) -> None:
    store.add_page(
        STUDY,
        "forum",
        Page(
            articles=(Article(id="t1", title="限行", text="正文"),),
            comments=page(3, article_id="t1").comments + page(1, start=3).comments,
            declared_total=4_310,
            declared={"t1": 12, "t2": 0},
        ),
        run_id=run,
    )
    store.add_page(STUDY, "forum", Page(declared={"t1": 14}), run_id=run)
    rows = map(itemgetter("article", "title", "declared", "collected"), store.collected.declared(STUDY))
    assert list(rows) == [("", "", 4310, 4), ("t1", "限行", 14, 3), ("t2", "", 0, 0)]


def test_quotes_are_not_among_the_comments_an_article_is_said_to_have(
    store: Store, run: str, page: Callable[..., Page]
) -> None:
    quotes = page(2, article_id="a", kind="quote").comments
    store.add_page(STUDY, "forum", Page(comments=quotes, declared={"a": 9}), run_id=run)
    assert [row["collected"] for row in store.collected.declared(STUDY)] == [0]


@pytest.mark.parametrize("odd", [-1, 2**60, None, "7", 1.5])
def test_a_count_that_is_none_is_not_stored(store: Store, run: str, odd: Any) -> None:
    store.add_page(STUDY, "forum", Page(declared={"t": odd}, declared_total=odd), run_id=run)
    assert store.collected.declared(STUDY) == []


def test_a_comment_its_platform_deleted_is_forgotten_with_what_was_found_in_it(
    store: Store, run: str, page: Callable[..., Page]
) -> None:
    store.add_page(STUDY, "forum", page(3), run_id=run)
    keys = store.comments(STUDY, columns=["key"])["key"].tolist()
    scores = np.full((3, 4), 0.25, np.float32)
    store.add_annotations(*WHO, run, keys, [0, 1, 2], scores)
    store.add_page(STUDY, "app", page(3), run_id=run)
    store.add_page(STUDY, "forum", Page(gone=("1", "no such id")), run_id=run)
    frame = store.comments(STUDY, columns=["source", "ext_id"])
    assert frame[frame["source"] == "forum"]["ext_id"].tolist() == ["0", "2"]
    assert (frame["source"] == "app").sum() == 3


def test_an_article_its_platform_deleted_is_forgotten_and_what_was_said_about_it_stays(
    store: Store, run: str, page: Callable[..., Page]
) -> None:
    articles = (Article(id="1", text="正文"), Article(id="2", text="正文"))
    store.add_page(STUDY, "forum", Page(articles=articles, comments=page(3, article_id="1").comments), run_id=run)
    store.add_page(STUDY, "forum", Page(gone_articles=("1",)), run_id=run)
    assert store.articles(STUDY)["id"].tolist() == ["2"]
    assert len(store.comments(STUDY)) == 3


def test_acts_are_kept_once_with_the_capture_they_were_read_in(store: Store, run: str) -> None:
    act = Act(
        date=date(2026, 3, 15), kind="effective", sentence="自3月15日起施行\x00", who="某局", url="https://a.example"
    )
    page = Page(acts=(act, act.model_copy(update={"date": date(2026, 3, 1), "kind": None})))
    for _ in range(2):
        store.add_page(STUDY, "forum", page, run_id=run, capture=capture())
    frame = store.collected.acts(STUDY)
    assert frame[["date", "precision", "kind", "sentence", "who"]].to_numpy().tolist() == [
        ["2026-03-01", "day", None, "自3月15日起施行", "某局"],
        ["2026-03-15", "day", "effective", "自3月15日起施行", "某局"],
    ]
    assert frame["capture"].nunique() == 1
    assert len(frame["capture"][0]) == 64


def test_a_capture_remembers_what_it_answered_last_and_with_which_options(store: Store, run: str) -> None:
    store.keep_capture(STUDY, "forum", capture(), run, '{"url": "https://forum.example/1", "tag": "2"}')
    store.keep_capture(STUDY, "forum", capture(), run, "another ask", '{"pages": 3}')
    store.keep_capture(STUDY, "forum", capture(b"[]"), run)
    frame = store.collected.captures(STUDY)
    assert frame["ask"].tolist() == ["another ask", None]
    assert frame["options"].tolist() == ['{"pages": 3}', None]
    assert frame["status"].tolist() == [200, 200]


# Parsing again


@pytest.fixture
def parsed(store: Store, run: str, page: Callable[..., Page]) -> Callable[..., Changes]:
    """Three comments and an article from one capture, parsed again as another page."""
    kept = Page(articles=(Article(id="t", title="限行", text="正文"),), comments=page(3).comments)
    key = store.keep_capture(STUDY, "forum", capture(), run, "{}")
    store.add_page(STUDY, "forum", kept, run_id=run, capture=key)

    def again(*pages: Page, apply: bool = True) -> Changes:
        origin = Origin(STUDY, "forum", int(run), key)
        reparse = store.reparse(apply=apply)
        reparse.capture(origin, pages)
        reparse.end(origin, [key])
        return reparse.changes

    return again


ARTICLE = (Article(id="t", title="限行", text="正文"),)


def texts(store: Store) -> Sequence[str]:
    return store.comments(STUDY, columns=["text"])["text"].tolist()


def test_the_same_parse_changes_nothing(store: Store, parsed: Any, page: Callable[..., Page]) -> None:
    changes = parsed(Page(articles=ARTICLE, comments=page(3).comments))
    assert (changes.same, changes.new, changes.altered, changes.vanished) == (4, 0, 0, 0)


@pytest.mark.parametrize("apply", [True, False])
def test_what_a_better_parse_finds_is_put_right_only_if_asked(
    store: Store, parsed: Any, page: Callable[..., Page], apply: bool
) -> None:
    before = texts(store)
    rows: Any = page(2).comments + page(1, start=9).comments
    rows[1]["text"] = "第1条：改了"
    rows[0]["likes"] = 7
    changes = parsed(Page(articles=ARTICLE, comments=rows), apply=apply)
    assert (changes.same, changes.new, dict(changes.changed)) == (1, 1, {"likes": 1, "text": 1})
    assert (changes.reworded, changes.vanished) == (1, 1)
    after = texts(store)
    if apply:
        assert sorted(after) == sorted(["第0条：希望多设停车点", "第1条：改了", "第9条：希望多设停车点"])
        assert store.comments(STUDY, columns=["likes"])["likes"].dropna().tolist() == [7]
    else:
        assert after == before


def test_what_a_person_judged_stays_as_it_was_judged(
    store: Store, run: str, parsed: Any, page: Callable[..., Page]
) -> None:
    frame = store.comments(STUDY, columns=["key", "ext_id"])
    judged = frame["key"].tolist()[:2]
    store.add_annotations(*PERSON, run, judged, [0, 1], np.full((2, 4), 0.25, np.float32), kind="person")
    rows: Any = page(1).comments
    rows[0]["text"] = "改了"
    changes = parsed(Page(articles=ARTICLE, comments=rows))
    assert (changes.judged, changes.vanished) == (2, 1)
    assert texts(store) == ["第0条：希望多设停车点", "第1条：希望多设停车点"]


def test_a_reworded_comment_is_read_by_the_classifier_again_and_a_liked_one_is_not(
    store: Store, run: str, parsed: Any, page: Callable[..., Page]
) -> None:
    keys = store.comments(STUDY, columns=["key"])["key"].tolist()
    store.add_annotations(*WHO, run, keys, [0, 1, 2], np.full((3, 4), 0.25, np.float32))
    rows: Any = page(3).comments
    rows[0]["text"], rows[1]["likes"] = "改了", 3
    parsed(Page(articles=ARTICLE, comments=rows))
    assert store.count_uncoded(*WHO) == 1


def test_an_item_on_two_captures_counts_where_it_is_met_first(
    store: Store, parsed: Any, page: Callable[..., Page]
) -> None:
    edited: Any = page(3).comments
    edited[0]["text"] = "后来改的"
    changes = parsed(Page(articles=ARTICLE, comments=page(3).comments), Page(comments=edited))
    assert (changes.new, changes.altered, changes.vanished, changes.forgotten) == (0, 0, 0, 0)


def test_what_was_hidden_and_shown_again_stays_with_what_a_person_said_of_it(
    store: Store, run: str, parsed: Any, page: Callable[..., Page]
) -> None:
    keys = store.comments(STUDY, columns=["key"])["key"].tolist()
    store.add_annotations(*PERSON, run, keys, [0, 1, 2], np.full((3, 4), 0.25, np.float32), kind="person")
    shown, hidden = Page(articles=ARTICLE, comments=page(3).comments), Page(gone=("0",))
    assert parsed(shown, hidden, shown).forgotten == 0
    assert store.comments(STUDY, columns=["key"])["key"].tolist() == keys


def test_what_was_forgotten_stays_away_until_its_platform_shows_it_again(
    store: Store, run: str, parsed: Any, page: Callable[..., Page]
) -> None:
    store.add_page(STUDY, "forum", Page(gone=("0",)), run_id=run)
    changes = parsed(Page(articles=ARTICLE, comments=page(3).comments))
    assert (changes.forgotten, changes.new, len(store.comments(STUDY))) == (1, 0, 2)
    store.add_page(STUDY, "forum", page(3), run_id=run)
    assert len(store.comments(STUDY)) == 3
    assert parsed(Page(articles=ARTICLE, comments=page(3).comments)).forgotten == 0


def test_an_article_that_was_deleted_and_shown_again_stays_and_a_deleted_one_stays_away(
    store: Store, run: str, parsed: Any
) -> None:
    there, gone = Page(articles=ARTICLE), Page(gone_articles=("t",))
    assert parsed(there, gone, there).forgotten == 0
    assert len(store.articles(STUDY)) == 1
    store.add_page(STUDY, "forum", gone, run_id=run)
    assert parsed(there).new == 0
    assert store.articles(STUDY).empty
    store.add_page(STUDY, "forum", there, run_id=run)
    assert len(store.articles(STUDY)) == 1


def test_whether_an_item_is_there_is_what_came_last(store: Store, run: str, page: Callable[..., Page]) -> None:
    shown, hidden = Page(comments=page(1).comments), Page(gone=("0",))
    store.add_page(STUDY, "forum", shown, run_id=run)
    reparse = store.reparse(apply=True)
    origin = Origin(STUDY, "forum", int(run), None)
    for read, came_at in ((shown, 3), (hidden, 2)):  # first seen, hidden, and seen again with the very same bytes
        reparse.capture(origin, [read], came_at)
    reparse.end(origin, [])
    assert len(store.comments(STUDY)) == 1


@pytest.mark.parametrize("apply", [True, False])
def test_a_deletion_that_an_earlier_parse_did_not_see_is_seen(
    store: Store, parsed: Any, page: Callable[..., Page], apply: bool
) -> None:
    changes = parsed(Page(articles=ARTICLE, comments=page(3).comments), Page(gone=("1",)), apply=apply)
    assert changes.forgotten == 1
    assert len(store.comments(STUDY)) == (2 if apply else 3)


def test_a_quote_that_stands_elsewhere_in_its_article_is_moved_with_its_judgement(
    store: Store, run: str, parsed: Any
) -> None:
    def quote(start: int) -> Any:
        span = {"span_start": start, "span_end": start + 4}
        return {"ext_id": f"t:{start}-{start + 4}", "text": "太贵了吧", "kind": "quote", "article_id": "t", **span}

    parsed(Page(articles=ARTICLE, comments=[quote(3)]))
    key = store.comments(STUDY, columns=["key"])["key"].tolist()
    store.add_annotations(*PERSON, run, key, [1], np.full((1, 4), 0.25, np.float32), kind="person")
    changes = parsed(Page(articles=ARTICLE, comments=[quote(9)]))
    frame = store.comments(STUDY, columns=["key", "ext_id", "span_start"])
    assert frame.to_numpy().tolist() == [[*key, "t:9-13", 9]]
    assert (changes.new, changes.judged, changes.vanished) == (0, 0, 0)


def test_acts_are_those_of_the_new_parse(store: Store, parsed: Any, page: Callable[..., Page]) -> None:
    for sentence in ("旧的", "新的"):
        act = Act(date=date(2026, 3, 15), sentence=sentence)
        parsed(Page(articles=ARTICLE, comments=page(3).comments, acts=(act,)))
    assert store.collected.acts(STUDY)["sentence"].tolist() == ["新的"]
