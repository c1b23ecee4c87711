"""Asks as text, and cursors that merge."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.frontier import Frontier, key_of, merged, read_back, written
from scrapers.protocol import LocalFile, Request
from storage.nouns import Article, Page

if TYPE_CHECKING:
    from scrapers.protocol import Ask


@given(
    st.builds(
        Request,
        url=st.text(max_size=30),
        body=st.none() | st.binary(max_size=20),
        headers=st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
        tag=st.text(max_size=20),
        keyed=st.booleans(),
        expects=st.booleans(),
        alone=st.booleans(),
        again=st.sampled_from(["always", "if changed", "never"]),
        cap_bytes=st.none() | st.integers(1, 10**9),
    )
    | st.builds(LocalFile, path=st.just(Path("a/b.csv")), whole=st.booleans(), alone=st.booleans(), tag=st.text())
)
def test_an_ask_survives_being_written(ask: Ask) -> None:
    assert read_back(written(ask)) == ask
    assert key_of(read_back(written(ask))) == key_of(ask)


@pytest.mark.parametrize("secret", [{"secrets": {"authorization": "Bearer x"}}, {"secret_params": {"key": "x"}}])
def test_a_secret_is_never_written(secret: Any) -> None:
    with pytest.raises(TypeError, match="secret"):
        written(Request("https://a.example/", **secret))


def test_an_ask_given_twice_is_made_once() -> None:
    frontier = Frontier()
    assert len(frontier.add([Request("https://a.example/"), Request("https://a.example/")])) == 1
    assert frontier.repeated == ["https://a.example/"]


@pytest.mark.parametrize(
    ("kept", "new", "expected"),
    [
        (None, None, None),
        ("12", None, "12"),
        ("12", "13", "13"),
        ('{"cn": "1"}', '{"us": "2"}', '{"cn": "1", "us": "2"}'),
        ('{"cn": "1", "us": "2"}', '{"cn": null}', '{"us": "2"}'),
        ("12", '{"us": "2"}', '{"us": "2"}'),
        (None, '{"us": "2", "cn": null}', '{"us": "2"}'),
        ('{"cn": "1"}', "7", "7"),
    ],
)
def test_cursors_of_several_listings_merge(kept: str | None, new: str | None, expected: str | None) -> None:
    assert merged(kept, new) == expected


def test_articles_count_as_items() -> None:
    assert Page(articles=(Article(id="a", text="x"),)).items == 1
