"""Dated acts of the policy side: what is found, on which day, and what is left alone."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlp.acts import LONGEST_TITLE, find_acts
from nlp.acts.days import Almanac
from storage.nouns import Act, Article

ZONE = ZoneInfo("Asia/Shanghai")
PASSAGES = Path(__file__).parent.parent.parent / "benchmarks" / "acts_passages.jsonl"
MONDAY = "2026-03-09"


def article(text: str, published: str | None = MONDAY, **facts: str) -> Article:
    at = None
    if published:
        at = int(datetime.fromisoformat(published).replace(hour=12, tzinfo=ZONE).timestamp() * 1000)
    return Article(id="a1", text=text, published_at=at, **facts)


def acts(text: str, published: str | None = MONDAY) -> list[Act]:
    return find_acts(article(text, published), zone=ZONE)


def found(text: str, published: str | None = MONDAY) -> list[tuple[str, str | None]]:
    return [(act.date.isoformat(), act.kind) for act in acts(text, published)]


# Kinds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("本办法自2026年5月1日起施行。", ("2026-05-01", "effective")),
        ("新票价将于4月1日正式执行。", ("2026-04-01", "effective")),
        ("从3月16日开始，平台收取提现手续费。", ("2026-03-16", "effective")),
        ("3月8日，云梧支付发布《服务费调整公告》。", ("2026-03-08", "announced")),
        ("平台客服负责人3月8日回应称，原有订单不受影响。", ("2026-03-08", "clarified")),
        ("3月8日，平台宣布撤回服务费调整方案。", ("2026-03-08", "reversed")),
        ("洛桐金融监管局3月8日约谈了这家平台。", ("2026-03-08", "regulator")),
        ("3月5日，半亩新闻首次报道了这一调整。", ("2026-03-05", "media")),
        ("即日起，《停车管理办法》面向社会公开征求意见。", ("2026-03-09", "announced")),
        ("公开征求意见的截止日期为2026年4月8日。", ("2026-04-08", None)),
        ("方案公示期为3月9日至3月16日，市民可提出意见。", ("2026-03-16", None)),
        ("市民政局3月6日召开发布会，宣布高龄津贴标准提高。", ("2026-03-06", "announced")),
        ("3月9日，针对“额度关闭”一事，云梧支付回应。", ("2026-03-09", "clarified")),
        ("4月1日起公积金可直付房租。", ("2026-04-01", "effective")),
        ("公交票价调整听证会将于3月28日举行。", ("2026-03-28", None)),
        ("The new fee takes effect on 16 March 2026.", ("2026-03-16", "effective")),
        ("The rules came into force on March 2.", ("2026-03-02", "effective")),
        ("From 1 April, riders must pay by card under the new fare rules.", ("2026-04-01", "effective")),
        ("The council published the new rules on 6 March.", ("2026-03-06", "announced")),
        ("Yunwu Pay clarified on 7 March that old orders keep their terms.", ("2026-03-07", "clarified")),
        ("Larkline withdrew the baggage fee on Sunday.", ("2026-03-08", "reversed")),
        ("The Transport Authority fined Metrolane on 6 March over hidden fees.", ("2026-03-06", "regulator")),
        ("The change was first reported by the Banmu Courier on 5 March.", ("2026-03-05", "media")),
        ("The new fare system goes live on 5 May.", ("2026-05-05", "effective")),
        ("From midnight on Sunday, e-scooters are banned from the old town.", ("2026-03-15", "effective")),
        ("In a U-turn on Friday, the council abandoned the parking charge.", ("2026-03-06", "reversed")),
        ("The mayor has paused the low-emission scheme until 1 September.", ("2026-09-01", "effective")),
        ("In a blog post on Sunday, Streambox said prices would stay.", ("2026-03-08", "clarified")),
        ("The company confirmed on 6 March that it will no longer accept cash.", ("2026-03-06", "announced")),
        ("A public hearing on the fare change will be held on 20 March.", ("2026-03-20", None)),
        ("The consultation opened on 2 March.", ("2026-03-02", "announced")),
        ("Comments on the draft are due by 8 April 2026.", ("2026-04-08", None)),
    ],
)
def test_each_kind_of_act_is_found_on_its_day(text: str, expected: tuple[str, str | None]) -> None:
    assert found(text) == [expected]


def test_an_announcement_and_its_effect_are_two_acts_of_one_sentence() -> None:
    one, other = acts("3月9日，云梧支付发布公告，自3月16日起关闭先享额度。")

    assert (one.kind, one.date) == ("announced", date(2026, 3, 9))
    assert (other.kind, other.date) == ("effective", date(2026, 3, 16))
    assert one.sentence == other.sentence


def test_the_end_of_a_consultation_says_so_in_its_title() -> None:
    (chinese,) = acts("公开征求意见的截止日期为2026年4月8日。")
    (english,) = acts("The consultation closes on 8 April 2026.")

    assert chinese.title.startswith("征求意见截止：")
    assert english.title.startswith("Consultation closes: ")


# Days


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("自3月15日起施行。", "2026-03-15", "day"),
        ("自二〇二六年四月一日起施行。", "2026-04-01", "day"),
        ("自2026-04-01起施行。", "2026-04-01", "day"),
        ("自元月1日起施行。", "2026-01-01", "day"),
        ("明日起施行。", "2026-03-10", "day"),
        ("即日起施行。", "2026-03-09", "day"),
        ("下月1日起施行。", "2026-04-01", "day"),
        ("下周一起施行。", "2026-03-16", "day"),
        ("明年1月1日起施行。", "2027-01-01", "day"),
        ("从4月起施行。", "2026-04-01", "month"),
        ("自2027年起施行。", "2027-01-01", "year"),
        ("The fee takes effect next Monday.", "2026-03-16", "day"),
        ("The fee takes effect tomorrow.", "2026-03-10", "day"),
        ("The fee takes effect on Monday, 16 March.", "2026-03-16", "day"),
        ("The fee took effect last Friday.", "2026-03-06", "day"),
        ("The fee takes effect next month.", "2026-04-01", "month"),
        ("The fee takes effect in May 2026.", "2026-05-01", "month"),
        ("The fee is effective from 2027.", "2027-01-01", "year"),
    ],
)
def test_dates_are_seen_from_the_day_the_text_appeared(text: str, day: str, precision: str) -> None:
    (act,) = acts(text)

    assert (act.date.isoformat(), act.precision) == (day, precision)


@pytest.mark.parametrize(
    ("text", "published", "day"),
    [
        ("自1月1日起施行。", "2025-12-20", "2026-01-01"),
        ("12月28日，平台发布公告。", "2026-01-05", "2025-12-28"),
        ("新规将于1月1日起施行。", "2026-03-09", "2027-01-01"),
        ("新规自1月1日起施行，效果明显。", "2026-03-09", "2026-01-01"),
        ("The fee takes effect on 1 January.", "2025-12-20", "2026-01-01"),
        ("The fee will apply from 1 January under the new rules.", "2026-03-09", "2027-01-01"),
        ("The council published the rules on 28 December.", "2026-01-05", "2025-12-28"),
        ("Parliament passed the bill on Friday.", "2026-03-09", "2026-03-06"),
        ("On Friday the fare will rise under rules that apply from Friday.", "2026-03-09", "2026-03-13"),
    ],
)
def test_a_missing_year_or_week_is_the_one_that_is_meant(text: str, published: str, day: str) -> None:
    assert day in [one[0] for one in found(text, published)]


def test_a_year_written_out_holds_for_the_rest_of_its_sentence() -> None:
    text = "2024年12月3日，市政府发布公告，自12月20日起执行新标准。"

    assert [day for day, _ in found(text, "2026-03-09")] == ["2024-12-03", "2024-12-20"]


def test_a_year_written_out_does_not_reach_into_the_next_sentence() -> None:
    text = "2024年12月3日，市政府发布公告。如今，自3月15日起执行新标准。"

    assert [day for day, _ in found(text, "2026-03-09")] == ["2024-12-03", "2026-03-15"]


def test_without_a_day_of_its_own_a_text_gives_only_full_dates() -> None:
    assert found("自3月15日起施行。明日起施行。下周一起施行。", None) == []
    assert found("自2026年3月15日起施行。", None) == [("2026-03-15", "effective")]
    dated = "2024年12月3日，市政府发布公告。自3月15日起施行新标准。"
    assert found(dated, None) == [("2024-12-03", "announced")]


def test_the_day_begins_in_the_given_zone() -> None:
    late = int(datetime(2026, 3, 9, 17, tzinfo=UTC).timestamp() * 1000)
    text = Article(id="a", text="明日起施行。", published_at=late)

    assert find_acts(text, zone=ZoneInfo("UTC"))[0].date == date(2026, 3, 10)
    assert find_acts(text, zone=ZONE)[0].date == date(2026, 3, 11)


def test_no_such_day_is_no_date() -> None:
    assert found("自2026年2月30日起施行。") == []
    assert Almanac(date(2026, 3, 9)).full(2026, 13, 1) is None


# What is no act


@pytest.mark.parametrize(
    "text",
    [
        "截至3月底，贷款余额为12亿元。",
        "据统计，3月1日至8日共收到投诉300件。",
        "本报栗州3月9日电 记者方程报道。",
        "林素1987年5月21日出生，2011年起在平台工作。",
        "栗州马拉松将于3月18日鸣枪。",
        "网友“北窗”说：“我3月15日起就不用了。”",
        "3月8日，集团发布年度业绩报告，收费收入增长。",
        "优惠活动3月15日结束，电话400-315-0316。",
        "预计3月20日起将收取费用。",
        "1998年5月1日起，这里禁止车辆通行。",
        "原定3月15日实施。",
        "As of 1 March the company had 2 million accounts.",
        "Born on 3 June 1979, she joined the council in May 2019.",
        '"I stopped paying the fee on March 15," one user wrote.',
        "Port Hale, March 8 (Hale News) - The fare rules drew a crowd.",
        "The concert is on 18 March and tickets cost 20.",
        "Analysts expect the fee to take effect on 1 April.",
        "The rule, which was to begin on 1 April, drew protests.",
        "The band announced on Friday that they will play at the old mill.",
        "The museum will close on 20 March for repairs.",
        "I applied for the benefit on 2 March and have heard nothing.",
        "该校将于3月15日开学，学生须提前返校。",
        "双方将于3月20日签署战略合作协议。",
        "配送工作将于3月24日开始,许可办理于3月19日前完成。",
        "Call 0800 315 0316 on Monday.",
    ],
)
def test_other_dates_are_left_alone(text: str) -> None:
    assert found(text) == []


@pytest.mark.parametrize(
    "text", ["", "。", "3月9日", "2026-03-09", "施行", "on", "\n\n", "هذا نص", "これは日本語のテキストです。"]
)
def test_texts_without_an_act_give_nothing(text: str) -> None:
    assert found(text) == []


# What an act carries


def test_the_sentence_stands_in_the_text_and_the_actor_before_the_verb() -> None:
    text = "平台动作不断。\n  洛桐金融监管局3月8日约谈了云梧支付！有人叫好。"
    (act,) = find_acts(article(text, url="https://example.com/1"), zone=ZONE)

    assert act.sentence == "洛桐金融监管局3月8日约谈了云梧支付！"
    assert (act.who, act.url, act.article_id) == ("洛桐金融监管局", "https://example.com/1", "a1")


@pytest.mark.parametrize(
    ("text", "who"),
    [
        ("公交公司昨天发了通知，票价自4月1日起上调。", ["公交公司", "公交公司"]),
        ("修改过的办法会从2026年5月1日起施行。", [""]),
        ("修改过的办法会在3月20日公布。", [""]),
        ("根据市政府通知，本办法自4月1日起施行。", [""]),
        ("海港市交通局自4月1日起调整公交票价。", ["海港市交通局"]),
        ("海港市交通局宣布，自4月1日起调整公交票价。", ["海港市交通局"]),
        ("自4月1日起，海港市交通局将上调公交票价。", ["海港市交通局"]),
        ("海港市交通局3月8日发布公告，自4月1日起调整公交票价。", ["海港市交通局", "海港市交通局"]),
        ("发改委3月8日发布公告，调整油价。", ["发改委"]),
        ("自4月1日起，停车收费标准上调。", [""]),
    ],
)
def test_a_chinese_actor_is_a_name_and_what_takes_effect_has_its_maker(text: str, who: list[str]) -> None:
    assert [act.who for act in acts(text)] == who


def test_an_english_actor_is_the_name_before_the_verb() -> None:
    (act,) = acts("On reflection, Hale Water announced a new tariff on 6 March.")

    assert act.who == "Hale Water"


def test_a_decimal_or_an_abbreviation_ends_no_sentence() -> None:
    (act,) = acts("Under St. Mary's rules the fee of 9.99 a month takes effect on Apr. 1, the U.S. agency said.")

    assert act.sentence.startswith("Under St. Mary's")
    assert act.sentence.endswith("agency said.")
    assert act.date == date(2026, 4, 1)


def test_a_long_title_keeps_what_leads_to_the_date() -> None:
    text = f"The {'very ' * 20}new parking charges will take effect on 1 April 2026."
    (act,) = acts(text)

    assert len(act.title) <= LONGEST_TITLE
    assert act.title.startswith("…")
    assert act.title.endswith("take effect on 1 April 2026")


WORDS = (
    "3月9日|下月1日|自|起|施行|，|。|云梧支付|发布公告|征求意见|至|“|”|\n| |on |from |16 March |next Monday |the fee "
)
MORE = "will |takes effect |consultation |. |The "
PIECES = st.lists(st.sampled_from(f"{WORDS}|{MORE}".split("|")), max_size=30).map("".join)


@given(PIECES)
def test_every_act_is_word_for_word_and_short(text: str) -> None:
    for act in acts(text):
        assert act.sentence in text
        assert act.sentence == act.sentence.strip()
        assert 0 < len(act.title) <= LONGEST_TITLE


@pytest.mark.parametrize(
    "text",
    [
        ("Will ban charges announced withdrew said 3 March 2026, " * 17 + ". ") * 21,
        ("将于3月9日约谈" * 110 + "。") * 20,
        ("On 3 March " * 90 + ". ") * 20,
        "已经定计划确定" * 3_000,
    ],
)
def test_a_hostile_text_takes_no_long_time(within: Any, text: str) -> None:
    with within(3):
        acts(text[:20_000])


# How well


def test_precision_and_recall_on_the_passages_do_not_fall() -> None:
    rows = [json.loads(line) for line in PASSAGES.read_text(encoding="utf-8").splitlines()]
    hits = wrong = missed = 0
    for row in rows:
        labels = [(one["date"], one["precision"], one["kind"]) for one in row["acts"]]
        for act in find_acts(article(row["text"], row["published"], lang=row["lang"]), zone=ZONE):
            key = (act.date.isoformat(), act.precision, act.kind)
            if key in labels:
                labels.remove(key)
                hits += 1
            else:
                wrong += 1
        missed += len(labels)

    assert len(rows) >= 60
    assert sum(not row["acts"] for row in rows) >= 25
    assert hits / (hits + wrong) >= 0.95
    assert hits / (hits + missed) >= 0.9
