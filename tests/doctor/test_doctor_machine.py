"""Each fault of a machine is found, and told with what to do."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from minyi.doctor import machine
from storage.integrity import examining
from storage.pseudonyms import KEY_FILE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CHECKS = [machine.clock, machine.disk, machine.folders, machine.key]


@pytest.mark.parametrize("check", CHECKS)
def test_a_study_in_order_is_told_so(check: Callable, study: Path, found: Callable) -> None:
    assert [finding.state for finding in found(check, study)] == ["ok"]


def test_a_clock_behind_the_last_run_fails(study: Path, found: Callable) -> None:
    (finding,) = found(machine.clock, study, datetime.now(UTC) - timedelta(minutes=20))

    assert (finding.state, "the last run here was at" in finding.what) == ("fail", True)
    assert "timedatectl" in finding.remedy


def test_a_receipt_alone_shows_that_the_clock_is_behind(study: Path, found: Callable) -> None:
    receipts = study / "data" / "receipts"
    receipts.mkdir()
    (receipts / "20990101T120000-7-collect.json").write_text("{}", encoding="utf-8")
    (study / "study.toml").write_text("no = [", encoding="utf-8")

    (finding,) = found(machine.clock, study)

    assert (finding.state, "2099-01-01 12:00" in finding.what) == ("fail", True)


def test_a_clock_that_was_reset_is_told_without_a_study(
    found: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    (finding,) = found(machine.clock, None, datetime(1970, 1, 1, 0, 5, tzinfo=UTC))

    assert (finding.state, "minyi was installed at" in finding.what) == ("fail", True)


@pytest.mark.parametrize(("free", "state"), [(50 * 2**20, "fail"), (500 * 2**20, "warn"), (2 * 2**30, "ok")])
def test_a_disk_with_little_room_is_told(
    free: int, state: str, study: Path, found: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(study)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    (finding,) = found(machine.disk, study)

    assert finding.state == state
    assert ("room" in finding.remedy) == (state != "ok")


def test_a_database_larger_than_the_room_for_its_backup_is_told(
    study: Path, found: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(study)._replace(free=2 * 2**30)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    state = replace(examining.examine(f"sqlite:///{study / 'data' / 'minyi.db'}"), bytes=3 * 2**30)
    monkeypatch.setattr(examining, "examine", lambda _: state)

    (finding,) = found(machine.disk, study)

    assert (finding.state, "3,072 MiB" in finding.what) == ("warn", True)


@pytest.mark.skipif(os.name == "nt", reason="counts the files that can still be made, as POSIX does")
def test_a_disk_that_takes_no_more_files_fails(study: Path, found: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.statvfs(study)
    fields: list[Any] = list(real)
    fields[5:8] = [1_000_000, 12, 12]
    monkeypatch.setattr(os, "statvfs", lambda _: os.statvfs_result(fields))

    (finding,) = found(machine.disk, study)

    assert (finding.state, "Only 12 more files" in finding.what) == ("fail", True)


def test_a_folder_that_is_none_fails(study: Path, found: Callable) -> None:
    (study / "reports").write_text("a file", encoding="utf-8")

    (finding,) = found(machine.folders, study)

    assert (finding.state, str(study / "reports") in finding.what) == ("fail", True)


def test_a_folder_that_cannot_be_written_fails(study: Path, found: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*, dir: Path) -> None:  # noqa: A002  it is the library's name
        raise PermissionError(13, "Permission denied", str(dir))

    monkeypatch.setattr(tempfile, "TemporaryFile", refused)

    findings = found(machine.folders, study)

    assert [finding.state for finding in findings] == ["fail", "fail"]
    assert f"{study / 'data'} cannot be written (Permission denied)." in [finding.what for finding in findings]


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_a_folder_that_everybody_may_write_is_told(study: Path, found: Callable) -> None:
    (study / "data").chmod(0o777)

    (finding,) = found(machine.folders, study)

    assert (finding.state, finding.remedy) == ("warn", f'Run: chmod o-w "{study / "data"}"')


@pytest.mark.skipif(os.name == "nt", reason="POSIX modes")
def test_a_key_that_others_can_read_fails(study: Path, found: Callable) -> None:
    (study / "data" / KEY_FILE).chmod(0o644)

    (finding,) = found(machine.key, study)

    assert (finding.state, "chmod 600" in finding.remedy) == ("fail", True)


def test_a_key_that_is_gone_fails_and_is_not_made_anew(study: Path, found: Callable) -> None:
    (study / "data" / KEY_FILE).unlink()

    (finding,) = found(machine.key, study)

    assert (finding.state, "original" in finding.remedy) == ("fail", True)
    assert not (study / "data" / KEY_FILE).exists()


def test_another_key_than_the_one_in_use_fails(study: Path, found: Callable) -> None:
    (study / "data" / KEY_FILE).write_bytes(b"k" * 32)

    (finding,) = found(machine.key, study)

    assert (finding.state, "not the key" in finding.what) == ("fail", True)
