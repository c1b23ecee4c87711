"""Something else lies where minyi keeps a file of its own: nothing waits, nothing breaks, and nobody's file is lost."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from minyi.jobs.job_receipts import Receipts
from minyi.jobs.lock import LOCK, holder, one_at_a_time
from minyi.jobs.metrics import write_metrics
from minyi.jobs.notice_book import FILE, open_notices, read_book
from storage.database import parse_url
from storage.database_failures import BadDatabaseUrl
from storage.files import FileWriteError, read_json

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEEP = b"[" * 200_000
ALERT = {"kind": "failed", "subject": "job", "error": "", "n": 0, "usual": 0.0, "since": None}
NOTICE = {
    "alert": ALERT,
    "since": 1,
    "over": None,
    "told": {},
    "told_over": {},
}
anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)
needs_pipes = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")


def test_a_lock_that_leads_elsewhere_writes_over_nobodys_file(tmp_path: Path) -> None:
    other = tmp_path / "precious"
    other.write_text("mine", encoding="utf-8")
    (tmp_path / LOCK).symlink_to(other)
    with pytest.raises(FileWriteError, match="the lock cannot be taken"), one_at_a_time(tmp_path, "run"):
        pass
    assert other.read_text(encoding="utf-8") == "mine"
    assert holder(tmp_path) is None


@needs_pipes
def test_a_pipe_in_the_place_of_the_lock_is_said_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / LOCK)
    with pytest.raises(FileWriteError, match="no plain file"), one_at_a_time(tmp_path, "run"):
        pass
    assert holder(tmp_path) is None


@needs_pipes
@pytest.mark.parametrize("name", ["pseudonyms.key", pytest.param("minyi.db-mark", marks=pytest.mark.slow)])
def test_a_pipe_in_the_place_of_a_file_of_the_store_is_not_waited_for(
    study: Path, started: Callable[..., Any], minyi: Callable[..., tuple[int, str, str]], name: str
) -> None:
    assert minyi("collect", study)[0] == 0
    (study / "data" / name).unlink()
    os.mkfifo(study / "data" / name)
    process = started("collect", study)
    _, err = process.communicate(timeout=60)
    assert process.returncode == (1 if name.endswith("key") else 0)
    assert ("it is no plain file" in err) == name.endswith("key")


def test_a_lock_that_says_nonsense_is_taken_all_the_same(tmp_path: Path) -> None:
    (tmp_path / LOCK).write_bytes(DEEP)
    with one_at_a_time(tmp_path, "run"):
        assert json.loads((tmp_path / LOCK).read_bytes())["command"] == "run"


@needs_pipes
def test_a_pipe_in_the_place_of_the_notices_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / FILE)
    assert read_book(tmp_path) == ([], False)


def test_json_nested_beyond_all_sense_is_no_json(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(DEEP)
    with pytest.raises(ValueError, match="nested"):
        read_json(tmp_path / FILE)
    assert read_book(tmp_path) == ([], False)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.sampled_from(["kind", "subject", "n", "usual", "since", "told", "told_over", "over"]), anything)
def test_whatever_a_notice_says_the_book_is_read_or_begun_anew(tmp_path: Path, key: str, value: object) -> None:
    alert = ALERT | ({key: value} if key in ALERT else {})
    changed = NOTICE | {"alert": alert} | ({key: value} if key in NOTICE else {})
    (tmp_path / FILE).write_text(json.dumps({"format": 1, "causes": [changed]}), encoding="utf-8")
    book, read = read_book(tmp_path)
    assert len(book) == read
    assert all(notice.due("MINYI_X") is not None for notice in open_notices(book))


@pytest.mark.parametrize("name", ["study.toml", "data/minyi.db", "data/pseudonyms.key", "reports/report.en.html"])
def test_metrics_replace_nothing_but_metrics(name: str, tmp_path: Path) -> None:
    file = tmp_path / name
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(b"of great worth")
    with pytest.raises(FileWriteError, match="no metrics file of minyi"):
        write_metrics(file, "# HELP minyi_x y\n")
    assert file.read_bytes() == b"of great worth"


def test_metrics_replace_those_of_before_and_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "m.prom").touch()
    for n in (1, 2):
        write_metrics(tmp_path / "m.prom", f"# HELP minyi_x {n}\n")
        assert (tmp_path / "m.prom").read_text() == f"# HELP minyi_x {n}\n"


@needs_pipes
def test_metrics_replace_no_pipe_and_no_device(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "m.prom")
    with pytest.raises(FileWriteError):
        write_metrics(tmp_path / "m.prom", "# HELP minyi_x y\n")
    assert (tmp_path / "m.prom").is_fifo()


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ("[privacy]\ncomments_days = true\n", "number of days"),
        ("[privacy]\ncaptures_days = true\n", "number of days"),
        ('[notify]\nmetrics = "\\u0000x"\n', "NUL"),
    ],
)
def test_a_value_that_could_only_do_harm_is_refused(
    study: Path, minyi: Callable[..., tuple[int, str, str]], section: str, said: str
) -> None:
    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write(f"\n{section}")
    code, _, error = minyi("check", study)
    assert (code, said in error) == (2, True), error


def test_too_little_memory_is_said_without_a_traceback(
    study: Path, minyi: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def greedy(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("minyi.jobs.running.run", greedy)
    code, _, error = minyi("run", study)
    assert (code, error) == (
        1,
        "warning: could not go on: there is not enough memory; what was stored before is kept\n",
    )


@pytest.mark.parametrize("address", ["sqlite:///%00", "sqlite:///x.db?mode=ro", "sqlite:///\0"])
def test_an_address_that_says_more_than_a_file_is_refused(address: str) -> None:
    with pytest.raises(BadDatabaseUrl, match="names no database"):
        parse_url(address)


def test_a_name_that_is_too_long_is_named(study: Path, minyi: Callable[..., tuple[int, str, str]]) -> None:
    assert minyi("run", study, "--quiet")[0] == 0
    code, _, error = minyi("backup", study, "x" * 300)
    assert (code, "x" * 300 in error) == (1, True)


RECEIPT = {"exit": 0, "started_at": 1, "seconds": 1.0, "window": {"key": "2026-03-01"}, "missed": {"count": 0}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"exit": "x"},
        {"exit": float("inf")},
        {"started_at": 10**30},
        {"seconds": float("nan")},
        {"steps": [1]},
        {"missed": {"count": "z"}},
        {"failures": "x"},
        {"alerts": 5},
    ],
    ids=str,
)
def test_a_receipt_that_no_job_wrote_is_left_out(tmp_path: Path, wrong: dict[str, object]) -> None:
    (tmp_path / "receipts").mkdir()
    for second, receipt in enumerate([RECEIPT, RECEIPT | wrong]):
        (tmp_path / "receipts" / f"20260301T00000{second}-1-run.json").write_text(json.dumps(receipt), encoding="utf-8")
    assert [job.file[-10:] for job in Receipts(tmp_path).jobs()] == ["1-run.json"]
