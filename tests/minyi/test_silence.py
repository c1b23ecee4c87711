"""How often a source is called silent that is not, and how soon one is that is: measured on simulated sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from minyi.outages import DAY_MS, Lapse
from minyi.silence import silence

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Times = NDArray[np.float64]
    Scene = Callable[[np.random.Generator, float, float], Times]

pytestmark = pytest.mark.slow
SOURCES = 200


def drawn(rng: np.random.Generator, rate: Callable[[Times], Times], days: float, highest: float) -> Times:
    """Times of an inhomogeneous Poisson process, in days, by thinning."""
    times = np.sort(rng.uniform(0, days, rng.poisson(highest * days)))
    return times[rng.uniform(0, highest, len(times)) < rate(times)]


def rhythm(times: Times, weekend: float = 0.3, night: float = 0.1) -> Times:
    """By what the rate is lowered at night and at the weekend."""
    return np.where(times % 1 < 0.3, night, 1.0) * np.where(times // 1 % 7 >= 5, weekend, 1.0)


def even(rng: np.random.Generator, rate: float, days: float) -> Times:
    return drawn(rng, lambda times: np.full_like(times, rate), days, rate)


def by_week(rng: np.random.Generator, rate: float, days: float) -> Times:
    return drawn(rng, lambda times: rate * rhythm(times), days, rate)


def in_office_hours(rng: np.random.Generator, rate: float, days: float) -> Times:
    return drawn(rng, lambda times: rate * rhythm(times, 0.0, 0.0), days, rate)


def with_bursts(rng: np.random.Generator, rate: float, days: float) -> Times:
    starts = rng.uniform(0, days, rng.poisson(days / 20) + 1)
    sizes = rng.uniform(3, 15, len(starts))

    def height(times: Times) -> Times:
        jumps = [size * np.where(times >= at, 0.62 ** (times - at), 0) for at, size in zip(starts, sizes, strict=True)]
        return np.asarray(rate * rhythm(times) * (1 + np.sum(jumps, axis=0)))

    return drawn(rng, height, days, rate * (1 + sizes.sum()))


def by_mood(rng: np.random.Generator, rate: float, days: float) -> Times:
    """Every day has a rate of its own, so that counts per day follow a negative binomial distribution."""
    moods = rng.gamma(0.5, 2, int(days) + 1)
    return drawn(rng, lambda times: rate * moods[times.astype(int)], days, rate * moods.max())


def in_threads(rng: np.random.Generator, rate: float, days: float) -> Times:
    """Threads opened at random, each of which dies away as 1 / t."""
    starts = rng.uniform(0, days, rng.poisson(days / 6) + 1)
    return np.sort(
        np.concatenate(
            [at + drawn(rng, lambda times: rate / (times + 0.2), days - at, rate / 0.2) for at in starts]
        )
    )  # fmt: skip


def dying_away(rng: np.random.Generator, rate: float, days: float) -> Times:
    """One thread that dies away as 1 / t."""
    size = 4 + rate
    return drawn(rng, lambda times: size / (times + 0.1), days, size / 0.1)


def in_clusters(rng: np.random.Generator, rate: float, days: float) -> Times:
    """Nothing but answers to posts that come every four days or so."""
    starts = rng.uniform(0, days, rng.poisson(days / 4) + 1)
    times = np.concatenate([at + rng.exponential(1.5, rng.poisson(min(3 * rate, 40))) for at in starts])
    return np.sort(times[times < days])


SCENES: tuple[Scene, ...] = (
    even, by_week, in_office_hours, with_bursts, by_mood, in_threads, dying_away, in_clusters,
)  # fmt: skip


def one(rng: np.random.Generator, scene: Scene) -> tuple[Times, float]:
    """A source of 20 comments at least, watched for a month to eight, with 0.15 to 20 comments a day."""
    while True:
        days = float(rng.choice([30, 60, 120, 240]))
        times = scene(rng, float(np.exp(rng.uniform(np.log(0.15), np.log(20)))), days)
        if len(times) >= 20:
            return times, days


def found(times: Times, days: float, *lapses: Lapse) -> Lapse | None:
    return silence((times * DAY_MS).astype(np.int64), (0, int(days * DAY_MS)), lapses)


@pytest.mark.parametrize("scene", SCENES)
def test_a_source_with_its_own_rhythm_is_hardly_ever_called_silent(scene: Scene) -> None:
    rng = np.random.default_rng(20260301)
    alarms = sum(found(*one(rng, scene)) is not None for _ in range(SOURCES))
    assert alarms / SOURCES <= 0.05


def test_a_study_of_four_sources_is_hardly_ever_told_of_a_silence() -> None:
    rng = np.random.default_rng(20260302)
    usual = SCENES[:6]
    alarms = sum(any(found(*one(rng, usual[rng.integers(6)])) for _ in range(4)) for _ in range(100))
    assert alarms <= 5


@pytest.mark.parametrize(("rate", "within"), [(0.5, 60), (1, 35), (5, 12), (30, 4)])
def test_a_source_that_stops_is_called_silent_before_long(rate: float, within: float) -> None:
    rng = np.random.default_rng(20260303)
    caught = 0
    for _ in range(100):
        times = by_week(rng, 2 * rate, 90)
        caught += found(times, times[-1] + within) is not None
    assert caught >= 90


def test_time_in_which_nobody_looked_is_not_silence() -> None:
    rng = np.random.default_rng(20260304)
    times = even(rng, 10, 40)
    times = times[(times < 20) | (times > 30)]
    day = DAY_MS
    assert found(times, 40) is not None
    assert found(times, 40, Lapse("down", 20 * day, 30 * day)) is None
    assert found(times, 40, Lapse("down", 20 * day, 26 * day), Lapse("not run", 24 * day, 30 * day)) is None


def test_an_outage_is_not_taken_for_the_habit_of_a_source() -> None:
    rng = np.random.default_rng(20260305)
    times = even(rng, 10, 60)
    times = times[(times < 20) | ((times > 30) & (times < 45))]
    assert found(times, 60, Lapse("down", 20 * DAY_MS, 30 * DAY_MS)) is not None


def test_the_order_of_comments_and_equal_times_do_not_matter() -> None:
    rng = np.random.default_rng(20260306)
    days = np.floor(even(rng, 5, 30))
    first = found(days, 45)
    assert first is not None
    assert first.end is None
    assert found(rng.permutation(days), 45) == first
