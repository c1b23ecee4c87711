"""The report's editions: one set of numbers as a page, a document, slides, sheets, plain text or a mail.

Importing this costs next to nothing: an edition's module, and the library it needs, load when it is rendered or read.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from reports.editions.found import Found
from storage.errors import MinyiError, UsageError
from storage.extras import install_remedy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from storage.nouns import Language

__all__ = ["EDITIONS", "Edition", "Found", "edition_named", "edition_of", "must_be_installed"]


@dataclass(frozen=True)
class Edition:
    """One kind of file that a report comes as.

    Attributes:
        name: what it is asked for by.
        suffix: of its files, with the dot.
        needs: modules that must be installed to render and to read it.
        extra: the extra of minyi that brings them; empty where the default install does.
        render: numbers and a language to the file's bytes; the same numbers give the same bytes.
        read: the file's bytes to what they say. Raises MinyiError where they are no such file.
    """

    name: str
    suffix: str
    needs: tuple[str, ...]
    extra: str
    render: Callable[[Mapping[str, Any], Language], bytes]
    read: Callable[[bytes], Found]


def _edition(name: str, extra: str = "", needs: tuple[str, ...] = ()) -> Edition:
    module = f"reports.editions.{name}"

    def render(numbers: Mapping[str, Any], language: Language) -> bytes:
        must_be_installed(edition)
        rendered: bytes = import_module(module).render(numbers, language)
        return rendered

    def read(content: bytes) -> Found:
        must_be_installed(edition)
        found: Found = import_module(module).read(content)
        return found

    edition = Edition(name, f".{name}", needs, extra, render, read)
    return edition


EDITIONS: Mapping[str, Edition] = MappingProxyType(
    {
        edition.name: edition
        for edition in (
            _edition("html"),
            _edition("md"),
            _edition("xlsx"),
            _edition("pdf", "pdf", ("weasyprint", "pypdf")),
            _edition("docx", "docx,mail", ("docx", "resvg_py")),
            _edition("pptx", "pptx", ("pptx",)),
            _edition("eml", "mail", ("resvg_py",)),
        )
    }
)
"""Every edition by name."""


def edition_named(name: str) -> Edition:
    """The edition of this name.

    Raises:
        UsageError: there is none.
    """
    if edition := EDITIONS.get(name):
        return edition
    raise UsageError(f"No edition is called “{name}”.", remedy=f"There are: {', '.join(EDITIONS)}.")


def edition_of(path: Path) -> Edition:
    """The edition a file belongs to, by the end of its name.

    Raises:
        UsageError: it ends like none of them.
    """
    for edition in EDITIONS.values():
        if path.suffix.lower() == edition.suffix:
            return edition
    ends = ", ".join(edition.suffix for edition in EDITIONS.values())
    raise UsageError("This is no file of a report.", where=str(path), remedy=f"Name one that ends in {ends}.")


def must_be_installed(*editions: Edition) -> None:
    """Says what to install where editions lack a library: for all of them at once.

    Raises:
        MinyiError: a module that one of them needs is not there.
    """
    lacking = {one: [module for module in one.needs if find_spec(module) is None] for one in editions}
    wanting = [one for one, modules in lacking.items() if modules]
    if wanting:
        names = " and ".join(f"{one.name} ({', '.join(lacking[one])})" for one in wanting)
        extras = [extra for one in wanting for extra in one.extra.split(",")]
        raise MinyiError(
            f"What these editions need is not installed: {names}."
            if len(wanting) > 1
            else f"The edition {wanting[0].name} needs {', '.join(lacking[wanting[0]])}, which is not installed.",
            remedy=install_remedy(*extras),
        )
