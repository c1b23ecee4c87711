"""A study's folder, and the program as a scheduler starts it: a process of its own."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import messages
import pytest

from minyi import cli
from minyi.jobs import notices
from minyi.study_file import load_study

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from minyi.study_file import LoadedStudy

STUDY = """\
[study]
id = "fees"
start = 2026-03-01
end = 2026-03-31

[change]
name = { zh = "提现收费", en = "Withdrawal fee" }
statement = { zh = "平台对提现收取手续费", en = "The platform charges a fee for withdrawals" }
words = { zh = ["手续费", "提现"], en = ["fee"] }

[[sources]]
name = "c"
kind = "files"
path = "comments.csv"
"""
COMMENTS = """\
text,time,author
手续费太高了，取消吧,2026-03-02 10:00,小李
支持收费，服务更好了,2026-03-03 11:00,小王
希望小额提现免手续费,2026-03-04 12:00,小张
"""


@pytest.fixture(autouse=True)
def _copied_databases(copied_databases: None) -> None:
    """Every new study's database."""


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A study that collects from a file beside it."""
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    (folder / "comments.csv").write_text(COMMENTS, encoding="utf-8")
    return folder


@pytest.fixture
def started() -> Callable[..., subprocess.Popen[str]]:
    """Starts `minyi` with these arguments, or Python with `-c`."""

    def start(*arguments: object) -> subprocess.Popen[str]:
        words = list(map(str, arguments))
        module = words if words[0] == "-c" else ["-m", "minyi", *words]
        return subprocess.Popen(
            [sys.executable, *module], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    return start


@pytest.fixture
def minyi(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    """Runs `minyi` as the console script does: its code, and what it said."""
    monkeypatch.delenv("MINYI_DATABASE_URL", raising=False)

    def run(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["minyi", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def sent_from_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages go out from this process: loading the library anew for each of them takes long."""
    monkeypatch.setattr(notices, "send", messages.send)


@pytest.fixture
def chat(monkeypatch: pytest.MonkeyPatch) -> Iterator[messages.Received]:
    """What takes the messages of `telling`, and keeps them."""
    with messages.receiving() as server:
        url = f"json://bot:{messages.CANARY}@127.0.0.1:{server.server_port}/{messages.CANARY}"
        monkeypatch.setenv("MINYI_NOTIFY_A", url)
        yield server


@pytest.fixture
def telling(tmp_path: Path) -> Callable[[str], LoadedStudy]:
    """The study whose jobs tell `chat`; what is given is added to its `[notify]`."""

    def load(more: str = "") -> LoadedStudy:
        (tmp_path / "study.toml").write_text(messages.STUDY + more, encoding="utf-8")
        return load_study(tmp_path)

    return load
