"""A study file says what it means, and what is wrong in it is said by key and line."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pytest
from pydantic import ValidationError

from minyi.beginning import begin_study
from minyi.study_checks import coder_not_ready
from minyi.study_file import load_study
from minyi.study_problems import StudyFileError, problems_of
from scrapers.sites import kinds, options_model
from storage.errors import MinyiError

if TYPE_CHECKING:
    from pathlib import Path

GOOD = """\
[study]
id = "fees"
start = 2026-03-01
end = 2026-04-30

[change]
name = { zh = "收费", en = "Fees" }
statement = "平台对提现收取手续费"
words = { zh = ["手续费"], en = ["fee"] }

[[events]]
date = 2026-03-20
kind = "effective"
title = "开始收费"

[[events]]
date = "2026-03"
kind = "announced"
title = { zh = "公告", en = "Notice" }
url = "https://example.com/notice"
"""


def write(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "study.toml"
    path.write_bytes(text.encode(encoding))
    return path


def problems(folder: Path, text: str) -> dict[str, tuple[int | None, str]]:
    """Every error found in a file, by key: its line, and its message with the remedy."""
    with pytest.raises(StudyFileError) as caught:
        load_study(write(folder, text))
    return {problem.key: (problem.line, f"{problem.message}; {problem.remedy}") for problem in caught.value.problems}


def test_a_good_file_becomes_a_study(tmp_path: Path) -> None:
    study = load_study(write(tmp_path, GOOD)).study

    assert (study.id, study.start, study.end) == ("fees", date(2026, 3, 1), date(2026, 4, 30))
    assert study.change.name.in_language("en") == "Fees"
    assert study.change.words == ("手续费", "fee")


def test_a_plain_string_is_a_wording_in_the_language_of_its_script(tmp_path: Path) -> None:
    change = load_study(write(tmp_path, GOOD)).study.change

    assert (change.statement.zh, change.statement.en) == ("平台对提现收取手续费", "")


def test_events_stand_in_order_of_date_and_a_month_alone_is_its_own_precision(tmp_path: Path) -> None:
    first, second = load_study(write(tmp_path, GOOD)).study.events

    assert (first.id, first.date, first.precision) == ("E1", date(2026, 3, 1), "month")
    assert (second.id, second.date, second.precision) == ("E2", date(2026, 3, 20), "day")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_notepad_files_are_read(tmp_path: Path, encoding: str) -> None:
    path = write(tmp_path, GOOD.replace("\n", "\r\n"), encoding)

    assert load_study(path).study.change.name.zh == "收费"


def test_another_encoding_says_how_to_save_it(tmp_path: Path) -> None:
    path = write(tmp_path, GOOD, "gb18030")

    with pytest.raises(StudyFileError, match="UTF-8"):
        load_study(path)


@pytest.mark.parametrize(
    ("old", "new", "key", "line", "said"),
    [
        ('id = "fees"', 'idd = "fees"', "study.idd", 2, "did you mean id?"),
        ('id = "fees"', "", "study.id", 1, "is missing"),
        ('id = "fees"', 'id = "Fees 2026"', "study.id", 2, "small letters"),
        ("start = 2026-03-01", 'start = "March"', "study.start", 3, "write a date as 2026-03-09"),
        ("end = 2026-04-30", "end = 2026-01-01", "study", 1, "swap them"),
        ("end = 2026-04-30", "end = 9999-12-31", "study.end", 4, "write a year from 1900"),
        ("end = 2026-04-30", 'end = "0000"', "study.end", 4, "write a date as 2026-03-09"),
        ("end = 2026-04-30", "end = 20260430", "study.end", 4, "write a date as 2026-03-09"),
        ('id = "fees"', 'id = "fees"\ntime_zone = "Mars/Base"', "study.time_zone", 3, "IANA"),
        ('kind = "effective"', 'kind = "efective"', "events[1].kind", 13, 'did you mean "effective"?'),
        ('title = "开始收费"', "", "events[1].title", 11, "is missing"),
        ('url = "https://example.com/notice"', 'url = "javascript:x"', "events[2].url", 20, "https://"),
        ('[[events]]\ndate = "2026-03"', '[[event]]\ndate = "2026-03"', "event", 16, "did you mean events?"),
        ('words = { zh = ["手续费"]', 'words = { zh = "手续费"', "change.words.zh", 9, "write ["),
        ('name = { zh = "收费", en = "Fees" }', 'name = { zn = "收费" }', "change.name.zn", 7, "did you mean zh?"),
        ('id = "fees"', 'id = "fees"\ncoder = "embeded"', "study.coder", 3, 'did you mean "embedded"?'),
        ("[change]", "[coder]\nshare = 0.1\n\n[change]", "coder.share", 7, "leave it out"),
    ],
)
def test_what_is_wrong_is_said_by_key_and_line(
    tmp_path: Path, old: str, new: str, key: str, line: int, said: str
) -> None:
    found = problems(tmp_path, GOOD.replace(old, new))

    assert key in found
    assert found[key][0] == line
    assert said in found[key][1]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"fees"', "“fees”", "straight double quotes"),
        ('id = "fees"', 'id ＝ "fees"', "equals sign"),
        ('id = "fees"', "id = fees", "between double quotes"),
    ],
)
def test_the_usual_slips_of_a_keyboard_are_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    line, message = problems(tmp_path, GOOD.replace(old, new))[""]

    assert line == 2
    assert said in message


@pytest.mark.parametrize("text", ["a = " + "[" * 20_000, "id = " + "9" * 5_000])
def test_what_no_reader_can_take_is_a_problem_of_the_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(StudyFileError, match="not readable as TOML"):
        load_study(write(tmp_path, text))


def test_every_problem_is_said_at_once(tmp_path: Path) -> None:
    text = GOOD.replace('id = "fees"', "id = 3").replace('kind = "announced"', 'kind = "x"').replace("words", "wrods")

    assert set(problems(tmp_path, text)) == {"study.id", "events[2].kind", "change.wrods"}


def test_sources_are_checked_by_their_collector(tmp_path: Path) -> None:
    text = (
        GOOD + '\n[[sources]]\nname = "a"\nkind = "file"\n\n[[sources]]\nname = "a"\nkind = "files"\npaht = "x.csv"\n'
    )

    found = problems(tmp_path, text)

    assert 'did you mean "files"?' in found["sources[1].kind"][1]
    assert "more than one source" in found["sources[2].name"][1]
    assert found["sources[2].paht"] == (29, "unknown key; did you mean path?")


@pytest.mark.parametrize(
    ("options", "key", "said"),
    [
        ('kind = "files"\npath = "../c.csv"', "sources[1].path", "leads out"),
        ('kind = "files"\npath = "/proc/self/environ"', "sources[1].path", "leads out"),
        ('kind = "files"\npath = "c.csv"\ncolumns = { txt = "内容" }', "sources[1].columns", "did you mean text?"),
        ('kind = "files"\nurl = "ftp://x/y"', "sources[1].url", "no web address"),
        ('kind = "article"\nurls = ["page.html"]', "sources[1].urls", "starts with https://"),
        ('kind = "article"\nurl = "ftp://x/y"', "sources[1].url", "starts with https://"),
    ],
)
def test_what_collecting_would_refuse_is_said_before(tmp_path: Path, options: str, key: str, said: str) -> None:
    assert said in problems(tmp_path, GOOD + f'\n[[sources]]\nname = "a"\n{options}\n')[key][1]


def test_an_unknown_database_is_named(tmp_path: Path) -> None:
    assert "postgresql://" in problems(tmp_path, GOOD + '\n[storage]\nurl = "mysql://x"\n')["storage.url"][1]


def test_the_templates_own_words_are_a_warning(tmp_path: Path) -> None:
    loaded = load_study(begin_study(tmp_path / "new"))

    assert "change.statement" in {problem.key for problem in loaded.warnings}


def test_a_gap_names_a_source_that_exists(tmp_path: Path) -> None:
    text = GOOD + '\n[[gaps]]\nstart = 2026-03-02\nend = 2026-03-03\nsource = "weibo"\n'

    assert "no source" in problems(tmp_path, text)["gaps[1].source"][1]


def test_what_is_allowed_but_hardly_meant_is_a_warning(tmp_path: Path) -> None:
    text = GOOD.replace("date = 2026-03-20", "date = 2031-03-20").replace(', en = "Fees"', "")

    warnings = {problem.key: problem.message for problem in load_study(write(tmp_path, text)).warnings}

    assert "outside" in warnings["events[1].date"]
    assert "no en wording" in warnings["change.name"]


def test_what_a_label_of_a_model_may_mean_is_said_in_one_sentence(tmp_path: Path) -> None:
    text = GOOD.replace('id = "fees"', 'id = "fees"\ncoder = "hf:./m"') + '\n[coder]\nlabels = { A = "suport" }\n'

    found = problems(tmp_path, text)

    assert list(found) == ["coder.labels.A"]
    assert "support, concern, suggestion, neutral, none" in found["coder.labels.A"][1]


def test_words_that_cannot_be_read_are_a_warning(tmp_path: Path) -> None:
    (tmp_path / "words.txt").write_bytes("琉璃贷".encode("gbk"))
    remedies = {problem.key: problem.remedy for problem in load_study(write(tmp_path, GOOD)).warnings}
    assert "UTF-8" in remedies["words.txt"]


@pytest.mark.parametrize(
    ("coder", "options", "remedy"),
    [
        ("study", "", "run `minyi adapt`"),
        ("cascade:study", "", "run `minyi adapt`"),
        ("cascade:study", '[coder.heavy]\nmodel = "other.npz"\n', "run `minyi adapt`"),
        ("hf:./folder", "", "it counts from the study's folder"),
        ("cascade:hf:../folder", "", "it counts from the study's folder"),
    ],
)
def test_a_coder_that_is_not_there_yet_is_a_warning(tmp_path: Path, coder: str, options: str, remedy: str) -> None:
    text = GOOD.replace('id = "fees"', f'id = "fees"\ncoder = "{coder}"') + options
    loaded = load_study(write(tmp_path, text))
    problem = coder_not_ready(loaded.study, loaded.text, tmp_path)
    assert problem is not None
    assert (problem.key, problem.line, problem.level) == ("study.coder", 3, "warning")
    assert str(tmp_path) in problem.message
    assert remedy in problem.remedy


def test_a_coder_that_is_there_is_no_problem(tmp_path: Path) -> None:
    assert coder_not_ready(load_study(write(tmp_path, GOOD)).study, GOOD, tmp_path) is None


def test_options_of_the_heavy_coder_are_found_on_their_own_line(tmp_path: Path) -> None:
    text = GOOD.replace('id = "fees"', 'id = "fees"\ncoder = "cascade:llm:m"') + (
        '\n[coder]\nshare = 0.1\n\n[coder.heavy]\nendpoint = "http://localhost/v1"\ntimeout = 3\n'
    )
    found = problems(tmp_path, text)
    assert {key: line for key, (line, _) in found.items()} == {"coder.heavy.budget": 26, "coder.heavy.timeout": 28}
    assert "add budget" in found["coder.heavy.budget"][1]


def test_a_key_that_is_not_set_and_a_collector_without_a_contact_are_warnings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MINYI_YOUTUBE_KEY", raising=False)
    text = GOOD + '\n[[sources]]\nname = "v"\nkind = "youtube"\nvideos = ["nightFare-1"]\n'
    warnings = {problem.key: problem for problem in load_study(write(tmp_path, text)).warnings}
    assert "MINYI_YOUTUBE_KEY" in warnings["sources[1].kind"].message
    assert warnings["sources[1].kind"].remedy, "where to get one"
    assert "contact" in warnings["fetch"].remedy

    monkeypatch.setenv("MINYI_YOUTUBE_KEY", "x")
    good = text + '\n[fetch]\ncontact = "mailto:press@example.org"\n'
    assert not load_study(write(tmp_path, good)).warnings


def test_the_database_can_be_named_by_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path, GOOD)
    assert load_study(path).database == f"sqlite:///{tmp_path.resolve()}/data/minyi.db"

    monkeypatch.setenv("MINYI_DATABASE_URL", "postgresql://somewhere/else")
    assert load_study(path).database == "postgresql://somewhere/else"


def test_a_new_study_file_is_in_order_and_is_never_overwritten(tmp_path: Path) -> None:
    path = begin_study(tmp_path / "Fees 2026")

    assert load_study(path).study.id == "fees-2026"
    with pytest.raises(MinyiError, match="already"):
        begin_study(tmp_path / "Fees 2026")


def test_a_missing_study_file_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(StudyFileError, match="minyi init"):
        load_study(tmp_path)


def source(options: str) -> str:
    return GOOD + f'\n[[sources]]\nname = "a"\n{options}\n'


def test_what_was_collected_stays_readable_without_its_collector(tmp_path: Path) -> None:
    path = write(tmp_path, source('kind = "gone_with_its_package"'))

    with pytest.raises(StudyFileError):
        load_study(path)
    loaded = load_study(path, to_collect=False)

    assert [problem.level for problem in loaded.warnings if problem.key == "sources[1].kind"] == ["warning"]
    assert loaded.study.sources[0].kind == "gone_with_its_package"


@pytest.mark.parametrize(
    "kind", ["weibo", "Zhihu", "bilibili", "douyin", "xiaohongshu", "tieba", "wechat", "x", "微博"]
)
def test_a_platform_behind_a_login_is_told_to_come_in_as_files(tmp_path: Path, kind: str) -> None:
    said = problems(tmp_path, source(f'kind = "{kind}"'))["sources[1].kind"][1]

    assert "behind a login" in said
    assert "docs/sources/files.md" in said


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ('kind = "article"\nurl = "https://weibo.com/1/a"', "sources[1].url"),
        ('kind = "article"\nurls = ["https://news.example/1", "https://www.zhihu.com/question/1"]', "sources[1].urls"),
        ('kind = "feed"\nurl = "https://m.weibo.cn/feed"', "sources[1].url"),
    ],
)
def test_an_address_behind_a_login_is_a_warning(tmp_path: Path, options: str, key: str) -> None:
    found = {problem.key: problem for problem in load_study(write(tmp_path, source(options))).warnings}

    assert "without a login" in found[key].message


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("[report]\nleast_authors = true", "report.least_authors"),
        ("[report]\nleast_authors = 2.0", "report.least_authors"),
        ("[publish]\nfloor = true", "publish.floor"),
        ("[fetch]\nmin_interval_s = true", "fetch.min_interval_s"),
    ],
)
def test_true_is_no_number(tmp_path: Path, line: str, key: str) -> None:
    number, said = problems(tmp_path, f"{GOOD}\n{line}\n")[key]
    assert number == GOOD.count("\n") + 3
    assert re.match(r"(true|2\.0) is not a (whole )?number; write a", said)


def test_other_addresses_are_no_warning(tmp_path: Path) -> None:
    options = 'kind = "article"\nurls = ["https://notweibo.com/1", "https://netflix.com/", "https://tieba.example/"]'

    assert "sources[1].urls" not in {p.key for p in load_study(write(tmp_path, source(options))).warnings}


@pytest.mark.parametrize(
    ("options", "key", "said"),
    [
        ('kind = "files"\npath = "."\nsaved = "x"', "saved", '"x" is not a date; write it as 2026-03-09'),
        ('kind = "feed"\nurl = "https://a.example/f"\nlimit = 0', "limit", "0 is too small; write 1 or more"),
        ('kind = "feed"\nurl = "https://a.example/f"\nlimit = 9999', "limit", "9999 is too large; write 5000 or less"),
        ('kind = "feed"\nurl = "https://a.example/f"\nlimit = 1.5', "limit", "1.5 is not a whole number; write a"),
        (
            'kind = "feed"\nurl = "https://a.example/f"\nlimit = "many"',
            "limit",
            '"many" is not a whole number; write a',
        ),
        ('kind = "discourse"\nserver = "https://a.example"\nlatest = "x"', "latest", "neither true nor false"),
        ('kind = "article"\nurls = "https://a.example/f"', "urls", "is not a list; write ["),
        ('kind = "files"\npath = "c.csv"\ncolumns = "text"', "columns", '"text" is not a table; write {'),
        ('kind = "files"\npath = "c.csv"\ndelimiter = "||"', "delimiter", "is too long; characters allowed: 1"),
        ('kind = "files"\nurl = "c.csv"', "url", "is no web address"),
    ],
)
def test_options_are_refused_in_words_a_person_uses(tmp_path: Path, options: str, key: str, said: str) -> None:
    assert said in problems(tmp_path, source(options))[f"sources[1].{key}"][1]


def test_no_kind_of_source_says_what_its_library_says(tmp_path: Path) -> None:
    odd = ("x", 3, -1, 10**9, 3.5, True, ["x"], [3], {"a": 1}, [], "", "2026-13-01")
    for kind in kinds():
        model = options_model(kind)
        for name in model.model_fields:
            for value in odd:
                try:
                    model.model_validate({name: value})
                except ValidationError as error:
                    said = " ".join(map(str, problems_of(error, "", model)))
                    assert not re.search(r"[Ii]nput should|String should|should (?:have|be) ", said), (kind, name, said)


def test_the_manners_have_bounds(tmp_path: Path) -> None:
    fetch = load_study(write(tmp_path, GOOD + "\n[fetch]\ntotal_s = 120\ncap_mb = 50\n")).fetch
    assert (fetch.total_s, fetch.cap_mb) == (120, 50)

    found = problems(tmp_path, GOOD + "\n[fetch]\ntotal_s = 0\ncap_mb = 501\nmin_interval_s = 0\n")
    assert "write 1 or more" in found["fetch.total_s"][1]
    assert "write 500 or less" in found["fetch.cap_mb"][1]
    assert "write 0.5 or more" in found["fetch.min_interval_s"][1]
