"""A message is neither lost nor told a third time, whatever dies while it is told, and whatever becomes of the book."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from messages import DOWN, FINE, Job, Received, send

from minyi.jobs import notices
from minyi.jobs.alerts import JobFacts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from minyi.study_file import LoadedStudy

pytest.importorskip("apprise", reason="the extra `notify` is not installed")

pytestmark = pytest.mark.usefixtures("sent_from_here")


class PowerCut(BaseException):
    """Nothing that runs can catch it."""


@pytest.fixture
def crash(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Lets a job crash while it sends, before or after the message has left."""

    def while_sending(job: Job, facts: JobFacts, *, left: bool) -> None:
        def cut(*given: Any) -> None:
            if left:
                send(*given)
            raise PowerCut

        with monkeypatch.context() as patch:
            patch.setattr(notices, "send", cut)
            with pytest.raises(PowerCut):
                job(facts)

    return while_sending


def test_a_crash_while_sending_loses_nothing_and_the_second_message_says_that_it_may_be_one(
    chat: Received, telling: Callable[..., LoadedStudy], crash: Callable[..., None]
) -> None:
    job = Job(telling())
    crash(job, DOWN, left=True)
    assert [job(DOWN), job(DOWN), job(FINE)] == [["partial:forum"], [], ["over partial:forum"]]
    assert ["for the second time" in body["message"] for body in chat.bodies] == [False, True, False]


def test_nobody_is_told_a_third_time_however_often_it_crashes(
    chat: Received, telling: Callable[..., LoadedStudy], crash: Callable[..., None]
) -> None:
    job = Job(telling())
    crash(job, DOWN, left=True)
    crash(job, DOWN, left=True)
    assert [job(DOWN), job(DOWN)] == [[], []]
    assert len(chat.bodies) == 2


def test_who_may_not_have_heard_that_it_was_over_is_told_that_the_next_message_may_be_one_too_many(
    chat: Received, telling: Callable[..., LoadedStudy], crash: Callable[..., None]
) -> None:
    job = Job(telling())
    job(DOWN)
    crash(job, FINE, left=False)
    assert job(DOWN) == ["partial:forum"]
    assert ["for the second time" in body["message"] for body in chat.bodies] == [False, True]


def test_what_surely_failed_after_a_crash_is_still_the_second_time(
    chat: Received, telling: Callable[..., LoadedStudy], crash: Callable[..., None]
) -> None:
    job = Job(telling())
    crash(job, DOWN, left=False)
    chat.status = 500
    assert job(DOWN) == []
    chat.status = 200
    assert job(DOWN) == ["partial:forum"]
    assert "for the second time" in chat.bodies[-1]["message"]


@pytest.mark.parametrize("write", range(3))
def test_a_crash_at_any_writing_of_the_book_loses_nothing(
    chat: Received, telling: Callable[..., LoadedStudy], monkeypatch: pytest.MonkeyPatch, write: int
) -> None:
    job, writes = Job(telling()), list[int]()

    def cut(*given: Any) -> None:
        writes.append(1)
        if len(writes) > write:
            raise PowerCut
        written(*given)

    written = notices.write_book
    monkeypatch.setattr(notices, "write_book", cut)
    with pytest.raises(PowerCut):
        job(DOWN)
    monkeypatch.setattr(notices, "write_book", written)
    job(DOWN)
    job(DOWN)
    assert len(chat.bodies) == (2 if write == 1 else 1), "the book says that it was being sent"


def test_a_damaged_book_is_begun_anew_and_that_is_said(
    chat: Received, telling: Callable[..., LoadedStudy], tmp_path: Path
) -> None:
    job = Job(telling())
    job(DOWN)
    (tmp_path / "data" / "notices.json").write_bytes(b'{"causes": [{"alert": 7}]}')
    assert job(DOWN) == ["partial:forum"]
    assert "cannot be read" in job.said.getvalue()


def test_a_book_in_which_a_bit_turned_over_is_begun_anew(
    chat: Received, telling: Callable[..., LoadedStudy], tmp_path: Path
) -> None:
    """Else the address that was told would be another, and one cause be over that nobody ever heard of."""
    job, book = Job(telling()), tmp_path / "data" / "notices.json"
    job(DOWN)
    book.write_bytes(book.read_bytes().replace(b'"subject": "forum"', b'"subject": "fortm"'))
    assert job(DOWN) == ["partial:forum"]
    assert "cannot be read" in job.said.getvalue()
    assert job(DOWN) == []


def test_a_job_that_was_killed_is_told_of_by_the_next_one(chat: Received, telling: Callable[..., LoadedStudy]) -> None:
    job = Job(telling())
    assert [job(replace(FINE, killed=True)), job(FINE), job(FINE)] == [["failed:run"], ["over failed:run"], []]
    assert "it was killed before its end" in chat.bodies[0]["message"]


def test_it_is_told_of_also_where_the_next_one_is_stopped_by_a_person(
    chat: Received, telling: Callable[..., LoadedStudy]
) -> None:
    job = Job(telling())
    assert [job(JobFacts(130, killed=True)), job(FINE)] == [[], ["failed:run"]]
