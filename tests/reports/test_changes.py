"""Before and after an event: what is compared, what passes, and when nothing is said."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from reports.audit import Labelled
from reports.change_claims import about_changes
from reports.changes import build_changes
from reports.corpus import DRAWN, prepare
from reports.events import build_events
from reports.ledger import Known
from reports.wording import Locale, catalogue
from storage.nouns import STANCES, Gap, PolicyEvent, Wording

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from reports.inputs import ReportInput

    Make = Callable[..., ReportInput]

FIRST = date(2026, 1, 5)
CALM = (0.3, 0.3, 0.2, 0.2)
MOVED = (0.65, 0.15, 0.1, 0.1)


def day(at: int) -> date:
    return FIRST + timedelta(days=at)


def event(at: int, precision: Any = "day") -> PolicyEvent:
    name = Wording(zh="公告", en="Notice")
    return PolicyEvent(id=f"e{at}-{precision}", date=day(at), precision=precision, kind="announced", title=name)


def series(days: int, *, a_day: int = 40, turn: int = 10**6, seed: int = 3) -> pd.DataFrame:
    """So many comments on each day, each by its own author; from the day `turn` on the mix of stances is another."""
    random = np.random.default_rng(seed)
    at = np.repeat(np.arange(days), a_day)
    mix = np.where((at >= turn)[:, None], MOVED, CALM)
    code = (random.random(len(at))[:, None] > mix.cumsum(1)[:, :3]).sum(1)
    return frame(at, code, np.arange(len(at)))


def frame(at: Any, code: Any, author: Any, prefix: str = "c") -> pd.DataFrame:
    noon = int(datetime(FIRST.year, FIRST.month, FIRST.day, 4, tzinfo=UTC).timestamp()) * 1000
    names = np.array([stance.value for stance in DRAWN], dtype=object)
    return pd.DataFrame(
        {
            "id": [f"{prefix}{number:06d}" for number in range(len(at))],
            "text": "x",
            "source": "import",
            "author": [f"a{one}" for one in author],
            "published_at": noon + np.asarray(at) * 86_400_000,
            "published_precision": "minute",
            "stance": names[code],
        }
    )


def told(
    make: Make, comments: pd.DataFrame, events: Sequence[PolicyEvent], gaps: Sequence[Gap] = (), sample: Any = None
) -> Any:
    inp = make(comments, events=tuple(events), gaps=tuple(gaps), start=None, end=None)
    corpus = prepare(inp)
    return build_changes(inp, corpus, sample(corpus) if sample else None, build_events(inp, corpus, None))


@pytest.fixture(scope="module")
def changed(make: Make) -> Any:
    """A change on day 120, of which an event tells."""
    return told(make, series(127, turn=120), [event(120)])


def test_a_planted_change_is_found_with_its_size(changed: Any) -> None:
    concern = changed["events"][0]["stances"]["concern"]
    assert concern["verdict"] == "passed"
    assert concern["low"] <= 0.35 <= concern["high"]
    assert concern["before"]["estimate"] == pytest.approx(0.3, abs=0.08)
    assert concern["rank"] == 1
    assert concern["of"] == 87
    assert concern["q"] >= concern["p"]
    assert concern["basis"] == "draft"
    assert changed["events"][0]["why_not"] == ""


def test_the_shape_is_the_one_that_others_draw(changed: Any) -> None:
    one = changed["events"][0]
    assert list(changed) == ["days", "days_before", "level", "least_placebos", "events", "spikes", "hints"]
    assert (one["days_before"], one["days_after"], one["event_day"]) == (14, 7, day(120).isoformat())
    assert (one["from"], one["to"]) == (day(106).isoformat(), day(126).isoformat())
    assert (one["n_before"], one["n_after"], one["authors_before"]) == (560, 280, 560)
    assert list(one["stances"]) == [stance.value for stance in DRAWN]
    points = one["stances"]["concern"]["points"]
    assert points["low"] <= points["difference"] <= points["high"]
    assert one["volume"]["times"] == 1.0
    assert one["volume"]["verdict"] == "not_passed"


def test_a_quiet_series_gives_no_finding(make: Make) -> None:
    for seed in range(3):
        found = told(make, series(127, a_day=20, seed=seed), [event(120)])
        assert {one["verdict"] for one in found["events"][0]["stances"].values()} == {"not_passed"}
        assert not found["hints"]


def test_rows_in_any_order_give_the_same(make: Make) -> None:
    comments = series(90, a_day=12, turn=80)
    comments["author"] = [f"a{at % 400}" for at in range(len(comments))]
    shuffled = comments.sample(frac=1, random_state=5)
    for sample in (None, labels):
        assert told(make, comments, [event(80)], sample=sample) == told(make, shuffled, [event(80)], sample=sample)


def test_a_short_history_tells_too_little(make: Make) -> None:
    found = told(make, series(60, turn=50), [event(50)])["events"][0]
    assert found["stances"]["concern"]["verdict"] == "too_little"
    assert found["stances"]["concern"]["of"] <= 60
    assert found["volume"]["verdict"] == "too_little"


def test_a_change_as_large_as_ordinary_days_does_not_pass(make: Make) -> None:
    comments = series(127, turn=10**6)
    at = np.repeat(np.arange(127), 40)
    other = series(127, turn=0, seed=9)
    swinging = np.where((at // 7) % 2 == 1, other["stance"], comments["stance"])
    found = told(make, comments.assign(stance=swinging), [event(119)])["events"][0]["stances"]["concern"]
    assert found["q"] < 0.01
    assert found["verdict"] == "not_passed"


def test_one_author_who_writes_much_is_no_change(make: Make) -> None:
    calm = series(127)
    flood = frame(np.full(150, 121), np.zeros(150, int), np.zeros(150, int), prefix="f")
    found = told(make, pd.concat([calm, flood]), [event(120)])["events"][0]
    assert found["stances"]["concern"]["difference"] > 0.15
    assert {one["verdict"] for one in found["stances"].values()} == {"not_passed"}
    assert found["authors_after"] == 281


@pytest.mark.parametrize("unknown", [None, float("nan")])
def test_unknown_authors_are_each_their_own(make: Make, unknown: Any) -> None:
    comments = series(40)
    comments["author"] = unknown
    found = told(make, comments, [event(20)])["events"][0]
    assert found["authors_before"] == found["n_before"] == 560


def test_windows_end_at_neighbours_gaps_and_edges(make: Make) -> None:
    gap = Gap(start=day(25), end=day(26))
    found = told(make, series(40), [event(4), event(20), event(23), event(37)], [gap])["events"]
    assert [(one["days_before"], one["days_after"]) for one in found] == [(4, 7), (14, 3), (3, 2), (10, 3)]


@pytest.mark.parametrize(
    ("events", "gaps", "why_not"),
    [
        ([event(0)], [], "edge"),
        ([event(60)], [], "edge"),
        ([event(20)], [Gap(start=day(20), end=day(20))], "gap"),
        ([event(20)], [Gap(start=day(15), end=day(19), source="import")], "gap"),
        ([event(27, "month")], [], "day_unknown"),
        ([event(20)], [Gap(start=day(21), end=day(30)), Gap(start=day(10), end=day(18))], "few"),
    ],
)
def test_where_nothing_can_be_compared_the_reason_is_told(make: Make, events: Any, gaps: Any, why_not: str) -> None:
    found = told(make, series(40, a_day=20), events, gaps)["events"][0]
    assert found["why_not"] == why_not
    assert found["stances"] is None


def test_without_dated_comments_there_is_nothing(make: Make) -> None:
    comments = series(10)
    comments["published_at"] = None
    assert told(make, comments, [event(5)]) is None


def test_days_after_an_event_are_no_ordinary_days(make: Make) -> None:
    alone = told(make, series(127), [event(120)])["events"][0]["volume"]["of"]
    beside = told(make, series(127), [event(50), event(120)])["events"][1]["volume"]["of"]
    month = told(make, series(127), [event(120), event(27, "month")])["events"][1]["volume"]["of"]
    assert (alone, beside) == (87, 87 - 27)
    assert month < beside


def test_four_times_as_many_comments_are_seen(make: Make) -> None:
    more = [series(127, a_day=20), *(series(127, a_day=20, seed=seed) for seed in (4, 5, 6))]
    later = [
        one[one["published_at"] >= one["published_at"].iloc[120 * 20]].assign(id=f"x{at}" + one["id"])
        for at, one in enumerate(more[1:])
    ]
    found = told(make, pd.concat([more[0], *later]), [event(120)])["events"][0]["volume"]
    assert found["times"] == 4.0
    assert found["verdict"] == "passed"
    assert found["p"] == pytest.approx(1 / found["of"], abs=1e-4)


def labels(corpus: Any) -> Labelled:
    """Labels of 250 comments at random, from a coder that takes every third concern for support."""
    random = np.random.default_rng(0)
    n = len(corpus.rows)
    rows = np.sort(random.choice(n, 250, replace=False))
    truth = np.where((corpus.stance[rows] == 1) & (random.random(250) < 0.3), 0, corpus.stance[rows])
    y = np.eye(4)[[STANCES.index(DRAWN[at]) for at in truth]]
    every, none = np.zeros(n, np.int64), np.zeros(250, bool)
    return Labelled(rows, y, np.ones(250, np.int64), none, none, every, every[:1], np.zeros((n, 4)), corpus.author, 0)


def test_with_labels_shares_are_put_right(make: Make) -> None:
    comments = series(127, turn=120)
    coded, right = (told(make, comments, [event(120)], sample=sample) for sample in (None, labels))
    coded, right = (found["events"][0]["stances"]["concern"] for found in (coded, right))
    assert (coded["basis"], right["basis"]) == ("draft", "audited")
    assert right["before"]["estimate"] > coded["before"]["estimate"] + 0.03
    assert right["high"] - right["low"] > coded["high"] - coded["low"]
    assert right["verdict"] == "passed"


# What is said of it.


def said(make: Make, comments: pd.DataFrame, events: Sequence[PolicyEvent], sample: Any = None) -> list[Any]:
    inp = make(comments, events=tuple(events), gaps=(), start=None, end=None)
    corpus = prepare(inp)
    known = labels(corpus) if sample else None
    facts = {"events": build_events(inp, corpus, None)}
    facts["changes"] = build_changes(inp, corpus, known, facts["events"])  # type: ignore[assignment]
    return list(about_changes(Known(inp, corpus, facts, known)))


def words(claim: Any, language: Any) -> str:
    wording = {"verdict": claim.verdict, "variant": claim.variant, "template": claim.template, "slots": claim.slots}
    return "".join(piece.text for piece in Locale(language, catalogue(language), {}).sentence(wording))


def test_what_passed_is_a_headline_and_says_what_it_rests_on(make: Make) -> None:
    comments = series(127, turn=120)
    draft, audited = (said(make, comments, [event(120)], sample)[0] for sample in (None, True))
    for claim in (draft, audited):
        assert (claim.template, claim.verdict, claim.badge, claim.section) == ("change", "passed", "passed", "happened")
        assert claim.figures["q"] <= 0.05
        assert claim.low is not None
        assert claim.mask.sum() == 840
    assert "nobody audited" in words(draft, "en")
    assert "nobody audited" not in words(audited, "en")
    assert "ordinary days" in words(audited, "en")


def test_a_fall_is_said_as_a_fall(make: Make) -> None:
    falls = [claim for claim in said(make, series(127, turn=120), [event(120)]) if claim.variant.startswith("down")]
    assert falls
    for claim in falls:
        assert claim.value < 0
        assert 0 <= claim.slots["low"]["int"] <= claim.slots["high"]["int"]
        assert "points less" in words(claim, "en")


def test_an_event_without_clear_change_gets_one_line(make: Make) -> None:
    claims = [claim for claim in said(make, series(127), [event(120)]) if claim.template == "change"]
    assert [(claim.verdict, claim.badge, claim.section) for claim in claims] == [("not_passed", "no_change", "sure")]
    assert "no clear change of stance" in words(claims[0], "en")


def test_a_move_without_history_is_not_called(make: Make) -> None:
    claims = [claim for claim in said(make, series(60, turn=50), [event(50)]) if claim.template == "change"]
    assert [(claim.verdict, claim.badge) for claim in claims] == [("too_little", "thin")]
    assert "too little history to call it" in words(claims[0], "en")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_verdict_and_variant_has_its_wording(make: Make, language: Any) -> None:
    claims = said(make, series(127, turn=120), [event(0), event(40, "year"), event(120)])
    claims += said(make, series(60, turn=50), [event(50)])
    claims += said(make, series(60, turn=50), [event(50)], sample=True)
    claims += said(make, series(40, a_day=3), [event(20)])
    assert {claim.verdict for claim in claims} == {"passed", "not_passed", "too_little"}
    for claim in claims:
        key = "_".join(part for part in (claim.verdict, claim.variant) if part)
        assert key in catalogue(language)["claims"][claim.template]
        assert words(claim, language)
    for template in ("change", "volume", "spike"):
        assert {"passed", "not_passed", "too_little"} <= catalogue(language)["claims"][template].keys()
