"""The demo's data: a case that is large, varied, dated and labelled as it says, and names nothing real."""

from __future__ import annotations

import csv
import json
import re
import tomllib
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from minyi.demo import DATA, LABELS
from minyi.demo.labelled import QUOTES, SECOND_LABELS
from minyi.demo.server import PAGES

BURST_ACCOUNTS = 40
STRETCH = 12
HAN = re.compile(r"[\u3400-\u9fff]")
REAL_NAMES = re.compile(
    "支付宝|花呗|借呗|芝麻信用|微信|微粒贷|京东|美团|淘宝|拼多多|抖音|微博(?!客)|知乎|豆瓣|哔哩|小红书|快手|贴吧|"
    "腾讯|阿里|百度|华为|滴滴|携程|银联|央行|人民银行|银保监|白条|度小满|招商|"
    "Alipay|WeChat|Huabei|Jiebei|Sesame|Tencent|Alibaba|Baidu|PayPal|Klarna|Weibo|Zhihu|Bilibili|Douyin",
    re.IGNORECASE,
)
CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "comments.jsonl"


def read_comments() -> list[dict[str, Any]]:
    lines = (DATA / "comments.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def read_labels(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def copied_wording(comments: list[dict[str, Any]]) -> str:
    return Counter(comment["text"] for comment in comments).most_common(1)[0][0]


@pytest.fixture(scope="module")
def comments() -> list[dict[str, Any]]:
    return read_comments()


@pytest.fixture(scope="module")
def burst(comments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    wording = copied_wording(comments)
    return [comment for comment in comments if comment["text"] == wording]


@pytest.fixture(scope="module")
def own_texts(comments: list[dict[str, Any]]) -> list[str]:
    wording = copied_wording(comments)
    return [comment["text"] for comment in comments if comment["text"] != wording]


@pytest.fixture(scope="module")
def labels() -> list[dict[str, str]]:
    return read_labels(LABELS)


@pytest.fixture(scope="module")
def second_labels() -> list[dict[str, str]]:
    return read_labels(SECOND_LABELS)


@pytest.fixture(scope="module", params=[LABELS, SECOND_LABELS, QUOTES], ids=lambda path: path.stem)
def any_labels(request: pytest.FixtureRequest) -> list[dict[str, str]]:
    return read_labels(request.param)


@pytest.fixture(scope="module")
def study() -> dict[str, Any]:
    return tomllib.loads((DATA / "study.toml").read_text(encoding="utf-8"))


def days(comments: list[dict[str, Any]]) -> Counter[date]:
    return Counter(date.fromisoformat(comment["time"][:10]) for comment in comments if comment["time"])


# How much there is


def test_there_are_at_least_640_comments_with_unique_ids(comments: list[dict[str, Any]]) -> None:
    assert len(comments) >= 640
    assert len({comment["id"] for comment in comments}) == len(comments)


def test_every_platform_is_named_in_both_languages_and_well_filled(
    comments: list[dict[str, Any]], study: dict[str, Any]
) -> None:
    filled = Counter(comment["platform"] for comment in comments)
    assert set(filled) == set(study["platforms"])
    assert min(filled.values()) >= 40
    assert all(name["zh"] and name["en"] for name in study["platforms"].values())


def test_some_authors_come_back_and_most_speak_once(comments: list[dict[str, Any]]) -> None:
    times = Counter(comment["author"] for comment in comments)
    returning = [author for author, count in times.items() if count > 1]
    assert 12 <= len(returning) < len(times) / 4
    assert max(times.values()) >= 5


def test_likes_are_heavy_tailed_and_sometimes_unknown(comments: list[dict[str, Any]]) -> None:
    known = sorted(comment["likes"] for comment in comments if comment["likes"] is not None)
    assert known[0] == 0
    assert known[-1] > 100 * max(known[len(known) // 2], 1)
    assert 0.03 < 1 - len(known) / len(comments) < 0.2


def test_replies_come_after_what_they_answer_on_the_same_platform(comments: list[dict[str, Any]]) -> None:
    by_id = {comment["id"]: comment for comment in comments}
    replies = [comment for comment in comments if comment.get("parent")]
    assert len(replies) >= 20
    for reply in replies:
        parent = by_id[reply["parent"]]
        assert parent["time"] < reply["time"]
        assert parent["platform"] == reply["platform"]


# When it was said


def test_times_carry_their_offset_and_lie_inside_the_window(
    comments: list[dict[str, Any]], study: dict[str, Any]
) -> None:
    for comment in comments:
        if comment["time"] and "T" in comment["time"]:
            assert datetime.fromisoformat(comment["time"]).utcoffset() == timedelta(hours=8)
    spoken = days(comments)
    assert study["study"]["start"] == min(spoken)
    assert study["study"]["end"] == max(spoken)


def test_a_few_times_are_only_days_and_two_are_missing(comments: list[dict[str, Any]]) -> None:
    assert 5 <= sum(comment["time"] is not None and "T" not in comment["time"] for comment in comments) <= 15
    assert sum(comment["time"] is None for comment in comments) == 2


def test_the_declared_gap_and_no_other_day_is_empty(comments: list[dict[str, Any]], study: dict[str, Any]) -> None:
    spoken = days(comments)
    window = study["study"]
    every_day = {window["start"] + timedelta(n) for n in range((window["end"] - window["start"]).days + 1)}
    (gap,) = study["gaps"]
    assert every_day - set(spoken) == {gap["start"], gap["end"]}


def test_people_sleep(comments: list[dict[str, Any]]) -> None:
    hours = Counter(int(comment["time"][11:13]) for comment in comments if comment["time"] and "T" in comment["time"])
    assert sum(hours[hour] for hour in range(2, 6)) < 0.05 * hours.total()
    assert sum(hours[hour] for hour in range(19, 23)) > 0.2 * hours.total()


# What was said


def test_texts_outside_the_burst_differ(own_texts: list[str]) -> None:
    assert len(set(own_texts)) >= 0.95 * len(own_texts)


def test_no_stretch_of_twelve_characters_recurs_in_more_than_two_percent(own_texts: list[str]) -> None:
    holders: defaultdict[str, int] = defaultdict(int)
    for text in own_texts:
        for stretch in {text[i : i + STRETCH] for i in range(len(text) - STRETCH + 1)}:
            holders[stretch] += 1
    assert max(holders.values()) <= 0.02 * len(own_texts)


def test_short_and_long_stand_side_by_side(own_texts: list[str]) -> None:
    lengths = sorted(map(len, own_texts))
    assert lengths[len(lengths) // 10] <= 15
    assert lengths[-10] >= 100


def test_about_one_comment_in_eleven_is_english_and_some_are_traditional(own_texts: list[str]) -> None:
    english = sum(not HAN.search(text) and bool(re.search(r"[A-Za-z]{3}", text)) for text in own_texts)
    traditional = sum(bool(re.search(r"[這個們麼還會說過開關額]", text)) for text in own_texts)
    assert 0.07 <= english / len(own_texts) <= 0.11
    assert 8 <= traditional <= 30


def test_emoji_and_platform_codes_occur(own_texts: list[str]) -> None:
    assert sum(bool(re.search(r"\[[\u4e00-\u9fffa-z]{1,5}\]", text)) for text in own_texts) >= 10
    assert sum(bool(re.search(r"[\U0001F300-\U0001FAFF]", text)) for text in own_texts) >= 15


def test_one_wording_was_copied_by_about_forty_accounts_within_two_days(burst: list[dict[str, Any]]) -> None:
    assert 43 <= len(burst) <= 47
    assert len({copy["author"] for copy in burst}) == BURST_ACCOUNTS
    assert len(days(burst)) == 2


def test_nothing_real_is_named() -> None:
    for path in (DATA / name for name in ("study.toml", "article.zh.html", "article.en.html", "comments.jsonl")):
        assert REAL_NAMES.findall(path.read_text(encoding="utf-8")) == [], path.name


def test_addresses_use_reserved_names_only() -> None:
    for path in (DATA / name for name in ("study.toml", "article.zh.html", "article.en.html", "comments.jsonl")):
        hosts = set(re.findall(r"https?://([^/\s\"]+)", path.read_text(encoding="utf-8")))
        assert hosts <= {"example.com", "127.0.0.1:{port}"}, path.name


@pytest.mark.shared
def test_no_sentence_comes_from_the_written_corpus(own_texts: list[str]) -> None:
    """The case is one of its own: no ten Han characters in a row are shared with the corpus."""
    if not CORPUS.exists():
        pytest.skip(f"{CORPUS} is not here")
    lines = CORPUS.read_text(encoding="utf-8").splitlines()
    run = re.compile(r"(?=([\u4e00-\u9fff]{10}))")
    corpus = {match for line in lines for match in run.findall(json.loads(line)["text"])}
    assert [text for text in own_texts if corpus.intersection(run.findall(text))] == []


# How it was judged


def test_every_comment_has_one_label_of_each_coder_and_no_label_is_loose(
    comments: list[dict[str, Any]], labels: list[dict[str, str]], second_labels: list[dict[str, str]]
) -> None:
    for given in (labels, second_labels):
        assert [label["id"] for label in given] == [comment["id"] for comment in comments]
        assert list(given[0]) == ["id", "primary", "support", "concern", "suggestion", "unsure"]


def test_the_primary_stance_is_one_that_is_coded(any_labels: list[dict[str, str]]) -> None:
    for label in any_labels:
        coded = {stance for stance in ("support", "concern", "suggestion") if label[stance] == "1"}
        assert label["primary"] in (coded or {"neutral"}), label
        assert {label[code] for code in ("support", "concern", "suggestion", "unsure")} <= {"0", "1"}


def test_copies_of_one_wording_carry_one_label(
    burst: list[dict[str, Any]], labels: list[dict[str, str]], second_labels: list[dict[str, str]]
) -> None:
    ids = {copy["id"] for copy in burst}
    for given in (labels, second_labels):
        assert len({tuple(label.values())[1:] for label in given if label["id"] in ids}) == 1


def test_the_two_coders_agree_as_often_as_the_readme_says(
    burst: list[dict[str, Any]], labels: list[dict[str, str]], second_labels: list[dict[str, str]]
) -> None:
    copies = {copy["id"] for copy in burst}
    pairs = [pair for pair in zip(labels, second_labels, strict=True) if pair[0]["id"] not in copies]
    same = sum(first["primary"] == second["primary"] for first, second in pairs)
    said = (DATA / "README.md").read_text(encoding="utf-8")
    assert f"Of {len(pairs)} different comments both coders named the same primary stance for {same} (" in said


def test_stances_move_with_the_events(comments: list[dict[str, Any]], labels: list[dict[str, str]]) -> None:
    """Concern rises when the closing takes effect, suggestions when opinions are asked for."""
    wording = copied_wording(comments)
    primary = {label["id"]: label["primary"] for label in labels}

    def share(stance: str, first: str, last: str) -> float:
        heard = [c for c in comments if c["time"] and first <= c["time"][:10] <= last and c["text"] != wording]
        return sum(primary[c["id"]] == stance for c in heard) / len(heard)

    assert share("concern", "2026-03-16", "2026-03-19") > share("concern", "2026-03-02", "2026-03-08") + 0.1
    assert share("suggestion", "2026-04-02", "2026-04-08") > share("suggestion", "2026-03-16", "2026-04-01") + 0.15


# The pages


def test_every_served_file_ships() -> None:
    assert all((DATA / name).is_file() for name, _ in PAGES.values())


def test_the_chinese_page_quotes_netizens_on_all_sides() -> None:
    page = (DATA / "article.zh.html").read_text(encoding="utf-8")
    assert page.count("“") >= 9
    for clause in ("表示支持", "表示担忧", "提出建议", "直言", "关不关都无所谓", "发言人", "《云梧先享服务调整说明》"):
        assert clause in page, clause


def test_the_study_says_that_it_is_fictional(study: dict[str, Any]) -> None:
    assert study["study"]["illustrative"] is True
    assert len(study["events"]) >= 5
    dates = [event["date"] for event in study["events"]]
    assert dates == sorted(dates)
