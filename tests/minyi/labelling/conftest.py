"""A study with a sample drawn, and its labelling page served."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from threading import Thread
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from minyi.labelling.app import label_app
from minyi.labelling.desk import Desk
from minyi.labelling.gate import Keys
from minyi.labelling.serving import listen, server
from minyi.workspace import Workspace, open_workspace
from storage.labels import Frame, digest_of
from storage.nouns import CommentRow, Page
from storage.records import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STUDY = """\
[study]
id = "fees"

[change]
name = { zh = "提现收费", en = "Withdrawal fee" }
statement = { zh = "平台对提现收取手续费", en = "The platform charges a fee for withdrawals" }

[[events]]
date = 2026-03-20
kind = "effective"
title = "In force"

[[events]]
date = "2026-03"
kind = "announced"
title = { zh = "公告" }
"""
CLASSIFIER, SCORE = "oracle@9.9", 0.8765432
AUTHOR, PLATFORM, SOURCE = "author-4711", "platform-x", "source-y"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Workspace]:
    """Twelve comments, the third a quote, all of them coded by a classifier."""
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    with open_workspace(tmp_path) as opened:
        rows: list[CommentRow] = [
            {"ext_id": str(at), "text": f"第{at}条：手续费", "author": AUTHOR, "platform": PLATFORM, "lang": "zh"}
            for at in range(12)
        ]
        rows[2]["evidence"] = "一位店主说，"
        rows[2]["published_at"] = 1_774_022_400_000  # 2026-03-20 16:00 UTC: the day after in Shanghai
        run = opened.store.begin_run("fees", "import", {}, "digest")
        opened.store.add_page("fees", SOURCE, Page(comments=rows), run_id=run)
        keys = opened.store.comments("fees")["key"].to_numpy()
        change, scores = opened.study.change.target, np.full((12, 4), SCORE)
        opened.store.add_annotations("fees", change, CLASSIFIER, "1", run, keys, np.zeros(12, int), scores)
        yield opened


@pytest.fixture
def secrets(workspace: Workspace) -> list[str]:
    """What no coder may learn: the classifier's name and scores, who wrote a comment, and where."""
    pseudonyms = set(workspace.store.comments("fees")["author"])
    return [CLASSIFIER, "oracle", str(SCORE)[:6], AUTHOR, PLATFORM, SOURCE, *pseudonyms]


@pytest.fixture
def draw(workspace: Workspace) -> Callable[..., list[str]]:
    """Draw these comments, by number, into a sample; gives their ids. Some of them go to a second coder."""

    def drawn(*numbers: int, second: tuple[int, ...] = (), kind: Any = "audit", target: str = "") -> list[str]:
        comments = workspace.store.comments("fees")
        keys, run = comments["key"].to_numpy(np.int64), workspace.store.begin_run("fees", "sample", {}, "digest")
        places = np.arange(len(keys))
        workspace.store.labels.add_cohort(
            "fees",
            run,
            kind=kind,
            method="simple",
            seed=1,
            target=target or workspace.study.change.target,
            codebook="1",
            digest=digest_of(comments["id"]),
            strata=[("", len(keys))],
            frame=Frame(keys, np.zeros_like(keys), places),
            items=[
                Item(key=int(keys[at]), place=int(at), turn=turn, second=at in second)
                for turn, at in enumerate(numbers)
            ],
        )
        return [str(comments["id"][at]) for at in numbers]

    return drawn


@pytest.fixture
def desk(workspace: Workspace) -> Desk:
    run = workspace.store.begin_run("fees", "label", {}, "digest")
    return Desk(workspace.store.labels, workspace.study, run)


@dataclass(frozen=True)
class Reply:
    """What the page's server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Served:
    """A labelling page's server, and the browser that was let in."""

    desk: Desk
    keys: Keys
    port: int
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def ask(self, path: str, body: Any = None, **headers: str | None) -> Reply:
        """A request as the page makes it; headers by name (`_` for `-`) are put in its place, None takes one out."""
        whole = {**self.headers, "Content-Type": "application/json", "Origin": f"http://{self.host}"}
        whole |= {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
        whole = {name: value for name, value in whole.items() if headers.get(name.replace("-", "_"), "") is not None}
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        connection.request("GET" if body is None else "POST", path, sent, whole)
        answer = connection.getresponse()
        reply = Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        connection.close()
        return reply

    def judge(self, item: str, **said: Any) -> Reply:
        """Support, unless something else is said."""
        answer = {"as": "Ann", "seen": None, "item": item, "what": "judged", "stance": "support", "codes": [1, 0, 0]}
        return self.ask("/api/judge", {**answer, "unsure": False, "note": "", "seconds": 2.5, **said})


@contextmanager
def _running(desk: Desk) -> Iterator[Served]:
    door, keys = listen(), Keys()
    port = door.getsockname()[1]
    program = server(label_app(desk, keys, port, place="fees"))
    thread = Thread(target=program.run, kwargs={"sockets": [door]})
    thread.start()
    served = Served(desk, keys, port)
    served.headers = {"Cookie": f"minyi-label-{port}={keys.cookie}", "X-Minyi-Token": keys.page}
    try:
        yield served
    finally:
        program.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def running() -> Callable[[Desk], AbstractContextManager[Served]]:
    """Serve a desk's page, while the block runs."""
    return _running


@pytest.fixture
def served(desk: Desk, draw: Callable[..., list[str]]) -> Iterator[Served]:
    """Six comments drawn, and their page served."""
    draw(4, 2, 0, 5, 3, 1)
    with _running(desk) as running:
        yield running
