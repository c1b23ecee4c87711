"""Times are read as UTC milliseconds with their precision, whatever their form, and nothing makes the reader raise."""

from __future__ import annotations

import locale
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scrapers.times import Moment, date_order, is_future, parse_time

SHANGHAI = ZoneInfo("Asia/Shanghai")
LONDON = ZoneInfo("Europe/London")
NOON = datetime(2024, 3, 5, 12, 0, tzinfo=SHANGHAI)


def read(raw: str | float, zone: ZoneInfo = SHANGHAI, **settings: bool) -> tuple[str, str] | None:
    moment = parse_time(raw, zone=zone, reference=NOON, **settings)
    if moment is None:
        return None
    when = datetime.fromtimestamp(moment.ms / 1000, zone).replace(tzinfo=None)
    return when.isoformat(" "), moment.precision


@pytest.mark.parametrize(
    ("raw", "local", "precision"),
    [
        ("2024-02-21", "2024-02-21 00:00:00", "day"),
        ("2024-02", "2024-02-01 00:00:00", "month"),
        ("2016", "2016-01-01 00:00:00", "year"),
        (2016, "2016-01-01 00:00:00", "year"),
        ("20240221", "2024-02-21 00:00:00", "day"),
        ("20240221100506", "2024-02-21 10:05:06", "second"),
        ("2024-02-21T10", "2024-02-21 10:00:00", "hour"),
        ("2024-02-21 10:05", "2024-02-21 10:05:00", "minute"),
        ("2024-02-21T02:05:06Z", "2024-02-21 10:05:06", "second"),
        ("2024-02-21T02:05+00:00", "2024-02-21 10:05:00", "minute"),
        ("2024-02-21 10:05:06.500", "2024-02-21 10:05:06.500000", "second"),
        ("2024-02-21 24:00", "2024-02-22 00:00:00", "minute"),
        (1708481106, "2024-02-21 10:05:06", "second"),
        ("1708481106", "2024-02-21 10:05:06", "second"),
        (1708481106000, "2024-02-21 10:05:06", "second"),
        (1708481106.5, "2024-02-21 10:05:06", "second"),
        ("1708481106000000", "2024-02-21 10:05:06", "second"),
        (45343.5, "2024-02-21 12:00:00", "second"),
    ],
)
def test_iso_and_epochs(raw: str | float, local: str, precision: str) -> None:
    found = read(raw)
    assert found is not None
    assert (found[0].removesuffix(".500000"), found[1]) == (local.removesuffix(".500000"), precision)


@pytest.mark.parametrize(
    ("raw", "local", "precision"),
    [
        ("2024年2月21日 10:05", "2024-02-21 10:05:00", "minute"),
        ("2024年02月21日10时05分06秒", "2024-02-21 10:05:06", "second"),
        ("2024年2月21日 星期三 下午3点", "2024-02-21 15:00:00", "hour"),
        ("2024年2月21日 晚上12:05", "2024-02-22 00:05:00", "minute"),
        ("２０２４年２月２１日　下午３：０５", "2024-02-21 15:05:00", "minute"),
        ("2024年2月", "2024-02-01 00:00:00", "month"),
        ("2024年", "2024-01-01 00:00:00", "year"),
        ("2月21日 10:05", "2024-02-21 10:05:00", "minute"),
        ("12月21日", "2023-12-21 00:00:00", "day"),
        ("02-21 10:05", "2024-02-21 10:05:00", "minute"),
        ("24-2-21 10:05", "2024-02-21 10:05:00", "minute"),
        ("2024/2/21 10:05", "2024-02-21 10:05:00", "minute"),
        ("2024.2.21", "2024-02-21 00:00:00", "day"),
        ("昨天 10:05", "2024-03-04 10:05:00", "minute"),
        ("前天", "2024-03-03 00:00:00", "day"),
        ("今天 12:03 来自 某手机客户端", "2024-03-05 12:03:00", "minute"),
        ("3小时前", "2024-03-05 09:00:00", "hour"),
        ("5分钟前", "2024-03-05 11:55:00", "minute"),
        ("半小时前", "2024-03-05 11:30:00", "hour"),
        ("2天前", "2024-03-03 00:00:00", "day"),
        ("3个月前", "2023-12-01 00:00:00", "month"),
        ("刚刚", "2024-03-05 12:00:00", "minute"),
        ("发布于 2020-08-12 10:05", "2020-08-12 10:05:00", "minute"),
    ],
)
def test_chinese_forms(raw: str, local: str, precision: str) -> None:
    assert read(raw) == (local, precision)


@pytest.mark.parametrize(
    ("raw", "local", "precision"),
    [
        ("Sat, 16 Nov 2024 22:38:31 +0800", "2024-11-16 22:38:31", "second"),
        ("Sat, 16 Nov 2024 14:38:31 GMT", "2024-11-16 22:38:31", "second"),
        ("Sat Nov 16 22:38:31 +0800 2024", "2024-11-16 22:38:31", "second"),
        ("Wed Jul 31 18:58:59 PDT 2019", "2019-08-01 09:58:59", "second"),
        ("Nov 16, 2024 10:05 PM", "2024-11-16 22:05:00", "minute"),
        ("16 November 2024", "2024-11-16 00:00:00", "day"),
        ("Nov 2024", "2024-11-01 00:00:00", "month"),
        ("3 hours ago", "2024-03-05 09:00:00", "hour"),
        ("yesterday at 9:30 am", "2024-03-04 09:30:00", "minute"),
        ("2024-02-21 10:05 CST", "2024-02-21 10:05:00", "minute"),
        ("2024-02-21 10:05:06 UTC+8", "2024-02-21 10:05:06", "second"),
    ],
)
def test_english_forms(raw: str, local: str, precision: str) -> None:
    assert read(raw) == (local, precision)


@pytest.mark.parametrize(
    "raw", ["", "赞", "abc", "2024-13-45", "25:99", "0", 0, -5, True, float("nan"), float("inf"), "9" * 99]
)
def test_what_names_no_time_is_unknown(raw: str | float) -> None:
    assert read(raw) is None


def test_slashes_are_unknown_until_their_order_is_known() -> None:
    assert read("2/3/2024") is None
    assert read("2/3/2024", day_first=True) == ("2024-03-02 00:00:00", "day")
    assert read("2/3/2024", day_first=False) == ("2024-02-03 00:00:00", "day")
    assert read("21/3/2024") == ("2024-03-21 00:00:00", "day")
    assert read("3/3/2024") == ("2024-03-03 00:00:00", "day")
    assert date_order(["1/2/2024", "13/2/2024"]) is True
    assert date_order(["1/2/2024", "1/13/2024"]) is False
    assert date_order(["13/2/2024", "1/13/2024"]) is None
    assert date_order(["2024-01-02"]) is None


@pytest.mark.parametrize("raw", ["昨天 10:05", "3小时前", "刚刚", "2月21日", "10:05"])
def test_relative_forms_need_a_reference(raw: str) -> None:
    assert parse_time(raw, zone=SHANGHAI, reference=None) is None


def test_an_hour_that_never_was_moves_forward() -> None:
    skipped = parse_time("2024-03-31 01:30", zone=LONDON)
    assert skipped == parse_time("2024-03-31T01:30Z", zone=LONDON)
    assert skipped == parse_time("31/3/2024 01:30", zone=LONDON)


def test_an_hour_that_came_twice_is_the_first() -> None:
    assert parse_time("2024-10-27 01:30", zone=LONDON) == parse_time("2024-10-27T00:30Z", zone=LONDON)


def test_today_is_the_studys_day_not_the_machines() -> None:
    late = datetime(2024, 3, 5, 23, 0, tzinfo=UTC)  # the 6th in Shanghai
    assert parse_time("今天 07:00", zone=SHANGHAI, reference=late) == parse_time("2024-03-06 07:00", zone=SHANGHAI)


def test_a_day_of_last_year_is_not_taken_for_one_to_come() -> None:
    new_year = datetime(2024, 1, 2, 9, 0, tzinfo=SHANGHAI)
    assert parse_time("12-31 10:00", zone=SHANGHAI, reference=new_year) == parse_time("2023-12-31 10:00", zone=SHANGHAI)


def test_more_than_a_day_ahead_is_the_future() -> None:
    at = NOON.timestamp() * 1000
    assert not is_future(Moment(int(at) + 86_400_000, "second"), NOON)
    assert is_future(Moment(int(at) + 86_400_001, "second"), NOON)


def test_month_names_do_not_depend_on_the_locale() -> None:
    before = locale.setlocale(locale.LC_TIME)
    for name in ("zh_CN.UTF-8", "de_DE.UTF-8", "C"):
        try:
            locale.setlocale(locale.LC_TIME, name)
        except locale.Error:
            continue
        assert read("Sat Nov 16 22:38:31 +0800 2024") == ("2024-11-16 22:38:31", "second")
    locale.setlocale(locale.LC_TIME, before)


SIGNS = "-/.:TZ年月日前半０"
WORDS = ["2024", "24", "2", "31", "99", "0000", "+08:00", "-99:99", "1e5", "Nov", "Sat", "PDT", "ago", "am"]
CHINESE_WORDS = ["下午", "晚上", "昨天", "小时", "分钟", "来自"]
PIECES = st.sampled_from([*SIGNS, *WORDS, *CHINESE_WORDS])


@settings(deadline=None)  # a busy machine is no fault
@given(
    st.one_of(
        st.text(max_size=150), st.lists(PIECES, max_size=9).map("".join), st.lists(PIECES, max_size=9).map(" ".join)
    )
)
def test_no_text_raises(raw: str) -> None:
    assert parse_time(raw, zone=LONDON, reference=NOON) is None or raw.strip()


@settings(deadline=None)  # a busy machine is no fault
@given(st.one_of(st.integers(), st.floats()))
def test_no_number_raises(raw: float) -> None:
    parse_time(raw, zone=LONDON, reference=NOON)


@settings(deadline=None)  # a busy machine is no fault
@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.just(LONDON)))  # noqa: DTZ001
def test_what_iso_writes_is_read_back(when: datetime) -> None:
    whole = when.replace(microsecond=0)
    moment = parse_time(whole.isoformat(), zone=SHANGHAI)
    assert moment == Moment(int(whole.timestamp()) * 1000, "second")
