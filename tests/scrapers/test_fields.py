from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.fields import at, dated, identity, not_after, tagged, whole, words
from scrapers.protocol import Options, Query

QUERY = Query(Options(), ZoneInfo("Asia/Shanghai"), datetime(2026, 3, 1, tzinfo=UTC))
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("value", "count"),
    [(3, 3), ("2007", 2007), (0, 0), (-1, None), ("-1", None), (True, None), (2.5, None), ("２", None), ("", None)],
)
def test_a_count_is_known_or_none(value: object, count: int | None) -> None:
    assert whole(value) == count


def test_a_count_that_no_store_holds_is_none() -> None:
    assert whole(10**30) is whole("9" * 40) is None


@pytest.mark.parametrize(("value", "text"), [(12, "12"), (" ab:c ", "ab:c"), ("a b", ""), (None, ""), (-4, "")])
def test_an_id_is_one_word(value: object, text: str) -> None:
    assert identity(value) == text


def test_a_path_ends_where_the_shape_does() -> None:
    assert at({"a": {"b": 1}}, "a", "b") == 1
    assert at({"a": [1]}, "a", "b") is None


def test_a_time_keeps_what_stood_there() -> None:
    raw = "2026-02-01T08:00:00+08:00"
    assert dated(raw, QUERY) == (1_769_904_000_000, raw, "second")


@pytest.mark.parametrize("value", [None, [], True, "soon", "2026-04-01T00:00:00Z"])
def test_a_time_nobody_can_believe_is_unknown(value: object) -> None:
    assert dated(value, QUERY).ms is dated(value, QUERY).precision is None


@pytest.mark.parametrize("tag", ["", "nothing", "[1]", "null"])
def test_a_tag_of_another_shape_is_empty(tag: str) -> None:
    assert tagged(tag) == {}


@given(ANYTHING)
def test_no_value_is_an_error(value: Any) -> None:
    assert isinstance(words(value), str)
    assert isinstance(identity(value), str)
    assert whole(value) is None or value is not None
    assert isinstance(dated(value, QUERY).raw, str)


def test_half_a_character_is_left_out() -> None:
    assert words("a\ud800b \U0001f600") == "ab \U0001f600"
    assert identity("did:\udfff1") == "did:1"


@given(st.text(st.characters(categories=["Cs", "L"])))
def test_words_can_always_be_written(value: str) -> None:
    words(value).encode()


def test_a_time_to_come_is_now() -> None:
    now = int(QUERY.reference.timestamp() * 1000)
    assert [not_after(ms, QUERY) for ms in (now - 1, now + 1, 10**20)] == [now - 1, now, now]
