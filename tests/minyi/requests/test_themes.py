"""People name themes in a file; suggestions are put under them, and clusters only propose."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from minyi.themes import themed
from minyi.themes_file import THEMES, read_themes
from minyi.themes_shown import Proposal, as_toml
from storage.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("on_both")

NOTICE, GRACE = "通知应该早一点发出来，大家好准备", "建议宽限半年再还"


def file_of(themes: list[dict[str, Any]]) -> str:
    parts = []
    for theme in themes:
        examples = ", ".join(f'"{example}"' for example in theme["examples"])
        parts.append(f'[[themes]]\nkey = "{theme["key"]}"\ntitle = "{theme["title"]["en"]}"\nexamples = [{examples}]\n')
    return "\n".join(parts)


@pytest.fixture
def named(desk: Any, written: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The first three themes of the study, by ids of comments."""
    return [theme | {"examples": [desk.id_of(text) for text in theme["examples"]]} for theme in written[:3]]


def test_without_a_file_nothing_is_put_anywhere(desk: Any) -> None:
    comments, themes = themed(desk.workspace, desk.comments)
    assert themes == []
    assert "theme" not in comments


def test_examples_by_id_teach_the_theme_and_others_are_found(desk: Any, named: list[dict[str, Any]]) -> None:
    desk.write(THEMES, file_of(named))
    comments, themes = themed(desk.workspace, desk.comments)
    theme = dict(zip(comments["text"], comments["theme"], strict=True))
    assert [(one.key, one.examples) for one in themes] == [("notice", 10), ("grace", 10), ("score", 10)]
    assert (theme[NOTICE], theme[GRACE]) == ("notice", "grace")
    assert pd.isna(theme["建议出个深色模式"])


def test_texts_are_examples_too(desk: Any, named: list[dict[str, Any]]) -> None:
    texts = dict(zip(desk.comments["id"], desk.comments["text"], strict=True))
    by_text = [theme | {"examples": [texts[one] for one in theme["examples"]]} for theme in named]
    desk.write(THEMES, file_of(by_text))
    comments, _ = themed(desk.workspace, desk.comments)
    assert comments.set_index("text")["theme"][NOTICE] == "notice"


def test_with_few_examples_only_these_count(desk: Any, named: list[dict[str, Any]]) -> None:
    desk.write(THEMES, file_of([named[0] | {"examples": named[0]["examples"][:3]}]))
    comments, _ = themed(desk.workspace, desk.comments)
    assert set(comments.loc[comments["theme"].notna(), "id"]) == set(named[0]["examples"][:3])


def test_only_suggestions_are_put_under_themes(desk: Any, named: list[dict[str, Any]]) -> None:
    desk.write(THEMES, file_of(named))
    others = desk.comments.assign(stance="concern")
    assert themed(desk.workspace, others)[0]["theme"].isna().all()


def test_texts_are_asked_of_the_store_where_they_are_not_at_hand(desk: Any, named: list[dict[str, Any]]) -> None:
    desk.write(THEMES, file_of(named))
    with_texts, _ = themed(desk.workspace, desk.comments)
    without, _ = themed(desk.workspace, desk.comments.drop(columns="text"))
    assert without["theme"].tolist() == with_texts["theme"].tolist()


def theme_of(key: str, examples: str) -> str:
    return f'[[themes]]\nkey = "{key}"\ntitle = "x"\nexamples = [{examples}]\n'


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("themes = 3", "themes"),
        ("not toml at all [", "TOML"),
        (theme_of("Not plain!", ""), "small letters"),
        (theme_of("a", "") + theme_of("a", ""), "two themes have the key a"),
        (theme_of("a", '"同一句话"') + theme_of("b", '"同一句话"'), "of a and of b"),
        (theme_of("a", '"c00000000000000ff"'), "no comment of this study"),
        (theme_of("a", "").replace("examples", "example"), "example"),
    ],
)
def test_what_is_wrong_in_the_file_is_said(desk: Any, content: str, words: str) -> None:
    desk.write(THEMES, content)
    with pytest.raises(UsageError, match="themes") as refused:
        themed(desk.workspace, desk.comments)
    assert words in f"{refused.value.what} {refused.value.where}"


def test_what_is_proposed_can_be_read_back_and_says_the_texts(tmp_path: Path) -> None:
    proposed = [Proposal('通"知', (("c0a0b0c0d0e0f", "建议提前\n通知 # \x07 打 13800138000"), ("c0a0b0c0d0e0e", "x")))]
    text = as_toml(proposed)
    (tmp_path / THEMES).write_text(text, encoding="utf-8")
    (theme,) = read_themes(tmp_path)
    assert theme.title.zh == '通"知'
    assert theme.ids == ("c0a0b0c0d0e0f", "c0a0b0c0d0e0e")
    assert "建议提前 通知" in text
    assert "13800138000" not in text
    tomllib.loads(text)
