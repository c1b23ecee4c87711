"""A rich invented study, and small ones, for every test of the reports room."""
# ruff: noqa: E501  a Chinese character counts as two

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from reports.coverage_inputs import SourceCoverage
from reports.inputs import CopiedGroup, Keyword, Provenance, ReportInput, SharedWord
from reports.numbers import build_numbers
from storage.nouns import Change, Gap, PolicyEvent, SourceSpec, Stance, Study, Wording

if TYPE_CHECKING:
    from collections.abc import Callable

START = date(2026, 3, 2)
DAYS = 42
PLATFORMS = ("微博", "新闻跟帖", "知乎", "贴吧", "小红书")
EVENTS = (
    ("e1", 7, "media", "媒体", "通知截图在网上流传", "Screenshots of the notice spread"),
    ("e2", 10, "announced", "快借", "官方发布公告", "Official notice published"),
    ("e3", 17, "effective", "快借", "高分用户停止借款", "Lending to high scorers stops"),
    ("e4", 23, "clarified", "快借", "补充说明：设还款宽限期", "Clarification: a grace period for repayment"),
    ("e5", 31, "regulator", "监管部门", "监管部门回应", "The regulator comments"),
)
TEXTS: dict[Stance, tuple[str, ...]] = {
    Stance.CONCERN: (
        "突然就停了，下个月房租都不知道怎么周转，{tail}", "分数越高越不让用，那我守信{n}年图什么", "说停就停，连个解释都没有，{tail}",
        "我{n}年没逾期过一次，凭什么停我的额度", "通知当天生效，{tail}，让人怎么安排", "高分用户反而被清退，道理讲不通，{tail}",
        "担心下一步就是所有人都停，{tail}", "客服只会复制粘贴，问了{n}遍也没结果",
    ),
    Stance.SUPPORT: (
        "本来就不该鼓励年轻人借钱消费，{tail}支持", "停了挺好，少了一个乱花钱的口子，{tail}", "信用分只是参考，停了反而清净，{tail}",
        "支持，小额贷款早该收一收了，{tail}", "风险控制严一点没有坏处，{tail}可以理解",
    ),
    Stance.SUGGESTION: (
        "要停可以，先给{n}个月的通知行不行", "建议之前借的按原来的日子还，{tail}", "希望能公开评分是怎么算出来的，{tail}",
        "信用体系应该是动态的，不能一刀切，{tail}", "能不能给个人工复核的渠道，{tail}", "建议给老用户留{n}周的过渡期",
    ),
    Stance.NEUTRAL: (
        "无所谓，换别家用就是了，{tail}", "转发一下，看看有没有人了解情况，{tail}", "这个是从{n}号开始的吗", "吃瓜，蹲一个后续，{tail}",
    ),
}  # fmt: skip
ENGLISH: dict[Stance, tuple[str, ...]] = {
    Stance.CONCERN: (
        "I paid on time for {n} years and this is what I get",
        "Stopped overnight, rent is due in {n} days",
    ),
    Stance.SUPPORT: ("Good, {n} fewer ways to spend money you do not have",),
    Stance.SUGGESTION: ("They should give {n} weeks of notice before closing a credit line",),
    Stance.NEUTRAL: ("Is this from the {n}th or later?",),
}
TAILS = (
    "说实话",
    "真的",
    "唉",
    "反正我这么想",
    "大家评评理",
    "就这样吧",
    "不吐不快",
    "个人看法",
    "别急着喷",
    "路过说一句",
)
NUMERALS = ("两", "三", "四", "五", "六", "七", "八", "十")
MIX = {Stance.CONCERN: 0.44, Stance.SUPPORT: 0.22, Stance.SUGGESTION: 0.19, Stance.NEUTRAL: 0.15}


def ms(day: date, hour: int = 12, minute: int = 0) -> int:
    """Wall-clock time in Shanghai (UTC+8, no summer time) as UTC milliseconds."""
    return int(datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC).timestamp() * 1000) - 8 * 3_600_000


def _volume(day: int) -> float:
    """Comments wanted on a day: a quiet base, and a jump that dies away after each event."""
    size = {7: 40, 10: 75, 17: 260, 23: 90, 31: 60}
    return 9 + sum(jump * 0.62 ** (day - at) for at, jump in size.items() if day >= at)


def _row(rng: random.Random, number: int, day: int) -> dict[str, Any]:
    weights = dict(MIX)
    weights[Stance.CONCERN] += 0.2 if 17 <= day < 23 else 0.0
    weights[Stance.SUGGESTION] += 0.2 if day >= 23 else 0.0
    stance = rng.choices(list(weights), list(weights.values()))[0]
    english = rng.random() < 0.08
    text = rng.choice((ENGLISH if english else TEXTS)[stance]).format(
        n=rng.randint(4, 19) if english else rng.choice(NUMERALS), tail=rng.choice(TAILS)
    )
    platform = rng.choices(PLATFORMS, (55, 20, 12, 9, 2))[0]
    return {
        "id": f"{'wnztx'[PLATFORMS.index(platform)]}-{number:05d}",
        "source": "import",
        "platform": platform,
        "kind": "comment",
        "text": text,
        "lang": "en" if english else "zh",
        "author": f"a{rng.randint(1, 900)}" if rng.random() < 0.96 else None,
        "published_at": ms(START + timedelta(days=day), rng.randint(7, 23), rng.randint(0, 59)),
        "published_precision": "minute",
        "likes": int(rng.paretovariate(0.9)) - 1 if rng.random() < 0.9 else None,
        "url": f"https://example.org/c/{number}",
        "direct": None,
        "fold": hash_of(text),
        "copied": False,
        "stance": stance.value,
    }


def hash_of(text: str) -> int:
    """A key that equal texts share, the same in every process."""
    return int.from_bytes(text.encode("utf-8")[:7].ljust(7, b"\0"), "big") ^ sum(
        ord(c) * (i + 1) for i, c in enumerate(text)
    )


def comments(n: int = 1500, *, seed: int = 7, days: int = DAYS) -> pd.DataFrame:
    """A copy of such a table, made once."""
    return _comments(n, seed, days).copy()


@cache
def _comments(n: int, seed: int, days: int) -> pd.DataFrame:
    """Invented comments over six weeks with a burst of copies on day 18 and two days without one platform."""
    rng = random.Random(seed)
    wanted = [_volume(day % DAYS) for day in range(days)]
    rows = []
    for number in range(n):
        day = rng.choices(range(days), wanted)[0]
        row = _row(rng, number, day)
        if row["platform"] == "微博" and day in (27, 28):
            continue
        rows.append(row)
    for copy in range(n // 30):
        row = _row(rng, n + copy, 18)
        rows.append(
            row
            | {
                "text": "支持规范信贷，理性消费从我做起！",
                "stance": "support",
                "copied": True,
                "author": f"b{copy % 17}",
                "fold": 1,
            }
        )
    for number, row in enumerate(rows[:: max(1, n // 18)]):
        row.update(
            {"published_at": None, "published_precision": None} if number % 2 else {"published_precision": "month"}
        )
    return pd.DataFrame(rows)


def study(**changes: Any) -> Study:
    """The invented study: a payment app stops lending to those with high scores."""
    given: dict[str, Any] = {
        "id": "sample-pay",
        "change": Change(
            name=Wording(zh="“快借”停止向高分用户放款", en="Quick Loan ends for high scorers"),
            statement=Wording(zh="“示例支付”对评分 700 以上的用户停止小额借款", en="“Sample Pay” stops small lending to users scoring above 700"),
            owner=Wording(zh="示例支付", en="Sample Pay"),
        ),
        "start": START,
        "end": START + timedelta(days=DAYS - 1),
        "events": tuple(
            PolicyEvent(
                id=key, date=START + timedelta(days=day), kind=kind, who=Wording(zh=who), title=Wording(zh=zh, en=en),
                url=f"https://example.org/{key}",
            )
            for key, day, kind, who, zh, en in EVENTS
        ),
        "sources": (SourceSpec(name="import", kind="files", title=Wording(zh="导入文件", en="Imported file")),),
        "gaps": (
            Gap(
                start=START + timedelta(days=27), end=START + timedelta(days=28), source="微博",
                reason=Wording(zh="采集中断", en="collector down"),
            ),
        ),
        "illustrative": True,
    }  # fmt: skip
    return Study(**(given | changes))


def report_input(frame: pd.DataFrame | None = None, **changes: Any) -> ReportInput:
    """The rich study; pass `comments=` or study fields to bend it."""
    frame = comments() if frame is None else frame
    return ReportInput(
        study=study(**changes),
        comments=frame,
        provenance=Provenance(
            coder="embedded@0.1.0",
            codebook="1",
            run="r-20260413-01",
            command="minyi report sample-pay",
            generated_at=ms(START + timedelta(days=DAYS), 9),
            versions={"minyi": "0.1.0", "python": "3.11"},
            data_digest="9f1c0de5a1b2",
        ),
        copied_groups=(CopiedGroup(50, 17, ms(START + timedelta(days=18), 9), ms(START + timedelta(days=18), 11), "w-01500", "支持规范信贷，理性消费从我做起！"),),
        keywords={
            Stance.CONCERN: [Keyword("房租", 61, 7.1), Keyword("守信", 44, 5.2), Keyword("额度", 39, 4.9), Keyword("逾期", 31, 4.1), Keyword("客服", 28, 3.6)],
            Stance.SUPPORT: [Keyword("支持", 96, 8.3), Keyword("消费", 51, 5.5), Keyword("清净", 20, 3.1)],
            Stance.SUGGESTION: [Keyword("建议", 88, 9.0), Keyword("通知", 47, 5.8), Keyword("人工复核", 26, 4.4), Keyword("notice", 12, 2.9)],
            Stance.NEUTRAL: [Keyword("转发", 30, 4.0), Keyword("吃瓜", 25, 3.8)],
        },
        shared_words=[
            SharedWord(word, sorted(frame.loc[frame["text"].str.contains(word), "id"])[:3])
            for word in ("通知", "notice")
            if len(frame) > 1 and frame["text"].str.contains(word).any()
        ],
        coverage=(
            SourceCoverage(
                "import", collected=len(frame), title=Wording(zh="导入文件", en="Imported file"), kind="files", declared=len(frame) + 34,
                duplicates=12, rejected={"no text": 21, "date in the future": 3}, first_ms=ms(START), last_ms=ms(START + timedelta(days=DAYS - 1)),
            ),
        ),
    )  # fmt: skip


@pytest.fixture(scope="session")
def rich() -> ReportInput:
    """About 1,500 comments over six weeks, five events, a burst and a gap."""
    return report_input()


@pytest.fixture(scope="session")
def rich_numbers(rich: ReportInput) -> dict[str, Any]:
    """What the report of `rich` is made from; every test reads it, none changes it."""
    return build_numbers(rich)


@pytest.fixture(scope="session")
def few() -> ReportInput:
    """The same study with some 150 comments, for what does not lie in their number."""
    return report_input(comments(150))


@pytest.fixture(scope="session")
def make() -> Callable[..., ReportInput]:
    """Builds a study like `rich` with other comments or other study fields."""
    return report_input


def rows_of(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Comments with ids of their own and the given fields."""
    named = [{"id": f"c{i:04d}", "source": "import", "fold": i} | row for i, row in enumerate(rows)]
    return pd.DataFrame(named, columns=list(dict.fromkeys(["id", "text", *(key for row in named for key in row)])))


@pytest.fixture(scope="session")
def frame_of() -> Callable[..., pd.DataFrame]:
    """Builds comments from a list of fields."""
    return rows_of


@pytest.fixture(scope="session")
def make_comments() -> Callable[..., pd.DataFrame]:
    """Builds invented comments."""
    return comments
