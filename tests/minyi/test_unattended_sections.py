"""What a study file says about running unattended is read, and what cannot be meant is refused by key."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, get_args

import pytest

from minyi.study_file import load_study
from minyi.study_problems import StudyFileError
from minyi.unattended_sections import Edition
from reports.editions import EDITIONS

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.study_file import LoadedStudy

STUDY = '[study]\nid = "fees"\n\n[change]\nname = "Fees"\nstatement = "A fee is charged"\n\n'


def load(folder: Path, tables: str) -> LoadedStudy:
    (folder / "study.toml").write_text(STUDY + tables, encoding="utf-8")
    return load_study(folder)


def problem(folder: Path, tables: str) -> str:
    with pytest.raises(StudyFileError) as caught:
        load(folder, tables)
    (found,) = caught.value.problems
    return f"{found.key}: {found.message}; {found.remedy}"


def test_a_study_says_nothing_of_it_and_has_no_schedule_tells_nobody_and_keeps_everything(tmp_path: Path) -> None:
    loaded = load(tmp_path, "")

    assert loaded.schedule is None
    assert (loaded.notify.variables, loaded.notify.heartbeat) == ([], "")
    assert (loaded.privacy.comments_days, loaded.privacy.captures_days) == (0, 0)


def test_a_schedule_is_read_in_the_words_of_a_clock(tmp_path: Path) -> None:
    schedule = load(tmp_path, '[schedule]\nevery = "week"\nat = "6:05"\nweekday = "friday"\n').schedule

    assert schedule is not None
    assert (schedule.every, schedule.at, schedule.weekday) == ("week", time(6, 5), "friday")


@pytest.mark.parametrize("at", ['"24:00"', '"6:60"', '"six"', "06:30:10", "7"])
def test_what_is_no_time_of_day_is_refused(tmp_path: Path, at: str) -> None:
    said = problem(tmp_path, f"[schedule]\nat = {at}\n")

    assert said.startswith("schedule.at")
    assert 'write a time of day as "06:30"' in said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('variables = ["MINYI_NOTIFY_A", "wecom://key-that-is-secret"]', "environment variable"),
        ('variables = "wecom://key-that-is-secret"', "is not a list"),
        ('heartbeat = "https://beats.example/secret"', "environment variable"),
        ('heartbeat = ["https://beats.example/secret"]', "is not text"),
    ],
)
def test_an_address_that_holds_a_key_has_no_place_in_the_file(tmp_path: Path, line: str, said: str) -> None:
    key = f"notify.{line.partition(' ')[0]}"
    found = problem(tmp_path, f"[notify]\n{line}\n")
    assert found.startswith(f"{key}: this ")
    assert said in found
    assert "secret" not in found
    with pytest.raises(StudyFileError, match=f"line 9, {key}: "):
        load(tmp_path, f"[notify]\n{line}\n")


def test_a_job_writes_the_editions_that_there_are(tmp_path: Path) -> None:
    assert get_args(Edition) == tuple(EDITIONS)
    said = problem(tmp_path, '[schedule]\nformats = ["htm"]\n')
    assert said == 'schedule.formats[1]: "htm" is not known; did you mean "html"? write one of: ' + ", ".join(EDITIONS)


@pytest.mark.parametrize("name", ["events", "sources", "gaps"])
def test_one_table_where_there_may_be_several_is_told_how_they_are_written(tmp_path: Path, name: str) -> None:
    assert problem(tmp_path, f'[{name}]\nname = "a"\n').endswith(f"; write [[{name}]] over each")


def test_quiet_hours_may_cross_midnight_and_may_not_last_all_day(tmp_path: Path) -> None:
    quiet = load(tmp_path, '[notify]\nquiet = { from = "22:00", to = "07:00" }\n').notify.quiet

    assert quiet is not None
    assert (quiet.start, quiet.end) == (time(22), time(7))
    assert "same time" in problem(tmp_path, '[notify]\nquiet = { from = "22:00", to = "22:00" }\n')


def test_a_term_of_days_is_not_negative(tmp_path: Path) -> None:
    assert problem(tmp_path, "[privacy]\ncomments_days = -1\n").startswith("privacy.comments_days")


def test_what_should_be_a_table_is_said_with_the_keys_it_has(tmp_path: Path) -> None:
    assert "write { from = …, to = … }" in problem(tmp_path, "[notify]\nquiet = 5\n")
    load(tmp_path, "")
    file = tmp_path / "study.toml"
    file.write_text(f"schedule = 1\n{file.read_text('utf-8')}", "utf-8")
    with pytest.raises(StudyFileError, match=r"write \[schedule\] on a line of its own, and its keys below it: every,"):
        load_study(tmp_path)
