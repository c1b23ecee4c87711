"""A collector's own mistake, told so that whoever wrote it finds the line."""

from __future__ import annotations

import os
import re
import traceback
from pathlib import Path

from scrapers.errors import CollectorFault
from scrapers.redact import shown, without
from storage.text import clean_line

_LONGEST = 200
_SHORTEST_KEY = 8
_JOINTS = re.compile(r"[\s,:]+")  # "server:key server:key", "id:secret"
_RUNNER = str(Path(__file__).with_name("source_run.py"))
_KEYS = "MINYI_"  # the names of variables that hold keys begin so


def fault_of(error: Exception, where: str) -> CollectorFault:
    """An exception nobody foresaw as a failure of its source: its class, its message, and the collector's line.

    Args:
        error: as caught by the runner, with its traceback.
        where: the ask or the source it happened at.
    """
    said = ": ".join(filter(None, (type(error).__name__, _message(error))))
    place = _place(error)
    what = f"The collector failed ({said}{f', at {place}' if place else ''})."
    fault = CollectorFault(what, where=shown(where), remedy="Please report it, with the page or file if you can.")
    fault.__cause__ = error
    return fault


def _message(error: Exception) -> str:
    """The exception's own words in one line, without keys."""
    values = [value for name, value in os.environ.items() if name.startswith(_KEYS)]
    keys = [*values, *(part for value in values for part in _JOINTS.split(value) if len(part) >= _SHORTEST_KEY)]
    return shown(without(clean_line(str(error), _LONGEST), keys))


def _place(error: Exception) -> str:
    """Folder, file and line of the innermost frame in the file that the runner called; "" where there is none."""
    frames = traceback.extract_tb(error.__traceback__)
    called = next((frame.filename for frame in frames if frame.filename != _RUNNER), None)
    line = next((frame.lineno for frame in reversed(frames) if frame.filename == called), None)
    return f"{'/'.join(Path(called).parts[-2:])}:{line}" if called else ""
