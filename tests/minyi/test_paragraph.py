"""The optional paragraph, from the study file to the report, against a server on loopback."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from minyi.console import Console
from minyi.paragraph import given, with_paragraph
from minyi.study_file import load_study
from minyi.study_problems import StudyFileError
from nlp.coders.options import read_options
from nlp.paragraph import ParagraphOptions

if TYPE_CHECKING:
    from pathlib import Path

    from chat import ChatServer

STUDY = """
[study]
id = "sample"
languages = ["en"]
[change]
name = { en = "Sample Pay ends small loans" }
statement = { en = "Sample Pay ends small loans" }
"""
CLAIM = {"id": "C1", "template": "thin", "verdict": "too_little", "variant": "", "section": "happened"}
NUMBERS: dict[str, Any] = {
    "study": {"name": {"zh": "", "en": "Sample Pay"}},
    "claims": [CLAIM | {"slots": {"n": {"int": 1873}, "floor": {"int": 3056}}}],
    "voices": [{"id": "person-77", "text": "secret words", "lang": "en"}],
    "quoted": [{"id": "person-77", "where": "voices"}],
}


class Workplace:
    """As much of a study's folder as the paragraph needs."""

    def __init__(self, folder: Path, table: str) -> None:
        from minyi.kept_answers import KeptAnswers

        file = folder / "study.toml"
        file.write_text(STUDY + table, "utf-8")
        self.loaded = load_study(file)
        self.study, self.folder, self.answers = self.loaded.study, folder, KeptAnswers(folder / "data")


@pytest.fixture
def server(chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> ChatServer:
    monkeypatch.delenv("MINYI_LLM_KEY", raising=False)
    return chat_server


def saying(text: str) -> Any:
    from chat import completion

    return lambda _: completion(text)


def told(folder: Path, server: ChatServer, text: str) -> Any:
    server.otherwise = saying(text)
    table = f'[paragraph]\nmodel = "a-model"\nendpoint = "{server.url}"\n'
    return with_paragraph(Workplace(folder, table), dict(NUMBERS), Console(quiet=True))["paragraph"]["en"]  # type: ignore[arg-type]


def test_it_is_off_by_default(tmp_path: Path) -> None:
    numbers = dict(NUMBERS)
    assert with_paragraph(Workplace(tmp_path, ""), numbers, Console(quiet=True)) is numbers  # type: ignore[arg-type]


def test_an_accepted_text_is_kept_with_its_slots_open(tmp_path: Path, server: ChatServer) -> None:
    assert told(tmp_path, server, "{C1} A comment reads: {q:Q1}.") == {
        "text": "{C1} A comment reads: {q:person-77}.", "model": "a-model", "state": "accepted", "reason": "",
    }  # fmt: skip


def test_a_text_that_says_something_itself_is_dropped(tmp_path: Path, server: ChatServer) -> None:
    found = told(tmp_path, server, "{C1} This is because of {study}.")
    assert (found["state"], found["reason"], found["text"]) == ("rejected", "cause", "")


def test_without_an_answer_there_is_a_report_all_the_same(tmp_path: Path, server: ChatServer) -> None:
    assert told(tmp_path, server, "")["reason"] == "unanswered"


def test_the_same_question_is_asked_once(tmp_path: Path, server: ChatServer) -> None:
    first = told(tmp_path, server, "{C1}")
    again = told(tmp_path, server, "{C1} {C1}")
    assert first == again
    assert len(server.asked) == 1
    assert server.asked[0].body["temperature"] == 0


def test_no_figure_no_comment_and_no_id_is_sent(tmp_path: Path, server: ChatServer) -> None:
    told(tmp_path, server, "{C1}")
    sent = server.asked[0].raw.decode()
    for never in ("1873", "1,873", "3056", "secret words", "person-77"):
        assert never not in sent
    assert json.loads(server.asked[0].body["messages"][-1]["content"]) == given(NUMBERS, "en")


def test_the_table_is_closed(tmp_path: Path) -> None:
    with pytest.raises(StudyFileError, match="colour"):
        Workplace(tmp_path, '[paragraph]\nmodel = "m"\nendpoint = "http://localhost/v1"\ncolour = "red"\n')
    with pytest.raises(StudyFileError, match="model"):
        Workplace(tmp_path, '[paragraph]\nendpoint = "http://localhost/v1"\n')
    with pytest.raises(Exception, match="batch"):
        read_options(ParagraphOptions, {"model": "m", "endpoint": "http://localhost/v1", "batch": 2})
