"""Office files are ZIP archives: written again without the moment at which they were made."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from reports.editions.found import Found, on_one_line
from storage.errors import MinyiError
from storage.office_files import HostileFile, check_office_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.nouns import Language

_STILL = (1980, 1, 1, 0, 0, 0)
"""The earliest time a ZIP archive can give."""
DAMAGED = (
    *(KeyError, ValueError, OSError, EOFError, SyntaxError, AttributeError, TypeError, IndexError, AssertionError),
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError),
)
"""What libraries for office files, and the ZIP below them, raise where parts lack, are damaged or are other XML."""
_MOMENTS = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms:)")


def packed_again(content: bytes, made: datetime) -> bytes:
    """The archive with the same entries in the same order, none with a time; sheets inside it likewise."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, _STILL)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            new.writestr(entry, _entry(name, old.read(name), made))
    return buffer.getvalue()


def must_be_archive(content: bytes) -> None:
    """Says so where a file is no office file at all, or one that would fill the memory of what reads it.

    Raises:
        MinyiError: it is no ZIP archive, or holds what no office program writes.
    """
    try:
        check_office_file(content)
    except HostileFile as error:
        raise MinyiError(error.what, remedy="Name a file that `minyi report` has written.") from error


def _entry(name: str, content: bytes, made: datetime) -> bytes:
    if name.endswith(".xlsx"):
        return packed_again(content, made)
    moment = f"{made:%Y-%m-%dT%H:%M:%SZ}".encode()
    return _MOMENTS.sub(rb"\g<1>" + moment + rb"\g<2>", content) if name == "docProps/core.xml" else content


def made_at(numbers: Mapping[str, Any]) -> datetime:
    """When the report was made, in UTC without saying so, as office files write it."""
    return datetime.fromisoformat(numbers["provenance"]["generated_at"]).astimezone(UTC).replace(tzinfo=None)


def keywords_of(numbers: Mapping[str, Any], language: Language) -> str:
    """Run, language, audience and preset in one line, as the keywords of a file."""
    said = {"run": numbers["provenance"]["run"], "language": language, **numbers["options"]}
    return "; ".join(["minyi", *(f"{key}={value}" for key, value in said.items())])


def said_in(keywords: str) -> dict[str, str]:
    """The same, read back; empty where the line is not ours."""
    parts = [part.strip() for part in keywords.split(";")]
    return dict(part.split("=", 1) for part in parts[1:] if "=" in part) if parts[0] == "minyi" else {}


def found_in(keywords: str, texts: list[str]) -> Found:
    """What a file says, with the run that its keywords name.

    Raises:
        MinyiError: they are not ours.
    """
    said = said_in(keywords)
    if "run" not in said:
        raise MinyiError("This is no file of a report.", remedy="Name a file that `minyi report` has written.")
    kept = [text for text in map(on_one_line, texts) if text]
    return Found(said["run"], said.get("language", ""), said.get("audience", ""), said.get("preset", ""), kept)
