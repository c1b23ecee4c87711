"""What may be asked of Reddit, and what its refusals mean."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from scrapers.errors import Blocked, NotFound
from scrapers.sites.reddit import COLLECTOR, RedditOptions
from storage.nouns import Capture


@pytest.mark.parametrize(
    "address",
    [
        "1night9",
        "t3_1night9",
        "https://www.reddit.com/r/transit/comments/1night9/night_fares/",
        "https://old.reddit.com/r/transit/comments/1night9/night_fares/kzh0013/?context=3",
        "https://www.reddit.com/comments/1night9",
        "https://redd.it/1night9",
    ],
)
def test_a_thread_may_be_written_in_each_of_its_ways(address: str) -> None:
    assert RedditOptions(threads=(address, "1night9")).threads == ("t3_1night9",)


@pytest.mark.parametrize(
    "address", ["", "t1_kzh0013", "https://www.reddit.com/r/transit/", "https://evil.example/comments/1night9/"]
)
def test_any_other_thread_is_refused_with_the_form_that_is_wanted(address: str) -> None:
    with pytest.raises(ValidationError, match="is no thread: write its id"):
        RedditOptions(threads=(address,))


@pytest.mark.parametrize("name", ["a", "r/", "two words", "../x", "x" * 22, "https://www.reddit.com/r/x"])
def test_any_other_subreddit_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="is no subreddit"):
        RedditOptions(subreddit=name)


def test_something_must_be_asked_for() -> None:
    with pytest.raises(ValidationError, match="give subreddit, search or threads"):
        RedditOptions(search=" ")


@pytest.mark.parametrize(
    ("reason", "kind"), [("private", Blocked), ("quarantined", Blocked), ("gold_only", Blocked), ("banned", NotFound)]
)
def test_why_a_subreddit_cannot_be_read_is_said(reason: str, kind: type[Exception]) -> None:
    body = json.dumps({"reason": reason, "message": "Forbidden", "error": 403}).encode()
    assert isinstance(COLLECTOR.refused(Capture("u", "u", 403, {}, body, 0)), kind)


def test_a_page_instead_of_an_answer_means_that_the_program_is_turned_away() -> None:
    error = COLLECTOR.refused(Capture("u", "u", 403, {}, b"<html>", 0))
    assert isinstance(error, Blocked)
    assert "contact" in error.remedy


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b'{"reason": 3}', b'{"message": "Unauthorized", "error": 401}']
)
def test_of_any_other_refusal_the_status_says_enough(body: bytes) -> None:
    assert COLLECTOR.refused(Capture("u", "u", 401, {}, body, 0)) is None
