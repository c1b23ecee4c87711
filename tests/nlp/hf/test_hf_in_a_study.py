"""A study judged by a model in its folder: analysed, stopped, gone on with, reported."""

from __future__ import annotations

import json
import shutil
import sys
from typing import TYPE_CHECKING, Any

import pytest

from minyi import cli
from minyi.workspace import open_workspace
from nlp.coders.hf.runtimes import TorchRuntime

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.transformers

STUDY = """\
[study]
id = "fees"
coder = "hf:./mine"

[coder]
labels = { "LABEL_0" = "support", "LABEL_1" = "concern", "LABEL_2" = "suggestion", "LABEL_3" = "neutral" }
pair = true

[change]
name = { zh = "提现收费" }
statement = { zh = "平台对提现收取手续费" }
words = { zh = ["手续费"] }
"""
COMMENTS = ["支持收费，好的", "反对，坏的不好", "建议小额免手续费", "支持收费，好的", "good plan"]


@pytest.fixture
def study(tmp_path: Path, tiny: Callable[..., Path]) -> Path:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    shutil.copytree(tiny([f"LABEL_{number}" for number in range(4)]), tmp_path / "mine")
    lines = [json.dumps({"id": str(at), "text": text}) for at, text in enumerate(COMMENTS)]
    (tmp_path / "said.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path


@pytest.fixture
def minyi(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["minyi", *map(str, arguments)])
        capsys.readouterr()
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


@pytest.fixture
def no_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on nobody computes."""

    def refuse(*_: Any) -> None:
        raise AssertionError("the model was asked")

    monkeypatch.setattr(TorchRuntime, "logits", refuse)


def test_a_study_is_judged_by_its_own_model(study: Path, minyi: Callable[..., tuple[int, str]]) -> None:
    assert minyi("check", study)[0] == 0
    minyi("import", study / "said.jsonl", "--study", study)
    code, said = minyi("analyse", study)
    assert (code, "5 comments judged by hf:./mine@1-" in said) == (0, True), said
    assert "Ran by torch float32 on cpu." in said
    code, said = minyi("analyse", study)
    assert (code, "Nothing new" in said) == (0, True), said
    code, said = minyi("report", study)
    assert code == 0, said
    assert "hf:./mine@1-" in (study / "reports" / "numbers.json").read_text(encoding="utf-8")


def test_answers_outlive_a_run_that_saved_nothing(
    study: Path, minyi: Callable[..., tuple[int, str]], request: pytest.FixtureRequest
) -> None:
    minyi("import", study / "said.jsonl", "--study", study)
    with open_workspace(study) as workspace:
        first = workspace.coder.code(COMMENTS, workspace.study.change).scores
    request.getfixturevalue("no_passes")
    with open_workspace(study) as workspace:
        assert workspace.coder.code(COMMENTS, workspace.study.change).scores.tobytes() == first.tobytes()
    assert minyi("analyse", study)[0] == 0


def test_status_and_report_load_no_model(
    study: Path, minyi: Callable[..., tuple[int, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    minyi("import", study / "said.jsonl", "--study", study)
    for library in ("torch", "transformers", "onnxruntime", "tokenizers"):
        monkeypatch.setitem(sys.modules, library, None)
    code, said = minyi("status", study)
    assert (code, "5 comments have no stance yet" in said) == (0, True)
    assert minyi("report", study)[0] == 0


def test_a_model_that_is_gone_is_said(study: Path, minyi: Callable[..., tuple[int, str]]) -> None:
    shutil.rmtree(study / "mine")
    code, said = minyi("analyse", study)
    assert code == 1
    assert "no such model folder" in said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ('pair = "first"', "coder.pair"),
        ('device = "gpu"', "coder.device"),
        ("trust_remote_code = true", "trust_remote_code"),
        ('hypotheses = { fr = { support = "oui" } }', "hypotheses"),
    ],
)
def test_a_wrong_option_is_found_by_check(
    study: Path, minyi: Callable[..., tuple[int, str]], wrong: str, said: str
) -> None:
    (study / "study.toml").write_text(STUDY.replace("pair = true", wrong), encoding="utf-8")
    code, found = minyi("check", study)
    assert code == 2
    assert said in found
