"""`minyi evaluate`: coders with their settings, side by side, on the console and in files."""

from __future__ import annotations

import csv
import json
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from asking import STUDY
from chat import ChatServer, status
from rich.cells import cell_len

from minyi.console import Console, Exit
from minyi.learning import Outputs, evaluate_coders, load_coder, options_for
from minyi.study_file import load_study
from nlp.coders import UnknownCoderError
from nlp.coders.options import CoderOptionsError
from storage.errors import MinyiError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

LLM = '[coder{table}]\nendpoint = "{url}"\nbudget = {{ requests = 20 }}\n'
ROWS: list[dict[str, Any]] = [
    {"text": text, "primary": stance}
    for text, stance in (
        ("支持，早该这样了", "support"),
        ("凭什么收费，太坑了", "concern"),
        ("建议小额免手续费", "suggestion"),
    )
] * 4


def study(folder: Path, coder: str = "embedded", options: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "study.toml"
    path.write_text(STUDY.format(coder=coder, options=options), encoding="utf-8")
    return path


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    path = tmp_path / "labelled.jsonl"
    rows = [{**row, "text": f"{row['text']}{number}"} for number, row in enumerate(ROWS)]
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def console(*, as_json: bool = False) -> Console:
    return Console(json=as_json, out=StringIO(), err=StringIO())


def said(spoken: Console) -> str:
    assert isinstance(spoken.out, StringIO)
    return spoken.out.getvalue()


def warned(spoken: Console) -> str:
    assert isinstance(spoken.err, StringIO)
    return spoken.err.getvalue()


def test_two_coders_side_by_side(labelled: Path, tmp_path: Path, server: ChatServer) -> None:
    place = study(tmp_path / "s", "llm:m", LLM.format(table="", url=server.url))
    spoken = console(as_json=True)
    outputs = Outputs(csv=tmp_path / "out" / "e.csv", html=tmp_path / "out" / "e.html")
    code = evaluate_coders(spoken, labelled, ["embedded", "llm:m"], place, outputs)
    done = json.loads(said(spoken).splitlines()[-1])
    assert code == Exit.OK
    assert [coder["annotator"].split("@")[0] for coder in done["coders"]] == ["embedded", "llm:m"]
    assert done["coders"][1]["run"]["spent"]["requests"] == len(server.asked) > 0
    assert len(done["differences"]) == 3
    assert (done["changes"], done["rejected"]) == (1, 0)  # the study's change is that of all rows
    table = list(csv.DictReader(StringIO((tmp_path / "out" / "e.csv").read_text("utf-8-sig"))))
    assert {row["coder"].split("@")[0] for row in table} >= {"embedded", "llm:m", "always support"}
    page = (tmp_path / "out" / "e.html").read_text(encoding="utf-8")
    assert "分类器与人工标注有多一致" in page  # the study's first language
    assert all(name in page for name in ("embedded@", "llm:m@"))


def test_answers_are_kept_with_the_study(labelled: Path, tmp_path: Path, server: ChatServer) -> None:
    place = study(tmp_path / "s", "llm:m", LLM.format(table="", url=server.url))
    evaluate_coders(console(), labelled, [], place)
    before = len(server.asked)
    evaluate_coders(console(), labelled, [], place)
    assert len(server.asked) == before > 0


def test_a_coder_that_fails_does_not_stop_the_others(
    labelled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nlp.coders.embedded import EmbeddedCoder

    class Broken(EmbeddedCoder):
        name = "broken"

        def code(self, *_: Any, **__: Any) -> Any:
            raise MinyiError("The model gave out.")

    known = load_coder
    monkeypatch.setattr(
        "minyi.learning.load_coder", lambda name, study: Broken() if name == "broken" else known(name, study)
    )
    spoken = console()
    place = study(tmp_path / "s")
    assert evaluate_coders(spoken, labelled, ["broken", "embedded"], place) == Exit.PARTIAL
    assert "The model gave out." in warned(spoken)
    assert " on 1 change, " in said(spoken)
    with pytest.raises(MinyiError, match="gave out"):
        evaluate_coders(console(), labelled, ["broken"], place)


def test_a_coder_that_is_not_there_does_not_stop_the_others_either(labelled: Path, tmp_path: Path) -> None:
    place, spoken = study(tmp_path / "s"), console(as_json=True)
    assert evaluate_coders(spoken, labelled, ["study", "embedded"], place) == Exit.PARTIAL
    done = json.loads(said(spoken).splitlines()[-1])
    assert [coder["annotator"].split("@")[0] for coder in done["coders"]] == ["embedded"]
    (missing,) = done["failed"]
    assert missing["coder"] == "study"
    assert "minyi adapt" in missing["reason"]
    with pytest.raises(MinyiError, match="no adapted coder"):
        evaluate_coders(console(), labelled, ["study"], place)


def test_one_coder_by_two_names_is_measured_once(labelled: Path, tmp_path: Path) -> None:
    place, spoken = study(tmp_path / "s"), console(as_json=True)
    evaluate_coders(spoken, labelled, ["embedded", str(place)], place)
    assert len(json.loads(said(spoken).splitlines()[-1])["coders"]) == 1


def test_comments_without_an_answer_are_shown_and_make_it_partial(
    labelled: Path, tmp_path: Path, server: ChatServer
) -> None:
    server.otherwise = status(401)
    place = study(tmp_path / "s", "llm:m", LLM.format(table="", url=server.url))
    spoken = console(as_json=True)
    assert evaluate_coders(spoken, labelled, ["llm:m", "embedded"], place) == Exit.PARTIAL
    first = json.loads(said(spoken).splitlines()[-1])["coders"][0]
    assert (first["abstained"], first["accuracy"]["value"], first["accuracy_given"]["value"]) == (12, 0, None)
    assert first["run"]["failures"]


def test_eighty_columns_are_enough(labelled: Path, tmp_path: Path) -> None:
    with labelled.open("a", encoding="utf-8") as more:
        row = {
            "text": "好",
            "change": "某市全面禁止在所有公园和广场的公共区域内吸烟并处以罚款",
            "coders": ["support"] * 2,
        }
        more.write("\n" + json.dumps(row, ensure_ascii=False))
    spoken = console()
    evaluate_coders(spoken, labelled, ["embedded"], study(tmp_path / "s"))
    assert [line for line in said(spoken).splitlines() if cell_len(line.rstrip()) > 80] == []
    assert "Trivial baseline: every comment support" in said(spoken)
    assert "…" in said(spoken)


def test_bad_rows_are_named_and_counted(labelled: Path, tmp_path: Path) -> None:
    with labelled.open("a", encoding="utf-8") as more:
        more.write("\n{}\nnonsense\n" + '{"text": "好", "primary": "good"}\n' * 7)
    spoken = console()
    evaluate_coders(spoken, labelled, [], study(tmp_path / "s"))
    assert "Not scored: 1 without a label, 8 refused." in said(spoken)
    assert "row 14: no JSON" in warned(spoken)
    assert "and 3 more rows were refused" in warned(spoken)


def test_the_options_of_a_study_go_to_the_coders_they_are_meant_for(tmp_path: Path) -> None:
    own = {"endpoint": "http://localhost:1", "budget": {"requests": 20}}
    url = "http://localhost:1"
    plain = load_study(study(tmp_path / "a", "llm:m", LLM.format(table="", url=url)), to_collect=False)
    behind = load_study(study(tmp_path / "b", "cascade:llm:m", LLM.format(table=".heavy", url=url)), to_collect=False)
    assert options_for("llm:m", plain) == options_for("llm:other", plain) == own
    assert options_for("cascade:llm:m", plain) == {"heavy": own}
    assert options_for("cascade:llm:n", behind) == {"heavy": own}
    assert options_for("llm:m", behind) == own
    assert options_for("embedded", plain) == options_for("hf:x", behind) == {}


def test_a_study_file_counts_as_its_coder(tmp_path: Path) -> None:
    url = "http://localhost:1"
    place = study(tmp_path / "a", "llm:m", LLM.format(table="", url=url))
    assert load_coder(str(place)).name == "llm:m"
    with pytest.raises(CoderOptionsError):
        load_coder("llm:m")  # who asks a model says where and for how much
    with pytest.raises(UnknownCoderError):
        load_coder("nobody")


def test_nothing_is_written_over(labelled: Path, tmp_path: Path) -> None:
    before = labelled.read_bytes()
    for outputs in (Outputs(csv=labelled), Outputs(tmp_path / "x", tmp_path / "x"), Outputs(language="fr")):
        with pytest.raises(UsageError):
            evaluate_coders(console(), labelled, [], study(tmp_path / "s"), outputs)
    assert labelled.read_bytes() == before


def test_a_place_that_cannot_be_written_is_said(labelled: Path, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("in the way", encoding="utf-8")
    with pytest.raises(MinyiError, match="could not be written"):
        evaluate_coders(console(), labelled, [], study(tmp_path / "s"), Outputs(html=tmp_path / "taken" / "e.html"))
