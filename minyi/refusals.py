"""Items that could not be used: counted by reason, and written to a file a person can open."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from scrapers.files import write_rejects
from storage.errors import MinyiError

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.workspace import Workspace
    from storage.nouns import Page
    from storage.records import Added


KEPT_RUNS = 50
"""Runs whose files stay; the store keeps every refusal, with its reason."""
_NAME = 150
"""Bytes of a source's name in that of its file: a file system takes 255 for a name, and Chinese needs three each."""
_OF_RUN = re.compile(r"(\d{8}T\d{6}-[^-]+)-.*\.csv")


@dataclass
class Refusals:
    """What was refused of one source in one run; `path` exists once there is something in it."""

    path: Path
    reasons: Counter[str] = field(default_factory=Counter)

    @classmethod
    def of(cls, workspace: Workspace, stamp: str, source: str) -> Refusals:
        """The refusals of a source, kept in `data/rejects/`."""
        plain = re.sub(r"[^\w.-]+", "_", source).strip("._")
        name = plain.encode(errors="replace")[:_NAME].decode(errors="ignore").strip("._") or "source"
        return cls(workspace.data / "rejects" / f"{stamp}-{name}.csv")

    def add(self, page: Page, added: Added) -> None:
        """What the collector refused of a page, and what the store refused."""
        refused = [*page.rejects, *added.rejected]
        self.reasons.update(reject.reason for reject in refused)
        if refused:
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                remedy = "move away what is there, or make the folder writable"
                raise MinyiError("the rejects file cannot be written", where=str(self.path), remedy=remedy) from error
            fresh = not self.path.exists()
            write_rejects(self.path, refused)
            if fresh:
                keep_newest(self.path, KEPT_RUNS)

    @property
    def total(self) -> int:
        """How many items were refused."""
        return sum(self.reasons.values())


def keep_newest(path: Path, runs: int) -> None:
    """Removes what lies beside a run's new file, save the files of the newest runs and those of other names.

    Its own run counts as the newest, for a clock may have been set back.
    """
    by_run = defaultdict(list)
    for other in path.parent.iterdir():
        if named := _OF_RUN.fullmatch(other.name):
            by_run[named[1]].append(other)
    for run in sorted(by_run, key=lambda run: (path.name.startswith(f"{run}-"), run), reverse=True)[runs:]:
        for other in by_run[run]:
            with suppress(OSError):  # removed by another run, or open in a spreadsheet
                other.unlink()
