"""The limits of time in the tests: they hold on a slow machine, and still fail for what is slow itself."""

from __future__ import annotations

import time
from typing import Any

import pytest


def spend(seconds: float) -> None:
    begun = time.process_time()
    while time.process_time() - begun < seconds:
        pass


def test_what_takes_too_long_fails_and_says_what_was_allowed(within: Any) -> None:
    said = r"took 0\.\d+ s, allowed 0\.\d+ s \(0\.001 s, on a machine \d+\.\d\d times as slow"
    with pytest.raises(AssertionError, match=said), within(0.001):
        spend(0.1)


def test_a_slower_machine_is_allowed_more(within: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = type(within)()
    monkeypatch.setattr(slow, "_timed", lambda _: 1.0)
    with slow(0.001):
        spend(0.02)


def test_a_machine_that_becomes_slow_meanwhile_is_allowed_more(within: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = type(within)()
    with slow(0.001):
        monkeypatch.setattr(slow, "_timed", lambda _: 1.0)
        spend(0.02)


def test_a_faster_machine_is_held_to_the_limit_as_written(within: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = type(within)()
    monkeypatch.setattr(fast, "_timed", lambda _: 1e-9)
    assert fast.slowness(time.process_time) == 1
    with pytest.raises(AssertionError, match="took"), fast(0.001):
        spend(0.005)


def test_what_waits_is_measured_by_the_clock_on_the_wall(within: Any) -> None:
    with within(0.02):
        time.sleep(0.1)
    with pytest.raises(AssertionError, match="took"), within(0.001, time.monotonic):
        time.sleep(0.2)


def test_an_error_in_the_block_is_passed_on(within: Any) -> None:
    with pytest.raises(KeyError), within(0):
        raise KeyError
