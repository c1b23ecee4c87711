"""What a study needs of this machine, and how its database and its runs stand."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from minyi.doctor import database, jobs
from minyi.doctor import study as of_study
from minyi.workspace import open_workspace
from reports import editions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

YOUTUBE = """
[[sources]]
name = "videos"
kind = "youtube"
videos = ["https://www.youtube.com/watch?v=abcdefghijk"]
"""


def file_of(study: Path) -> Path:
    return study / "data" / "minyi.db"


def statement(study: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file_of(study))) as connection:
        for each in statements:
            connection.execute(each)
        connection.commit()


@pytest.mark.parametrize(
    "check", [of_study.study, of_study.coder, of_study.editions, database.database, database.runs, jobs.schedule]
)
def test_a_study_in_order_is_told_so(check: Callable, study: Path, say: Callable, found: Callable) -> None:
    say("[schedule]\n")

    assert [finding.state for finding in found(check, study)] == ["ok"]


def test_a_study_file_that_cannot_be_read_fails(study: Path, say: Callable, found: Callable) -> None:
    say("nonsense = 1\n[[")

    (finding,) = found(of_study.study, study)

    assert (finding.state, "line" in finding.what) == ("fail", True)


def test_a_study_that_is_not_there_fails_with_what_to_do(tmp_path: Path, found: Callable) -> None:
    (finding,) = found(of_study.study, tmp_path / "nowhere")

    assert (finding.state, "minyi init" in finding.what) == ("fail", True)


def test_without_a_study_only_the_installation_is_looked_at(
    tmp_path: Path, found: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    (finding,) = found(of_study.study)

    assert (finding.state, "only the installation" in finding.what) == ("ok", True)


def test_editions_that_cannot_be_made_fail(
    study: Path, say: Callable, found: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    say('[schedule]\nformats = ["pdf"]\n')
    monkeypatch.setattr(editions, "find_spec", lambda _: None)

    (finding,) = found(of_study.editions, study)

    assert (finding.state, "weasyprint" in finding.what, "Install" in finding.remedy) == ("fail", True, True)


def test_a_coder_that_cannot_be_used_fails(study: Path, found: Callable) -> None:
    text = (study / "study.toml").read_text(encoding="utf-8")
    (study / "study.toml").write_text(
        text.replace('id = "parking"', 'id = "parking"\ncoder = "hf:no/such-model"'), encoding="utf-8"
    )

    (finding,) = found(of_study.coder, study)

    assert (finding.state, "hf:no/such-model" in finding.what, finding.remedy != "") == ("fail", True, True)


def test_variables_that_are_not_set_are_named_and_those_that_are_never_shown(
    study: Path, say: Callable, found: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MINYI_YOUTUBE_KEY", raising=False)
    monkeypatch.setenv("MINYI_NOTIFY_TEAM", "slack://canary-token")
    say(YOUTUBE + '[notify]\nvariables = ["MINYI_NOTIFY_TEAM", "MINYI_NOTIFY_BOSS"]\nheartbeat = "MINYI_HEARTBEAT"\n')

    findings = found(of_study.variables, study)

    told = {(finding.state, finding.what.split()[0]) for finding in findings if finding.state != "ok"}
    assert told == {("fail", "MINYI_YOUTUBE_KEY"), ("warn", "MINYI_NOTIFY_BOSS"), ("warn", "MINYI_HEARTBEAT")}
    assert [finding.what for finding in findings if finding.state == "ok"] == ["Set: MINYI_NOTIFY_TEAM."]
    assert "canary" not in str(findings)


def test_a_database_that_is_not_there_yet_is_in_order_and_is_not_made(study: Path, found: Callable) -> None:
    file_of(study).unlink()

    (finding,) = found(database.database, study)

    assert (finding.state, "nothing yet" in finding.what) == ("ok", True)
    assert not file_of(study).exists()


def test_a_damaged_database_fails(study: Path, found: Callable) -> None:
    content = bytearray(file_of(study).read_bytes())
    for page in range(2, len(content) // 4096):
        content[page * 4096 : page * 4096 + 64] = bytes(64)
    file_of(study).write_bytes(content)

    (finding,) = found(database.database, study)

    assert (finding.state, "damaged" in finding.what, "Restore" in finding.remedy) == ("fail", True, True)


def test_rows_that_belong_to_nothing_fail(study: Path, found: Callable) -> None:
    statement(study, "PRAGMA foreign_keys = OFF", "UPDATE comment SET study = 'gone'")

    (finding,) = found(database.database, study)

    assert (finding.state, "a row of comment belongs to none of" in finding.what) == ("fail", True)


def test_a_file_that_is_no_database_fails(study: Path, found: Callable) -> None:
    file_of(study).write_text("not a database at all" * 100, encoding="utf-8")

    (finding,) = found(database.database, study)

    assert (finding.state, "not a database" in finding.what) == ("fail", True)


def test_the_database_of_another_program_fails(study: Path, found: Callable) -> None:
    file_of(study).unlink()
    statement(study, "CREATE TABLE theirs (a INTEGER)")

    (finding,) = found(database.database, study)

    assert (finding.state, "another program" in finding.what) == ("fail", True)


@pytest.mark.parametrize(("shape", "state"), [("9999", "fail"), ("0003", "warn")])
def test_a_database_of_another_version_is_told_and_left_as_it_is(
    shape: str, state: str, study: Path, found: Callable
) -> None:
    statement(study, f"UPDATE alembic_version SET version_num = '{shape}'")

    (finding,) = found(database.database, study)

    assert finding.state == state
    with closing(sqlite3.connect(file_of(study))) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchone() == (shape,)


def test_a_server_that_does_not_answer_fails_without_its_password(
    study: Path, found: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINYI_DATABASE_URL", "postgresql://someone:s3cret@127.0.0.1:9/nowhere")

    (finding,) = found(database.database, study)

    assert (finding.state, "127.0.0.1" in finding.what) == ("fail", True)
    assert "s3cret" not in str(finding)


@pytest.mark.slow
@pytest.mark.postgres
def test_a_server_that_answers_is_named_with_its_version(
    study: Path, found: Callable, cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINYI_DATABASE_URL", cluster.create("doctor"))
    (empty,) = found(database.database, study)
    with open_workspace(study):
        pass
    (filled,) = found(database.database, study)
    monkeypatch.setattr(database, "OLDEST_POSTGRES", 99)
    (old, _) = found(database.database, study)

    assert (empty.state, "nothing yet" in empty.what) == ("ok", True)
    assert (filled.state, "PostgreSQL" in filled.what) == ("ok", True)
    assert (old.state, "Upgrade" in old.remedy) == ("warn", True)


def test_a_run_that_failed_or_was_killed_is_told(study: Path, found: Callable) -> None:
    failure = {"source": "forum", "type": "Transient", "what": "No answer.", "where": "", "remedy": "Look at it."}
    with open_workspace(study) as workspace:
        store = workspace.store
        store.end_run(store.begin_run("parking", "collect", {}, ""), "partial", {}, [failure, failure])
        store.begin_run("parking", "analyse", {}, "")

    partly, killed = found(database.runs, study, datetime.now(UTC) + timedelta(days=2))

    assert (partly.state, "in part: forum: No answer. (and 1 more failure)" in partly.what) == ("warn", True)
    assert partly.remedy == "Look at it."
    assert (killed.state, "`minyi analyse`" in killed.what, "was killed" in killed.what) == ("warn", True, True)
