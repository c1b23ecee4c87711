"""What somebody asked to have forgotten leaves the store and its files whole, and never comes back."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from storage.captures import digest
from storage.database import reading
from storage.integrity.checking import damaged_rows
from storage.nouns import Article, Capture, Page, Reject
from storage.responses import RESPONSE, ResponseRecord

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Engine

    from storage.store import Store

STUDY = "ebikes"
WORDS = "我家住在柳荫胡同十七号，充电站修到楼下以后夜里再也睡不着"
BODY = f"<p>{WORDS}</p>".encode()


def said(ext_id: str = "forum-90817263", words: str = WORDS, author: str = "胡同老李") -> Page:
    row = {"ext_id": ext_id, "text": words, "author": author, "parent_id": "forum-70000001"}
    answer = {"ext_id": "forum-90817999", "text": "回复楼上，说得对", "author": "别人", "parent_id": ext_id}
    return Page(comments=[row, answer])  # type: ignore[list-item]


def captured() -> Capture:
    return Capture("https://forum.test/t/1", "https://forum.test/t/1", 200, {}, BODY, 1_700_000_000_000)


def forget(store: Store, *, ids: tuple[str, ...] = (), authors: tuple[str, ...] = ()) -> int:
    work = store.forgetting(STUDY)
    found = work.find(ids, authors)
    work.mark(found, authors)
    needles = [word for one in found for word in (one.text, one.ext_id, one.id, one.author) if word]
    gone = work.take_out(found, needles)
    work.overwrite()
    return gone


def of_words(store: Store, words: str = WORDS) -> str:
    rows = store.comments(STUDY, columns=["id", "text"])
    return str(rows[rows["text"] == words]["id"].iloc[0])


def bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def test_no_byte_of_it_is_left_in_the_files_of_the_database(store: Store, run: str, url: str, tmp_path: Path) -> None:
    store.add_page(STUDY, "forum", said(), run_id=run)
    rows = store.comments(STUDY, columns=["id", "text", "author"])
    comment, author = rows["id"].iloc[0], rows["author"].iloc[0]
    needles = [WORDS, comment, author, "forum-90817263", "柳荫胡同十七号", "柳 荫 胡 同 十 七 号"]
    if url.startswith("sqlite"):
        assert any(needle.encode() in bytes_in(tmp_path) for needle in needles)
    assert forget(store, ids=(comment,)) == 1
    assert store.sound.told(STUDY, [comment]) == {}
    if url.startswith("sqlite"):
        left = bytes_in(tmp_path)
        assert [needle for needle in needles if needle.encode() in left] == []


def test_answers_to_it_stay_and_name_it_no_more(store: Store, run: str, engine: Engine) -> None:
    store.add_page(STUDY, "forum", said(), run_id=run)
    forget(store, ids=(of_words(store),))
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT ext_id, parent_id FROM comment")).all()
    assert [tuple(row) for row in rows] == [("forum-90817999", None)]


def test_it_does_not_come_back_when_it_is_collected_again(store: Store, run: str) -> None:
    store.add_page(STUDY, "forum", said(), run_id=run)
    forget(store, ids=(of_words(store),))
    added = store.add_page(STUDY, "forum", said(), run_id=run)
    assert (added.comments, added.known, added.kept_out) == (0, 1, 1)


def test_it_does_not_come_back_by_reading_captures_or_files_anew(store: Store, run: str) -> None:
    from storage.intake import Origin

    store.add_page(STUDY, "forum", said(), run_id=run)
    forget(store, ids=(of_words(store),))
    reparse = store.reparse(apply=True)
    reparse.capture(Origin(STUDY, "forum", int(run), None), [said()])
    assert reparse.changes.new == 0
    assert reparse.changes.forgotten == 1


def test_without_an_id_of_its_own_it_is_known_by_its_words(store: Store, run: str) -> None:
    store.add_page(STUDY, "forum", said("content-1111"), run_id=run)
    forget(store, ids=(of_words(store),))
    other_reading = said("content-2222", author="")
    assert store.add_page(STUDY, "app", other_reading, run_id=run).kept_out == 1


def test_short_words_that_many_people_write_are_not_kept_out(store: Store, run: str) -> None:
    store.add_page(STUDY, "forum", said("content-1111", "支持"), run_id=run)
    forget(store, ids=(of_words(store, "支持"),))
    assert store.add_page(STUDY, "forum", said("content-2222", "支持", "又一人"), run_id=run).kept_out == 0


def test_an_author_who_asked_is_not_taken_in_again(store: Store, run: str) -> None:
    store.add_page(STUDY, "forum", said(), run_id=run)
    author = store.forgetting(STUDY).pseudonyms_of("forum", "胡同老李")
    assert forget(store, authors=tuple(author)) == 1
    later = Page(comments=[{"ext_id": "forum-3", "text": "第二天又说", "author": "胡同老李"}])
    assert store.add_page(STUDY, "forum", later, run_id=run).kept_out == 1


def test_what_a_platform_deleted_may_come_back_but_not_what_was_asked_for(store: Store, run: str) -> None:
    store.add_page(STUDY, "forum", said(), run_id=run)
    store.add_page(STUDY, "forum", Page(gone=("forum-90817999",)), run_id=run)
    forget(store, ids=(of_words(store),))
    assert store.add_page(STUDY, "forum", said(), run_id=run).comments == 1


def test_a_page_that_shows_it_again_is_not_kept(store: Store, run: str, tmp_path: Path) -> None:
    store.add_page(STUDY, "forum", said(), run_id=run)
    forget(store, ids=(of_words(store),))
    key = store.keep_capture(STUDY, "forum", captured(), run)
    store.add_page(STUDY, "forum", said(), run_id=run, capture=key)
    assert WORDS.encode() not in bytes_in(tmp_path)
    assert store.forgetting(STUDY).removed_captures() == {digest(BODY)}


def test_refusals_and_articles_say_it_no_more(store: Store, run: str, engine: Engine) -> None:
    article = Article(id="notice", url="https://forum.test/n", title="公告", text=f"有人说：“{WORDS}。”完")
    quote = {"ext_id": "notice#7", "text": WORDS, "kind": "quote", "article_id": "notice", "span_start": 5}
    page = Page(articles=(article,), comments=[quote | {"span_end": 5 + len(WORDS)}])  # type: ignore[list-item]
    store.add_page(STUDY, "forum", page, run_id=run)
    store.add_page(STUDY, "forum", Page(rejects=(Reject("row 2", "too long", WORDS),)), run_id=run)
    store.end_run(run, "ok", {"examples": [WORDS]}, [])
    forget(store, ids=(of_words(store),))
    with engine.connect() as connection:
        told = [
            *connection.execute(text("SELECT text FROM article")).scalars(),
            *connection.execute(text("SELECT sample FROM reject")).scalars(),
            *connection.execute(text("SELECT counts FROM run")).scalars(),
        ]
    assert not [one for one in told if WORDS in one or ascii(WORDS)[1:-1] in one]
    assert told[0] == f"有人说：“{'█' * len(WORDS)}。”完"


def test_an_answer_that_quotes_it_says_it_no_more_and_keeps_its_place(store: Store, run: str, engine: Engine) -> None:
    store.add_page(STUDY, "forum", said(), run_id=run)
    given = date(2026, 5, 4)
    store.responses.put(STUDY, run, [ResponseRecord("response", "r1", "done", zh=f"您说“{WORDS}”，已修", day=given)])
    store.responses.put(STUDY, run, [ResponseRecord("response", "r2", "said", zh="知道了", en="noted")])
    last = store.responses.last(STUDY)
    forget(store, ids=(of_words(store),))
    blanked = ResponseRecord("response", "r1", "done", zh="您说“█”，已修", day=given)
    assert store.responses.standing(STUDY, "response")["r1"] == blanked
    assert store.responses.last(STUDY) == last
    store.responses.put(STUDY, run, [ResponseRecord("response", "r1", "open")])
    assert store.responses.standing(STUDY, "response")["r1"].state == "open"
    with reading(engine) as connection:
        assert damaged_rows(connection, [RESPONSE]) == []


@pytest.mark.parametrize("again", [False, True])
def test_it_is_known_whether_something_was_forgotten(store: Store, run: str, *, again: bool) -> None:
    store.add_page(STUDY, "forum", said(), run_id=run)
    comment = of_words(store)
    if again:
        forget(store, ids=(comment,))
    assert store.forgetting(STUDY).known((comment,), ()) is again
