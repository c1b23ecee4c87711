"""From comments to an audited report by commands and files alone: import, analyse, sample, label, report."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

import pytest

import minyi as package
from storage.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

STANCES = ("support", "concern", "suggestion", "neutral")
SAID = {
    "support": "收手续费我支持，早该收了",
    "concern": "收手续费太过分了，我不同意",
    "suggestion": "建议给每人每月一次免手续费的机会",
    "neutral": "手续费是从哪一天开始收？",
}
CLOSED_CAMPUS = {"高校继续全封闭管理（学生不能自由出校）", "高校开学后继续全封闭管理"}
MOTORBIKES = {"深圳禁摩限电：严查摩托车、限制电动车上路"}


def write(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def label(sheet: Path, people: Mapping[str, str]) -> int:
    """What a person does with a sheet: says of each comment what they think of it; gives of how many."""
    rows = list(csv.DictReader(sheet.read_text("utf-8-sig").splitlines(keepends=True)))
    with sheet.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows({**row, "primary": people.get(row["id"], "")} for row in rows)
    return sum(row["id"] in people for row in rows)


def thoughts(folder: Path, of_text: Mapping[str, str]) -> dict[str, str]:
    """What a person thinks of the stored comments that the report counts, by their ids."""
    stored = package.load(folder)
    stored = stored[~stored["copied"].astype(bool)]
    return {name: of_text[text] for name, text in zip(stored["id"], stored["text"], strict=True) if text in of_text}


def shares_of(*people: Mapping[str, str]) -> dict[str, float]:
    """The shares where everybody's labels of a comment count alike."""
    each = {name: [said[name] for said in people if name in said] for name in people[0]}
    return {stance: sum(said.count(stance) / len(said) for said in each.values()) / len(each) for stance in STANCES}


def numbers_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "reports" / "numbers.json").read_text(encoding="utf-8"))
    return found


def holds(audit: Mapping[str, Any], truth: Mapping[str, float]) -> list[str]:
    """The stances whose interval holds the share among all comments."""
    return [name for name in STANCES if audit["shares"][name]["low"] <= truth[name] <= audit["shares"][name]["high"]]


def test_a_draft_becomes_an_audited_report_with_a_hundred_labels(
    minyi: Callable[..., Any], study: Path, tmp_path: Path
) -> None:
    kinds = ["support"] * 3 + ["concern"] * 5 + ["suggestion"] * 2 + ["neutral"] * 2
    days = {"time": "2026-03-{:02d}T10:00:00+08:00"}
    said, rows = {}, []
    for at in range(240):
        text = f"{SAID[kinds[at % 12]]}，第{at}个人说"
        said[text] = kinds[at % 12]
        rows.append({"id": at, "text": text, "user": f"u{at}", "time": days["time"].format(at % 30 + 1)})
    sheet, second = tmp_path / "sheet.csv", tmp_path / "second.csv"

    assert minyi("import", write(tmp_path / "c.jsonl", rows), "--study", study).code == 0
    assert minyi("analyse", study).code == 0
    assert minyi("report", study).code == 0
    assert numbers_of(study)["audit"] is None
    assert "machine draft, not audited" in (study / "reports" / "report.en.html").read_text(encoding="utf-8")

    assert minyi("sample", study, "--size", 100).code == 0
    people = thoughts(study, said)
    minyi("labels", "export", study, sheet, "--blank")
    minyi("labels", "export", study, second, "--blank", "--second")
    assert (label(sheet, people), label(second, people)) == (100, 20)
    assert "100 new labels" in minyi("labels", "import", study, sheet, "--as", "Ann").out
    assert "20 new labels" in minyi("labels", "import", study, second, "--as", "Bo").out
    assert minyi("report", study).code == 0

    audit = numbers_of(study)["audit"]
    assert (audit["audited"], audit["labels"], audit["population"], audit["uncovered"]) == (True, 100, 240, 0)
    assert audit["agreement"]["primary"] | {"units": 20, "agreed": 1.0} == audit["agreement"]["primary"]
    assert holds(audit, shares_of(people)) == list(STANCES)
    for language in ("zh", "en"):
        page = (study / "reports" / f"report.{language}.html").read_text(encoding="utf-8")
        concern = audit["shares"]["concern"]["points"]
        assert f"{concern['estimate']}%" in page
        assert f"{concern['low']}–{concern['high']}%" in page


def test_forty_nine_labels_leave_a_draft_that_says_how_many_are_missing(
    minyi: Callable[..., Any], study: Path, tmp_path: Path
) -> None:
    rows = [{"id": at, "text": f"{SAID['concern']}，第{at}个人说"} for at in range(60)]
    minyi("import", write(tmp_path / "c.jsonl", rows), "--study", study)
    minyi("analyse", study)
    minyi("sample", study, "--size", 49)
    minyi("labels", "export", study, tmp_path / "sheet.csv", "--blank")
    assert label(tmp_path / "sheet.csv", thoughts(study, {row["text"]: "concern" for row in rows})) == 49
    minyi("labels", "import", study, tmp_path / "sheet.csv", "--as", "Ann")
    assert minyi("report", study).code == 0

    audit = numbers_of(study)["audit"]
    assert (audit["audited"], audit["labels"], audit["shares"]) == (False, 49, None)
    assert "49 of 50 labels so far" in (study / "reports" / "report.en.html").read_text(encoding="utf-8")
    assert "below 50 labels nothing is estimated" in minyi("labels", study).out


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.parametrize("changes", [CLOSED_CAMPUS, MOTORBIKES], ids=["closed campus", "motorbikes"])
def test_real_comments_get_intervals_that_hold_what_all_labels_say(
    minyi: Callable[..., Any], tmp_path: Path, shared: Path, changes: set[str]
) -> None:
    """Every comment has a label, so that the share among all of them is known; the sample sees 100, then 200.

    The coder has learned from most of these comments, whether drawn or not: the intervals hold all the same, but how
    narrow they are says nothing of other studies.
    """
    folder, sheet = tmp_path / "study", tmp_path / "sheet.csv"
    folder.mkdir()
    statement = min(changes)
    written = f'[study]\nid = "gold"\n\n[change]\nname = "Change"\nstatement = "{statement}"\n'
    (folder / "study.toml").write_text(written, encoding="utf-8")
    first: dict[str, str] = {}
    second: dict[str, str] = {}
    for name in ("stance_gold_open.jsonl", "stance_train.jsonl"):
        for line in (shared / "data" / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["change"] in changes and (text := clean(row["text"])) not in first:
                coders = row.get("coders") or [row["primary"]]
                first[text] = coders[0]
                if len(coders) > 1:
                    second[text] = coders[1]
    rows = [{"id": f"r{at}", "text": text} for at, text in enumerate(first)]
    assert minyi("import", write(tmp_path / "c.jsonl", rows), "--study", folder).code == 0
    assert minyi("analyse", folder).code == 0

    ann, bo = thoughts(folder, first), thoughts(folder, second)
    held, widths = 0, []
    for size in (100, 200):
        assert minyi("sample", folder, "--size", size).code == 0
        minyi("labels", "export", folder, sheet, "--blank")
        assert label(sheet, ann) == size
        assert minyi("labels", "import", folder, sheet, "--as", "Ann").code == 0
        assert label(sheet, bo) < size
        assert minyi("labels", "import", folder, sheet, "--as", "Bo").code == 0
        assert minyi("report", folder).code == 0
        audit = numbers_of(folder)["audit"]
        assert (audit["audited"], audit["labels"], audit["population"]) == (True, size, len(ann))
        held += len(holds(audit, shares_of(ann, bo)))
        widths.append(sum(one["high"] - one["low"] for one in audit["shares"].values()))

    assert held >= 7  # of eight intervals at 95 %, and those of one sample err together
    assert widths[1] < widths[0]
