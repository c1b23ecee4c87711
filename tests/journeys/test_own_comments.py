"""An owner of comments types three commands and holds a report."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING

import pandas as pd
import pytest

import minyi as package
from minyi.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMENTS = [
    ("1", "支持收费，早该这样了", "甲", "2026-03-10 09:00", "12"),
    ("2", "凭什么收手续费，太坑了", "乙", "2026-03-10 10:00", "3"),
    ("3", "建议小额提现免手续费", "丙", "2026-03-11 08:30", ""),
    ("4", "无所谓，我从来不提现", "丁", "2026年3月12日 20:15", "1.2万"),
    ("5", "This fee is a rip-off", "Ann", "2026-03-12T20:15:00+08:00", "0"),
    ("6", "", "戊", "2026-03-13 08:00", "0"),
]


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    path = tmp_path / "导出 评论.csv"
    with path.open("w", encoding="gb18030", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["编号", "评论内容", "用户", "发布时间", "点赞数"])
        writer.writerows(COMMENTS)
    return path


def test_three_commands_give_a_report_in_both_languages(minyi: Callable, study: Path, csv_file: Path) -> None:
    imported = minyi("import", csv_file, "--study", study)
    analysed = minyi("analyse", study)
    reported = minyi("report", study)

    assert (imported.code, analysed.code, reported.code) == (0, 0, 0)
    assert "评论内容" in imported.out
    assert "5 new" in imported.out
    assert "5 comments judged by embedded@" in analysed.out
    for language, word in (("zh", "机器初稿"), ("en", "machine draft"), ("en", "never seen"), ("zh", "从未见过")):
        page = (study / "reports" / f"report.{language}.html").read_text(encoding="utf-8")
        assert word in page
        assert "建议小额提现免手续费" in page


def test_the_claims_of_a_report_are_kept_as_findings(minyi: Callable, study: Path, csv_file: Path) -> None:
    minyi("import", csv_file, "--study", study)
    run = minyi("report", study, "--json").done["run"]

    numbers = json.loads((study / "reports" / "numbers.json").read_text(encoding="utf-8"))
    with open_workspace(study) as workspace:
        found = workspace.store.findings("fees", run)
    assert [(one.name, one.n) for one in found] == [(claim["id"], claim["n"]) for claim in numbers["claims"]]


def test_what_is_refused_is_counted_and_written_down(minyi: Callable, study: Path, csv_file: Path) -> None:
    outcome = minyi("import", csv_file, "--study", study, "--json")

    (counts,) = outcome.done["counts"].values()
    assert (counts["rows"], counts["new"], sum(counts["rejected"].values())) == (6, 5, 1)
    (rejects,) = (study / "data" / "rejects").iterdir()
    assert "7" in rejects.read_text(encoding="utf-8-sig")  # the row in the file, header included


def test_the_same_file_twice_adds_nothing_and_says_so(minyi: Callable, study: Path, csv_file: Path) -> None:
    minyi("import", csv_file, "--study", study)
    again = minyi("import", csv_file, "--study", study)

    assert again.code == 0
    assert "nothing added" in again.out
    assert len(package.load(study)) == 5


def test_the_same_bytes_under_another_name_add_nothing(minyi: Callable, study: Path, csv_file: Path) -> None:
    minyi("import", csv_file, "--study", study)
    copy = csv_file.with_name("week 2.csv")
    copy.write_bytes(csv_file.read_bytes())

    assert "nothing added" in minyi("import", copy, "--study", study).out
    assert len(package.load(study)) == 5


def test_another_text_under_a_known_id_is_refused_and_said(minyi: Callable, study: Path, tmp_path: Path) -> None:
    for folder, rows in (("a", ["太贵了吧", "支持收费"]), ("b", ["完全是另一句话", "支持收费"])):
        (tmp_path / folder).mkdir()
        lines = [json.dumps({"id": n, "text": text}, ensure_ascii=False) for n, text in enumerate(rows)]
        (tmp_path / folder / "x.jsonl").write_text("\n".join(lines), encoding="utf-8")

    outcome = minyi("import", tmp_path / "a" / "x.jsonl", tmp_path / "b" / "x.jsonl", "--study", study)

    assert "0 new, 1 known already, 1 refused" in outcome.out
    assert "another text is stored under this id" in outcome.err
    assert package.load(study)["text"].tolist() == ["太贵了吧", "支持收费"]


def test_a_longer_export_of_the_same_comments_adds_only_the_new_ones(
    minyi: Callable, study: Path, csv_file: Path
) -> None:
    minyi("import", csv_file, "--study", study)
    with csv_file.open("a", encoding="gb18030") as out:
        out.write("7,手续费太高,己,2026-03-14 08:00,2\n")

    assert "1 new, 5 known already" in minyi("import", csv_file, "--study", study).out


def test_a_second_analysis_codes_only_what_is_new(minyi: Callable, study: Path, csv_file: Path) -> None:
    minyi("import", csv_file, "--study", study)
    minyi("analyse", study)

    assert "Nothing new to judge" in minyi("analyse", study).out


def test_no_author_name_is_kept_anywhere(minyi: Callable, study: Path, tmp_path: Path) -> None:
    secret = "zhangsan-very-secret-name"
    path = tmp_path / "c.jsonl"
    path.write_text(json.dumps({"id": 1, "text": "支持", "user_id": secret}, ensure_ascii=False), encoding="utf-8")
    for arguments in (("import", path, "--study", study), ("analyse", study), ("report", study), ("export", study)):
        assert minyi(*arguments).code == 0

    holders = [file for file in study.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()]
    assert holders == []


def test_load_gives_a_frame_with_times_and_stances(minyi: Callable, study: Path, csv_file: Path) -> None:
    minyi("import", csv_file, "--study", study)
    minyi("analyse", study)

    frame = package.load(study)

    assert frame["published_at"].iloc[0] == pd.Timestamp("2026-03-10T01:00:00Z")
    assert frame["likes"].tolist()[:2] == [12, 3]
    assert pd.isna(frame["likes"].iloc[2])
    assert frame["likes"].iloc[3] == 12_000
    assert set(frame["stance"]) <= {"support", "concern", "suggestion", "neutral"}


def test_export_writes_tables_with_a_dictionary(minyi: Callable, study: Path, csv_file: Path) -> None:
    minyi("import", csv_file, "--study", study)
    minyi("analyse", study)

    outcome = minyi("export", study, "--format", "csv", "--format", "xlsx", "--format", "jsonl")

    assert outcome.code == 0
    names = {path.suffix for path in (study / "export").iterdir()}
    assert {".csv", ".xlsx", ".jsonl", ".md"} <= names


def test_an_unknown_format_is_named(minyi: Callable, study: Path) -> None:
    outcome = minyi("export", study, "--format", "docx")

    assert outcome.code == 2
    assert "docx" in outcome.err
    assert "xlsx" in outcome.err


def test_run_collects_a_files_source_analyses_and_reports(minyi: Callable, study: Path, csv_file: Path) -> None:
    text = (study / "study.toml").read_text(encoding="utf-8")
    csv_file.rename(study / "comments.csv")
    source = '\n[[sources]]\nname = "c"\nkind = "files"\npath = "comments.csv"\n'
    (study / "study.toml").write_text(text + source, encoding="utf-8")

    outcome = minyi("run", study, "--json")

    assert outcome.code == 0
    assert [event["command"] for event in outcome.events if event["event"] == "receipt"] == [
        "collect", "analyse", "report",
    ]  # fmt: skip
    assert (study / "reports" / "numbers.json").is_file()


def test_status_says_what_is_held_and_what_is_to_do(minyi: Callable, study: Path, csv_file: Path) -> None:
    assert "Nothing collected yet" in minyi("status", study).out

    minyi("import", csv_file, "--study", study)
    said = minyi("status", study).out

    assert "5 comments have no stance yet" in said
    assert re.search(r"import\s+\S+ \S+\s+ok", said)


def test_quiet_says_nothing_and_json_says_one_object_a_line(minyi: Callable, study: Path, csv_file: Path) -> None:
    assert minyi("import", csv_file, "--study", study, "--quiet").out == ""
    assert all(isinstance(event, dict) for event in minyi("analyse", study, "--json").events)


def test_a_row_refused_again_and_again_is_one_reject(minyi: Callable, study: Path, csv_file: Path) -> None:
    csv_file.rename(study / "comments.csv")
    with (study / "study.toml").open("a", encoding="utf-8") as out:
        out.write('\n[[sources]]\nname = "c"\nkind = "files"\npath = "comments.csv"\n')
    for _ in range(3):
        minyi("collect", study)

    (source,) = minyi("status", study, "--json").events[-1]["sources"]
    assert source["rejects"] == 1


def test_copied_posts_are_marked_in_the_table(minyi: Callable, study: Path, tmp_path: Path) -> None:
    wording = "请大家都来支持这项收费，它让平台更加稳定可靠，对每一位用户都有好处"
    rows = [{"id": n, "text": wording, "user": f"u{n}", "time": f"2026-03-10 09:0{n}"} for n in range(4)]
    rows.append({"id": 9, "text": "太贵了", "user": "x", "time": "2026-03-10 10:00"})
    path = tmp_path / "c.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    minyi("import", path, "--study", study)

    assert package.load(study)["copied"].tolist() == [True, True, True, True, False]
    assert minyi("report", study).out.startswith(
        "Counted: 1 comment, 1 different text, 1 known author; 4 copied posts set aside."
    )


def test_evaluate_prints_the_scores_beside_the_trivial_baseline(minyi: Callable, tmp_path: Path) -> None:
    rows = [
        {"text": "支持，早该这样了", "change": "平台对提现收取手续费", "primary": "support"},
        {"text": "凭什么收费，太坑了", "change": "平台对提现收取手续费", "primary": "concern"},
        {"text": "建议小额免手续费", "change": "平台对提现收取手续费", "primary": "suggestion"},
    ]
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")

    said = minyi("evaluate", path).out

    assert "macro-F1" in said
    assert "Trivial baseline" in said
    assert re.search(r"suggestion +1 ", said)
