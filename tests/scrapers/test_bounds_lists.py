"""What a user's pattern and a page of countless links may cost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scrapers.errors import TooLarge
from scrapers.pages.listing import fitting, pattern
from scrapers.protocol import Query, Raw, Request
from scrapers.sites.article import COLLECTOR
from storage.nouns import Capture


@pytest.mark.parametrize("match", [r"/news/([a-z0-9]+-?)+\.html$", "(a*)*b", "(?:x(?:a|b+)c?)+", "(a+?){2,}"])
def test_a_pattern_that_may_take_for_ever_is_refused(match: str) -> None:
    with pytest.raises(ValueError, match="for ever"):
        pattern(match)


@pytest.mark.parametrize("match", [r"/news/\d+-[a-z-]+\.html$", "/2026/*/*.html", r"(?:/\w{1,9})+\.html", r"(a|b)+c+"])
def test_ordinary_patterns_stay(match: str) -> None:
    assert pattern(match)


def test_a_very_long_address_fits_nothing_and_takes_no_time(within: Any) -> None:
    with within(0.1):
        assert not fitting(".*a.*b.*c")("https://example.org/" + "a" * 1_900)


def test_a_list_page_of_countless_links_says_that_it_is_too_large() -> None:
    url = "https://example.org/list"
    body = b"<html><body>" + b'<a href="/2026/03/01/a.html">a</a>' * 20_000
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    capture = Capture(url, url, 200, {"content-type": "text/html"}, body, int(moment.timestamp() * 1000))
    query = Query(COLLECTOR.options.model_validate({"list": url}), ZoneInfo("UTC"), moment)
    with pytest.raises(TooLarge, match="too large"):
        [*COLLECTOR.parse(Raw(Request(url, tag="list"), capture), query)]
