"""Which cells of an XLSX workbook hold a formula: readers give only what it came to when the file was last saved."""

from __future__ import annotations

import html
import posixpath
import re
import zipfile
import zlib
from io import BytesIO
from typing import TYPE_CHECKING

from scrapers.files.options import FileError

if TYPE_CHECKING:
    from collections.abc import Iterator

_BOOK, _LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
_ATTRIBUTE = re.compile(r"""([\w:]{1,40})\s*=\s*(["'])(.*?)\2""", re.DOTALL)
_COMPUTED = re.compile(
    r"""<(?:\w+:)?c\s[^<>]{0,300}?\br=["']([A-Z]{1,3})(\d{1,7})["'][^<>]{0,300}>\s{0,300}<(?:\w+:)?f[\s/>]"""
)
_DAMAGED = (KeyError, ValueError, OSError, EOFError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error)


def formulas_of(data: bytes, name: str) -> dict[str, dict[tuple[int, int], str]]:
    """Every cell with a formula, by name of sheet: its row and its column, both counted from 1, and its name, as D5.

    Args:
        data: a workbook whose size was found to be within bounds.
        name: of its file.

    Raises:
        FileError: it is no XLSX workbook.
    """
    try:
        with zipfile.ZipFile(BytesIO(data)) as parts:
            book, links = (parts.read(part).decode("utf-8", "replace") for part in (_BOOK, _LINKS))
            targets = {link.get("Id"): link.get("Target", "") for link in _elements(links, "Relationship")}
            places = {
                sheet.get("name", ""): posixpath.join("xl", targets.get(sheet.get("r:id"), "")).lstrip("/")
                for sheet in _elements(book, "sheet")
            }
            found = {place: dict(_computed(parts.read(place))) for place in set(places.values())}
        return {sheet: found[place] for sheet, place in places.items()}
    except _DAMAGED as error:
        raise FileError("This is no XLSX workbook.", where=name, remedy="Save it again as XLSX, or as CSV.") from error


def _computed(xml: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    for letters, row in _COMPUTED.findall(xml.decode("utf-8", "replace")):
        yield (int(row), _column(letters)), f"{letters}{row}"


def _elements(xml: str, tag: str) -> Iterator[dict[str, str]]:
    """The attributes of each element of a name."""
    for found in re.finditer(rf"<(?:\w+:)?{tag}\s([^<>]*)>", xml):
        yield {name: html.unescape(value) for name, _, value in _ATTRIBUTE.findall(found[1])}


def _column(letters: str) -> int:
    """A is 1, Z is 26, AA is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
