"""The `files` source: options say where the file is, and a kept answer gives the comments in it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from scrapers.errors import CollectorError
from scrapers.protocol import LocalFile, Parsed, Query, Raw, Request
from scrapers.sites.files import COLLECTOR, FilesOptions
from storage.nouns import Capture

FIXTURE = Path(__file__).parents[2] / "fixtures" / "sources" / "files"
KEPT = json.loads((FIXTURE / "exchanges.json").read_text(encoding="utf-8"))
QUERY = Query(FilesOptions(**KEPT["options"]), ZoneInfo("Asia/Shanghai"), datetime(2025, 8, 1, tzinfo=UTC))


def parsed(body: bytes) -> list[Parsed]:
    (ask,) = COLLECTOR.start(QUERY, None)
    assert isinstance(ask, Request)
    return list(COLLECTOR.parse(Raw(ask, Capture(ask.url, ask.url, 200, {}, body, 0)), QUERY))


def test_a_kept_answer_gives_its_comments_and_rejects() -> None:
    pages = [one.page for one in parsed((FIXTURE / "replies.json").read_bytes())]
    assert sum(len(page.comments) for page in pages) == KEPT["expect"]["comments"]
    assert sum(len(page.rejects) for page in pages) == KEPT["expect"]["rejects"]
    parents = {comment["ext_id"][-1]: comment["parent_id"] for page in pages for comment in page.comments}
    assert parents == {"1": None, "2": "900000000001", "3": "900000000002", "4": None}


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>Log in</body></html>", (FIXTURE / "replies.json").read_bytes()[:400]]
)
def test_another_answer_is_an_error(body: bytes) -> None:
    with pytest.raises(CollectorError):
        parsed(body)


def test_a_local_file_is_streamed() -> None:
    query = Query(FilesOptions(path="a.db", table="t"), QUERY.zone, QUERY.reference)
    (ask,) = COLLECTOR.start(query, None)
    assert isinstance(ask, LocalFile)
    assert not ask.whole


@pytest.mark.parametrize(
    "options",
    [{}, {"path": "a", "url": "https://a.test/b"}, {"path": "a", "preset": "other"}, {"path": "a", "tabel": "t"}],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        FilesOptions.model_validate(options)
