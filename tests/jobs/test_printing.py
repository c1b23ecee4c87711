"""What `minyi schedule --print` says is what cron and systemd take."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def printed(study: Path, minyi: Callable) -> Callable[..., str]:
    """What is printed for a study on this schedule."""

    def run(scheduler: str, schedule: str, folder: Path = study) -> str:
        with (folder / "study.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n[schedule]\n{schedule}\n")
        code, out, err = minyi("schedule", folder, "--print", scheduler)
        assert code == 0, err
        return str(out)

    return run


@pytest.mark.parametrize(
    ("schedule", "times"),
    [
        ('at = "06:30"', ["30 6 * * *", "30 7 * * *"]),
        ('at = "23:05"', ["5 23 * * *"]),
        ('every = "hour"\nat = "00:07"', ["7 * * * *"]),
        ('every = "week"\nweekday = "sunday"', ["30 6 * * 0", "30 7 * * 0"]),
        ('every = "week"', ["30 6 * * 1", "30 7 * * 1"]),
    ],
)
def test_cron_is_told_the_times(printed: Callable[..., str], study: Path, schedule: str, times: list[str]) -> None:
    head, zone, *lines = printed("crontab", schedule).splitlines()

    assert head.startswith("# ")
    assert zone == "CRON_TZ=Asia/Shanghai"
    assert [re.match(r"(\S+ ){5}", line)[0].strip() for line in lines] == times  # type: ignore[index]
    assert all(f"run {study} --quiet >> {study}/run.log 2>&1" in line for line in lines)


def test_a_folder_with_a_blank_and_a_percent_sign_is_quoted(
    printed: Callable[..., str], study: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(study, tmp_path / "our 50% study")
    (line,) = [line for line in printed("crontab", 'every = "hour"', folder).splitlines() if " run " in line]
    unit = printed("systemd", "", shutil.copytree(study, tmp_path / "a 50% $tudy"))

    assert f"run '{tmp_path}/our 50\\% study' --quiet" in line
    assert f'run "{tmp_path}/a 50%% $$tudy" --json' in unit


@pytest.mark.parametrize("name", ["it's", "tab\there", "semi;colon", "`id`", 'a "b"', "#x", "民意"])
def test_any_folder_is_the_one_that_both_start_in(
    printed: Callable[..., str], study: Path, tmp_path: Path, name: str
) -> None:
    folder = shutil.copytree(study, tmp_path / name)
    (line,) = [line for line in printed("crontab", 'every = "hour"', folder).splitlines() if " run " in line]
    shutil.rmtree(folder)
    (start,) = re.findall(r"^ExecStart=(.*)$", printed("systemd", "", shutil.copytree(study, folder)), re.MULTILINE)

    assert str(folder) in shlex.split(line)
    assert str(folder) in shlex.split(start)


@pytest.mark.parametrize("name", ["a\n* * * * * x", "a\x07b", "e\u0301"])
@pytest.mark.parametrize("scheduler", ["crontab", "systemd"])
def test_a_folder_that_a_line_cannot_name_is_refused(
    study: Path, minyi: Callable, tmp_path: Path, name: str, scheduler: str
) -> None:
    folder = shutil.copytree(study, tmp_path / name)
    with (folder / "study.toml").open("a", encoding="utf-8") as file:
        file.write("\n[schedule]\n")
    code, out, err = minyi("schedule", folder, "--print", scheduler)
    assert (code, out) == (2, "")
    assert "Rename the folder" in err


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
@pytest.mark.parametrize("schedule", ['at = "06:30"', 'every = "hour"\nat = "00:07"', 'every = "week"'])
def test_systemd_takes_the_units(printed: Callable[..., str], tmp_path: Path, schedule: str) -> None:
    parts = re.split(r"^# /etc/systemd/system/(\S+)\n", printed("systemd", schedule), flags=re.MULTILINE)[1:]
    units = dict(zip(parts[::2], parts[1::2], strict=True))
    for name, text in units.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(tmp_path / name for name in units)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert sorted(units) == ["minyi-fees.service", "minyi-fees.timer"]
    assert (done.returncode, [line for line in done.stderr.splitlines() if "minyi" in line]) == (0, [])


def test_a_study_without_a_schedule_says_what_to_write(study: Path, minyi: Callable) -> None:
    code, _, err = minyi("schedule", study, "--print", "crontab")

    assert code == 2
    assert "[schedule]" in err
