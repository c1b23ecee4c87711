"""Office files are ZIP archives of XML: what makes their readers run wild is found before any of them sees it."""

from __future__ import annotations

import io
import re
import zipfile
import zlib

from storage.errors import MinyiError

MOST_INFLATED = 256 << 20
_PIECE = 1 << 20
_LONGEST_TAG = 4096
_XML = (".xml", ".rels")
_OTHERS = "customXml/"  # of add-ins, which nothing here reads
_TRAP = re.compile(rb"<!(?:DOCTYPE|ENTITY)|\0", re.IGNORECASE)
"""Document types bring entities and outside documents; a NUL is UTF-16, where one could hide. Office writes neither."""
_SPAN = re.compile(
    rb"""(?:gridSpan|gridBefore|gridAfter|hMerge)\b[^<>]{0,200}?val\s*=\s*["']\s*[+-]?(?:0*[1-9]\d{2,}|[^"'\d\s+-])"""
)
"""A cell over a hundred columns or more, where Word knows 63: its readers repeat the cell as often."""


class HostileFile(MinyiError):  # noqa: N818  says what it is
    """An office file that its readers are not given."""


def check_office_file(data: bytes, most: int = MOST_INFLATED) -> list[str]:
    """The names of its parts, once nothing in it was found that would fill memory or lead elsewhere.

    Raises:
        HostileFile: it is no archive, is damaged, inflates beyond `most` bytes, or holds a document type, an entity, or
            a cell that says to span more columns than there are.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parts:
            room = most
            for entry in parts.infolist():
                room -= entry.file_size
                if room < 0:  # nothing inflates beyond the size it declares
                    raise HostileFile("It is too large.")
                if entry.filename.lower().endswith(_XML) and not entry.filename.startswith(_OTHERS):
                    _check_part(parts, entry)
            return parts.namelist()
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, NotImplementedError, RuntimeError) as error:
        raise HostileFile("This is no office file.") from error


def _check_part(parts: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    tail = b""
    with parts.open(entry) as part:
        while piece := part.read(_PIECE):
            text = tail + piece
            if _TRAP.search(text) or _SPAN.search(text):
                raise HostileFile("It holds what no office program writes.")
            tail = text[-_LONGEST_TAG:]
