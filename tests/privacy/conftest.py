"""A study with everything that may hold a comment: collected, imported, labelled, reported, exported, copied."""

from __future__ import annotations

import csv
import io
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, NamedTuple

import pytest

from minyi import cli
from minyi.workspace import open_workspace
from storage.nouns import Capture, Page, Reject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

STUDY = """\
[study]
id = "fees"
start = 2026-03-01
end = 2026-03-31

[change]
name = { zh = "提现收费", en = "Withdrawal fee" }
statement = { zh = "平台对提现收取手续费", en = "The platform charges a fee for withdrawals" }
words = { zh = ["手续费", "提现"], en = ["fee"] }

[[events]]
date = 2026-03-10
kind = "announced"
title = { zh = "公告", en = "Notice" }
"""
WORDS = "凭什么收手续费，我在柳荫胡同开了二十年修鞋铺，提现十块也要扣一毛，太坑了"
NAME = "柳荫胡同修鞋匠老李"
EXT_ID = "forum-90817263"
LABELLED_AT = "2026-03-20T08:00:00+00:00"


class Said(NamedTuple):
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


class Kept(NamedTuple):
    """A study's folder, and what is to be forgotten of it."""

    folder: Path
    comment: str
    author: str


def minyi_(*arguments: object) -> Said:
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.delenv("MINYI_DATABASE_URL", raising=False)
        patch.setenv("COLUMNS", "200")
        patch.setattr(sys, "argv", ["minyi", *map(str, arguments)])
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
    return Said(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session")
def minyi() -> Callable[..., Said]:
    """Run a command as the console script does."""
    return minyi_


def comments_file(path: Path) -> Path:
    rows = [
        (f"forum-9081{n}", text, f"别人{n}", f"2026-03-{10 + n} 09:00")
        for n, text in enumerate(("支持收费，早该这样了", "建议小额提现免手续费", "无所谓，我从来不提现"))
    ]
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["编号", "评论内容", "用户", "发布时间"])
        writer.writerows([*rows, (EXT_ID, WORDS, NAME, "2026-03-10 10:00")])
    return path


@pytest.fixture(scope="session")
def full(tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """The study, made once."""
    place = tmp_path_factory.mktemp("full")
    folder = place / "study"
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    assert minyi_("import", comments_file(place / "forum.csv"), "--study", folder).code == 0
    body = f"<html><p>{WORDS.replace('，', '，<br>')}</p>".encode("gb18030")
    with open_workspace(folder) as workspace:
        run = workspace.store.begin_run("fees", "collect", {}, "")
        capture = Capture("https://forum.test/t/1", "https://forum.test/t/1", 200, {}, body, 1_773_000_000_000)
        rejects = (Reject(f"id {EXT_ID}", "too long", WORDS),)
        workspace.store.add_page("fees", "forum", Page(rejects=rejects), run_id=run, capture=capture)
        workspace.store.end_run(run, "ok", {"examples": [EXT_ID, WORDS]}, [])
        rows = workspace.store.comments("fees", columns=["id", "author", "text"])
    mine = rows[rows["text"] == WORDS].iloc[0]
    commands: list[tuple[object, ...]] = [
        ("analyse", folder),
        ("report", folder, *(it for name in ("html", "md", "xlsx", "docx", "eml") for it in ("--format", name))),
        ("export", folder, *(it for name in ("csv", "jsonl", "xlsx") for it in ("--format", name))),
        ("export", folder, "--pack"),
        ("sample", folder, "--size", "4"),
        ("backup", folder),
    ]
    for command in commands:
        said = minyi_(*command)
        assert said.code == 0, (command, said.err)
    (folder / "data" / "rejects").mkdir(exist_ok=True)
    (folder / "data" / "rejects" / "x.csv").write_text(
        f"where,reason,sample\nrow 2,too long,{WORDS}\n", encoding="utf-8"
    )
    return Kept(folder, str(mine["id"]), str(mine["author"]))


@pytest.fixture
def kept(full: Kept, tmp_path: Path) -> Iterator[Kept]:
    """A copy of it for one test."""
    shutil.copytree(full.folder, tmp_path / "study")
    yield full._replace(folder=tmp_path / "study")
    shutil.rmtree(tmp_path / "study")


@pytest.fixture
def study_file() -> str:
    """The text of a study file without a word on privacy."""
    return STUDY
