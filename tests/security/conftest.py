"""A study in which everything that others may write attacks whoever reads it."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from odd_words import OWN

from minyi import cli
from minyi.workspace import open_workspace
from storage.nouns import Page

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from storage.nouns import CommentRow

SAID = Path(__file__).parents[2] / "minyi" / "demo" / "comments.jsonl"
"""Comments of the demo: what the attacks are mixed with, so that every part of a report has something to show."""


ODD_FILE = "=x9q() <x9q onload=1>.csv"
"""Name of the file that is imported."""


class Told(NamedTuple):
    """A study's folder, and the texts of its comments as others wrote them."""

    folder: Path
    texts: list[str]


class Ended(NamedTuple):
    """How a command ended, and all it said."""

    code: int
    said: str


def run(*arguments: object) -> Ended:
    """Run a command as the console script does."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        patch.delenv("MINYI_DATABASE_URL", raising=False)
        patch.setattr(sys, "argv", ["minyi", *map(str, arguments)])
        try:
            cli.main()
        except SystemExit as end:
            return Ended(int(end.code or 0), said.getvalue())
    return Ended(0, said.getvalue())


@pytest.fixture(scope="session")
def minyi() -> Callable[..., Ended]:
    """Runs a command."""
    return run


def study_file(words: Sequence[str], languages: Sequence[str]) -> str:
    """A study file whose every free text is one of the words."""
    word = cycle(json.dumps(word.encode("utf-8", "replace").decode()[:400], ensure_ascii=False) for word in words)
    both = lambda: f"{{ zh = {next(word)}, en = {next(word)} }}"  # noqa: E731
    events = [
        f'[[events]]\ndate = 2026-03-{day:02d}\nkind = "{kind}"\ntitle = {both()}\nwho = {both()}\n'
        f'url = "https://x9q.example/?\'><x9q onload=x9q=1>"\n'
        for day, kind in ((3, "announced"), (9, "effective"), (14, "clarified"), (20, "media"))
    ]
    return "\n".join(
        [
            f'[study]\nid = "odd"\nstart = 2026-03-01\nend = 2026-04-15\nlanguages = {json.dumps(languages)}\n',
            f"[change]\nname = {both()}\nstatement = {both()}\nowner = {both()}",
            f"aliases = [{next(word)}, {next(word)}]",
            'words = { zh = ["云梧先享", "额度"], en = ["loan"] }\n',
            *events,
            f"[[gaps]]\nstart = 2026-03-28\nend = 2026-03-29\nreason = {both()}\n",
            f"[platforms]\n{next(word)} = {both()}\nforum = {both()}\n",
        ]
    )


def comment_rows(words: Sequence[str], count: int) -> list[CommentRow]:
    """Comments of the demo, each begun and ended by an attack, with attacks in every other field."""
    lines = islice(SAID.read_text("utf-8").splitlines(), count)
    word = cycle(words)
    rows = []
    for at, said in enumerate(map(json.loads, lines)):
        moment = int(datetime.fromisoformat(said["time"]).timestamp() * 1000)
        row: CommentRow = {"ext_id": f"{next(word)} {at}", "author": f"{next(word)} {at}", "platform": next(word)}
        row |= {"text": f"{next(word)} {said['text']} {next(word)}", "url": f"https://a.example/{next(word)}"}
        rows.append(row | {"published_at": moment, "published_precision": "second", "likes": said["likes"]})
    return rows


@pytest.fixture(scope="session")
def told(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Told]:
    """Makes a study of such comments, one more of them imported from a file, all judged."""

    def make(words: Sequence[str] = OWN, count: int = 100, languages: Sequence[str] = ("en",)) -> Told:
        folder = tmp_path_factory.mktemp("odd") / "study"
        folder.mkdir()
        (folder / "study.toml").write_text(study_file(words, languages), "utf-8")
        rows = comment_rows(words, count)
        with open_workspace(folder) as workspace:
            number = workspace.store.begin_run("odd", "import", {}, "")
            for source, part in zip(words, batched(rows, 40), strict=False):
                workspace.store.add_page("odd", source, Page(comments=part), run_id=number)
        file = folder.parent / ODD_FILE
        file.write_text(f"text\n{words[0]}\n", "utf-8")
        for command in (("import", file, "--study", folder), ("analyse", folder)):
            ended = run(*command)
            assert ended.code == 0, ended.said
        return Told(folder, [row["text"] for row in rows])

    return make


def batched(rows: list[CommentRow], size: int) -> list[list[CommentRow]]:
    """The rows in batches."""
    return [rows[at : at + size] for at in range(0, len(rows), size)]
