"""Runs and their receipts: what a command did, counted, in the store and as a JSON file."""

from __future__ import annotations

import json
import platform
import time
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from minyi.console import Exit, Unheard
from minyi.leftovers import tidy
from minyi.lock import one_at_a_time
from minyi.stopping import Interrupted
from storage.errors import MinyiError
from storage.files import write_once

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minyi.console import Console
    from minyi.workspace import Workspace
    from storage.records import RunStatus

FORMAT = 1
STATUS: dict[Exit, RunStatus] = {Exit.OK: "ok", Exit.PARTIAL: "partial", Exit.FAILED: "failed"}


@dataclass
class Receipt:
    """One run as it goes.

    Attributes:
        run: the run's id in the store.
        stamp: names its files: the time it began (UTC) and its id, which alone may come again in a new database.
        counts: what was done, in numbers, by name; nested by source where there are sources.
        failures: what went wrong, one entry each, with what, where and remedy.
        succeeded: whether anything came through in spite of failures.
        coder: under what the coder's annotations are kept (annotator, codebook, target), where the run was about it.
    """

    run: str
    stamp: str
    counts: dict[str, Any] = field(default_factory=dict)
    failures: list[dict[str, str]] = field(default_factory=list)
    succeeded: bool = False
    coder: dict[str, str] = field(default_factory=dict)

    def fail(self, error: MinyiError, *, source: str = "") -> None:
        """Keep a failure; the rest goes on."""
        self.failures.append(
            {
                "source": source,
                "type": type(error).__name__,
                "what": error.what,
                "where": error.where,
                "remedy": error.remedy,
            }
        )

    @property
    def exit(self) -> Exit:
        """0 without failures; 3 where something came through all the same; 1 elsewhere."""
        if not self.failures:
            return Exit.OK
        return Exit.PARTIAL if self.succeeded else Exit.FAILED


_version = cache(version)  # what is installed stays so while the program runs, and is read from a file each time


def versions() -> dict[str, str]:
    """What numbers may depend on."""
    installed = {name: _version(name) for name in ("minyi", "numpy", "pandas", "jieba", "rjieba")}
    return {**installed, "python": platform.python_version()}


@contextmanager
def recorded_run(workspace: Workspace, command: str, console: Console, *, shared: bool = False) -> Iterator[Receipt]:
    """A run recorded in the store, whatever becomes of it, with a receipt in `data/receipts/`.

    Args:
        workspace: where.
        command: what runs.
        console: told of the receipt.
        shared: whether it may run beside others: where people label or answer, while a job collects.

    Raises:
        minyi.lock.Busy: another job works there, and this one is not shared; nothing was begun.
    """
    with nullcontext() if shared else one_at_a_time(workspace.data, command):
        if not shared:
            tidy(workspace)
        with _recorded(workspace, command, console) as receipt:
            yield receipt


_joined: list[list[dict[str, Any]]] = []


@contextmanager
def joined() -> Iterator[list[dict[str, Any]]]:
    """The receipts of all commands that run meanwhile, each as it ends."""
    receipts: list[dict[str, Any]] = []
    _joined.append(receipts)
    try:
        yield receipts
    finally:
        _joined.pop()


def in_job() -> bool:
    """Whether what runs is a step of a job."""
    return bool(_joined)


@contextmanager
def _recorded(workspace: Workspace, command: str, console: Console) -> Iterator[Receipt]:
    started = time.time()
    study = workspace.study
    run = workspace.store.begin_run(study.id, command, versions(), workspace.digest)
    receipt = Receipt(run=run, stamp=f"{datetime.fromtimestamp(started, UTC):%Y%m%dT%H%M%S}-{run}")
    status: RunStatus = "failed"
    try:
        yield receipt
        status = STATUS[receipt.exit]
    except MinyiError as error:
        receipt.fail(error, source=command)
        raise
    except Unheard:
        receipt.fail(MinyiError("standard output takes no more", remedy="run the command again"), source=command)
        raise
    except KeyboardInterrupt:
        receipt.fail(Interrupted(where=command), source=command)
        status = STATUS[receipt.exit]
        raise
    finally:
        workspace.store.end_run(run, status, receipt.counts, receipt.failures)
        facts = {
            "format": FORMAT,
            "study": study.id,
            "run": run,
            "command": command,
            "status": status,
            "started_at": round(started * 1000),
            "seconds": round(time.time() - started, 3),
            "config_sha256": workspace.digest,
            "versions": versions(),
            "counts": receipt.counts,
            "failures": receipt.failures,
            **({"coder": receipt.coder} if receipt.coder else {}),
        }
        for receipts in _joined:
            receipts.append(facts)
        path = workspace.data / "receipts" / f"{receipt.stamp}-{command}.json"
        write_once(path, json.dumps(facts, ensure_ascii=False, indent=2).encode(errors="replace"))
        console.event("receipt", path=str(path), **facts)
