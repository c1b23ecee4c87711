"""Beginning a study: the commented study file."""

from __future__ import annotations

import os
import re
from importlib.resources import files
from typing import TYPE_CHECKING

from minyi.study_file import FILE_NAME
from storage.errors import MinyiError

if TYPE_CHECKING:
    from pathlib import Path


def begin_study(folder: Path) -> Path:
    """Write a commented study file; the folder's name becomes the study's id.

    Raises:
        MinyiError: there is a study file already, or the folder cannot be written.
    """
    path = folder / FILE_NAME
    if os.path.exists(path):  # noqa: PTH110  unlike Path.exists, it takes names too long for the file system
        raise MinyiError("there is a study file already", where=str(path), remedy="edit it, or name another folder")
    template = files("minyi").joinpath("templates", FILE_NAME).read_text(encoding="utf-8")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(template.format(id=_study_id(folder.resolve().name)), encoding="utf-8")
    except OSError as error:
        remedy = "name a folder that you may write to"
        raise MinyiError(f"cannot write here ({error.strerror})", where=str(folder), remedy=remedy) from error
    return path


def _study_id(name: str) -> str:
    """The folder's name as an id: letters, digits and dashes."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:64] or "my-study"
