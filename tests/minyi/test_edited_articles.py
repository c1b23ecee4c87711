"""An article that is edited later: what is stored stays, and quotes are those of the stored text."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from minyi.pipeline import keep
from storage.nouns import Article, Change, Page, SourceSpec, Study, Wording
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SAID = "市民张先生说：“停车收费太贵了，老人看病怎么办。”"
LATER = "记者李四报道。"


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[Any]:
    with Store.open(f"sqlite:///{tmp_path / 'minyi.db'}", tmp_path) as store:
        change = Change(name=Wording(zh="停车收费"), statement=Wording(zh="提高停车收费", en="Parking costs more"))
        study = Study(id="fees", change=change, events=(), sources=(SourceSpec(name="daily", kind="article"),))
        store.put_study(study)
        yield SimpleNamespace(store=store, study=study)


def collected(workspace: Any, *texts: str) -> Any:
    """The quotes that are stored once these texts of one article came, one after the other."""
    for text in texts:
        run = workspace.store.begin_run("fees", "collect", {}, "")
        keep(workspace, "daily", Page(articles=(Article(id="a", url="", title="T", text=text),)), None, run)
    return workspace.store.comments("fees", columns=["text", "span_start", "span_end"])


def test_an_edit_adds_no_quotes_a_second_time(workspace: Any) -> None:
    found = collected(workspace, SAID, LATER + SAID, LATER + SAID + SAID)
    (text,) = workspace.store.articles("fees")["text"]
    assert text == SAID
    assert [text[row.span_start : row.span_end] for row in found.itertuples()] == list(found["text"])
    assert len(found) == 1


def test_the_same_text_again_keeps_its_quotes(workspace: Any) -> None:
    assert len(collected(workspace, SAID, SAID)) == 1
