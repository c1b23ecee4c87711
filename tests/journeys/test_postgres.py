"""The same three commands on a PostgreSQL database give the same comments and stances."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import minyi as package

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

pytestmark = pytest.mark.postgres


def walked(minyi: Callable, study: Path, comments: Path) -> pd.DataFrame:
    for arguments in (("import", comments, "--study", study), ("analyse", study), ("report", study)):
        outcome = minyi(*arguments)
        assert outcome.code == 0, outcome.err
    return package.load(study)


def test_both_databases_hold_the_same(
    minyi: Callable, study: Path, tmp_path: Path, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    comments = tmp_path / "c.jsonl"
    rows = [{"id": n, "text": f"第{n}条，手续费太高了", "user": f"u{n % 7}", "likes": n} for n in range(50)]
    comments.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")

    here = walked(minyi, study, comments)
    (study / "data" / "minyi.db").unlink()
    monkeypatch.setenv("MINYI_DATABASE_URL", cluster.create("journey"))
    there = walked(minyi, study, comments)

    assert here.drop(columns="flags").equals(there.drop(columns="flags"))
    assert not (study / "data" / "minyi.db").exists()


def test_a_server_that_is_not_there_is_named_without_its_password(
    minyi: Callable, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINYI_DATABASE_URL", "postgresql://someone:s3cret@127.0.0.1:9/nowhere")
    monkeypatch.setattr("storage.retrying.LONGEST_S", 0.0)

    outcome = minyi("status", study)

    assert outcome.code == 1
    assert "127.0.0.1" in outcome.err
    assert "s3cret" not in outcome.err + outcome.out
