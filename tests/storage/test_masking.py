"""The patterns of what leads to a person, whichever room masks by them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from storage.privacy.masking import MAIL, NAME

EITHER = re.compile(f"(?P<mail>{MAIL})|(?P<name>{NAME})")


def marked(text: str) -> str:
    return EITHER.sub(lambda found: f"<{found.lastgroup}>", text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("写信到abc.d@example.com吧", "写信到<mail>吧"),
        ("a＠b.cn", "<mail>"),
        ("me@a.b.c.d.e.f.g.h.example", "<mail>"),
        ("回复@小明_01: 同意", "回复<name>: 同意"),
        ("agree@小明 同意", "agree<name> 同意"),
        ("@阿依古丽·买买提 说得对", "<name> 说得对"),
        ("＠someone hello", "<name> hello"),
        ("@" + "a" * 30 + "13812345678", "<name>"),
        ("@ 3pm", "@ 3pm"),
        ("a.b.c", "a.b.c"),
    ],
)
def test_mail_addresses_and_names_are_found(text: str, shown: str) -> None:
    assert marked(text) == shown


@pytest.mark.parametrize("unit", ["a@", "a.", "@", "a@b.", "a" * 70 + "@"])
def test_long_texts_take_linear_time(within: Any, unit: str) -> None:
    with within(0.5):
        marked(unit * (20_000 // len(unit)))
