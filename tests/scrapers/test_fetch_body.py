"""Whatever comes as a body, in whatever pieces: it is complete, or it is a typed error."""

from __future__ import annotations

import asyncio
import gzip
from contextlib import suppress
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scrapers.body import Body
from scrapers.errors import BadResponse, TooLarge, Truncated

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

CAP = 1_000
GZIP = {"content-encoding": "gzip"}


def read(headers: dict[str, str], pieces: Sequence[bytes], cap: int = CAP, *, framed: bool = True) -> bytes:
    async def chunks() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    body = Body(headers, cap, framed=framed)
    asyncio.run(body.read(chunks()))
    return bytes(body.data)


def cut(body: bytes, places: Sequence[int]) -> list[bytes]:
    """The body in pieces, cut at these places."""
    ends = [0, *sorted(place % (len(body) + 1) for place in places), len(body)]
    return [body[start:end] for start, end in pairwise(ends)]


PLACES = st.lists(st.integers(0, 10_000), max_size=6)


@given(st.binary(max_size=CAP), PLACES)
def test_a_body_is_the_same_in_whatever_pieces_it_comes(body: bytes, places: list[int]) -> None:
    assert read({}, cut(body, places)) == body
    assert read(GZIP, cut(gzip.compress(body, mtime=0), places)) == body
    first, rest = body[: len(body) // 2], body[len(body) // 2 :]
    members = gzip.compress(first, mtime=0) + bytes(3) + gzip.compress(rest, mtime=0)
    assert read(GZIP, cut(members + b"padding" + members, places)) == body


@given(st.binary(max_size=CAP), st.integers(0, 10_000), PLACES)
def test_no_part_of_a_gzip_body_passes_for_the_whole(body: bytes, end: int, places: list[int]) -> None:
    packed = gzip.compress(body, mtime=0)
    with pytest.raises(Truncated):
        read(GZIP, cut(packed[: end % len(packed)], places))


def test_the_start_of_another_member_is_not_padding() -> None:
    with pytest.raises(Truncated):
        read(GZIP, [gzip.compress(b"first"), b"\x1f"])


@given(st.binary(min_size=CAP + 1, max_size=3 * CAP), PLACES)
def test_no_body_is_longer_than_the_cap(body: bytes, places: list[int]) -> None:
    for headers, sent in (({}, body), (GZIP, gzip.compress(body, mtime=0))):
        with pytest.raises(TooLarge):
            read(headers, cut(sent, places))


@given(st.binary(max_size=200), PLACES, st.sampled_from(["gzip", "x-gzip", "br", "", "identity", "gzip, gzip"]))
def test_anything_at_all_is_a_body_or_a_typed_error(body: bytes, places: list[int], encoding: str) -> None:
    with suppress(BadResponse):
        assert len(read({"content-encoding": encoding}, cut(body, places), framed=False)) <= CAP


FEED = (
    b'<?xml version="1.0"?><!-- of the wire --><rss version="2.0"><channel><item><guid>1</guid></item></channel></rss>'
)
XML = {"content-type": "application/rss+xml"}


@pytest.mark.parametrize(
    "whole", [FEED, FEED + b"\n<!-- made in 3 ms -->\n", b"<urlset/>", FEED.decode().encode("utf-16-be")]
)
def test_xml_that_only_the_end_of_the_connection_ends_is_whole_with_its_root_closed(whole: bytes) -> None:
    assert read(XML, [whole], framed=False) == whole


@given(st.integers(0, len(FEED) - 1))
def test_no_part_of_such_xml_passes_for_the_whole_wherever_it_breaks_off(end: int) -> None:
    with pytest.raises(Truncated):
        read(XML, [FEED[:end]], framed=False)
