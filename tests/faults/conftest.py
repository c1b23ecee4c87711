"""A study that has been run once, and a process that may no longer write where it may not."""

from __future__ import annotations

import ctypes
import os
import shutil
import sys
from typing import TYPE_CHECKING, NamedTuple

import pytest

from minyi import cli

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

[[sources]]
name = "c"
kind = "files"
path = "comments.csv"
"""
SAID = ("手续费太高了，取消吧", "支持收费，服务更好了", "希望小额提现免手续费", "fee again and again")


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def minyi(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """Runs `minyi` as the console script does."""

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["minyi", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        return Outcome(code, *capsys.readouterr())

    return run


@pytest.fixture(scope="session")
def _worked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study, collected, analysed and reported."""
    folder = tmp_path_factory.mktemp("worked") / "study"
    folder.mkdir()
    (folder / "study.toml").write_text(STUDY, encoding="utf-8")
    rows = [f"{text},2026-03-{day + 2:02} 10:00,a{day}\n" for day, text in enumerate(SAID)]
    (folder / "comments.csv").write_text("".join(["text,time,author\n", *rows]), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["minyi", "run", str(folder), "--quiet"])
        with pytest.raises(SystemExit) as end:
            cli.main()
    assert not end.value.code
    return folder


@pytest.fixture
def worked(_worked: Path, tmp_path: Path) -> Path:
    """A copy of a study that was collected, analysed and reported."""
    return shutil.copytree(_worked, tmp_path / "study")


class _Header(ctypes.Structure):
    _fields_ = (("version", ctypes.c_uint32), ("pid", ctypes.c_int))


class _Sets(ctypes.Structure):
    _fields_ = (("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32))


_VERSION = 0x20080522  # _LINUX_CAPABILITY_VERSION_3 of linux/capability.h
_OVERRIDE = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH


@pytest.fixture
def by_the_modes() -> Iterator[None]:
    """The modes of files count, for root too: it lays down, for the time of a test, what makes it pass over them."""
    if not sys.platform.startswith("linux"):
        pytest.skip("needs Linux")
    if os.geteuid() != 0:
        yield
        return
    library, header, sets = ctypes.CDLL(None, use_errno=True), _Header(_VERSION, 0), (_Sets * 2)()
    assert library.capget(ctypes.byref(header), sets) == 0
    before = sets[0].effective
    sets[0].effective = before & ~_OVERRIDE
    assert library.capset(ctypes.byref(header), sets) == 0
    try:
        yield
    finally:
        sets[0].effective = before
        assert library.capset(ctypes.byref(header), sets) == 0
