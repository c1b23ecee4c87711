"""The page as a document: words in both languages, its data inert, and in a kit nothing but itself."""

from __future__ import annotations

import json
import re
from importlib import resources
from typing import TYPE_CHECKING, Any

import pytest

from minyi.labelling.kit import write_kit
from minyi.labelling.page import LANGUAGES, content_policy, label_page, wording
from storage.nouns import STANCES, CommentRow, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from minyi.labelling.desk import Desk
    from minyi.workspace import Workspace

HOSTILE = "</script><script>alert(1)</script><!-- <img src=x onerror=alert(2)> ]]> \u2028 & &amp;"


def leaves(tree: dict[str, Any], path: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, f"{path}{name}.")
        else:
            yield f"{path}{name}", value


def slots(text: Any) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", str(text)))


def test_both_languages_say_the_same_things_with_the_same_slots() -> None:
    chinese, english = (dict(leaves(wording(language))) for language in LANGUAGES)
    assert chinese.keys() == english.keys()
    assert {key for key in english if slots(english[key]) != slots(chinese[key])} == set()
    assert {
        key for key in english if len(english[key]) != len(chinese[key]) and isinstance(english[key], list)
    } == set()
    for section in ("stance", "inline", "short"):
        assert set(wording("en")[section]) == set(STANCES)


def test_every_wording_is_used_and_every_word_the_page_asks_for_is_there() -> None:
    folder = resources.files("minyi.labelling") / "templates"
    sources = "".join(folder.joinpath(name).read_text("utf-8") for name in ("label.js", "keepers.js", "label.html.j2"))
    asked = set(re.findall(r'\bt\(\s*"(\w+)"|data-t="(\w+)"', sources))
    named = {one for pair in asked for one in pair if one}
    known = set(wording("en")["ui"])
    assert named <= known
    assert {key for key in known if f'"{key}"' not in sources} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_codebook_has_a_definition_and_examples_for_every_stance(language: Any) -> None:
    book = wording(language)["codebook"]
    assert set(book["definition"]) == set(book["examples"]) == set(STANCES)
    assert all(len(examples) >= 2 for examples in book["examples"].values())


def test_hostile_data_cannot_leave_its_element() -> None:
    page = label_page({"kit": {"items": [{"text": HOSTILE + "\ud800"}]}}, offline=True)
    (data,) = re.findall(r'<script type="application/json" id="setup">(.*?)</script>', page, re.DOTALL)
    assert json.loads(data)["kit"]["items"][0]["text"] == HOSTILE + "?"
    assert not set("<>&\u2028") & set(data)
    assert page.count("<script") == 2
    page.encode()


def test_a_kit_is_one_file_that_asks_for_nothing(
    workspace: Workspace, desk: Desk, draw: Callable[..., list[str]], tmp_path: Path
) -> None:
    rows: list[CommentRow] = [{"ext_id": "hostile", "text": HOSTILE}]
    workspace.store.add_page("fees", "more", Page(comments=rows), run_id=desk.run)
    draw(12, 3)
    file = tmp_path / "kit" / "Ann.html"

    assert write_kit(desk, "Ann", file) == 2
    page = file.read_text("utf-8")
    policy = content_policy(offline=True)
    assert f'<meta http-equiv="Content-Security-Policy" content="{policy.replace(chr(39), "&#39;")}">' in page
    assert "connect-src" not in policy
    assert "form-action 'none'" in policy
    assert not re.search(r"https?://", page)
    assert not re.search(r"<(link|img|script|iframe)[^>]+(src|href)=(?!\"data:,)", page.split('id="setup"')[0])
    assert HOSTILE not in page
    assert file.stat().st_mode & 0o077 == 0
