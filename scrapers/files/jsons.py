"""Rows of JSON and JSONL, item by item; a bad line of JSONL costs that line only."""

from __future__ import annotations

import json
import re
from json import JSONDecodeError
from typing import TYPE_CHECKING, Any

from scrapers.files.delimited import Row
from scrapers.files.options import FileError
from scrapers.files.responses import is_response
from storage.nouns import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

ITEM_LIMIT = 64_000_000
WHOLE_LIMIT = 64_000_000
_DEEPEST_LIST = 6
_SPACE = re.compile(r"[ \t\r\n\ufeff]*")


NOTHING_AFTER = "nothing after it was read"


def _unknown(_name: str) -> None:
    """NaN and Infinity, which Python and others write although JSON has no such numbers."""


_DECODER = json.JSONDecoder(parse_constant=_unknown)


def read_json_lines(lines: Iterator[str | None], name: str) -> Iterator[Row | Reject]:
    """One row a line; blank lines are passed over."""
    decode = _DECODER.decode
    for number, line in enumerate(lines, start=1):
        if line is None:
            yield Reject(f"{name} row {number}", "the row is too large")
        elif text := line.strip("\ufeff \t\r\n"):
            try:
                yield _row(decode(text), number, name)
            except (ValueError, RecursionError) as error:
                yield Reject(f"{name} row {number}", f"not valid JSON: {_reason(error)}")


def read_json(chunks: Iterator[str], name: str) -> Iterator[Row | Reject]:
    """The items of a list, or of the one list inside an object; a platform's whole answer is one item.

    Raises:
        FileError: the text is neither, or an object holds no list, or several.
    """
    start = ""
    for chunk in chunks:
        start += chunk
        if start.strip("\ufeff \t\r\n"):
            break
    place = _skip(start, 0)
    if start[place : place + 1] == "[":
        yield from _streamed(start[place + 1 :], chunks, name)
    else:
        value = _whole(start, chunks, name)
        items = [value] if is_response(value) else _list_of(value, name)
        yield from (_row(item, number, name) for number, item in enumerate(items, start=1))


def is_json_lines(head: str) -> bool:
    """Whether the text is an object on its first line and something more below."""
    line, _, rest = head.lstrip("\ufeff \t\r\n").partition("\n")
    if not line.startswith("{") or not rest.strip():
        return False
    try:
        _DECODER.decode(line)
    except (ValueError, RecursionError):
        return False
    return True


def _streamed(buffer: str, chunks: Iterator[str], name: str) -> Iterator[Row | Reject]:
    """Items one after another, with no more of the text in memory than the item at hand needs."""
    number, place = 0, 0
    while True:
        number += 1
        try:
            item, place, buffer = _next_item(buffer, place, chunks, first=number == 1)
        except (ValueError, RecursionError) as error:
            reason = f"not valid JSON: {_reason(error)}; {NOTHING_AFTER}"
            yield Reject(f"{name} row {number}", reason)
            return
        if item is _END:
            break
        yield _row(item, number, name)
    if buffer[_skip(buffer, place) :] or any(chunk.strip() for chunk in chunks):
        yield Reject(f"{name} row {number}", "something stands after the end of the list")


_END = object()


def _next_item(buffer: str, place: int, chunks: Iterator[str], *, first: bool) -> tuple[Any, int, str]:
    """The next item, the place after it, and the buffer, which has grown where the item was not whole yet."""
    while True:
        try:
            at = _before_item(buffer, place, first=first)
            if at < 0:
                return _END, -at, buffer
            item, end = _DECODER.raw_decode(buffer, at)
            if end < len(buffer) or not isinstance(item, int | float):  # a number may go on in the next chunk
                return item, end, buffer
            problem: Exception = JSONDecodeError("the list is not closed", buffer, end)
        except JSONDecodeError as error:
            if error.pos < len(buffer) - 20 and not error.msg.startswith("Unterminated"):
                raise
            problem = error
        more = _at_least(len(buffer) - place, chunks)
        if not more or len(buffer) - place > ITEM_LIMIT:
            raise problem
        buffer, place = buffer[place:] + more, 0


def _before_item(buffer: str, place: int, *, first: bool) -> int:
    """Where the next item begins; minus the place after the list where it ends instead."""
    at = _skip(buffer, place)
    sign = buffer[at : at + 1]
    if sign == "]":
        return -(at + 1)
    if first:
        return at
    if sign != ",":
        raise JSONDecodeError("a comma is missing", buffer, at)
    return _skip(buffer, at + 1)


def _at_least(size: int, chunks: Iterator[str]) -> str:
    """More text, at least as much as is waiting already: so an item is begun anew only a few times."""
    parts, length = [], 0
    for chunk in chunks:
        parts.append(chunk)
        length += len(chunk)
        if length >= size and length:
            break
    return "".join(parts)


def _whole(start: str, chunks: Iterator[str], name: str) -> object:
    parts, size = [start], len(start)
    for chunk in chunks:
        parts.append(chunk)
        size += len(chunk)
        if size > WHOLE_LIMIT:
            raise FileError(
                f"A JSON object of more than {WHOLE_LIMIT // 1_000_000} million characters is not read.",
                where=name,
                remedy="Save the comments as JSONL, or as a list of objects.",
            )
    try:
        return _DECODER.decode("".join(parts).strip("\ufeff \t\r\n"))
    except (ValueError, RecursionError) as error:
        raise FileError(f"This is not valid JSON: {_reason(error)}.", where=name, remedy="Export it again.") from error


def _list_of(value: object, name: str) -> list[Any]:
    """The one list of objects nearest to the top; an object without one is a row itself."""
    if not isinstance(value, dict):
        raise FileError("This JSON is neither a list nor an object.", where=name, remedy="Give a list of objects.")
    level: dict[str, Any] = {"": value}
    for _ in range(_DEEPEST_LIST):
        level = {f"{path}.{key}".lstrip("."): inner for path, outer in level.items() for key, inner in outer.items()}
        lists = {path: inner for path, inner in level.items() if isinstance(inner, list) and _holds_rows(inner)}
        if len(lists) > 1:
            raise FileError(
                f"The object holds several lists: {', '.join(lists)}.",
                where=name,
                remedy="Keep the one with the comments.",
            )
        if lists:
            return next(iter(lists.values()))
        level = {path: inner for path, inner in level.items() if isinstance(inner, dict)}
    return [value]


def _holds_rows(items: list[Any]) -> bool:
    return any(isinstance(item, dict) for item in items)


def _row(item: object, number: int, name: str) -> Row | Reject:
    if isinstance(item, dict):
        return Row(number, item)
    if isinstance(item, str):
        return Row(number, {"text": item})
    return Reject(f"{name} row {number}", "the item is no object")


def _skip(buffer: str, place: int) -> int:
    found = _SPACE.match(buffer, place)
    return found.end() if found else place


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    if isinstance(error, JSONDecodeError):
        return f"{error.msg} at character {error.pos + 1}"
    return "a number is too long"
