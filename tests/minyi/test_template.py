"""The study file that `minyi init` writes shows how a study runs unattended, and what it shows can be used."""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING

from minyi.beginning import begin_study
from minyi.study_file import load_study

if TYPE_CHECKING:
    from pathlib import Path


def test_the_unattended_sections_hold_once_their_marks_of_a_comment_are_taken_away(tmp_path: Path) -> None:
    path = begin_study(tmp_path / "fees")
    begun, named, rest = path.read_text(encoding="utf-8").partition("# [schedule]\n")
    wanted, storage, rest = (named + rest).partition("# [storage]\n")
    path.write_text(begun + re.sub(r"(?m)^# (?=\[|\w+ = )", "", wanted) + storage + rest, encoding="utf-8")

    loaded = load_study(path)
    assert (loaded.schedule and loaded.schedule.every, loaded.schedule and loaded.schedule.at) == ("day", time(6, 30))
    assert (loaded.notify.variables, loaded.notify.language) == (["MINYI_NOTIFY_TEAM"], "zh")
    assert (loaded.privacy.comments_days, loaded.privacy.captures_days) == (730, 90)
    assert (loaded.privacy.controller, loaded.privacy.contact) == ("Who is responsible", "privacy@example.org")
