"""Answers in JSON: what comes instead of them has its name, and what is missing its path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.answers import json_of, missing_path, objects, sample_of
from scrapers.errors import BadResponse, Blocked, CollectorError, SchemaDrift, Truncated
from scrapers.protocol import Raw, Request
from storage.nouns import Capture

if TYPE_CHECKING:
    from collections.abc import Sequence

URL = "https://api.example/items"


def answer(body: bytes | str) -> Raw:
    content = body.encode() if isinstance(body, str) else body
    return Raw(Request(URL), capture=Capture(URL, URL, 200, {}, content, 0))


def test_an_answer_is_what_its_json_says() -> None:
    assert json_of(answer('\ufeff {"a": [1, "二"]} \n'), ["a"]) == {"a": [1, "二"]}


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", BadResponse),
        (" \n", BadResponse),
        ("<!DOCTYPE html><p>Welcome</p>", SchemaDrift),
        ("<html><form id=captcha>Are you a robot?</form>", Blocked),
        ("<html><p>请完成安全验证</p>", Blocked),
        ('{"a": [1, 2', Truncated),
        ('{"a": "half a wor', Truncated),
        ('{"a": tru', Truncated),
        ('{"a": 1,}', SchemaDrift),
        ("not json", SchemaDrift),
        ("[" * 100_000, SchemaDrift),
    ],
)
def test_what_comes_instead_has_its_name(body: str, error: type[CollectorError]) -> None:
    with pytest.raises(error) as caught:
        json_of(answer(body))
    assert type(caught.value) is error
    assert caught.value.where == URL
    assert caught.value.remedy


def test_a_local_file_is_no_answer() -> None:
    with pytest.raises(BadResponse):
        json_of(Raw(Request(URL)))


@pytest.mark.parametrize(
    ("value", "path", "missing"),
    [
        ({"a": {"b": 1}}, "a.b", ""),
        ({"a": {"b": None}}, "a.b", ""),
        ({"a": {}}, "a.b", "a.b"),
        ({}, "a.b", "a"),
        ([], "a", "a"),
        ({"a": [{"b": 1}, {"b": 2}]}, "a[].b", ""),
        ({"a": [{"b": 1}, {}]}, "a[].b", "a[].b"),
        ({"a": []}, "a[].b", ""),
        ({"a": {"b": 1}}, "a[].b", "a[]"),
        ({"a": None}, "a[]", "a[]"),
        ({"a": [{"b": [{"c": 1}]}]}, "a[].b[].c", ""),
        ({"a": [{"b": [{}]}]}, "a[].b[].c", "a[].b[].c"),
    ],
)
def test_a_missing_part_is_named_as_far_as_it_goes(value: Any, path: str, missing: str) -> None:
    assert missing_path(value, path) == missing


def test_a_required_path_that_is_gone_is_drift_with_a_sample() -> None:
    with pytest.raises(SchemaDrift) as caught:
        json_of(answer('{"entries": []}'), ["items[].id"])
    assert (caught.value.path, caught.value.sample) == ("items", '{"entries": []}')


@pytest.mark.parametrize(
    ("value", "expected"),
    [(None, []), ({}, []), ("ab", []), ([1, {"a": 1}, None, [], {"b": 2}], [{"a": 1}, {"b": 2}])],
)
def test_null_and_oddities_are_an_empty_list(value: object, expected: Sequence[object]) -> None:
    assert list(objects(value)) == expected


def test_a_sample_says_nothing_of_who_wrote_it() -> None:
    item = {
        "id": 5,
        "name": "Jane Doe",
        "username": "jane_d",
        "author": {"name": {"label": "Jane"}},
        "snippet": {"authorDisplayName": "Jane", "textDisplay": "", "authorChannelId": {"value": "UCjane"}},
    }
    assert sample_of(item) == '{"id": 5, "snippet": {"textDisplay": ""}}'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(JSON, st.integers(0, 200))
def test_any_json_is_read_and_any_cut_of_it_is_refused_by_name(value: Any, cut: int) -> None:
    text = json.dumps({"x": value}, ensure_ascii=False)
    assert json_of(answer(text)) == {"x": value}
    if cut < len(text):
        with pytest.raises(CollectorError):
            json_of(answer(text[:cut]))


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_by_name(body: bytes) -> None:
    try:
        json_of(answer(body), ["a.b[].c"])
    except CollectorError as error:
        assert error.what  # noqa: PT017  most bytes are refused
