"""Bad input gets a clear message and the right exit code; the rest goes on, and nothing stored is lost."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import minyi as package

if TYPE_CHECKING:
    from collections.abc import Callable

GOOD = '{"id": "1", "text": "支持收费"}\n{"id": "2", "text": "太贵了"}\n'


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "empty"),
        ("header.csv", b"id,text\n", "no rows"),
        ("picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "PNG"),
        ("numbers.csv", b"a,b\n1,2\n3,4\n", "text"),
        ("broken.json", b'[{"text": "a"', "JSON"),
        ("book.xlsx", b"not a zip", "xlsx"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(
    minyi: Callable, study: Path, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    outcome = minyi("import", write(tmp_path, name, content), "--study", study)

    assert outcome.code == 1
    assert name in outcome.err
    assert said.lower() in outcome.err.lower()


def test_a_missing_text_column_lists_the_columns_and_how_to_name_one(
    minyi: Callable, study: Path, tmp_path: Path
) -> None:
    path = write(tmp_path, "c.csv", "x,y\n12,2026-03-01\n13,2026-03-02\n")

    outcome = minyi("import", path, "--study", study)

    assert outcome.code == 1
    assert "x, y" in outcome.err
    assert "columns" in outcome.err


def test_one_bad_file_stops_none_of_the_others(minyi: Callable, study: Path, tmp_path: Path) -> None:
    bad, good = write(tmp_path, "bad.csv", b""), write(tmp_path, "good.jsonl", GOOD)

    outcome = minyi("import", bad, good, "--study", study)

    assert outcome.code == 3
    assert len(package.load(study)) == 2


def test_a_wrong_encoding_is_found_out_and_said(minyi: Callable, study: Path) -> None:
    write(study, "c.csv", "评论,时间\n支持收费，早该这样了,2026-03-10\n".encode("gb18030"))
    text = (study / "study.toml").read_text(encoding="utf-8")
    source = '\n[[sources]]\nname = "c"\nkind = "files"\npath = "c.csv"\nencoding = "utf-8"\n'
    (study / "study.toml").write_text(text + source, encoding="utf-8")

    outcome = minyi("collect", study)

    assert outcome.code == 0
    assert "encoding" in outcome.err
    assert package.load(study)["text"].tolist() == ["支持收费，早该这样了"]


def test_two_hundred_columns_are_fine(minyi: Callable, study: Path, tmp_path: Path) -> None:
    header = ",".join(["text", *(f"c{number}" for number in range(199))])
    path = write(tmp_path, "wide.csv", header + "\n支持收费，早该这样了" + ",1" * 199 + "\n")

    assert minyi("import", path, "--study", study).code == 0
    assert len(package.load(study)) == 1


@pytest.mark.slow
def test_a_cell_of_fifty_megabytes_costs_one_row(minyi: Callable, study: Path, tmp_path: Path) -> None:
    giant = "好" * 17_000_000
    path = write(tmp_path, "giant.csv", f"id,text\n1,支持收费\n2,{giant}\n3,太贵了吧\n")

    outcome = minyi("import", path, "--study", study)

    assert outcome.code == 0
    assert "refused" in outcome.out
    assert package.load(study)["text"].tolist() == ["支持收费", "太贵了吧"]


def test_a_date_in_the_future_is_unknown_and_said(minyi: Callable, study: Path, tmp_path: Path) -> None:
    path = write(tmp_path, "c.jsonl", json.dumps({"text": "支持收费", "time": "2199-01-01 00:00:00"}))

    outcome = minyi("import", path, "--study", study)

    assert outcome.code == 0
    assert "future" in outcome.err
    assert package.load(study)["published_at"].isna().all()


@pytest.mark.parametrize("address", ["http://example.com/c.csv", "s3://bucket/c.csv"])
def test_an_address_is_not_a_file(minyi: Callable, study: Path, address: str) -> None:
    outcome = minyi("import", address, "--study", study)

    assert outcome.code == 1
    assert "file" in outcome.err


@pytest.mark.skipif(not Path("/sys/kernel").is_dir(), reason="needs a folder in which nobody, not even root, may write")
def test_an_unwritable_folder_is_named(minyi: Callable, study: Path, tmp_path: Path) -> None:
    (study / "data").symlink_to("/sys/kernel")

    outcome = minyi("import", write(tmp_path, "c.jsonl", GOOD), "--study", study)

    assert outcome.code == 1
    assert "minyi.db" in outcome.err
    assert "what to do" in outcome.err


def test_a_folder_that_is_a_file_is_named(minyi: Callable, study: Path, tmp_path: Path) -> None:
    (study / "data").write_text("in the way", encoding="utf-8")

    outcome = minyi("import", write(tmp_path, "c.jsonl", GOOD), "--study", study)

    assert outcome.code == 1
    assert str(study / "data") in outcome.err


def test_a_database_from_a_newer_version_is_left_as_it_is(minyi: Callable, study: Path, tmp_path: Path) -> None:
    minyi("import", write(tmp_path, "c.jsonl", GOOD), "--study", study)
    database = study / "data" / "minyi.db"
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    outcome = minyi("report", study)

    assert outcome.code == 1
    assert "newer" in outcome.err
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM comment").fetchone() == (2,)


def test_a_name_in_a_refused_row_is_not_kept(minyi: Callable, study: Path, tmp_path: Path) -> None:
    rows = "id,text,time,author\n1,太贵了吧,2026-03-03,NAMEOK\n2,,2026-03-03,NAMEEMPTY\n3,too,many,NAMECELLS,x,y\n"
    broken = '{"id": "1", "text": "支持收费", "author": "NAMEFINE"}\n{"id":"2","author":"NAMEBROKEN","text":"x\n'
    outcome = minyi("import", write(tmp_path, "a.csv", rows), write(tmp_path, "b.jsonl", broken), "--study", study)

    kept = b"".join(path.read_bytes() for path in study.rglob("*") if path.is_file())
    assert outcome.code == 0
    assert b"NAME" not in kept
    assert "NAME" not in outcome.out


def test_a_list_that_breaks_off_is_a_partial_import_and_may_be_imported_again(
    minyi: Callable, study: Path, tmp_path: Path
) -> None:
    whole = json.dumps([{"id": n, "text": f"第{n}条：手续费太高"} for n in range(10)], ensure_ascii=False)
    path = write(tmp_path, "c.json", whole[: len(whole) // 2])

    assert minyi("import", path, "--study", study).code == 3
    path.write_text(whole, encoding="utf-8")
    assert minyi("import", path, "--study", study).code == 0
    assert len(package.load(study)) == 10


def test_not_a_number_is_unknown_and_costs_no_comment(minyi: Callable, study: Path, tmp_path: Path) -> None:
    path = write(tmp_path, "c.json", '[{"text": "太贵了吧", "likes": NaN}, {"text": "支持收费", "likes": 3}]')

    assert minyi("import", path, "--study", study).code == 0
    assert package.load(study)["likes"].isna().tolist() == [True, False]


def test_a_time_nobody_comments_at_is_unknown(minyi: Callable, study: Path, tmp_path: Path) -> None:
    times = ["0001-01-01T00:00:00Z", "9999-12-31", "1066-10-14"]
    rows = [json.dumps({"id": id_, "text": "太贵了吧", "time": time}) for id_, time in enumerate(times)]
    path = write(tmp_path, "c.jsonl", "\n".join(rows))

    codes = [minyi(*arguments).code for arguments in (("import", path, "-s", study), ("report", study))]

    assert codes == [0, 0]
    assert package.load(study)["published_at"].isna().tolist() == [True, True, True]


def test_a_new_database_beside_old_receipts_gets_receipts_of_its_own(
    minyi: Callable, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    minyi("import", write(tmp_path, "c.jsonl", GOOD), "--study", study)
    for path in (study / "data").glob("minyi.db*"):
        path.unlink()
    monkeypatch.setattr("minyi.receipts.time.time", lambda: 2_000_000_000.0)
    minyi("import", write(tmp_path, "d.jsonl", GOOD), "--study", study)

    assert len(list((study / "data" / "receipts").iterdir())) == 2


def test_a_missing_table_is_named(minyi: Callable, study: Path, tmp_path: Path) -> None:
    minyi("import", write(tmp_path, "c.jsonl", GOOD), "--study", study)
    with sqlite3.connect(study / "data" / "minyi.db") as connection:
        connection.execute("DROP TABLE comment")

    outcome = minyi("status", study)

    assert outcome.code == 1
    assert "table" in outcome.err
    assert "what to do" in outcome.err


def test_terminal_commands_in_foreign_text_are_not_obeyed(minyi: Callable, study: Path, tmp_path: Path) -> None:
    path = write(tmp_path, "c.jsonl", json.dumps({"text": "\x1b[2J\x1b]0;pwn\x07 the fee is too high"}))

    assert "\x1b" not in minyi("import", path, "--study", study).out


def test_something_that_is_no_database_is_left_as_it_is(minyi: Callable, study: Path, tmp_path: Path) -> None:
    (study / "data").mkdir()
    write(study / "data", "minyi.db", b"these are my notes, not a database" * 100)

    outcome = minyi("status", study)

    assert outcome.code == 1
    assert "minyi.db" in outcome.err
    assert (study / "data" / "minyi.db").read_bytes().startswith(b"these are my notes")


def test_a_wrong_study_file_is_a_usage_error_with_the_line(minyi: Callable, study: Path) -> None:
    text = (study / "study.toml").read_text(encoding="utf-8").replace("announced", "anounced")
    (study / "study.toml").write_text(text, encoding="utf-8")

    outcome = minyi("run", study)

    assert outcome.code == 2
    assert "line 13" in outcome.err
    assert '"announced"' in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("import",),
        ("nonsense",),
        ("report", "--nonsense"),
        ("import", "c.csv", "--column", "text"),
        ("import", "c.csv", "--column", "txt=x"),
        ("evaluate", "c.csv", "--coder", "nobody"),
    ],
)
def test_a_wrong_command_line_is_a_usage_error(minyi: Callable, arguments: tuple[str, ...]) -> None:
    assert minyi(*arguments).code == 2


def test_a_file_of_which_no_row_can_be_used_fails(minyi: Callable, study: Path, tmp_path: Path) -> None:
    outcome = minyi("import", write(tmp_path, "c.csv", "text,time\n,2026-03-01\n,2026-03-02\n"), "--study", study)

    assert outcome.code == 1
    assert "no row" in outcome.err


def test_a_failed_run_says_why_in_its_receipt(minyi: Callable, study: Path) -> None:
    (study / "reports").write_text("in the way", encoding="utf-8")

    outcome = minyi("report", study, "--json")

    assert outcome.code == 1
    assert outcome.done["status"] == "failed"
    assert outcome.done["failures"][0]["where"] == str(study / "reports")


def test_a_report_without_comments_is_still_a_report(minyi: Callable, study: Path) -> None:
    assert minyi("report", study).code == 0
    assert (study / "reports" / "report.en.html").is_file()
