"""The offline kit: the labelling page and its comments in one file, for a colleague without minyi."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minyi.labelling.page import label_page
from storage.files import PRIVATE, write_atomically

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.labelling.desk import Desk
    from storage.nouns import Language


def write_kit(desk: Desk, name: str, path: Path, language: Language | None = None) -> int:
    """Write the page with what this coder is to label, and return how many comments it holds.

    Args:
        desk: the sample.
        name: the coder; what they labelled before is in it.
        path: the file; one that is there is replaced.
        language: the language the page begins in; None for the browser's.

    Raises:
        NothingToLabel: no sample was drawn.
        FileWriteError: the file cannot be written.
    """
    work = desk.work(name)
    page = label_page({"kit": work}, offline=True, language=language)
    write_atomically(path, page.encode(), PRIVATE)
    return len(work["items"])
