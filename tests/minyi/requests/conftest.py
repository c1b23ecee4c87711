"""A study with suggestions, whose authors ask for notice, for open scores, and for other things."""

from __future__ import annotations

import io
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from minyi.console import Console
from minyi.pipeline import keep
from minyi.responses import respond
from minyi.workspace import open_workspace
from storage.nouns import Page

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from minyi.responses import Read
    from minyi.workspace import Workspace

STUDY = """
[study]
id = "quick-loan"
[change]
name = { zh = "快借停止放款", en = "Quick Loan ends" }
statement = { zh = "示例支付停止小额借款" }
"""
REQUESTS = tomllib.loads(
    (Path(__file__).parents[2] / "fixtures" / "themes" / "requests.toml").read_text(encoding="utf-8")
)


@dataclass
class Desk:
    """The study, its comments by text, and what commands say."""

    workspace: Workspace
    comments: pd.DataFrame
    said: io.StringIO = field(default_factory=io.StringIO)

    @property
    def folder(self) -> Path:
        return self.workspace.folder

    @property
    def console(self) -> Console:
        return Console(out=self.said, err=self.said)

    def id_of(self, text: str) -> str:
        return str(self.comments.loc[self.comments["text"] == text, "id"].iloc[0])

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path

    def respond(self, path: Path, **how: Any) -> Read:
        return respond(self.workspace, path, self.console, **how)


@pytest.fixture
def written() -> list[dict[str, Any]]:
    """The themes as they were written, with their examples as texts."""
    known: list[dict[str, Any]] = REQUESTS["themes"]
    return known


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    texts = [text for theme in REQUESTS["themes"] for text in (*theme["examples"], *theme["held_out"])]
    texts += REQUESTS["other"]["texts"]
    rows = [
        {"ext_id": str(at), "text": text, "author": f"a{at}", "published_at": 1_772_400_000_000 + at * 3_600_000}
        for at, text in enumerate(texts)
    ]
    with open_workspace(tmp_path) as workspace:
        run = workspace.store.begin_run(workspace.study.id, "import", {}, "")
        keep(workspace, "forum", Page(comments=rows), None, run)  # type: ignore[arg-type]
        stored = workspace.store.comments(workspace.study.id, columns=["id", "text"])
        yield Desk(workspace, stored.assign(stance="suggestion"))
