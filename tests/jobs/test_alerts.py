"""What there is to tell after a job, and what is over."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minyi.jobs.alert_texts import begun, ended, message, sentence, trial
from minyi.jobs.alerts import Alert, Failure, JobFacts, Spike, alerts_of, could_see
from minyi.unattended_sections import CAUSES

GOOD = {"collect": 0, "analyse": 0, "report": 0}
ZONE = ZoneInfo("Asia/Shanghai")


def keys(facts: JobFacts) -> list[str]:
    return [alert.key for alert in alerts_of(facts)]


def failure(kind: str, source: str = "forum", command: str = "collect") -> Failure:
    return Failure(command, source, kind)


def test_a_good_job_has_nothing_to_tell() -> None:
    assert keys(JobFacts(0, GOOD, silent={}, spikes=[])) == []


@pytest.mark.parametrize("step", ["collect", "analyse", "report"])
def test_a_command_of_which_nothing_came_has_failed(step: str) -> None:
    facts = JobFacts(1, GOOD | {step: 1}, [failure("Transient", command=step)])
    assert keys(facts) == [f"failed:{step}"]


def test_a_job_that_failed_outside_its_commands_has_failed() -> None:
    assert keys(JobFacts(1)) == ["failed:run"]


def test_a_job_whose_collecting_failed_is_told_though_a_report_came_of_it() -> None:
    assert keys(JobFacts(3, GOOD | {"collect": 1}, [failure("Transient")])) == ["failed:collect"]


def test_each_source_that_failed_is_one_cause_however_many_pages_it_lost() -> None:
    lost = [failure("Transient"), failure("Deadline"), failure("NotFound", "reviews")]
    assert keys(JobFacts(3, GOOD | {"collect": 3}, lost)) == ["partial:forum", "partial:reviews"]


def test_comments_left_without_a_stance_are_told_of_the_command() -> None:
    facts = JobFacts(3, GOOD | {"analyse": 3}, [failure("LlmError", "some comment", command="analyse")])
    assert keys(facts) == ["partial:analyse"]


def test_a_source_that_changed_its_answers_is_told_as_that_alone() -> None:
    facts = JobFacts(3, GOOD | {"collect": 3}, [failure("NotFound"), failure("SchemaDrift")])
    assert keys(facts) == ["drift:forum"]


def test_a_held_report_is_no_failure() -> None:
    facts = JobFacts(1, GOOD | {"report": 1}, [failure("ReportHeld", "report", "report")])
    assert keys(facts) == ["held:report"]


def test_silent_sources_and_spikes_are_told_of_a_good_job() -> None:
    facts = JobFacts(0, GOOD, silent={"reviews": 7}, spikes=[Spike("2026-11-25", 112, 8.5)])
    assert keys(facts) == ["silent:reviews", "spike:2026-11-25"]


def test_a_job_stopped_by_its_scheduler_is_told_and_one_stopped_by_a_person_is_not() -> None:
    assert keys(JobFacts(143, {"collect": 0})) == ["failed:run"]
    assert keys(JobFacts(130, {"collect": 0})) == []


@pytest.mark.parametrize(
    ("kind", "subject", "facts", "seen"),
    [
        ("partial", "forum", JobFacts(0, GOOD), True),
        ("drift", "forum", JobFacts(1, GOOD | {"report": 1}), True),
        ("partial", "forum", JobFacts(1, {"collect": 1}), False),
        ("partial", "analyse", JobFacts(1, {"collect": 0}), False),
        ("partial", "analyse", JobFacts(0, GOOD), True),
        ("failed", "collect", JobFacts(1, {"collect": 0, "analyse": 1}), True),
        ("failed", "analyse", JobFacts(1, {"collect": 1}), False),
        ("failed", "run", JobFacts(3, GOOD), True),
        ("failed", "run", JobFacts(1), False),
        ("held", "report", JobFacts(0, GOOD), True),
        ("held", "report", JobFacts(1, {"collect": 1}), False),
        ("silent", "reviews", JobFacts(0, GOOD, silent={}), True),
        ("silent", "reviews", JobFacts(1, {"collect": 1}), False),
        ("spike", "2026-11-25", JobFacts(0, GOOD), False),
    ],
)
def test_only_what_a_job_could_see_is_over(kind: str, subject: str, facts: JobFacts, seen: bool) -> None:
    assert could_see(facts, kind, subject) is seen  # type: ignore[arg-type]


@pytest.mark.parametrize("code", [130, 143])
@pytest.mark.parametrize("kind", CAUSES)
def test_a_stopped_job_sees_that_nothing_is_over(kind: str, code: int) -> None:
    assert not could_see(JobFacts(code, GOOD, silent={}, spikes=[]), kind, "forum")  # type: ignore[arg-type]


@given(st.sampled_from(CAUSES), st.text(max_size=200), st.sampled_from(["zh", "en"]), st.booleans())
def test_a_line_is_one_line_that_nobody_can_mention_or_link_with(
    kind: str, subject: str, language: str, over: bool
) -> None:
    alert = Alert(kind, subject, "Transient", since=0)  # type: ignore[arg-type]
    for line in (
        begun(alert, 0, 60_000 if over else None, ZONE, language),  # type: ignore[arg-type]
        ended(alert, ZONE, language),  # type: ignore[arg-type]
    ):
        assert len(line.splitlines()) == 1
        assert len(line) < 300
        assert not {"@", "<"} & set(line)
        assert "://" not in line


def test_the_message_in_both_languages() -> None:
    alert = Alert("partial", "论坛", "Transient")
    line = begun(alert, 1_795_600_000_000, None, ZONE, "en")
    assert line == "In part only: 论坛 (no answer, or a server error), since 2026-11-25 17:46"
    assert (
        begun(alert, 0, 60_000, ZONE, "zh")
        == "部分未完成：论坛（没有响应或服务器出错），自 1970-01-01 08:00 起；1970-01-01 08:01 已恢复"
    )
    assert ended(alert, ZONE, "zh") == "已恢复：部分未完成：论坛（没有响应或服务器出错）"
    title, body = message("pier", ["a", "b"], ["c"], "en")
    assert (title, body.splitlines()) == ("minyi pier: 2 to look at, 1 over", ["a", "b", "c", "More: minyi status"])
    assert trial("pier", "zh")[0] == "minyi pier：测试消息"


def test_every_kind_has_its_own_sentence_in_both_languages() -> None:
    said = [sentence(Alert(kind, "forum", since=0), ZONE) for kind in CAUSES]
    assert len({one.zh for one in said}) == len({one.en for one in said}) == len(CAUSES)
    assert not any("{" in one.zh + one.en for one in said)
