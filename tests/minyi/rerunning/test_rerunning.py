"""A report made again is the same to the byte, whatever came since; what is gone is said."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from minyi.analysing import analyse
from minyi.fingerprints import code_print
from minyi.manifests import kept_by
from minyi.rerunning import named_run, recount, rerun
from minyi.snapshots import BLOCK, Snapshot, block_digests, data_digest, packed, places, row_hashes, unpacked
from minyi.unkept import ManifestChanged, NoManifest, UnknownRun
from minyi.workspace import open_workspace
from storage.errors import UsageError

if TYPE_CHECKING:
    from minyi.console import Console
    from minyi.workspace import Workspace


def said(console: Console) -> str:
    return console.out.getvalue() + console.err.getvalue()  # type: ignore[attr-defined]


def test_a_report_made_again_is_identical(opened: Workspace, made: Any, console: Console) -> None:
    assert rerun(opened, made.run, console)
    for name in ("numbers.json", "report.zh.html", "report.en.html"):
        assert (made.reports / f"rerun-{made.run}" / name).read_bytes() == (made.reports / name).read_bytes()
    assert "identical" in said(console)


@pytest.mark.slow
def test_what_came_later_changes_nothing(opened: Workspace, made: Any, more: Any, console: Console) -> None:
    more.add(opened, 1000, 10_000)
    more.label(opened, "Ann", 60, turned=2)
    more.label(opened, "Cleo", 30)
    file = made.folder / "study.toml"
    text = file.read_text("utf-8").replace("end = 2026-03-31", "end = 2026-03-15")
    file.write_text(text.replace("公告收费", "改了的公告"), encoding="utf-8")
    with open_workspace(made.folder) as workspace:
        more.other_coder(workspace)
        assert rerun(workspace, made.run, console)
    numbers = json.loads((made.reports / f"rerun-{made.run}" / "numbers.json").read_text("utf-8"))
    assert numbers["totals"]["stored"] == 160


@pytest.mark.parametrize(
    "surroundings",
    [
        {"LC_ALL": "C", "TZ": "America/New_York", "PYTHONHASHSEED": "1"},
        {"LC_ALL": "C.UTF-8", "TZ": "Pacific/Kiritimati", "PYTHONHASHSEED": "77", "ONE_CORE": "1"},
    ],
)
@pytest.mark.slow
def test_neither_locale_nor_zone_nor_hash_seed_nor_cores_matter(made: Any, surroundings: dict[str, str]) -> None:
    one = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})" if "ONE_CORE" in surroundings else ""
    argv = ["minyi", "rerun", "last", str(made.folder)]
    program = f"{one}\nimport sys\nfrom minyi.cli import main\nsys.argv = {argv}\nmain()"
    ended = subprocess.run(
        [sys.executable, "-c", program], env=os.environ | surroundings, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "made again: identical" in ended.stdout


def test_what_is_gone_or_changed_is_counted(opened: Workspace, made: Any, console: Console) -> None:
    made.sql("DELETE FROM comment WHERE key IN (SELECT key FROM comment ORDER BY key LIMIT 3)")
    made.sql("UPDATE comment SET likes = 99 WHERE key = (SELECT max(key) FROM comment)")
    assert not rerun(opened, made.run, console)
    assert "not stored any more: 3" in said(console)
    assert "row says something else: 1 (" in said(console)
    assert (made.reports / f"rerun-{made.run}" / "report.en.html").is_file()


@pytest.mark.slow
def test_other_code_is_said_and_fails_nothing_that_is_identical(
    opened: Workspace, made: Any, console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    from minyi import rerunning
    from minyi.fingerprints import CodePrint

    monkeypatch.setattr(rerunning, "code_print", lambda: CodePrint("0.1.0", "f" * 64))
    assert rerun(opened, made.run, console)
    assert "other code: minyi's source" in said(console)


def test_a_run_is_named_by_its_id_as_the_last_or_by_a_file(opened: Workspace, made: Any) -> None:
    assert named_run(opened, "last") == made.run
    assert named_run(opened, str(made.reports / "numbers.json")) == made.run
    assert named_run(opened, str(made.reports / "report.zh.html")) == made.run
    assert named_run(opened, "17") == "17"
    with pytest.raises(UsageError):
        named_run(opened, str(made.folder / "study.toml"))


def test_runs_that_cannot_be_made_again_say_why(opened: Workspace, made: Any) -> None:
    with pytest.raises(UnknownRun, match="no run 99"):
        kept_by(opened, "99")
    with pytest.raises(UnknownRun, match="was `minyi import`"):
        kept_by(opened, "1")
    manifest = made.kept / "manifest.json"
    manifest.write_text("{}", encoding="utf-8")
    with pytest.raises(ManifestChanged):
        kept_by(opened, made.run)
    manifest.unlink()
    with pytest.raises(NoManifest, match="is gone"):
        kept_by(opened, made.run)
    made.sql("DELETE FROM report WHERE path LIKE '%manifest.json'")
    with pytest.raises(NoManifest, match="earlier version"):
        kept_by(opened, made.run)


@pytest.mark.slow
def test_a_changed_manifest_is_noticed(opened: Workspace, made: Any, console: Console) -> None:
    path = made.kept / "manifest.json"
    path.write_text(path.read_text("utf-8").replace('"minyi report pier"', '"minyi report pear"'), encoding="utf-8")
    assert kept_by(opened, made.run).changed == ["manifest.json"]
    assert not rerun(opened, made.run, console)
    assert "not what the run wrote" in said(console)


def test_nothing_is_counted_from_a_damaged_part(opened: Workspace, made: Any) -> None:
    for name in ("snapshot.npz", "told.json"):
        path = made.kept / name
        whole = path.read_bytes()
        for at in range(5, len(whole), len(whole) // 7):
            path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            kept = kept_by(opened, made.run)
            assert kept.changed == [name]
            with pytest.raises(ManifestChanged, match="not what it wrote"):
                _ = kept.snapshot, kept.told
        path.unlink()
        with pytest.raises(ManifestChanged, match=f"{name}, which the run kept, is gone"):
            _ = kept_by(opened, made.run).snapshot, kept_by(opened, made.run).told
        path.write_bytes(whole)


def test_the_manifest_says_what_the_report_stands_on(opened: Workspace, made: Any) -> None:
    kept = kept_by(opened, made.run)
    manifest = kept.manifest
    assert kept.changed == []
    assert manifest.code == code_print()
    assert manifest.coder.annotator == kept.numbers["provenance"]["coder"]
    assert manifest.labels.rows == {"person:Ann": 60, "person:Ben": 12}
    assert manifest.data.comments == len(kept.snapshot.keys) == 160
    assert manifest.data.digest == kept.numbers["provenance"]["data_digest"]
    assert set(manifest.files) == {"numbers.json", "report.zh.html", "report.en.html"}
    assert not recount(opened, kept).losses


def test_the_data_digest_hangs_on_no_order_and_no_key(opened: Workspace) -> None:
    said_by = {"target": "x", "annotator": "nobody@1", "codebook": "1"}
    comments = opened.store.comments(opened.study.id, **said_by)  # type: ignore[arg-type]
    before = data_digest(comments)
    assert data_digest(comments.sample(frac=1, random_state=1).assign(key=0)) == before
    assert data_digest(comments.astype({"source": object, "lang": object})) == before
    assert data_digest(comments.assign(stance="concern")) != before


def test_blocks_name_where_something_changed() -> None:
    keys, rows = np.arange(1, 3 * BLOCK, dtype=np.int64), np.arange(3 * BLOCK - 1, dtype=np.uint64)
    numbers, before = block_digests(keys, rows)
    rows[BLOCK + 5] += np.uint64(1)
    assert numbers.tolist() == [0, 1, 2]
    assert (block_digests(keys, rows)[1] != before).tolist() == [False, True, False]


def million() -> pd.DataFrame:
    n = 1_000_000
    rng, at = np.random.default_rng(5), np.arange(n)
    frame: dict[str, Any] = {
        "key": at + 1,
        "id": np.array([f"{number * 2654435761 % 2**48:012x}" for number in range(n)], dtype=object),
        "fold": pd.array(rng.integers(0, 2**60, n), dtype="Int64"),
        "published_at": pd.array(at * 60_000, dtype="Int64"),
        "likes": pd.array(at % 50, dtype="Int64"),
        "direct": pd.array([None] * n, dtype="boolean"),
        "stance": pd.Categorical.from_codes(rng.integers(0, 4, n), ["support", "concern", "suggestion", "neutral"]),
    }
    for name, many in {"source": 3, "platform": 3, "kind": 1, "lang": 2, "author": 300_000}.items():
        frame[name] = pd.Categorical.from_codes(at % many, [f"{name}{it:06d}" for it in range(many)])
    for name in ("published_precision", "article_id", "evidence"):
        frame[name] = pd.Categorical.from_codes(np.full(n, -1), [])
    return pd.DataFrame(frame)


@pytest.mark.slow
def test_a_million_comments_take_four_megabytes_and_a_second(within: Any) -> None:
    comments = million()
    none = np.empty(0, np.int64)
    with within(3.0):
        rows = row_hashes(comments)
        keys = comments["key"].to_numpy(np.int64)
        snapshot = Snapshot(
            keys, places(comments["stance"]), np.full(len(keys), -1, np.int16), (), rows.astype(np.uint16),
            block_digests(keys, rows)[1], none, none.astype(np.int16), none.astype(np.int32), none.astype(np.int8),
            none.astype(np.uint64), (), none, none,
        )  # fmt: skip
        content = packed(snapshot)
    assert len(content) < 4_000_000
    back = unpacked(content)
    assert np.array_equal(back.keys, snapshot.keys)
    assert np.array_equal(back.checks, snapshot.checks)


@pytest.mark.slow
@pytest.mark.postgres
def test_on_postgresql_too(
    made: Any, more: Any, console: Console, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from minyi.reporting import report

    monkeypatch.setenv("MINYI_DATABASE_URL", cluster.create("rerunning"))
    with open_workspace(made.folder) as workspace:
        more.add(workspace, 0, 60)
        analyse(workspace, more.quiet())
        report(workspace, more.quiet())
        run = named_run(workspace, "last")
        more.add(workspace, 60, 40)
        assert rerun(workspace, run, console), console.out.getvalue() + console.err.getvalue()
