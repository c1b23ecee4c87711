"""The two READMEs say the same, and what they say exists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from minyi.commands import COMMANDS

REPOSITORY = Path(__file__).parent.parent.parent
READMES = ("README.md", "README.zh-CN.md")


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
            parts += [link for link in re.findall(r"\]\(([^)]*)\)", line) if "README" not in link]
            parts += re.findall(r"`minyi(?: [a-z]+)?`", line)
    return parts


def language_free(parts: list[str]) -> list[str]:
    return [re.sub(r"report\.(zh|en)\.", "report.", part) for part in parts]


def test_both_readmes_have_the_same_shape_and_the_same_commands() -> None:
    english, chinese = (language_free(shape(text_of(name))) for name in READMES)

    assert sorted(english) == sorted(chinese)
    assert [part for part in english if part.startswith("```")] == [part for part in chinese if part.startswith("```")]


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_named(name: str) -> None:
    missing = [command for command, _function, _example in COMMANDS if f"`minyi {command}`" not in text_of(name)]

    assert missing == []


@pytest.mark.parametrize("name", READMES)
def test_every_local_link_leads_somewhere(name: str) -> None:
    links = [link for link in re.findall(r"\]\(([^)]*)\)", text_of(name)) if not link.startswith("http")]

    assert [link for link in links if not (REPOSITORY / link).exists()] == []
