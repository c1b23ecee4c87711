"""Killed at any moment, nothing is lost, nothing is double, and no page is half there."""

from __future__ import annotations

import os
import random
import signal
import time
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from storage.nouns import Article, Page
from storage.store import Store

if TYPE_CHECKING:
    from pathlib import Path

STUDY, PAGES, PER_PAGE = "ebikes", 60, 40

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


def pages() -> list[Page]:
    made = []
    for at in range(PAGES):
        rows: list[Any] = [{"ext_id": f"{at}-{n}", "text": f"第{at}页第{n}条", "author": "u"} for n in range(PER_PAGE)]
        made.append(Page(articles=(Article(id=str(at), text="正文"),), comments=rows))
    return made


def collect(url: str, workspace: Path, run: str) -> None:
    with Store.open(url, workspace) as store:
        for page in pages():
            store.add_page(STUDY, "forum", page, run_id=run)


def collect_in_child(url: str, workspace: Path, run: str) -> int:
    child = os.fork()
    if child == 0:
        _die_after(lambda: collect(url, workspace, run))
    return child


def _die_after(work: Any) -> NoReturn:
    try:
        work()
    finally:
        os._exit(0)


@pytest.mark.parametrize(
    "seed",
    [
        0,
        pytest.param(1, marks=pytest.mark.slow),
        pytest.param(2, marks=pytest.mark.slow),
        pytest.param(3, marks=pytest.mark.slow),
    ],
)
def test_killed_anywhere_a_collection_goes_on_where_it_was(url: str, tmp_path: Path, study: Any, seed: int) -> None:
    with Store.open(url, tmp_path) as store:
        store.put_study(study)
        run = store.begin_run(STUDY, "collect", {}, "")
    for delay in (random.Random(seed + at).uniform(0.01, 0.25) for at in range(2)):
        child = collect_in_child(url, tmp_path, run)
        time.sleep(delay)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        with Store.open(url, tmp_path) as store:
            comments, articles = len(store.comments(STUDY, columns=["key"])), len(store.articles(STUDY))
        assert comments == articles * PER_PAGE
    collect(url, tmp_path, run)
    with Store.open(url, tmp_path) as store:
        frame = store.comments(STUDY, columns=["ext_id", "author"])
    assert frame["ext_id"].nunique() == len(frame) == PAGES * PER_PAGE
    assert frame["author"].nunique() == 1
