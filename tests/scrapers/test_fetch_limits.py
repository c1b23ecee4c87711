"""Rate limits: what a site says about how many requests are left, and when there will be more."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.errors import RateLimited
from scrapers.fetch import Door, FetchSettings
from scrapers.pace import Pace, wait_asked, wait_spent
from scrapers.protocol import Request

if TYPE_CHECKING:
    from storage.nouns import Capture

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SITE = "https://social.example"


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-03-01T12:05:00.123456Z"}, 300.123456),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-03-01T20:05:00+08:00"}, 300),
        ({"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "174"}, 174),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp()) + 60)}, 60),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(NOW.timestamp() + 60) * 1000)}, 60),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "30"}, 30),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "30"}, 30),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "Sun, 01 Mar 2026 12:00:09 GMT"}, 9),
        ({"ratelimit-remaining": "1", "ratelimit-reset": "30"}, 0),
        ({"x-ratelimit-remaining": "299", "x-ratelimit-reset": "2026-03-01T12:05:00Z"}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-03-01T11:00:00Z"}, 0),
        ({"x-ratelimit-remaining": "0"}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "soon"}, 0),
        ({"x-ratelimit-remaining": "none", "x-ratelimit-reset": "30"}, 0),
        ({"x-ratelimit-reset": "30"}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 15}, 365 * 86_400),
        ({}, 0),
    ],
)
def test_a_spent_limit_says_when_it_begins_anew(headers: dict[str, str], wait: float) -> None:
    assert wait_spent(headers, NOW) == pytest.approx(wait)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry-after": "5", "x-ratelimit-reset": "30"}, 5),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:09 GMT"}, 9),
        ({"x-ratelimit-reset": "2026-03-01T12:05:00Z"}, 300),
        ({"retry-after": "soon", "ratelimit-reset": "7"}, 7),
        ({"ratelimit-reset": ""}, None),
        ({}, None),
    ],
)
def test_a_refusal_is_waited_out_by_retry_after_or_else_by_the_reset(
    headers: dict[str, str], wait: float | None
) -> None:
    assert wait_asked(headers, NOW) == (None if wait is None else pytest.approx(wait))


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_header_makes_a_wait_that_is_none(left: str, reset: str) -> None:
    waits = [
        wait_spent({"ratelimit-remaining": left, "ratelimit-reset": reset}),
        wait_asked({"x-ratelimit-reset": reset}),
    ]
    assert all(wait is None or 0 <= wait <= 365 * 86_400 for wait in waits)


def fetched(settings: FetchSettings, world: Any, *pages: str) -> list[Capture]:
    async def run() -> list[Capture]:
        async with Door(settings, network=world.network) as door:
            return [await door.fetch(Request(f"{SITE}{page}")) for page in pages]

    return asyncio.run(run())


def test_the_answer_that_spends_the_limit_is_kept_and_the_next_request_waits(world: Any, haste: FetchSettings) -> None:
    begun = time.time()
    reset = (datetime.now(UTC) + timedelta(seconds=0.4)).isoformat()
    world.serve(f"{SITE}/1", "[1]", headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": reset})
    world.serve(f"{SITE}/2", "[2]")
    assert [one.body for one in fetched(haste, world, "/1", "/2")] == [b"[1]", b"[2]"]
    assert time.time() - begun >= 0.35


def test_a_reset_further_off_than_the_run_waits_ends_the_next_request_only(world: Any, haste: FetchSettings) -> None:
    world.serve(f"{SITE}/1", "[1]", headers={"RateLimit-Remaining": "0", "RateLimit-Reset": "900"})
    assert fetched(haste, world, "/1")[0].body == b"[1]"
    with pytest.raises(RateLimited) as caught:
        fetched(haste, world, "/1", "/2")
    assert caught.value.retry_at is not None
    assert 890 < caught.value.retry_at.timestamp() - time.time() <= 900
    assert world.urls() == [f"{SITE}/1"] * 2


def test_a_refusal_without_retry_after_is_waited_out_by_its_reset(world: Any, haste: FetchSettings) -> None:
    from hostile import says

    world.behave(f"{SITE}/1", says(429, x_ratelimit_reset="1"), says(200, b"[1]"))
    begun = time.time()
    assert fetched(haste, world, "/1")[0].body == b"[1]"
    assert time.time() - begun >= 0.9
    world.behave(f"{SITE}/2", says(429, x_ratelimit_reset="3600"))
    with pytest.raises(RateLimited) as caught:
        fetched(haste, world, "/2")
    assert caught.value.retry_at is not None
    assert 3590 < caught.value.retry_at.timestamp() - time.time() <= 3600


def test_the_door_says_when_a_host_may_be_asked_next(world: Any, haste: FetchSettings) -> None:
    world.serve(f"{SITE}/", "[]")

    async def run() -> list[float]:
        async with Door(dataclasses.replace(haste, min_interval_s=5), network=world.network) as door:
            before = door.wait_for(f"{SITE}/other")
            await door.fetch(Request(f"{SITE}/"))
            return [
                before,
                door.wait_for(f"{SITE}/other"),
                door.wait_for("https://else.example/"),
                door.wait_for("http://["),
            ]

    before, after, elsewhere, nowhere = asyncio.run(run())
    assert (before, elsewhere, nowhere) == (0, 0, 0)
    assert 4.5 < after <= 5


def test_a_pace_counts_down() -> None:
    now = [100.0]
    pace = Pace(60, clock=lambda: now[0])
    pace.rest("social.example", 8)
    now[0] = 103.0
    assert pace.wait_for("social.example") == 5
    now[0] = 200.0
    assert pace.wait_for("social.example") == 0
