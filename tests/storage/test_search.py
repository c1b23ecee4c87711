"""Search: what is found is what a plain scan would find, on both databases, and what is deleted is found no more."""

from __future__ import annotations

import re
import sqlite3
import unicodedata
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.database import writing
from storage.errors import UsageError
from storage.intake import Origin
from storage.nouns import Page
from storage.records import Coding
from storage.search.index import index_comments
from storage.search.query import LONGEST_QUERY, read_query
from storage.search.words import grouped, occurrences, searched, searched_and_grouped
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

STUDY = "ebikes"
ALPHABET = "停车费率的費嗎ab AB1Ｂ，。-'\"😂é\u0301\u200d"


def said(store: Store, run: str, texts: Sequence[str], source: str = "forum", **common: Any) -> None:
    rows: list[Any] = [{"ext_id": str(at), "text": text, **common} for at, text in enumerate(texts)]
    store.add_page(STUDY, source, Page(comments=rows), run_id=run)


def found(store: Store, query: str, **among: Any) -> list[str]:
    return store.search(STUDY, query, limit=1_000, **among)["text"].tolist()


# Texts and phrases


@pytest.mark.parametrize(
    ("phrase", "text"),
    [
        ("费率", "现在的费率太高"),
        ("费率", "現在的費率太高"),
        ("費率", "现在的费率太高"),
        ("WeChat", "用ＷＥＣＨＡＴ付"),
        ("iphone手机", "iPhone 手机"),
        ("cafe", "Café"),
        ("fee rate", "the fee, rate"),
        ("3.15", "3.15晚会"),
        ("😂", "笑死😂😂"),
        ("👍", "好👍🏽"),
        ("m2", "30㎡"),
        ("อาหาร", "กินอาหารไทย"),
        ("요금", "새요금제"),
    ],
)
def test_readers_would_say_that_it_is_there(phrase: str, text: str) -> None:
    assert searched([phrase])[0] in searched([text])[0]


@pytest.mark.parametrize(
    ("phrase", "text"), [("fee", "coffee"), ("fee", "fees"), ("费率", "费，率"), ("费率", "费 率"), ("a1", "a 1")]
)
def test_readers_would_say_that_it_is_not_there(phrase: str, text: str) -> None:
    assert searched([phrase])[0] not in searched([text])[0]


def test_the_groups_are_those_that_databases_hold() -> None:
    """Another way to group, or to fold, needs a migration that fills the index anew."""
    text = "提现手续费涨了，WeChat支付說好的免費呢？Fee 0.1% 😂"
    assert searched_and_grouped([text]) == (
        ["提现手续费涨了 wechat 支付说好的免费呢 fee 0 1 😂"],
        ["乵 啓 乑 亅 偪 呦 仴 剁 剝 嗥 喯 剎 儗 俒 一 哝 匇 "],
    )


@settings(max_examples=40)
@given(st.lists(st.text(ALPHABET) | st.text(), max_size=5))
def test_a_batch_is_searched_like_its_texts(texts: list[str]) -> None:
    forms, groups = searched_and_grouped(texts)
    assert [searched_and_grouped([text]) for text in texts] == [([a], [b]) for a, b in zip(forms, groups, strict=True)]
    assert grouped(forms) == groups
    assert searched(forms) == forms


@given(st.text(ALPHABET), st.text(ALPHABET, min_size=1, max_size=3))
def test_the_index_never_hides_what_the_forms_hold(text: str, phrase: str) -> None:
    (form, part), (has, needs) = searched_and_grouped([text, phrase])
    if part and part in form:
        assert set(needs.split()) <= set(has.split())


@given(st.text(ALPHABET), st.text(ALPHABET, min_size=1, max_size=3))
def test_a_phrase_is_marked_where_it_stands(text: str, phrase: str) -> None:
    (form, part) = searched([text, phrase])
    spans = occurrences(text, [part] if part else [])
    assert bool(spans) == bool(part and part in form)
    for start, end in spans:
        assert searched([text[start:end]])[0].strip().startswith(part.strip())
    assert all(one.end < other.start for one, other in pairwise(spans))


def test_spans_count_code_points_of_the_text_as_it_is() -> None:
    text = "①關閉借唄，借呗 ㎡iPhone 好👍🏽。"
    spans = occurrences(text, read_query("借呗 iphone 👍").phrases)
    assert [text[start:end] for start, end in spans] == ["借唄", "借呗", "iPhone", "👍🏽"]


# Queries


def test_a_query_is_words_phrases_and_what_must_not_be_there() -> None:
    query = read_query('费率 -涨价 "fee  rate" “引号 里” -"a b" e-bike - 费率')
    assert query.phrases == ("费率", " fee rate ", "引号 里", " e bike ")
    assert query.without == ("涨价", " a b ")


@pytest.mark.parametrize("query", ["", " ", "，。！", '""', "-费率", "-", "\x00", "\u200d", "费" * (LONGEST_QUERY + 1)])
def test_a_query_that_cannot_be_meant_says_so(query: str) -> None:
    with pytest.raises(UsageError) as error:
        read_query(query)
    assert error.value.remedy


HOSTILE = [
    *("费 AND", "费 OR 率", "NEAR(费 率)", 'fo"o', "费*", "rowid:1", "^费", "(((", "费) --"),
    "'; DROP TABLE comment; --",
]


def test_hostile_queries_only_ever_search(store: Store, run: str) -> None:
    said(store, run, ["费率 AND 停车费", "drop table comment", "100%_x"])
    for query in [*HOSTILE, "\ud800费", "费\x00率", "%", "_", "\\", *('"' * n + "费" for n in range(4))]:
        try:
            store.search(STUDY, query)
        except UsageError:
            assert not searched([query])[0]
    assert found(store, "'; DROP TABLE comment; --") == ["drop table comment"]
    assert found(store, '"费率 and"') == ["费率 AND 停车费"]
    assert found(store, "x" * LONGEST_QUERY) == []


# The store


def test_all_words_must_occur_and_the_excluded_must_not(store: Store, run: str) -> None:
    said(store, run, ["停车费率太高", "停车位太少", "費率 合理，停車方便", "Parking fee"])
    assert found(store, "费率 停车") == ["費率 合理，停車方便", "停车费率太高"]
    assert found(store, "停车 -费率") == ["停车位太少"]
    assert found(store, '"parking FEE"') == ["Parking fee"]
    assert found(store, "高") == ["停车费率太高"]  # of one character
    assert found(store, "不在") == []


def test_the_newest_come_first_and_those_without_a_time_last(store: Store, run: str) -> None:
    rows: list[Any] = [
        {"ext_id": str(at), "text": f"费率{at}", "published_at": time}
        for at, time in enumerate([5_000, None, 9_000, 5_000])
    ]
    store.add_page(STUDY, "forum", Page(comments=rows), run_id=run)
    assert found(store, "费率") == ["费率2", "费率3", "费率0", "费率1"]
    assert store.search(STUDY, "费率", limit=2)["text"].tolist() == ["费率2", "费率3"]
    assert found(store, "费率", since=5_000, until=9_000) == ["费率3", "费率0"]


def test_sources_stances_and_studies_are_kept_apart(store: Store, run: str) -> None:
    said(store, run, ["费率一", "费率二", "费率三"])
    said(store, run, ["费率四"], source="app")
    keys = store.comments(STUDY)["key"]
    reader = Coding(STUDY, "t", "a@1", "1")
    store.add_annotations(STUDY, *reader[1:], run, keys[:2], [1, 0], [[0.1, 0.9, 0, 0], [0.9, 0.1, 0, 0]])
    assert found(store, "费率", source="app") == ["费率四"]
    assert found(store, "费率", reader=reader, stance="concern") == ["费率一"]
    assert store.search.counts(STUDY, "费率", reader=reader) == {None: 2, "concern": 1, "support": 1}
    assert store.search.counts(STUDY, "费率") == {None: 4}
    frame = store.search(STUDY, "费率", reader=reader)
    assert frame.columns.tolist() == [
        *("id", "source", "published_at", "published_precision", "stance", "text", "spans")
    ]
    assert frame["spans"].tolist() == [[(0, 2)]] * 4
    assert store.search("another", "费率").empty


def plainly(text: str, phrase: str) -> bool:
    """A scan that shares nothing with the index: NFKC, lower case, then the phrase between word edges."""
    text, phrase = (re.sub(r"[\W_]+", " ", unicodedata.normalize("NFKC", one).lower()) for one in (text, phrase))
    word = "[a-z0-9]"
    before, after = f"(?<!{word})" * bool(re.match(word, phrase)), f"(?!{word})" * bool(re.match(word, phrase[-1:]))
    return re.search(before + re.escape(phrase.strip()) + after, text) is not None


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.text("停车费率ab1B， ", min_size=1, max_size=12).filter(str.strip), min_size=1, max_size=12),
    words=st.lists(st.text("停车费率", min_size=1, max_size=3) | st.text("abB1", min_size=1, max_size=3), max_size=4),
)
def test_a_search_finds_what_a_plain_scan_finds(store: Store, run: str, texts: list[str], words: list[str]) -> None:
    rows: list[Any] = [{"ext_id": f"{hash(text)}", "text": text} for text in texts]
    store.add_page(STUDY, "forum", Page(comments=rows), run_id=run)
    everything = store.comments(STUDY)["text"].tolist()
    for word in words:
        assert sorted(found(store, word)) == sorted(text for text in everything if plainly(text, word)), word


# What leaves


def test_a_forgotten_comment_is_in_neither_the_index_nor_the_file(tmp_path: Path, study: Any) -> None:
    path = tmp_path / "minyi.db"
    with Store.open(f"sqlite:///{path}", tmp_path) as store:
        store.put_study(study)
        run = store.begin_run(STUDY, "collect", {}, "")
        said(store, run, [f"停车费率太高{at}" for at in range(30)] + ["琉璃瓦屋顶", "停车难"])
        assert found(store, "琉璃瓦") == ["琉璃瓦屋顶"]
        store.add_page(STUDY, "forum", Page(gone=("30", "7")), run_id=run)
        assert found(store, "琉璃瓦") == found(store, "太高7") == []
        assert len(found(store, "停车")) == 30
    assert "琉璃".encode() not in path.read_bytes()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.seen USING fts5vocab(main, search_gram, instance)")
        held = {row[0] for row in connection.execute("SELECT doc FROM temp.seen")}
        kept = {row[0] for row in connection.execute("SELECT key FROM comment")}
        # The groups of what was taken out are gone from the pages, not only noted as deleted.
        (pages,) = connection.execute("SELECT count(*) FROM search_gram_idx").fetchone()
    connection.close()
    assert held == kept
    assert pages == 1


def test_a_comment_that_was_reworded_is_found_by_its_new_words_alone(store: Store, run: str) -> None:
    said(store, run, ["停车费太高", "琉璃瓦"])
    reparse = store.reparse(apply=True)
    reparse.capture(Origin(STUDY, "forum", int(run), None), [Page(comments=[{"ext_id": "1", "text": "青瓦白墙"}])])
    assert found(store, "琉璃") == []
    assert found(store, "青瓦") == ["青瓦白墙"]
    assert found(store, "停车费") == ["停车费太高"]


def test_a_page_that_fails_leaves_nothing_in_the_index(store: Store, run: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr("storage.statements.add_statements", fail)
    with pytest.raises(RuntimeError):
        said(store, run, ["停车费太高"])
    monkeypatch.undo()
    assert found(store, "停车") == []
    said(store, run, ["停车费太高"])
    assert found(store, "停车") == ["停车费太高"]


# Databases from before


def test_comments_that_are_in_no_index_yet_are_indexed_in_stretches(
    store: Store, run: str, engine: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.search.index.AT_ONCE", 7)
    said(store, run, [f"第{at}条：停车费太高" for at in range(30)])
    sqlite = engine.dialect.name == "sqlite"
    emptied = "INSERT INTO search_gram (search_gram) VALUES ('delete-all')" if sqlite else "DELETE FROM search_gram"
    with writing(engine) as connection:
        connection.exec_driver_sql(emptied)
        connection.exec_driver_sql("DELETE FROM search_text")
    assert found(store, "停车") == []
    with writing(engine) as connection:
        index_comments(connection, 0)
    assert len(found(store, "停车")) == 30
    assert found(store, "第29条") == ["第29条：停车费太高"]
