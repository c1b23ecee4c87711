"""The doctor looks at every row, not only at the pages they stand in."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from minyi.doctor.database import database
from minyi.doctor.patient import patient_of
from minyi.workspace import open_workspace
from storage.nouns import Page

if TYPE_CHECKING:
    from pathlib import Path

STUDY = """\
[study]
id = "fees"
start = 2026-03-01
end = 2026-03-31
[change]
name = { zh = "提现收费", en = "Withdrawal fee" }
statement = { zh = "平台对提现收取手续费", en = "The platform charges a fee for withdrawals" }
"""


def test_a_value_that_turned_into_another_is_told_with_its_table_and_a_remedy(tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(STUDY, encoding="utf-8")
    with open_workspace(tmp_path) as workspace:
        run = workspace.store.begin_run("fees", "import", {}, "")
        workspace.store.add_page("fees", "forum", Page(comments=[{"ext_id": "1", "text": "太贵了"}]), run_id=run)
    assert [found.state for found in database(patient_of(tmp_path))] == ["ok"]
    with closing(sqlite3.connect(tmp_path / "data" / "minyi.db")) as connection:
        connection.execute("DROP TRIGGER comment_unsealed")
        connection.execute("UPDATE comment SET text = '太好了'")
        connection.commit()
    (found,) = database(patient_of(tmp_path))
    assert (found.check, found.state) == ("database", "fail")
    assert "comment: 1 place (1)" in found.what
    assert "太好了" not in found.what
    assert "docs/keeping.md" in found.remedy
