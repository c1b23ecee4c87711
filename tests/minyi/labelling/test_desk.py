"""What a coder is given and says: their own sample, their own answers, and nothing that could sway them."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from minyi.labelling.answers import Answer
from minyi.labelling.desk import Desk, Elsewhere, NothingToLabel, Refused, coder_name
from storage.nouns import Page, Wording

if TYPE_CHECKING:
    from collections.abc import Callable

    from minyi.workspace import Workspace

    Draw = Callable[..., list[str]]


def said(item: str, what: str = "judged", **other: Any) -> Answer:
    facts = {
        "item": item,
        "what": what,
        "stance": None,
        "codes": (0, 0, 0),
        "unsure": False,
        "note": "",
        "seconds": 3.0,
    }
    facts |= {"stance": "concern", "codes": (0, 1, 0)} if what == "judged" else {}
    return Answer.model_validate({**facts, **other}, strict=False)


def work_of(desk: Desk, name: str) -> dict[str, Any]:
    return json.loads(json.dumps(desk.work(name)))


def test_the_sample_comes_in_the_order_it_was_drawn_in_and_training_picks_after_it(desk: Desk, draw: Draw) -> None:
    picked = draw(5, 0, 6, kind="training")
    drawn = draw(4, 0, 2)
    assert [item["id"] for item in desk.work("Ann")["items"]] == [*drawn, picked[0], picked[2]]


def test_a_quote_comes_with_the_clause_that_introduces_it_and_the_day_of_the_studys_own_zone(
    desk: Desk, draw: Draw
) -> None:
    draw(2, 1)
    quote, plain = desk.work("Ann")["items"]
    assert (quote["evidence"], quote["day"], quote["lang"]) == ("一位店主说，", "2026-03-21", "zh")
    assert (plain["evidence"], plain["day"]) == (None, None)


def test_the_change_comes_with_its_dates_in_order_and_as_precise_as_they_are(desk: Desk, draw: Draw) -> None:
    draw(0)
    work = desk.work("Ann")
    assert [event["date"] for event in work["events"]] == ["2026-03", "2026-03-20"]
    assert work["change"]["name"] == {"zh": "提现收费", "en": "Withdrawal fee"}


def test_nothing_that_is_served_holds_a_machines_reading_or_says_who_wrote_where(
    served: Any, secrets: list[str]
) -> None:
    for path in ("/", "/api/people", "/api/work?as=Ann", "/api/agreement?as=Ann"):
        served_bytes = served.ask(path).body.decode()
        assert [one for one in secrets if one in served_bytes] == []
    keys = set(served.ask("/api/work?as=Ann").json["items"][0])
    assert keys == {"id", "text", "evidence", "lang", "day", "second"}


def test_without_a_sample_there_is_nothing_to_label(desk: Desk) -> None:
    with pytest.raises(NothingToLabel, match="no sample was drawn"):
        desk.work("Ann")


def test_a_sample_for_the_change_as_it_was_stated_before_is_not_labelled(desk: Desk, draw: Draw) -> None:
    draw(0, 1, target="平台提高提现手续费")
    with pytest.raises(NothingToLabel, match="as the study file states it now"):
        desk.work("Ann")


def test_nobody_is_asked_for_drawn_comments_that_the_report_does_not_count(desk: Desk, draw: Draw) -> None:
    draw(0, 1, 2)
    draw(9, kind="training")
    items = desk.items()
    keys = desk.labels.items("fees", "audit")["key"].tolist()
    assert replace(desk, counted={keys[0], keys[2]}).items() == [items[0], items[2], items[3]], "training picks stay"


def test_an_answer_is_kept_at_once_and_is_there_when_the_page_is_loaded_again(desk: Desk, draw: Draw) -> None:
    first, *_ = draw(3, 1)
    kept = desk.judge("Ann", said(first, codes=(1, 1, 0), unsure=True, note="反语？"), None)

    (mine,) = Desk(desk.labels, desk.study, desk.run).work("Ann")["mine"]
    assert mine == kept
    assert (mine["stance"], mine["codes"], mine["unsure"], mine["note"]) == ("concern", [1, 1, 0], True, "反语？")
    assert (mine["seconds"], mine["item"]) == (3.0, first)


def test_what_is_taken_back_is_a_new_revision_and_the_comment_is_open_again(desk: Desk, draw: Draw) -> None:
    (item,) = draw(3)
    desk.items()
    kept = desk.judge("Ann", said(item), None)
    undone = desk.judge("Ann", said(item, "withdrawn", seconds=None), kept["revision"])

    assert undone["what"] == "withdrawn"
    assert list(desk.labels.history(*desk._task)["what"]) == ["judged", "withdrawn"]
    assert desk.kept == {"judged": 1, "withdrawn": 1}
    with pytest.raises(Refused, match="no answer to take back"):
        desk.judge("Ann", said(item, "withdrawn", seconds=None), undone["revision"])


def test_two_tabs_do_not_double_a_label(desk: Desk, draw: Draw) -> None:
    (item,) = draw(3)
    desk.items()
    kept = desk.judge("Ann", said(item), None)
    with pytest.raises(Elsewhere) as refused:
        desk.judge("Ann", said(item, stance="support", codes=(1, 0, 0)), None)
    assert refused.value.judgement == kept
    assert len(desk.labels.history(*desk._task)) == 1


def test_a_comment_outside_the_sample_is_refused(desk: Desk, draw: Draw, workspace: Workspace) -> None:
    draw(3)
    desk.items()
    outside = str(workspace.store.comments("fees")["id"][7])
    for item in (outside, "no-such-comment"):
        with pytest.raises(Refused, match="not in the sample"):
            desk.judge("Ann", said(item), None)


def test_a_comment_that_was_deleted_in_the_meantime_is_refused(desk: Desk, draw: Draw, workspace: Workspace) -> None:
    (item,) = draw(3)
    desk.items()
    workspace.store.add_page("fees", "source-y", Page(gone=("3",)), run_id=desk.run)
    with pytest.raises(Refused, match="no longer stored"):
        desk.judge("Ann", said(item), None)


def test_the_second_coder_gets_all_but_sees_no_answer_of_the_first(desk: Desk, draw: Draw) -> None:
    drawn = draw(0, 1, 2, 3, second=(1, 3))
    desk.items()
    desk.judge("Ann", said(drawn[0], note="Anns own words"), None)
    desk.judge("Ann", said(drawn[1]), None)

    assert work_of(desk, "Ann")["role"] == "first"
    work = work_of(desk, "Bo")
    assert (work["role"], work["rest"], work["mine"]) == ("second", False, [])
    assert [item["id"] for item in work["items"] if item["second"]] == [drawn[1], drawn[3]]
    assert "Ann" not in json.dumps(work)


def test_a_second_coder_who_went_on_to_the_others_goes_on_with_them(desk: Desk, draw: Draw) -> None:
    drawn = draw(0, 1, second=(1,))
    desk.items()
    desk.judge("Ann", said(drawn[0]), None)
    desk.judge("Bo", said(drawn[1]), None)
    assert not work_of(desk, "Bo")["rest"]
    desk.judge("Bo", said(drawn[0]), None)
    assert work_of(desk, "Bo")["rest"]
    assert desk.people() == ["Ann", "Bo"]


def test_agreement_is_told_to_those_alone_who_are_done(desk: Desk, draw: Draw) -> None:
    first, second = draw(0, 1, second=(1,))
    desk.items()
    desk.judge("Ann", said(first), None)
    desk.judge("Bo", said(second, "skipped"), None)
    assert (desk.is_done("Ann"), desk.is_done("Bo")) == (False, True)


def test_agreement_is_told_in_words(served: Any) -> None:
    served.desk.agreement = lambda: Wording(zh="一致", en="alpha 0.8")
    assert served.ask("/api/agreement?as=Ann").json == {"words": None}
    for item in served.desk.items():
        assert served.judge(item["id"]).status == 200
    assert served.ask("/api/agreement?as=Ann").json == {"words": {"zh": "一致", "en": "alpha 0.8"}}


@pytest.mark.parametrize(("given", "kept"), [(" Ann  Lee\n", "Ann Lee"), ("李雷", "李雷"), ("a\u202eb", "ab")])
def test_a_name_is_one_clean_line(given: str, kept: str) -> None:
    assert coder_name(given) == kept


@pytest.mark.parametrize("given", ["", "  ", "\u200b", "x" * 61])
def test_a_name_that_is_none_is_refused(given: str) -> None:
    with pytest.raises(Refused, match="name"):
        coder_name(given)


def test_the_api_says_what_is_wrong(served: Any) -> None:
    item = served.desk.items()[0]["id"]
    wrong = {"stance": "angry", "codes": [1, 2, 0], "seconds": -1, "more": 1}
    reply = served.judge(item, **wrong)
    assert reply.status == 422
    for name in wrong:
        assert name in reply.json["error"]["what"]
    assert served.ask("/api/judge", b"[" * 60_000).status == 422
    assert served.judge("strange").status == 400
    assert served.judge(item, **{"as": " "}).status == 400
    assert served.ask("/api/work").status == 400
    assert served.judge(item).status == 200
    again = served.judge(item, stance="concern", codes=[0, 1, 0])
    assert (again.status, again.json["judgement"]["stance"]) == (409, "support")


def test_a_store_that_fails_is_said_in_words(served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from storage.database_failures import DiskFull

    def full(*_: object) -> int:
        raise DiskFull("the disk is full", remedy="Make room.")

    item = served.desk.items()[0]["id"]
    served.desk.labels.put = full  # type: ignore[method-assign]
    reply = served.judge(item)
    assert (reply.status, reply.json["error"]) == (503, {"what": "the disk is full", "remedy": "Make room."})
    assert replace(served.desk).kept == {}
