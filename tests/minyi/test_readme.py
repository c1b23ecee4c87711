"""The two READMEs say the same, so do the two guides for comms teams, and what they say exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from minyi.commands import COMMANDS

REPOSITORY = Path(__file__).parent.parent.parent
READMES = ("README.md", "README.zh-CN.md")
GUIDES = ("docs/for-comms.md", "docs/for-comms.zh.md")


def text_of(name: str) -> str:
    return (REPOSITORY / name).read_text(encoding="utf-8")


def shape(text: str) -> list[str]:
    """What both languages share: headings by level, code blocks word for word, list items, links, commands."""
    parts = []
    for block in re.split(r"(```sh\n.*?```)", text, flags=re.DOTALL):
        if block.startswith("```"):
            parts.append(block)
            continue
        for line in block.splitlines():
            if found := re.match(r"\s*(#+|\d+\.|-|\|)\s", line):
                parts.append(found[1])
            parts += [
                link for link in re.findall(r"\]\(([^)]*)\)", line) if "README" not in link and "for-comms" not in link
            ]
            parts += re.findall(r"`minyi(?: [a-z]+)?`", line)
    return parts


def language_free(parts: list[str]) -> list[str]:
    return [re.sub(r"(report|for-comms)\.(zh|en)\.", r"\1.", part) for part in parts]


@pytest.mark.parametrize("pair", [READMES, GUIDES], ids=lambda pair: pair[0])
def test_both_languages_have_the_same_shape_and_the_same_commands(pair: tuple[str, str]) -> None:
    english, chinese = (language_free(shape(text_of(name))) for name in pair)

    assert sorted(english) == sorted(chinese)
    assert [part for part in english if part.startswith("```")] == [part for part in chinese if part.startswith("```")]


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_named(name: str) -> None:
    missing = [command for command, _function, _example in COMMANDS if f"`minyi {command}`" not in text_of(name)]

    assert missing == []


@pytest.mark.parametrize("name", GUIDES)
def test_the_guides_have_three_sentences_of_each_kind_with_the_reason_below(name: str) -> None:
    may, may_not = text_of(name).split("\n## ")[3:5]

    for part in (may, may_not):
        assert re.findall(r"^(\d)\. [“\"]", part, flags=re.MULTILINE) == ["1", "2", "3"]


@pytest.mark.parametrize("name", [*READMES, *GUIDES])
def test_every_local_link_leads_somewhere(name: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)]*)\)", text_of(name)) if not link.startswith("http")]

    assert [link for link in links if not (REPOSITORY / name).parent.joinpath(link).exists()] == []
