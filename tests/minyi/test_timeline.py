"""Acts that the collected texts state become suggestions, and accepted ones join the study file, which else stays."""

from __future__ import annotations

import random
import re
import tomllib
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from minyi.beginning import begin_study
from minyi.study_file import load_study
from minyi.study_writing import StudyNotWritten, add_events, block_of
from minyi.timeline import MOST_A_DAY, accept, suggestions
from minyi.workspace import Workspace, open_workspace
from storage.errors import UsageError
from storage.nouns import Act, Article, Capture, Page, PolicyEvent, Wording

if TYPE_CHECKING:
    from pathlib import Path

ZONE = ZoneInfo("Asia/Shanghai")
STUDY = """\
# 一份研究   a study
[study]
id = "fees"
start = 2026-03-01
end = 2026-04-30          # last day

[change]
name = { zh = "提现收费", en = "Withdrawal fee" }
statement = { zh = "平台对提现收取手续费", en = "The platform charges a fee for withdrawals" }
words = { zh = ["手续费"], en = ["fee"] }

[[events]]
date = 2026-03-10
kind = "announced"
title = { zh = "公告", en = "Notice" }
url = "https://example.com/notice"

# Where text comes from
[[sources]]
name = "comments"
kind = "files"
path = "comments.csv"
"""
NOTICE = "3月10日，云梧支付发布公告，自3月16日起收取提现手续费。\n洛桐金融监管局3月20日约谈了云梧支付。"
REPORT = "Yunwu Pay said on 12 March that the fee would follow. The consultation closes on 8 April."


def at(day: str) -> int:
    return int(datetime.fromisoformat(day).replace(hour=12, tzinfo=ZONE).timestamp() * 1000)


def written(folder: Path, text: str = STUDY, encoding: str = "utf-8") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "study.toml"
    path.write_bytes(text.encode(encoding))
    return path


def collected(place: Path, *articles: Article, acts: tuple[Act, ...] = (), capture: Capture | None = None) -> None:
    with open_workspace(place) as workspace:
        store, study = workspace.store, workspace.study.id
        run = store.begin_run(study, "collect", {}, workspace.digest)
        store.add_page(study, "news", Page(articles=articles, acts=acts), run_id=run, capture=capture)


def notice(ident: str = "n1", text: str = NOTICE, **facts: Any) -> Article:
    facts = {"url": f"https://example.com/{ident}", "published_at": at("2026-03-10"), "lang": "zh"} | facts
    return Article(id=ident, text=text, **facts)


def listed(place: Path) -> list[tuple[str, str | None, bool]]:
    with open_workspace(place) as workspace:
        return [(str(one.act.date), one.act.kind, one.known) for one in suggestions(workspace)]


def taken(place: Path, *dates: str, **choices: Any) -> tuple[PolicyEvent, ...]:
    """Accept the suggestions of these days."""
    seen = (place / "study.toml").read_bytes()
    with open_workspace(place) as workspace:
        ids = [one.id for one in suggestions(workspace) if str(one.act.date) in dates]
        return accept(workspace, ids, seen, **choices).events


def event(day: str = "2026-03-16", title: str = "开始收费", **facts: Any) -> PolicyEvent:
    return PolicyEvent(id="x", date=date.fromisoformat(day), kind="effective", title=Wording(zh=title), **facts)


# What is suggested


def test_acts_in_articles_are_suggested_by_date_and_what_the_file_has_is_known(tmp_path: Path) -> None:
    written(tmp_path)
    collected(tmp_path, notice())

    assert listed(tmp_path) == [
        ("2026-03-10", "announced", True),
        ("2026-03-16", "effective", False),
        ("2026-03-20", "regulator", False),
    ]


def test_a_suggestion_has_its_sentence_link_and_capture(tmp_path: Path) -> None:
    written(tmp_path)
    capture = Capture("https://example.com/n1", "https://example.com/n1", 200, {}, b"<p>x</p>", at("2026-03-11"))
    collected(tmp_path, notice(), capture=capture)

    with open_workspace(tmp_path) as workspace:
        (one,) = [one for one in suggestions(workspace) if one.act.kind == "regulator"]
        (stated,) = one.stated
        assert stated.act.sentence == "洛桐金融监管局3月20日约谈了云梧支付。"
        assert stated.act.url == "https://example.com/n1"
        assert stated.source == "news"
        assert workspace.store.captures.read(stated.capture) == b"<p>x</p>"


def test_one_act_in_several_articles_is_one_suggestion_with_every_link(tmp_path: Path) -> None:
    written(tmp_path)
    again = notice("n2", "据悉，自3月16日起，云梧支付将收取提现手续费。", published_at=at("2026-03-12"))
    other = notice("n3", "自3月16日起，城区公交恢复原线路运行时间，不再绕行江北大桥。", published_at=at("2026-03-12"))
    collected(tmp_path, notice(), again, other)

    with open_workspace(tmp_path) as workspace:
        groups = [[stated.act.article_id for stated in one.stated]
                  for one in suggestions(workspace) if one.act.date == date(2026, 3, 16)]  # fmt: skip
    assert groups == [["n1", "n2"], ["n3"]]


def test_a_headline_and_its_text_are_one_act_and_one_article(tmp_path: Path) -> None:
    written(tmp_path)
    text = "云梧支付3月20日起收费\n自3月20日起，用户把余额转到银行卡时须向云梧支付按千分之一的比例交纳提现手续费。"
    collected(tmp_path, notice("n1", text))

    with open_workspace(tmp_path) as workspace:
        (one,) = suggestions(workspace)
    assert len(one.stated) == 2
    assert one.weight[1] == 1
    assert taken(tmp_path, "2026-03-20")[0].kind == "effective"


def test_a_month_alone_stands_before_the_days_of_that_month(tmp_path: Path) -> None:
    written(tmp_path)
    collected(tmp_path, notice("n1", "新票价自2026年4月1日起执行。\n停车新规自2026年4月起施行。"))

    with open_workspace(tmp_path) as workspace:
        assert [one.act.precision for one in suggestions(workspace)] == ["month", "day"]


def test_ids_are_short_and_stay_when_more_is_collected(tmp_path: Path) -> None:
    written(tmp_path)
    collected(tmp_path, notice())
    with open_workspace(tmp_path) as workspace:
        first = {one.id for one in suggestions(workspace)}
    collected(tmp_path, notice("n2", "自3月16日起，云梧支付收取提现手续费。"), notice("n3"))
    with open_workspace(tmp_path) as workspace:
        second = {one.id for one in suggestions(workspace)}

    assert first == second
    assert all(re.fullmatch("[0-9a-f]{8}", ident) for ident in first)


def test_what_a_source_states_is_suggested_too(tmp_path: Path) -> None:
    written(tmp_path)
    act = Act(date=date(2026, 4, 8), title="Fees: closes", sentence="closing_date: 2026-04-08", url="https://e.org/c")
    collected(tmp_path, acts=(act,))

    assert listed(tmp_path) == [("2026-04-08", None, False)]


def test_countless_acts_of_one_day_are_a_bounded_list_and_take_a_moment(tmp_path: Path, within: Any) -> None:
    draw = random.Random(3)
    said = ["".join(chr(draw.randrange(0x4E00, 0x9F00)) for _ in range(40)) for _ in range(2_000)]
    place = written(tmp_path)
    collected(place, acts=tuple(Act(date=date(2026, 3, 20), title=words, sentence=words) for words in said))
    with open_workspace(place) as workspace, within(4):
        found = suggestions(workspace)
    assert len(found) == MOST_A_DAY
    assert [one.act.title for one in found if one.act.title == said[0]] == [said[0]]


def test_an_act_whose_link_and_day_the_file_has_is_known(tmp_path: Path) -> None:
    written(tmp_path)
    same = Act(date=date(2026, 3, 10), kind="clarified", sentence="Said.", url="https://example.com/notice")
    month = Act(date=date(2026, 3, 1), precision="month", kind="announced", sentence="Announced in March.")
    elsewhere = Act(date=date(2026, 3, 10), kind="clarified", sentence="Explained.", url="https://example.com/else")
    collected(tmp_path, acts=(same, month, elsewhere))

    with open_workspace(tmp_path) as workspace:
        assert {one.act.sentence: one.known for one in suggestions(workspace)} == {
            "Said.": True,
            "Announced in March.": True,
            "Explained.": False,
        }


def test_a_day_known_only_by_its_month_is_no_day_to_count_from(tmp_path: Path) -> None:
    written(tmp_path)
    collected(tmp_path, notice(text="明日起收取手续费。", published_precision="month"))

    assert listed(tmp_path) == []


# Accepting


def test_an_accepted_act_stands_behind_the_last_event_and_nothing_else_moves(tmp_path: Path) -> None:
    written(tmp_path)
    collected(tmp_path, notice())
    (added,) = taken(tmp_path, "2026-03-16")

    text = (tmp_path / "study.toml").read_text(encoding="utf-8")
    block = block_of([added])
    assert text.replace(block + "\n", "", 1) == STUDY
    assert text.index("https://example.com/notice") < text.index(block) < text.index("# Where text comes from")
    assert [one.date for one in load_study(tmp_path).study.events] == [date(2026, 3, 10), date(2026, 3, 16)]


def test_accepting_twice_adds_nothing(tmp_path: Path) -> None:
    written(tmp_path)
    collected(tmp_path, notice())
    assert len(taken(tmp_path, "2026-03-16", "2026-03-20")) == 2
    after = (tmp_path / "study.toml").read_bytes()

    assert taken(tmp_path, "2026-03-16", "2026-03-20") == ()
    assert (tmp_path / "study.toml").read_bytes() == after


def test_kind_and_title_can_be_corrected(tmp_path: Path) -> None:
    written(tmp_path)
    collected(tmp_path, notice("r1", REPORT, lang="en", published_at=at("2026-03-13")))
    with pytest.raises(UsageError, match="does not say what kind"):
        taken(tmp_path, "2026-04-08")
    (added,) = taken(tmp_path, "2026-04-08", kind="announced", title='Last day to "say" \\ so')

    assert load_study(tmp_path).study.events[-1].title == Wording(en='Last day to "say" \\ so')
    assert (added.kind, added.url) == ("announced", "https://example.com/r1")
    assert taken(tmp_path, "2026-04-08", kind="announced", title='Last day to "say" \\ so') == ()


@pytest.mark.parametrize(
    ("ids", "choices", "message"),
    [
        (["ffffffff"], {}, "no suggestion"),
        ([""], {}, "suggestion"),
        (["ffffffff"], {"kind": "begun"}, "no kind of act"),
        (["ffffffff", "eeeeeeee"], {"title": "x"}, "one act"),
    ],
)
def test_what_cannot_be_meant_is_refused(tmp_path: Path, ids: list[str], choices: dict[str, str], message: str) -> None:
    path = written(tmp_path)
    collected(tmp_path, notice())

    with open_workspace(tmp_path) as workspace, pytest.raises(UsageError, match=message):
        accept(workspace, ids, path.read_bytes(), **choices)
    assert path.read_text(encoding="utf-8") == STUDY


# The file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_and_byte_marks_stay(tmp_path: Path, encoding: str, newline: str) -> None:
    path = written(tmp_path, STUDY.replace("\n", newline), encoding)
    before = path.read_bytes()
    block = add_events(path, [event()], before)

    after = path.read_bytes()
    mark = before[:2] if encoding == "utf-16" else before[:3] if encoding == "utf-8-sig" else b""
    plain = after[len(mark) :].decode("utf-16-le" if encoding == "utf-16" else "utf-8")
    assert after.startswith(mark)
    assert plain.replace(block.replace("\n", newline) + newline, "", 1) == STUDY.replace("\n", newline)
    assert len(load_study(tmp_path).study.events) == 2


@pytest.mark.parametrize(
    ("text", "before", "after"),
    [
        (STUDY.partition("[[events]]")[0], 'en = ["fee"] }', None),
        (STUDY.partition("[[events]]")[0].rstrip(), 'en = ["fee"] }', None),
        (re.sub(r"(?s)\[\[events\]\].*?\n\n", "", STUDY), 'en = ["fee"] }', "# Where text comes from"),
        (STUDY.replace('notice"\n', 'notice"\n# a note on the notice\n', 1), "# a note on the notice", "# Where text"),
        (STUDY.replace('"https://example.com/notice"\n\n', '"https://example.com/notice"\n'), "notice", "# Where text"),
        (
            STUDY.replace("title = {", "[events.title]\nzh = 'x'\n#{", 1).replace("url =", "#url ="),
            "zh = 'x'",
            "# Where",
        ),
        (STUDY.replace("# Where", "[[gaps]]\nstart=2026-03-01\nend=2026-03-02\n# Where"), "notice", "[[gaps]]"),
        (STUDY + '\n[[events]]\ndate = "2026-03"\nkind = "media"\ntitle = """a\n[[events]]\n"""\n', '\n"""\n', None),
    ],
)
def test_the_place_is_found_in_files_of_other_shapes(tmp_path: Path, text: str, before: str, after: str | None) -> None:
    path = written(tmp_path, text)
    block = add_events(path, [event()], path.read_bytes())

    result = path.read_text(encoding="utf-8")
    assert result.index(before) < result.index(block)
    assert after is None or result.index(block) < result.index(after)
    assert re.search(r"(\A|\n\n)\Z", result[: result.index(block)])
    rest = result.replace(block, "", 1)
    assert [line for line in rest.splitlines() if line] == [line for line in text.splitlines() if line]


def test_the_first_event_of_a_new_study_stands_behind_the_template_s_example(tmp_path: Path) -> None:
    path = begin_study(tmp_path / "new")
    block = add_events(path, [event(), event("2026-03-20", "约谈")], path.read_bytes())

    text = path.read_text(encoding="utf-8")
    assert text.index("# [[events]]") < text.index(block) < text.index("# Where text comes from")
    assert len(load_study(path).study.events) == 2


def test_a_block_is_written_as_a_person_would(tmp_path: Path) -> None:
    path = written(tmp_path)
    full = event(who=Wording(zh="云梧支付"), url="https://example.com/1")

    assert add_events(path, [full, event("2026-04-01", "次月", precision="month")], path.read_bytes()) == (
        "[[events]]\n"
        "date = 2026-03-16\n"
        'precision = "day"\n'
        'kind = "effective"\n'
        'who = { zh = "云梧支付" }\n'
        'title = { zh = "开始收费" }\n'
        'url = "https://example.com/1"\n'
        "\n"
        "[[events]]\n"
        "date = 2026-04-01\n"
        'precision = "month"\n'
        'kind = "effective"\n'
        'title = { zh = "次月" }\n'
    )


def test_a_file_with_its_events_in_one_list_is_left_and_the_block_is_given(tmp_path: Path) -> None:
    text = "events = []\n" + STUDY.partition("[[events]]")[0]
    path = written(tmp_path, text)

    with pytest.raises(StudyNotWritten, match="no place") as caught:
        add_events(path, [event()], path.read_bytes())
    assert "[[events]]" in caught.value.remedy
    assert path.read_text(encoding="utf-8") == text


def test_a_file_that_would_not_load_is_not_written(tmp_path: Path) -> None:
    path = written(tmp_path)
    many = [event(title=f"第{n}步") for n in range(200)]

    with pytest.raises(StudyNotWritten, match="would not load"):
        add_events(path, many, path.read_bytes())
    assert path.read_text(encoding="utf-8") == STUDY


def test_a_file_changed_in_the_meantime_is_not_written(tmp_path: Path) -> None:
    path = written(tmp_path)
    seen = path.read_bytes()
    changed = STUDY.replace("last day", "the last day")
    written(tmp_path, changed)

    with pytest.raises(StudyNotWritten, match="changed in the meantime"):
        add_events(path, [event()], seen)
    assert path.read_text(encoding="utf-8") == changed


def test_a_link_is_followed_and_rights_stay(tmp_path: Path) -> None:
    real = written(tmp_path / "real")
    real.chmod(0o600)
    link = tmp_path / "study.toml"
    link.symlink_to(real)
    add_events(link, [event()], link.read_bytes())

    assert link.is_symlink()
    assert "开始收费" in real.read_text(encoding="utf-8")
    assert real.stat().st_mode & 0o777 == 0o600


TITLES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=40)


@given(TITLES)
def test_any_title_comes_back_as_it_was(title: str) -> None:
    (back,) = tomllib.loads(block_of([event(title=title)]))["events"]

    assert back["title"] == {"zh": title}
    assert back["date"] == date(2026, 3, 16)


def test_a_workspace_gives_what_it_was_opened_with(tmp_path: Path) -> None:
    written(tmp_path)
    with open_workspace(tmp_path) as workspace:
        assert isinstance(workspace, Workspace)
        assert suggestions(workspace) == []
