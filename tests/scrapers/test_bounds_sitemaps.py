"""A hostile sitemap costs no more than a large one."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scrapers.errors import TooLarge
from scrapers.pages.listing import read_sitemap
from storage.nouns import Capture

pytestmark = pytest.mark.slow
URL = "https://example.org/sitemap.xml"


def sitemap_of(body: bytes) -> Capture:
    moment = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp() * 1000)
    return Capture(url=URL, final_url=URL, status=200, headers={}, body=gzip.compress(body, 1), fetched_at=moment)


@pytest.mark.parametrize(
    "body",
    [
        b"<urlset>" + b"<x/>" * 6_000_000 + b"</urlset>",
        b"<urlset>" + b"<x>" * 6_000_000,
        b"<urlset>" + b"<x>" * 1_000,
        b"<urlset>" + (b"<url><loc>https://example.org/a</loc>" + b"<x/>" * 200 + b"</url>") * 4_000 + b"</urlset>",
        b"<urlset><x " + b" ".join(b"a%d=''" % at for at in range(20_000)) + b"/></urlset>",
        b"<urlset>" + b"<!---->" * 7_000_000 + b"</urlset>",
    ],
    ids=["empty elements", "unclosed elements", "deep", "crowded entries", "attributes", "comments"],
)
def test_a_sitemap_of_countless_elements_is_refused_quickly(within: Any, body: bytes) -> None:
    capture = sitemap_of(body)
    with within(2), pytest.raises(TooLarge, match="sitemap"):
        read_sitemap(capture, ZoneInfo("UTC"))


def test_fifty_thousand_ordinary_entries_are_read(within: Any) -> None:
    entry = b"<url><loc>https://example.org/2026/03/01/a</loc><lastmod>2026-03-01</lastmod><priority>1</priority></url>"
    capture = sitemap_of(b"<urlset>" + entry * 50_000 + b"</urlset>")
    with within(8):
        assert len(read_sitemap(capture, ZoneInfo("UTC")).links) == 50_000
