"""Answers of Reddit that were recorded are read without loss."""

from __future__ import annotations

import base64
import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

import pytest

from scrapers.protocol import Query, Raw, Request
from scrapers.sites.reddit import COLLECTOR, RedditOptions
from storage.nouns import Capture

if TYPE_CHECKING:
    from collections.abc import Iterator


RECORDED = Path(__file__).parents[4] / "shared" / "fixtures" / "reddit"
NOW = datetime(2026, 12, 1, tzinfo=UTC)


def recorded() -> Iterator[tuple[str, bytes]]:
    """Every answer of the API that was recorded, with the URL asked."""
    for path in sorted(RECORDED.glob("*.json")):
        for one in json.loads(path.read_text(encoding="utf-8"))["interactions"]:
            kept = one["response"]["body"]
            body = kept.get("string", "").encode()
            if "base64_string" in kept:
                body = base64.b64decode(kept["base64_string"])
                body = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
            if not one["request"]["uri"].endswith("/access_token"):
                yield one["request"]["uri"], body


def things_in(value: Any, kind: str) -> list[dict[str, Any]]:
    """Every thing of a kind, wherever it stands in the JSON."""
    found, waiting = [], [value]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            found += [here["data"]] if here.get("kind") == kind and "data" in here else []
            waiting.extend(here.values())
        elif isinstance(here, list):
            waiting.extend(here)
    return found


@pytest.mark.shared
@pytest.mark.skipif(not RECORDED.exists(), reason="no recorded answers beside the repository")
def test_recorded_answers_are_read_without_loss() -> None:
    query = Query(RedditOptions(threads=("3hahrw",)), ZoneInfo("UTC"), NOW)
    answers = comments = submissions = 0
    for url, body in recorded():
        value = json.loads(body)
        ask = Request(url, tag=json.dumps({"thread": "", "left": 1000}))
        (parsed,) = COLLECTOR.parse(Raw(ask, capture=Capture(url, url, 200, {}, body, 0)), query)
        page, said, more = parsed.page, things_in(value, "t1"), things_in(value, "more")
        assert page.rejects == ()
        assert sorted([*(row["ext_id"] for row in page.comments), *page.gone]) == sorted(one["name"] for one in said)
        assert [article.id for article in page.articles] == [one["name"] for one in things_in(value, "t3")]
        times = {row["ext_id"]: row["published_at"] for row in page.comments}
        assert times == {one["name"]: int(one["created_utc"]) * 1000 for one in said if one["name"] in times}
        batches = [parse_qs(urlsplit(ask.key).query)["children"][0] for ask in parsed.next if "/api/more" in ask.key]
        named = sorted(child for one in more for child in one["children"])
        assert sorted(child for batch in batches for child in batch.split(",")) == named
        assert len(parsed.next) - len(batches) == len([one for one in more if not one["children"]])
        answers, comments, submissions = answers + 1, comments + len(said), submissions + len(page.articles)
    assert answers >= 60
    assert comments >= 1900
    assert submissions >= 15
