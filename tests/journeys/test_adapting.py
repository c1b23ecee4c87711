"""`minyi adapt`: from a file of labels, good or bad, to the study's own coder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlp.adapt import Adaptation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = [
    (f"{place}{saying}", stance)
    for place in ("三楼", "南门", "旧馆", "新馆", "走廊", "楼梯口", "阅览桌", "少儿区", "自习室", "一层", "地下室")
    for saying, stance in (("猫头鹰角又没了", "concern"), ("管理员能回家吃饭", "support"))
]


def labels(folder: Path, rows: list[tuple[str, ...]], header: str = "text,primary") -> Path:
    path = folder / "labels.csv"
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]), encoding="utf-8")
    return path


def test_a_copy_counts_once_and_a_contradiction_not_at_all(minyi: Callable, study: Path, tmp_path: Path) -> None:
    bad = [("三楼猫头鹰角又没了", "support"), *(("话", f"anger{n}") for n in range(7))]
    outcome = minyi("adapt", labels(tmp_path, [*ROWS, *ROWS, *bad]), study)
    assert outcome.code == 0, outcome.err
    assert "21 labels (support 11, concern 10," in outcome.out
    assert "labelled rows that are copies of others: 21" in outcome.err
    assert "labelled rows that give one text different labels: 3" in outcome.err
    assert "and 2 more rows were refused" in outcome.err
    known = Adaptation.load(study / "data" / "study-coder.npz").known  # what the report will say of its error
    assert known["zh"]["n"] == 21


def test_stances_with_few_labels_are_not_called_many(minyi: Callable, study: Path, tmp_path: Path) -> None:
    rows = [(text, ("support", "concern", "neutral")[n % 3]) for n, (text, _) in enumerate(ROWS[:20])]
    outcome = minyi("adapt", labels(tmp_path, rows), study)
    assert "labels or more" not in outcome.out
    assert "label more comments" in outcome.err


def test_labels_of_another_change_are_named(minyi: Callable, study: Path, tmp_path: Path) -> None:
    outcome = minyi("adapt", labels(tmp_path, [(*row, "别的事") for row in ROWS], "text,primary,change"), study)
    assert outcome.code == 1
    assert 'All 22 labels name another change ("别的事") than "平台对提现收取手续费"' in outcome.err
    assert "Leave the column change empty" in outcome.err


def test_the_studys_change_may_go_by_any_of_its_names(minyi: Callable, study: Path, tmp_path: Path) -> None:
    file = study / "study.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("words =", 'aliases = ["提现新规"]\nwords ='), "utf-8")
    names = ("", "平台对提现收取手续费", "提现收费", "withdrawal fee", "提现新规", "别的事")
    rows = [(*row, names[n % len(names)]) for n, row in enumerate(ROWS)]
    outcome = minyi(
        "adapt", labels(tmp_path, [*rows, ("多一条", "", "别的事")], "text,primary,change"), study, "--json"
    )
    assert outcome.code == 1
    assert "Labels: 19" in outcome.events[-1]["what"]
    more = [(f"多{text}", stance, "Withdrawal fee") for text, stance in ROWS[:4]]
    outcome = minyi("adapt", labels(tmp_path, [*rows, *more, ("空", "", "")], "text,primary,change"), study)
    assert outcome.code == 0, outcome.err
    assert "23 labels" in outcome.out
    assert "Rows without a label: 1." in outcome.out
    assert 'labelled rows that name another change ("别的事"): 3' in outcome.err


def test_what_cannot_be_written_leaves_the_coder_that_was_there(minyi: Callable, study: Path, tmp_path: Path) -> None:
    (study / "data" / "study-coder.npz" / "in the way").mkdir(parents=True)
    outcome = minyi("adapt", labels(tmp_path, ROWS), study)
    assert outcome.code == 1
    assert "what to do: Check that the folder is writable" in outcome.err
    assert [path.name for path in (study / "data").glob("*study-coder*")] == ["study-coder.npz"]


def test_a_spreadsheet_in_another_encoding_is_told_which_one_to_save_as(
    minyi: Callable, study: Path, tmp_path: Path
) -> None:
    path = labels(tmp_path, ROWS)
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    outcome = minyi("adapt", path, study)
    assert outcome.code == 1
    assert "Save it as UTF-8" in outcome.err
