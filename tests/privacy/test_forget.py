"""`minyi forget`: afterwards a search of every file of the workspace finds nothing, and nothing brings it back."""

from __future__ import annotations

import gzip
import html
import io
import json
import os
import re
import time
import zipfile
from email import message_from_bytes
from typing import TYPE_CHECKING, Any

import pytest

from minyi.workspace import open_workspace
from storage.privacy.forgetting import Forgetting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


WORDS = "凭什么收手续费，我在柳荫胡同开了二十年修鞋铺，提现十块也要扣一毛，太坑了"
SPELLED = (WORDS, "柳荫胡同", "柳 荫 胡 同", "forum-90817263")


def opened(content: bytes) -> Iterator[bytes]:
    """A file as it lies there, and what is packed in it: this test's own way of looking, apart from the program's."""
    yield content
    if content[:2] == b"\x1f\x8b":
        yield from opened(gzip.decompress(content))
    if content[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for name in archive.namelist():
                yield from opened(archive.read(name))
    if b"MIME-Version" in content[:2000]:
        for part in message_from_bytes(content).walk():
            yield part.get_payload(decode=True) or b""  # type: ignore[misc]


def hits(folder: Path, needles: tuple[str, ...]) -> dict[str, list[str]]:
    """Which of these words are in which file, free pages of databases and journals too."""
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*")):
        for content in opened(path.read_bytes()) if path.is_file() else ():
            read = [content.decode(coding, "ignore") for coding in ("utf-8", "gb18030", "utf-16-le")]
            plain = [*read, *(html.unescape(re.sub(r"<[^>]*>", "", it)) for it in read)]
            plain += [re.sub(r"\\u([0-9a-fA-F]{4})", lambda it: chr(int(it[1], 16)), it) for it in read]
            here = [needle for needle in needles if any(needle in it for it in plain)]
            if here:
                found.setdefault(str(path.relative_to(folder)), []).extend(here)
    return found


@pytest.mark.slow
def test_before_it_is_everywhere(kept: Any) -> None:
    found = hits(kept.folder, (*SPELLED, kept.comment, kept.author))
    folders = {"/".join(name.split("/")[:2]) for name in found}
    wanted = {"data/minyi.sqlite", "data/captures", "data/runs", "data/backups", "data/rejects"}
    assert wanted <= {re.sub(r"minyi\.\w+", "minyi.sqlite", one) for one in folders}
    assert any(name.startswith("reports/") for name in found)
    assert any(name.startswith("export/") for name in found)


@pytest.mark.parametrize(
    "by", ["--comment", *(pytest.param(by, marks=pytest.mark.slow) for by in ("--author", "--author-name"))]
)
def test_afterwards_no_byte_of_any_file_gives_it_away(minyi: Callable[..., Any], kept: Any, by: str) -> None:
    named = {"--comment": [kept.comment], "--author": [kept.author]}
    said = minyi("forget", kept.folder, by, *named.get(by, ["柳荫胡同修鞋匠老李", "--source", "forum"]))
    assert (said.code, said.err) == (0, "")
    assert hits(kept.folder, (*SPELLED, kept.comment, kept.author)) == {}


def test_one_of_several_comments_in_a_thread_is_forgotten_without_its_author(
    minyi: Callable[..., Any], tmp_path: Path
) -> None:
    said, thread = ("提现要收费，修鞋铺老板表示反对", "还是修鞋铺老板，再说一句"), "https://forum.example/t/90817263"
    rows = "".join(f"forum-7000{n},{text},修鞋铺老板,2026-03-1{n} 10:00,{thread}\n" for n, text in enumerate(said))
    comments = tmp_path / "comments.csv"
    comments.write_text(f"编号,评论内容,用户,发布时间,链接\n{rows}", encoding="utf-8")
    study = tmp_path / "fees"
    minyi("init", study)
    assert minyi("import", comments, "--study", study).code == 0
    with open_workspace(study) as workspace:
        held = workspace.store.comments("fees", columns=["id", "text", "url"])
    assert set(held["url"]) == {thread}
    (gone,) = held.loc[held["text"] == said[0], "id"]
    told = minyi("forget", study, "--comment", gone)
    assert (told.code, told.err) == (0, "")
    assert hits(study, (said[0], gone)) == {}
    with open_workspace(study) as workspace:
        assert list(workspace.store.comments("fees", columns=["text"])["text"]) == [said[1]]


@pytest.mark.slow
def test_the_rest_of_the_study_stays_and_can_be_reported_anew(minyi: Callable[..., Any], kept: Any) -> None:
    minyi("forget", kept.folder, "--comment", kept.comment)
    with open_workspace(kept.folder) as workspace:
        assert len(workspace.store.comments("fees", columns=["id"])) == 3
    assert minyi("report", kept.folder).code == 0
    numbers = json.loads((kept.folder / "reports" / "numbers.json").read_text(encoding="utf-8"))
    assert numbers["totals"]["comments"] == 3
    assert minyi("doctor", kept.folder).code in {0, 3}


def test_reports_to_reissue_are_taken_away_and_listed(minyi: Callable[..., Any], kept: Any) -> None:
    said = minyi("forget", kept.folder, "--comment", kept.comment)
    run = re.search(r"reissue: the report of run (\d+)", said.out)
    assert run is not None
    assert not list((kept.folder / "reports").glob("report.*"))
    again = minyi("rerun", run[1], kept.folder)
    assert again.code == 1
    assert "taken back" in again.err


@pytest.mark.slow
def test_an_earlier_report_that_does_not_show_it_says_how_many_were_forgotten_since(
    minyi: Callable[..., Any], kept: Any
) -> None:
    shown = minyi("forget", kept.folder, "--comment", kept.comment)
    run = re.findall(r"reissue: the report of run (\d+)", shown.out)[-1]
    minyi("report", kept.folder)
    with open_workspace(kept.folder) as workspace:
        left = next(iter(set(workspace.store.comments("fees", columns=["id"])["id"])))
        last = workspace.store.reports("fees")[-1].run
    assert last != run
    work = kept.folder / "data" / "runs" / last
    before = {path: path.read_bytes() for path in [*work.glob("*"), *(kept.folder / "reports").glob("*")]}
    minyi("forget", kept.folder, "--comment", left)
    for path, content in before.items():
        path.write_bytes(content)  # as if the report had not shown it
    said = minyi("rerun", last, kept.folder)
    assert "not stored any more (1 comment was forgotten since): 1" in said.err


def test_a_dry_run_says_what_would_go_and_changes_nothing(minyi: Callable[..., Any], kept: Any) -> None:
    before = hits(kept.folder, SPELLED)
    said = minyi("forget", kept.folder, "--comment", kept.comment, "--dry-run")
    assert said.code == 0
    assert "would go: reports/numbers.json" in said.out
    assert hits(kept.folder, SPELLED) == before


@pytest.mark.slow
def test_the_same_file_does_not_bring_it_back(minyi: Callable[..., Any], kept: Any, full: Any) -> None:
    minyi("forget", kept.folder, "--comment", kept.comment)
    file = full.folder.parent / "forum.csv"
    for options in ([], ["--column", "time=发布时间"], ["--source", "another"]):
        minyi("import", file, "--study", kept.folder, *options)
    with open_workspace(kept.folder) as workspace:
        assert WORDS not in set(workspace.store.comments("fees", columns=["text"])["text"])


@pytest.mark.slow
def test_the_doctor_sees_that_a_database_from_before_was_put_back(minyi: Callable[..., Any], kept: Any) -> None:
    [database] = (path for path in (kept.folder / "data").glob("minyi.*") if path.suffix in {".db", ".sqlite"})
    before = database.read_bytes()
    minyi("forget", kept.folder, "--comment", kept.comment)
    assert "knows of 1 request to forget" in minyi("doctor", kept.folder).out
    database.write_bytes(before)
    for ending in ("-wal", "-shm"):
        database.with_name(database.name + ending).unlink(missing_ok=True)
    minyi("analyse", kept.folder)  # takes the number of the run that is not known any more
    said = minyi("doctor", kept.folder)
    assert "from before 1 request to forget" in said.out + said.err
    assert minyi("forget", kept.folder, "--comment", kept.comment).code == 0
    assert hits(kept.folder, (*SPELLED, kept.comment)) == {}
    assert "to forget: what was" not in minyi("doctor", kept.folder).out


def test_files_that_minyi_did_not_write_are_named_and_left(minyi: Callable[..., Any], kept: Any) -> None:
    own = kept.folder / "notes.txt"
    own.write_text(f"call them: {WORDS}", encoding="utf-8")
    said = minyi("forget", kept.folder, "--comment", kept.comment)
    assert said.code == 3
    assert "notes.txt still holds it" in said.err
    assert list(hits(kept.folder, SPELLED)) == ["notes.txt"]


@pytest.mark.slow
def test_files_that_minyi_did_not_write_go_where_that_is_asked_for(minyi: Callable[..., Any], kept: Any) -> None:
    (kept.folder / "notes.txt").write_text(f"call them: {WORDS}", encoding="utf-8")
    assert minyi("forget", kept.folder, "--comment", kept.comment, "--files").code == 0
    assert hits(kept.folder, SPELLED) == {}


def test_a_file_that_an_earlier_request_named_is_named_until_it_was_changed(
    minyi: Callable[..., Any], kept: Any
) -> None:
    notes = kept.folder / "notes.txt"
    notes.write_text(f"call them: {WORDS}", encoding="utf-8")
    for more in ((), (), ("--files",)):
        said = minyi("forget", kept.folder, "--comment", kept.comment, *more)
        assert said.code == 3
        assert "notes.txt still holds it" in said.err
    os.utime(notes, (time.time() + 5,) * 2)
    assert minyi("forget", kept.folder, "--comment", kept.comment).code == 0


def test_what_nobody_said_cannot_be_forgotten(minyi: Callable[..., Any], kept: Any) -> None:
    receipts = sorted((kept.folder / "data" / "receipts").iterdir())
    said = minyi("forget", kept.folder, "--comment", "c00000000000000")
    assert said.code == 2
    assert "no comment of this study" in said.err
    assert sorted((kept.folder / "data" / "receipts").iterdir()) == receipts, "no run was begun"


def test_the_receipt_says_what_was_done_and_not_what_was_forgotten(minyi: Callable[..., Any], kept: Any) -> None:
    minyi("forget", kept.folder, "--comment", kept.comment)
    receipt = next((kept.folder / "data" / "receipts").glob("*-forget.json")).read_text(encoding="utf-8")
    counts = json.loads(receipt)["counts"]
    assert (counts["comments"], counts["captures"], counts["left"]) == (1, 1, [])
    assert kept.comment not in receipt


class Killed(BaseException):
    """Ends a process where it stands."""


STEPS = ("mark", "mark_captures", "take_out", "overwrite")


@pytest.mark.parametrize("step", [STEPS[-1], *(pytest.param(step, marks=pytest.mark.slow) for step in STEPS[:-1])])
@pytest.mark.parametrize("after", [pytest.param(False, marks=pytest.mark.slow), True])
def test_a_run_that_was_killed_is_finished_by_the_same_command(
    minyi: Callable[..., Any], kept: Any, monkeypatch: pytest.MonkeyPatch, step: str, *, after: bool
) -> None:
    original = getattr(Forgetting, step)

    def killed(*arguments: Any) -> None:
        if after:
            original(*arguments)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(Forgetting, step, killed)
        with pytest.raises(Killed):
            minyi("forget", kept.folder, "--comment", kept.comment)
    assert minyi("forget", kept.folder, "--comment", kept.comment).code == 0
    assert hits(kept.folder, (*SPELLED, kept.comment)) == {}
