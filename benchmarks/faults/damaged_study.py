"""A small study with comments, labels, answers and a report, in the states in which a report may find it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from importlib.resources import files
from io import StringIO
from typing import TYPE_CHECKING, Any, NamedTuple

from minyi.analysing import analyse
from minyi.console import Console
from minyi.labels import task_of
from minyi.reporting import report
from minyi.sampling import Wanted, sample
from minyi.workspace import open_workspace
from nlp.fold import fold_keys
from storage.nouns import STANCES, Article, Capture, Page, Reject
from storage.records import Judgement
from storage.responses import ResponseRecord

if TYPE_CHECKING:
    import random
    from pathlib import Path

    from minyi.workspace import Workspace

STUDY = """\
[study]
id = "line"
start = 2026-03-02
end = 2026-04-12
[change]
name = { zh = "云梧先享额度关闭", en = "Closing of Yunwu Advance" }
statement = { zh = "云梧支付对云梧分高于700分的用户关闭“云梧先享”信用额度", en = "Yunwu Pay closes its credit line" }
words = { zh = ["云梧", "额度"], en = ["Yunwu"] }
[[events]]
date = 2026-03-09
kind = "announced"
title = { zh = "公告", en = "Notice" }
[[events]]
date = 2026-03-16
kind = "effective"
title = { zh = "生效", en = "In force" }
"""
SOURCE, SITE, TRIAL = "forum", "https://forum.example", "trial"


class State(NamedTuple):
    """A study's folder as a report may find it, and how a report of it comes out where nothing is damaged.

    Attributes:
        name: again (nothing is new), anew (nothing is kept), labelled (people said more since), log (what was stored
            last stands in SQLite's log alone, as after a kill).
        folder: it.
        sound: the files of the report, by name.
    """

    name: str
    folder: Path
    sound: dict[str, bytes]


def quiet() -> Console:
    """Says nothing to anybody."""
    return Console(quiet=True, out=StringIO(), err=StringIO())


def reported(folder: Path) -> dict[str, bytes]:
    """Reports, and gives the files of the report."""
    with open_workspace(folder) as workspace:
        report(workspace, quiet())
    return standing(folder)


def standing(folder: Path) -> dict[str, bytes]:
    """The files of the report that stand there now."""
    return {path.name: path.read_bytes() for path in sorted((folder / "reports").iterdir())}


def states(place: Path, comments: int) -> list[State]:
    """Makes the study once, and each state of it."""
    base = place / "again"
    base.mkdir(parents=True)
    (base / "study.toml").write_text(STUDY, encoding="utf-8")
    with open_workspace(base) as workspace:
        _fill(workspace, comments)
        report(workspace, quiet())
    anew, labelled, log = (shutil.copytree(base, place / name) for name in ("anew", "labelled", "log"))
    for kept in ("rollups", "runs"):
        shutil.rmtree(anew / "data" / kept)
    with open_workspace(labelled) as workspace:
        _label(workspace, "Ann", 50, 60)
    _leave_in_the_log(log, place / "killed")
    return [_state(folder, place) for folder in (base, anew, labelled, log)]


def _state(folder: Path, place: Path) -> State:
    whole = shutil.copytree(folder, place / TRIAL)  # reports tell the name of their folder
    found = reported(whole)
    shutil.rmtree(whole)
    return State(folder.name, folder, found)


def _leave_in_the_log(folder: Path, copy: Path) -> None:
    """As a killed command leaves it: what it stored is in the log, and nobody has moved it into the database yet."""
    with open_workspace(folder) as workspace:
        _label(workspace, "Ann", 50, 60)
        shutil.copytree(folder, copy)
    shutil.rmtree(folder)
    (copy / "data" / "minyi.db-shm").unlink(missing_ok=True)
    copy.rename(folder)


def _fill(workspace: Workspace, comments: int) -> None:
    store, study = workspace.store, workspace.study
    run = store.begin_run(study.id, "collect", {}, "")
    refused, articles = (Reject("row 7", "text: empty"),), tuple(_article(at) for at in range(5))
    rows = _rows(comments)
    for start in range(0, len(rows), 50):
        declared = {article.id: comments for article in articles}
        page = Page(comments=rows[start : start + 50], articles=articles, rejects=refused, declared=declared)
        url, body = f"{SITE}/{start}", f"<p>{start}</p>".encode()
        capture = Capture(url, url, 200, {}, body, 1_772_409_600_000 + start)
        store.add_page(study.id, SOURCE, page, run_id=run, capture=capture)
    failure = {
        "source": SOURCE,
        "type": "BadResponse",
        "where": "https://forum.example/gone",
        "what": "gone",
        "remedy": "",
    }
    store.end_run(run, "partial", {SOURCE: {"new": comments, "state": "partial"}}, [failure])
    analyse(workspace, quiet())
    sample(workspace, quiet(), Wanted(size=60))
    _label(workspace, "Ann", 0, 50)
    _label(workspace, "Ben", 0, 12)
    ids = store.comments(study.id, columns=["id"])["id"].tolist()
    said = [ResponseRecord("paraphrase", one, "said", zh="希望说清楚", en="wants it made clear") for one in ids[:20]]
    store.responses.put(study.id, run, said)


def _article(at: int) -> Article:
    return Article(id=f"a{at}", text="自16日起关闭。", title=f"第{at}号公告")


def _rows(n: int) -> list[Any]:
    lines = files("minyi.demo").joinpath("comments.jsonl").read_text(encoding="utf-8").splitlines()
    said = [json.loads(line) for line in lines[:n]]
    folds = fold_keys([one["text"] for one in said]).tolist()
    return [
        {
            **{name: one[name] for name in ("text", "author", "likes", "url", "platform")},
            "ext_id": one["id"],
            "lang": "zh",
            "article_id": f"a{at % 5}",
            "fold": fold,
            "published_at": 1_772_409_600_000 + at % 40 * 86_400_000 + at * 1000,
            "published_precision": "second",
        }
        for at, (one, fold) in enumerate(zip(said, folds, strict=True))
    ]


def _label(workspace: Workspace, who: str, first: int, last: int) -> None:
    store, study, task = workspace.store, workspace.study, task_of(workspace.study)
    keys = store.labels.items(study.id, "audit", task)["key"].tolist()[first:last]
    stances = [STANCES[(at + len(who)) % 4] for at in range(len(keys))]
    said = [
        Judgement(int(key), stance=stance, codes=tuple(int(stance == it) for it in STANCES[:3]))  # type: ignore[arg-type]
        for key, stance in zip(keys, stances, strict=True)
    ]
    run = store.begin_run(study.id, "label", {}, "")
    store.labels.put(study.id, *task, f"person:{who}", run, said)
    store.end_run(run, "ok", {}, [])


def flip(file: Path, at: int, bit: int) -> None:
    """Turns one bit of a file over."""
    body = bytearray(file.read_bytes())
    body[at] ^= 1 << bit
    file.write_bytes(bytes(body))


def anywhere(file: Path, draw: random.Random) -> tuple[int, int]:
    """A byte and a bit of a file."""
    return draw.randrange(file.stat().st_size), draw.randrange(8)


def page_of(file: Path, name: str, draw: random.Random | None = None) -> int:
    """Where a page of a table or index begins: the first one, or one that is drawn."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        query = "SELECT pageno FROM dbstat WHERE name = ? AND pagetype <> 'overflow' ORDER BY pageno"
        pages = [row[0] for row in connection.execute(query, (name,))]
    return int(size) * ((draw.choice(pages) if draw else pages[0]) - 1)


def in_cells(file: Path, draw: random.Random) -> tuple[int, int]:
    """A byte and a bit where a page of SQLite's keeps what it holds: each table and index is as likely as another."""
    body = file.read_bytes()
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        names = [row[0] for row in connection.execute("SELECT DISTINCT name FROM dbstat ORDER BY name")]
    start = page_of(file, draw.choice(names), draw)
    head = start or 100  # the first page begins with the header of the file
    cells = int.from_bytes(body[head + 5 : head + 7], "big") % size  # 0 where there are none
    return draw.randrange(start + cells, start + size), draw.randrange(8)


def in_authors(file: Path, draw: random.Random) -> tuple[int, int]:
    """The last bit of a character of an author's pseudonym, in the row of a comment: it stays a text."""
    return _within(
        file, draw, "comment", "SELECT DISTINCT author FROM comment WHERE author IS NOT NULL ORDER BY author"
    )


def in_titles(file: Path, draw: random.Random) -> tuple[int, int]:
    """The same of the title of an article that fewer comments came from than its platform says."""
    return _within(file, draw, "article", "SELECT DISTINCT title FROM article ORDER BY title")


def in_order(file: Path, draw: random.Random) -> tuple[int, int]:
    """The same of the study's name, in the index by which its comments are found."""
    return _within(file, draw, "comment_in_order", "SELECT DISTINCT study FROM comment")


def _within(file: Path, draw: random.Random, name: str, query: str) -> tuple[int, int]:
    body = file.read_bytes()
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        values = [str(row[0]).encode() for row in connection.execute(query)]
    while True:
        start, value = page_of(file, name, draw), draw.choice(values)
        cells = int.from_bytes(body[start + 5 : start + 7], "big")
        if (at := body.find(value, start + cells, start + size)) >= 0:
            return at + draw.randrange(len(value)), 0
