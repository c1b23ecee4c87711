"""What `minyi export --pack` gives to others: they can check it, and count every figure again with pandas alone."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

COMMENTS = "".join(
    f"{i},{text}，第{i}次,{day:02d},u{i % 17}\n"
    for i, (text, day) in enumerate(
        (
            (text, 2 + i % 20)
            for i in range(20)
            for text in ("支持这次收费，早该这样", "建议先试行再推广", "手续费太高了，打电话13812345678也没人管")
        ),
    )
)


class Packed(NamedTuple):
    """A small study, and its pack unzipped."""

    study: Path
    pack: Path
    folder: Path


@pytest.fixture(scope="module")
def made(command: Callable, new_study: Callable[[Path], Path], tmp_path_factory: pytest.TempPathFactory) -> Packed:
    """A pack that no test changes."""
    place = tmp_path_factory.mktemp("packing")
    study, table = new_study(place), place / "c.csv"
    rows = [line.split(",") for line in COMMENTS.splitlines()]
    lines = [f"{n},{text},2026-03-{day},{who}" for n, text, day, who in rows]
    table.write_text("id,text,time,author\n" + "\n".join(lines) + "\n", encoding="utf-8")
    for step in (("import", table, "--study", study), ("analyse", study), ("report", study)):
        assert command(*step).code == 0
    assert command("export", study, "--pack", "--out", place / "p.zip").code == 0
    with zipfile.ZipFile(place / "p.zip") as pack:
        pack.extractall(place)
    return Packed(study, place / "p.zip", place / "fees-pack")


@pytest.fixture
def packed(made: Packed) -> Path:
    """The pack of a small study, unzipped."""
    return made.folder


def cells(folder: Path) -> str:
    book = json.loads((folder / "figures.ipynb").read_text("utf-8"))
    return "\n".join("".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code")


def run(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    """As a stranger would: in the pack's folder, with none of our packages to be found."""
    return subprocess.run(  # noqa: PLW1510  how it ended is looked at
        [sys.executable, "-P", "-c", code],
        cwd=folder,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": ""},
    )


def test_the_notebook_counts_every_figure_again(packed: Path) -> None:
    again = run(packed, cells(packed))
    assert again.returncode == 0, again.stderr
    assert "comments counted: 60" in again.stdout
    assert "NOT as printed" not in again.stdout


def test_the_notebook_stops_where_a_stance_was_changed(packed: Path, tmp_path: Path) -> None:
    packed = shutil.copytree(packed, tmp_path / "pack")
    table = packed / "comments.jsonl"
    table.write_text(table.read_text("utf-8").replace('"stance":"suggestion"', '"stance":"neutral"', 1), "utf-8")
    again = run(packed, cells(packed))
    assert again.returncode != 0
    assert "NOT as printed" in again.stdout


def test_every_file_is_summed_and_the_same_study_packs_to_the_same_bytes(
    made: Packed, packed: Path, minyi: Callable, tmp_path: Path
) -> None:
    sums = dict(line.split("  ")[::-1] for line in (packed / "SHA256SUMS").read_text().splitlines())
    there = {str(path.relative_to(packed)) for path in packed.rglob("*") if path.is_file()} - {"SHA256SUMS"}
    assert sums.keys() == there
    assert all(hashlib.sha256((packed / name).read_bytes()).hexdigest() == digest for name, digest in sums.items())
    minyi("export", made.study, "--pack", "--out", tmp_path / "again.zip")
    assert (tmp_path / "again.zip").read_bytes() == made.pack.read_bytes()


def test_it_says_what_it_holds(packed: Path) -> None:
    readme = (packed / "README.md").read_text("utf-8")
    for name in ("comments.csv", "labels.csv", "numbers.json", "figures.ipynb", "CODEBOOK.md", "CITATION.cff"):
        assert (packed / name).is_file()
        assert f"`{name}`" in readme
    assert "codebook" in (packed / "CODEBOOK.md").read_text("utf-8").lower()
    assert (packed / "CITATION.cff").read_text("utf-8").startswith("cff-version: 1.2.0\n")


def test_it_says_of_which_run_its_report_is_and_what_is_not_in_it(packed: Path) -> None:
    readme = (packed / "README.md").read_text("utf-8")
    made = json.loads((packed / "numbers.json").read_text("utf-8"))["provenance"]
    assert f"| `report/report.en.html` | the report of run {made['run']}, {made['generated_at']} |" in readme
    assert "Answers to requests that were given after that run are not in it." in readme


def test_numbers_that_lead_to_people_are_masked(packed: Path) -> None:
    for path in packed.rglob("*"):
        if path.is_file():
            assert b"13812345678" not in path.read_bytes(), path


def test_without_texts_no_words_and_no_addresses_are_passed_on(minyi: Callable, made: Packed, tmp_path: Path) -> None:
    out = tmp_path / "none.zip"
    assert minyi("export", made.study, "--pack", "--texts", "none", "--out", out).code == 0
    with zipfile.ZipFile(out) as pack:
        table = pack.read("fees-pack/comments.jsonl").decode()
    assert "手续费" not in table
    assert '"url"' not in table


def test_what_cannot_be_packed_is_said(minyi: Callable, study: Path, tmp_path: Path) -> None:
    nothing = minyi("export", study, "--pack")
    assert nothing.code == 2
    assert "minyi report" in nothing.err
    wrong = minyi("export", study, "--pack", "--texts", "some")
    assert wrong.code == 2
    assert "masked, full or none" in wrong.err
