"""Forgetting, letting go and another key on PostgreSQL: no byte of it is left in the server's tables and indices."""

from __future__ import annotations

import io
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from minyi.console import Console
from minyi.privacy.forgetting import Wanted, forget
from minyi.privacy.key_rotation import rotate_key
from minyi.privacy.retention import apply
from minyi.workspace import open_workspace
from storage.nouns import Capture, Page, Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minyi.workspace import Workspace

pytestmark = [pytest.mark.postgres, pytest.mark.slow]

DAY = 86_400_000
WORDS = "凭什么收手续费，我在柳荫胡同开了二十年修鞋铺，提现十块也要扣一毛"
CHANCE = random.Random(7)
LONG = "".join(chr(CHANCE.randrange(0x4E00, 0x9FA5)) for _ in range(6_000))
"""So long, and so little alike in itself, that the server keeps it apart, in pieces."""
OTHERS = "支持收费，早该这样了"


@pytest.fixture
def place(cluster: Any, tmp_path: Path, study_file: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "study.toml").write_text(study_file, "utf-8")
    monkeypatch.setenv("MINYI_DATABASE_URL", cluster.create(f"forgetting_{tmp_path.name}".lower()))
    return folder


def fill(workspace: Workspace) -> None:
    now = round(workspace.now.timestamp() * 1000)
    run = workspace.store.begin_run("fees", "collect", {}, "")
    mine, others = "柳荫修鞋匠", "别人"
    said = ((WORDS, mine, "forum-90817263", 900), (LONG, mine, "forum-90817264", 900), (OTHERS, others, "3", 1))
    for at, (words, author, ext_id, days) in enumerate(said):
        row = {"ext_id": ext_id, "text": words, "author": author, "published_at": now - days * DAY}
        capture = Capture(f"https://a.test/{at}", "", 200, {}, words.encode(), now)
        page = Page(comments=[row], rejects=(Reject(f"id {ext_id}", "too long", words),))  # type: ignore[list-item]
        workspace.store.add_page("fees", "a", page, run_id=run, capture=capture)
    workspace.store.end_run(run, "ok", {"examples": [WORDS]}, [])


def pieces(cluster: Any) -> Iterator[bytes]:
    """The server's files, but for its write-ahead log, of which it disposes itself."""
    cluster.say("CHECKPOINT")
    data = Path(cluster.say("SHOW data_directory")[0][0])
    for path in sorted((data / "base").rglob("*")):
        if path.is_file():
            yield path.read_bytes()


def there(cluster: Any, *needles: str) -> set[str]:
    sought = {one: one.encode() for one in needles}
    return {one for content in pieces(cluster) for one, form in sought.items() if form in content}


def authors(workspace: Workspace) -> dict[str, str]:
    found = workspace.store.comments("fees", columns=["text", "author"])
    return dict(zip(found["text"], found["author"], strict=True))


SHOWN = (WORDS, LONG[300:320], LONG[5000:5020], "forum-90817263", "柳 荫 胡 同")
"""Of the long text, parts that lie in the pieces of it."""


def test_what_was_forgotten_is_in_no_file_of_the_server(cluster: Any, place: Path) -> None:
    with open_workspace(place) as workspace:
        fill(workspace)
        name = authors(workspace)[WORDS]
        assert there(cluster, *SHOWN, name) >= {WORDS, *SHOWN[1:4], name}
        assert forget(workspace, Console(quiet=True), Wanted(names=("柳荫修鞋匠",), source="a")) == 0
        assert there(cluster, *SHOWN, name) == set()
        assert list(authors(workspace)) == [OTHERS]
        run = workspace.store.begin_run("fees", "collect", {}, "")
        again = Page(comments=[{"ext_id": "new", "text": "又来了", "author": "柳荫修鞋匠"}])
        assert workspace.store.add_page("fees", "a", again, run_id=run).kept_out == 1


def test_what_was_kept_long_enough_leaves_and_the_server_may_write_over_it(cluster: Any, place: Path) -> None:
    with (place / "study.toml").open("a", encoding="utf-8") as file:
        file.write("[privacy]\ncomments_days = 365\n")
    with open_workspace(place) as workspace:
        fill(workspace)
        assert there(cluster, LONG[300:320]) == {LONG[300:320]}
        assert apply(workspace, Console(quiet=True)) == 0
        assert list(authors(workspace)) == [OTHERS]
        cluster.say("VACUUM FULL comment, search_text, search_gram", f"forgetting_{place.parent.name}".lower())
        assert there(cluster, WORDS, LONG[300:320], LONG[5000:5020]) == {WORDS}  # what was refused is no comment


@pytest.mark.parametrize("cut", [pytest.param(False, marks=pytest.mark.thorough), True])
def test_no_earlier_pseudonym_is_in_a_file_of_the_server(cluster: Any, place: Path, *, cut: bool) -> None:
    with open_workspace(place) as workspace:
        fill(workspace)
        before = authors(workspace)
        assert there(cluster, *before.values()) == set(before.values())
        assert rotate_key(workspace, Console(out=(said := io.StringIO())), cut=cut) == 0
        assert "Next: another copy by `pg_dump`" in said.getvalue()
        assert there(cluster, *before.values()) == set()
        assert there(cluster, *authors(workspace).values()) == set(authors(workspace).values())
