"""A copy of the database by the command line, put back as the documentation says."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = "id,text,time\n1,手续费太高了,2026-03-11\n2,支持这次收费,2026-03-12\n"


def test_what_was_copied_and_put_back_gives_the_report_of_then(
    command: Callable, new_study: Callable[[Path], Path], tmp_path: Path
) -> None:
    study, table = new_study(tmp_path), tmp_path / "c.csv"
    table.write_text(ROWS, encoding="utf-8")
    for step in (("import", table, "--study", study), ("analyse", study), ("report", study)):
        assert command(*step).code == 0
    then = counted(study)
    assert command("backup", study, tmp_path / "copy.db").out == f"Wrote {tmp_path / 'copy.db'}\n"
    table.write_text(ROWS + "3,建议先试行再推广,2026-03-13\n", encoding="utf-8")
    for step in (("import", table, "--study", study), ("analyse", study), ("report", study)):
        assert command(*step).code == 0
    assert counted(study) != then

    for rest in (study / "data").glob("minyi.db-*"):
        rest.unlink()
    shutil.copy(tmp_path / "copy.db", study / "data" / "minyi.db")
    assert command("report", study).code == 0
    assert counted(study) == then


def counted(study: Path) -> list[Any]:
    numbers = json.loads((study / "reports" / "numbers.json").read_bytes())
    return [numbers[name] for name in ("totals", "stances", "timeline", "keywords", "voices")]


def test_without_a_database_there_is_nothing_to_copy(
    command: Callable, new_study: Callable[[Path], Path], tmp_path: Path
) -> None:
    said = command("backup", new_study(tmp_path))
    assert said.code == 1
    assert "no database yet" in said.err
