"""The metrics file, read by Prometheus' own parser."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minyi.jobs.job_receipts import Job, Receipts, SourceLine
from minyi.jobs.metrics import metrics_text, write_metrics
from minyi.unattended_sections import CAUSES
from storage.files import FileWriteError

if TYPE_CHECKING:
    from pathlib import Path

parser = pytest.importorskip("prometheus_client.parser", reason="the library that checks the file is not installed")

LINE = SourceLine({"asked": 3, "new": 4}, {"Transient": 2})
GOOD = Job(exit=0, started_at=1_795_000_000_000, seconds=12.5, window="2026-11-25")
BAD = Job(exit=1, started_at=1_795_086_400_000, seconds=2.25, window="2026-11-26", missed=2, sources={"forum": LINE})

Read = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: str) -> Read:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in parser.text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_the_file_says_how_the_last_job_went_and_when_the_last_good_one_ended() -> None:
    values = read(metrics_text("pier", BAD, GOOD, ["failed:collect", "partial:forum", "partial:reviews"]))
    plain = {name: value for (name, labels), value in values.items() if labels == (("study", "pier"),)}
    assert plain == {
        "minyi_last_run_timestamp_seconds": 1_795_086_402.25,
        "minyi_last_success_timestamp_seconds": 1_795_000_012.5,
        "minyi_last_run_duration_seconds": 2.25,
        "minyi_last_run_exit_code": 1,
        "minyi_last_run_missed_windows": 2,
    }
    source = ("source", "forum"), ("study", "pier")
    assert values["minyi_last_run_items", (*source, ("what", "new"))] == 4
    assert values["minyi_last_run_failures", (("error", "Transient"), *source)] == 2
    kinds = {labels[0][1]: value for (name, labels), value in values.items() if name == "minyi_open_alerts"}
    assert kinds == dict.fromkeys(CAUSES, 0) | {"failed": 1, "partial": 2}


def test_a_value_is_written_as_a_person_would_write_it() -> None:
    text = metrics_text("pier", replace(GOOD, seconds=6.214), None, [])
    assert 'minyi_last_run_duration_seconds{study="pier"} 6.214\n' in text


def test_a_study_that_never_came_through_has_no_last_success() -> None:
    assert "last_success" not in metrics_text("pier", BAD, None, [])


@given(st.text(min_size=1), st.text(min_size=1))
def test_any_name_reads_back_as_it_is(study: str, source: str) -> None:
    job = Job(exit=0, started_at=0, seconds=1 / 3, window="", sources={source: LINE})
    values = read(metrics_text(study, job, job, []))
    assert values["minyi_last_run_items", (("source", source), ("study", study), ("what", "asked"))] == 3
    assert values["minyi_last_run_duration_seconds", (("study", study),)] == 1 / 3


def test_a_file_that_cannot_be_written_is_a_typed_error_and_the_old_one_stays(tmp_path: Path) -> None:
    write_metrics(tmp_path / "minyi.prom", "a\ud800\n")
    assert (tmp_path / "minyi.prom").read_bytes() == b"a?\n"
    assert (tmp_path / "minyi.prom").stat().st_mode & 0o777 == 0o644
    with pytest.raises(FileWriteError):
        write_metrics(tmp_path / "minyi.prom" / "x", "a")
    assert [path.name for path in tmp_path.iterdir()] == ["minyi.prom"]


def test_a_job_is_read_back_from_its_receipt_and_those_of_its_commands(tmp_path: Path) -> None:
    folder = tmp_path / "receipts"
    folder.mkdir()
    failure = {"source": "forum", "type": "Transient", "what": "no answer", "where": "", "remedy": "wait"}
    collected = {
        "command": "collect",
        "counts": {"forum": {"kind": "feed", "asked": 3, "new": 4, "rejected": {"no text": 2, "too old": 1}}, "n": 5},
        "failures": [failure, failure],
    }
    job = {
        "window": "2026-11-26",
        "missed": {"first": "2026-11-24", "last": "2026-11-25", "count": 2},
        "steps": [{"command": "collect", "run": "7-x", "exit": 3}, {"command": "report", "run": "8", "exit": None}],
        "exit": 3,
        "seconds": 9,
    }
    (folder / "20261126T010203-7-x-collect.json").write_text(json.dumps(collected))
    (folder / "20261126T010204-a-run.json").write_text(json.dumps(job))
    (folder / "20261127T010204-b-run.json").write_text("{")
    (folder / "20261125T010204-c-run.json").write_text("[]")
    (read_back,) = Receipts(tmp_path).jobs()
    assert (read_back.window, read_back.missed, read_back.exit, read_back.started_at) == (
        "2026-11-26",
        2,
        3,
        1_795_654_924_000,
    )
    assert read_back.steps == (("collect", 3), ("report", None))
    counts = {"asked": 3, "fetched": 0, "unchanged": 0, "new": 4, "known": 0, "rejected": 3}
    assert read_back.sources == {"forum": SourceLine(counts, {"Transient": 2})}
    assert read_back.failures == (failure, failure)


def test_no_receipts_are_no_jobs(tmp_path: Path) -> None:
    assert list(Receipts(tmp_path).jobs()) == []
