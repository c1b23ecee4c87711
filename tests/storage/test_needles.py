"""Many strings looked for at once are found exactly where they would be found one by one."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from storage.privacy import needles
from storage.privacy.needles import Needles

WORDS = st.lists(st.sampled_from(["forum-0000", "柳荫胡同", "支持", "a", "x\x00y", "1"]), min_size=1, max_size=14)
STRINGS = WORDS.map(lambda parts: "".join(parts).encode())


def one_by_one(forms: list[bytes], content: bytes) -> set[tuple[int, int]]:
    return {
        (found.start(), found.start() + len(form))
        for form in forms
        if form
        for found in re.finditer(b"(?=" + re.escape(form) + b")", content)
    }


@given(st.lists(STRINGS, max_size=30), st.lists(STRINGS, max_size=40), st.sampled_from([0, 3, 256]))
def test_they_are_found_where_each_is_found_by_itself(forms: list[bytes], content: list[bytes], few: int) -> None:
    text = b"-".join(content)
    before, needles.FEW = needles.FEW, few
    try:
        sought = Needles(forms)
        assert set(sought.spans(text)) == one_by_one(forms, text)
        assert sought.anywhere_in(text) == bool(one_by_one(forms, text))
        assert bool(sought) == bool(forms)
    finally:
        needles.FEW = before


def test_one_that_lies_across_two_blocks_is_found() -> None:
    forms = [f"the word number {at} of a thousand".encode() for at in range(1000)]
    for place in (needles._BLOCK - 40, needles._BLOCK - 8, needles._BLOCK - 1, needles._BLOCK):
        content = bytes(place) + forms[777] + bytes(100)
        assert list(Needles(forms).spans(content)) == [(place, place + len(forms[777]))]


def test_what_overlaps_is_blanked_once() -> None:
    assert Needles([b"abcdefgh", b"efghijkl", b"xy"]).without(b"1abcdefghijkl2xy3", b"#") == b"1#2#3"
    assert Needles([]).without(b"abc", b"#") == b"abc"
