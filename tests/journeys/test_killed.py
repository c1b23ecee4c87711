"""Killed with -9 at thirty random moments, a collection loses nothing and stores nothing twice."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from everything import study_file

from minyi.console import Console
from minyi.workspace import open_workspace
from scrapers.fetch import FetchSettings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from world import World

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

SERVER, TOPICS, POSTS = "forum.harbour.example", 12, 25
ROUNDS, KILLS = 6, 5


@pytest.fixture
def forum(world: World) -> World:
    """A forum of twelve topics with twenty-five posts each, named on three list pages."""

    def serve(path: str, said: Any) -> None:
        world.serve(f"https://{SERVER}{path}", json.dumps(said))

    for number in range(1, TOPICS + 1):
        serve(f"/t/{number}.json", _topic(number))
    for place in range(3):
        numbers = range(place * 4 + 1, place * 4 + 5)
        more = {"more_topics_url": f"/latest?page={place + 1}"} if place < 2 else {}
        topics = [
            {"id": number, "title": f"Topic {number}", "slug": "t", "posts_count": POSTS + 1, **_bumped(number)}
            for number in numbers
        ]
        serve(f"/latest.json?page={place}", {"topic_list": {"topics": topics, **more}})
        if place == 0:
            serve("/latest.json", {"topic_list": {"topics": topics, **more}})
    return world


def _bumped(number: int) -> dict[str, str]:
    return {"bumped_at": f"2026-03-{20 - number:02}T10:00:00.000Z", "last_posted_at": "2026-03-01T10:00:00.000Z"}


def _topic(number: int) -> dict[str, Any]:
    posts = [
        {
            "id": number * 1000 + place,
            "post_number": place + 1,
            "post_type": 1,
            "username": f"user{place}",
            "created_at": "2026-03-02T10:00:00.000Z",
            "cooked": f"<p>Topic {number}, post {place}: the charge is too high.</p>",
            "reply_to_post_number": None,
        }
        for place in range(POSTS + 1)
    ]
    stream = [post["id"] for post in posts]
    return {
        "id": number,
        "title": f"Topic {number}",
        "slug": "t",
        "posts_count": POSTS + 1,
        "created_at": "2026-03-02T10:00:00.000Z",
        "post_stream": {"posts": posts, "stream": stream},
        **_bumped(number),
    }


def collect(folder: Path, world: World) -> None:
    from minyi.collecting import collect_sources

    settings = FetchSettings(min_interval_s=0.0, total_s=20.0, backoff_s=0.01)
    with open_workspace(folder) as workspace:
        collect_sources(workspace, Console(quiet=True), settings=settings, network=world.network)


def collect_and_die(
    folder: Path,
    world: World,
    after_s: float = 0.0,
    *,
    by: signal.Signals = signal.SIGKILL,
    when: Callable[[], bool] = lambda: True,
) -> None:
    """Collect in a process of its own and kill it; it may have come to its end by then."""
    child = os.fork()
    if child == 0:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            collect(folder, world)
        finally:
            os._exit(0)
    time.sleep(after_s)
    latest = time.monotonic() + 60
    while not when() and time.monotonic() < latest:
        time.sleep(0.05)
    os.kill(child, by)
    os.waitpid(child, 0)


@pytest.mark.parametrize("seed", [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, ROUNDS))])
def test_nothing_is_lost_and_nothing_comes_twice(forum: World, tmp_path: Path, seed: int) -> None:
    (tmp_path / "study.toml").write_text(
        study_file([("forum", "discourse", {"server": f"https://{SERVER}", "latest": True})]), "utf-8"
    )
    chance = random.Random(seed)
    for _ in range(KILLS):
        collect_and_die(tmp_path, forum, chance.uniform(0.05, 0.5))
    collect(tmp_path, forum)
    with open_workspace(tmp_path) as workspace:
        study = workspace.study.id
        found = workspace.store.comments(study, columns=["ext_id", "author", "article_id"])
        articles = workspace.store.articles(study)
        state = workspace.store.collected.captures(study)
    assert found["ext_id"].is_unique
    assert len(found) == TOPICS * POSTS
    assert articles["id"].is_unique
    assert len(articles) == TOPICS
    assert found["article_id"].nunique() == TOPICS
    assert found["author"].nunique() == POSTS
    assert state["complete"].astype(bool).all()


def _stored(folder: Path) -> int:
    """How many comments another process has stored so far."""
    database = folder / "data" / "minyi.db"
    if not database.exists():
        return 0
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        try:
            return int(connection.execute("SELECT count(*) FROM comment").fetchone()[0])
        except sqlite3.Error:  # the tables are being made
            return 0


def test_ctrl_c_leaves_a_receipt_and_a_state_to_go_on_from(forum: World, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(
        study_file([("forum", "discourse", {"server": f"https://{SERVER}", "latest": True})]), "utf-8"
    )
    forum.behave(f"https://{SERVER}/latest.json?page=1", "silent")
    collect_and_die(tmp_path, forum, by=signal.SIGINT, when=lambda: _stored(tmp_path) >= 4 * POSTS)
    with open_workspace(tmp_path) as workspace:
        stopped = workspace.store.runs(workspace.study.id)[-1]
    assert (stopped.status, stopped.failures[-1]["type"]) == ("partial", "Interrupted")
    assert stopped.counts["forum"]["new"] > 0
    receipt = json.loads(next((tmp_path / "data" / "receipts").glob("*.json")).read_text("utf-8"))
    assert receipt["failures"] == stopped.failures

    serve = {"topic_list": {"topics": []}}
    forum.serve(f"https://{SERVER}/latest.json?page=1", json.dumps(serve))
    collect(tmp_path, forum)
    with open_workspace(tmp_path) as workspace:
        assert len(workspace.store.comments(workspace.study.id)) == 4 * POSTS
        assert workspace.store.runs(workspace.study.id)[-1].status == "ok"


def test_what_a_killed_run_reported_is_told_again_as_new(
    minyi: Callable[..., Any], study: Path, tmp_path: Path
) -> None:
    """Its report may have been seen by nobody: the next one counts from the report before it."""
    reports = []
    for at in range(3):
        letters = tmp_path / f"letters-{at}.csv"
        letters.write_text(
            "id,time,text\n" + "".join(f"{at}-{n},2026-03-1{at},第{at}{n}封：收费太高\n" for n in range(9))
        )
        for command in (["import", letters, "--study", study], ["analyse", study], ["report", study]):
            assert minyi(*command).code == 0
        reports.append(json.loads((study / "reports" / "numbers.json").read_bytes())["since"])
        if at == 1:
            with closing(sqlite3.connect(study / "data" / "minyi.db")) as connection:
                connection.execute("UPDATE run SET status = 'running' WHERE key = (SELECT max(key) FROM run)")
                connection.commit()
    assert [since and since["new"] for since in reports] == [None, 9, 18]
