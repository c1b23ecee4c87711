"""Disagreements: which are open, what settling keeps, and a sheet to settle them in."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
from contextlib import contextmanager
from http.client import HTTPConnection
from importlib import resources
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest

from minyi.console import Console
from minyi.labelling.answers import Answer
from minyi.labelling.desk import Elsewhere, Refused
from minyi.labelling.gate import Keys
from minyi.labelling.serving import listen, server
from minyi.labels import standing
from minyi.settling.app import settling_app
from minyi.settling.board import Board
from minyi.settling.disputes import disputes
from minyi.settling.page import settling_wording
from minyi.settling.sheet import settle_sheet
from storage.errors import UsageError
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Bench

pytestmark = pytest.mark.usefixtures("on_both")

SUPPORT = {"stance": Stance.SUPPORT, "codes": (1, 0, 0)}
CONCERN = {"stance": Stance.CONCERN, "codes": (0, 1, 1), "note": "反语", "unsure": True}


@pytest.fixture
def disputed(bench: Bench) -> Bench:
    """Two people differ on the first two comments, agree on the third, and differ in a code alone on the fourth."""
    for at, other in enumerate((CONCERN, CONCERN, SUPPORT, {"stance": Stance.SUPPORT, "codes": (1, 0, 1)})):
        bench.say("person:李", at, **SUPPORT)
        bench.say("person:Bo", at, **other)
    bench.say("person:李", 5, **SUPPORT)
    bench.say("person:Bo", 5, what="skipped")
    return bench


@pytest.fixture
def board(disputed: Bench) -> Board:
    return Board(disputed.workspace, disputed.workspace.store.begin_run("fees", "labels-settle", {}, ""))


def answer(bench: Bench, at: int, **said: Any) -> Answer:
    whole = {"what": "judged", "stance": "concern", "codes": (0, 1, 0), "unsure": False, "note": "", "seconds": None}
    return Answer.model_validate({"item": bench.ids[at], **whole, **said}, strict=False)


TAKEN_BACK = {"what": "withdrawn", "stance": None, "codes": (0, 0, 0)}


def test_those_comments_are_disputed_whose_people_name_different_piles(disputed: Bench) -> None:
    found = disputes(disputed.workspace)
    assert [one.id for one in found] == disputed.ids[:2]
    assert [voice.words for voice in found[0].voices] == ["Bo: concern + suggestion (unsure) – 反语", "李: support"]
    assert found[0].settled is None


def test_a_comment_that_was_not_drawn_may_be_disputed_too(disputed: Bench) -> None:
    disputed.say("person:李", 11, **SUPPORT)
    disputed.say("person:Bo", 11, **CONCERN)
    assert [one.id for one in disputes(disputed.workspace)] == [*disputed.ids[:2], disputed.ids[11]]


def test_what_is_settled_stands_and_what_people_said_stays(disputed: Bench, board: Board) -> None:
    before = disputed.latest(all_of_it=True)
    now = board.settle(answer(disputed, 0, codes=(0, 1, 1), note="商定"), None)
    assert (now["settled"]["stance"], now["settled"]["note"], now["settled"]["revision"]) == ("concern", "商定", 0)
    table = standing(disputed.workspace).set_index("id").loc[disputed.ids[0]]
    assert (table["y_concern"], table["settled"], table["disputed"]) == (1.0, True, True)
    assert set(before) < set(disputed.latest(all_of_it=True))
    assert [one.id for one in disputes(disputed.workspace, among="open")] == [disputed.ids[1]]


def test_settling_is_taken_back_and_done_again_append_only(disputed: Bench, board: Board) -> None:
    board.settle(answer(disputed, 0), None)
    assert board.settle(answer(disputed, 0, **TAKEN_BACK), 0)["settled"] is None
    assert standing(disputed.workspace).set_index("id").loc[disputed.ids[0], "y_support"] == 0.5
    again = board.settle(answer(disputed, 0, stance="support", codes=(1, 0, 0)), None)
    assert (again["settled"]["stance"], again["settled"]["revision"]) == ("support", 2)
    said = [row[2:4] for row in disputed.latest(all_of_it=True) if row[1] == "settled"]
    assert said == [("judged", "concern"), ("withdrawn", None), ("judged", "support")]
    assert board.kept == {"judged": 2, "withdrawn": 1}


def test_a_second_tab_does_not_settle_over_the_first(disputed: Bench, board: Board) -> None:
    board.settle(answer(disputed, 0), None)
    with pytest.raises(Elsewhere) as elsewhere:
        board.settle(answer(disputed, 0, stance="support", codes=(1, 0, 0)), None)
    assert elsewhere.value.judgement is not None
    assert elsewhere.value.judgement["settled"]["stance"] == "concern"


def test_only_what_is_disputed_is_settled_and_only_what_is_settled_taken_back(disputed: Bench, board: Board) -> None:
    for at, said in ((2, {}), (7, {}), (0, TAKEN_BACK), (0, TAKEN_BACK | {"what": "skipped"})):
        with pytest.raises(Refused):
            board.settle(answer(disputed, at, **said), None)


def sheet(bench: Bench, name: str) -> str:
    out = io.StringIO()
    settle_sheet(bench.workspace, bench.folder / name, Console(out=out, err=out))
    return out.getvalue()


def test_a_sheet_of_disagreements_is_filled_in_and_imported(disputed: Bench) -> None:
    assert "2 comments on which people disagree" in sheet(disputed, "open.csv")
    path = disputed.folder / "open.csv"
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines(keepends=True)))
    assert rows[0]["said"].splitlines() == ["Bo: concern + suggestion (unsure) – 反语", "李: support"]
    assert {row["primary"] for row in rows} == {""}
    rows[0]["primary"] = "concern"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    counts = disputed.take(path)
    assert (counts["by"], counts["unlabelled"]) == ({"settled": 1}, 1)
    assert [one.id for one in disputes(disputed.workspace, among="open")] == [disputed.ids[1]]
    sheet(disputed, "open.xlsx")
    assert disputed.take(disputed.folder / "open.xlsx")["unlabelled"] == 1


def test_where_nothing_is_to_be_settled_the_sheet_says_so(bench: Bench) -> None:
    with pytest.raises(UsageError, match="nothing is to be settled"):
        sheet(bench, "open.csv")
    with pytest.raises(UsageError, match=r"\.csv or \.xlsx"):
        sheet(bench, "open.jsonl")


@contextmanager
def served(board: Board) -> Iterator[Callable[..., tuple[int, dict[str, str], Any]]]:
    """The page served; asks it as the browser that was let in, or with other headers (None leaves one out)."""
    with listen() as door:
        keys, port = Keys(), door.getsockname()[1]
        program = server(settling_app(board, keys, port))
        thread = Thread(target=program.run, kwargs={"sockets": [door]})
        thread.start()
        own = {"Host": f"127.0.0.1:{port}", "Origin": f"http://127.0.0.1:{port}", "X-Minyi-Token": keys.page}
        own |= {"Cookie": f"minyi-label-{port}={keys.cookie}", "Content-Type": "application/json"}

        def ask(path: str, body: Any = None, **headers: str | None) -> tuple[int, dict[str, str], Any]:
            sent = {name: value for name, value in {**own, **headers}.items() if value is not None}
            connection = HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request("GET" if body is None else "POST", path, body and json.dumps(body), sent)
            reply = connection.getresponse()
            text = reply.read().decode()
            connection.close()
            return (
                reply.status,
                {k.lower(): v for k, v in reply.getheaders()},
                text if path == "/" else json.loads(text),
            )

        try:
            yield ask
        finally:
            program.should_exit = True
            thread.join()


def test_the_page_stands_behind_the_gate_and_takes_only_what_the_codebook_allows(disputed: Bench, board: Board) -> None:
    body = {"item": disputed.ids[0], "what": "judged", "stance": "concern", "codes": [0, 1, 0], "unsure": False}
    body |= {"note": "", "seconds": None, "seen": None}
    with served(board) as ask:
        status, headers, page = ask("/")
        assert status == 200
        assert "default-src 'none'" in headers["content-security-policy"]
        (script,) = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}'" in headers["content-security-policy"]
        assert ask("/", Cookie=None)[0] == ask("/api/settle", body, **{"X-Minyi-Token": "x"})[0] == 403
        assert [one["id"] for one in ask("/api/work")[2]["disputes"]] == disputed.ids[:2]

        assert ask("/api/settle", body | {"codes": [1, 0, 0]})[0] == 422
        assert ask("/api/settle", body | {"item": disputed.ids[5]})[0] == 400
        assert board.kept.total() == 0
        assert ask("/api/settle", body)[2]["dispute"]["settled"]["stance"] == "concern"
        status, _, told = ask("/api/settle", body)
        assert (status, told["dispute"]["settled"]["revision"]) == (409, 0)
        assert ask("/nowhere")[0] == 404


def test_a_program_that_fails_says_so_in_words(board: Board, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(board, "work", lambda: 1 / 0)
    with served(board) as ask:
        status, _, told = ask("/api/work")
    assert status == 500
    assert told["error"]["what"] == "the program failed (ZeroDivisionError); this answer was not kept"


def test_both_languages_say_the_same_things() -> None:
    zh, en = (settling_wording(language)["ui"] for language in ("zh", "en"))
    slots = [{name: set(re.findall(r"\{\w+\}", text)) for name, text in words.items()} for words in (zh, en)]
    assert slots[0] == slots[1]
    script = resources.files("minyi.settling").joinpath("templates", "settle.js").read_text("utf-8")
    assert {name for name in en if f'"{name}"' not in script} == set()
