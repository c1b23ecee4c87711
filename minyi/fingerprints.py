"""Who and what worked: the program's own code, and the coder whose annotations are counted."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

PACKAGES = ("minyi", "nlp", "reports", "scrapers", "storage")
_SOURCES = (".py", ".toml", ".j2", ".css", ".txt")


@dataclass(frozen=True)
class CoderPrint:
    """Under what a coder's annotations are kept: they are append-only, so that this names them for good."""

    annotator: str
    codebook: str
    target: str


@dataclass(frozen=True)
class CodePrint:
    """The program: its version, and SHA-256 over the source files, wordings and templates of its five packages."""

    version: str
    sha256: str


@cache
def code_print() -> CodePrint:
    """The program that runs; worked out once."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        for name, file in _sources(files(package), package):
            digest.update(f"{name}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return CodePrint(version("minyi"), digest.hexdigest())


def _sources(folder: Traversable, path: str) -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda it: it.name):
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _sources(entry, name) if entry.name != "__pycache__" else ()
        elif entry.name.endswith(_SOURCES):
            yield name, entry
