"""The demo: a fictional study that ships with minyi, served on loopback and collected like any other.

The files of labels hold what two coders said of its comments (README.md says who they are). They are for audit and
scoring: nothing may train on them.
"""

from __future__ import annotations

import re
from pathlib import Path

from storage.errors import MinyiError

DATA = Path(__file__).parent
LABELS = DATA / "labels.csv"
PORT = 26302
"""Where a new demo is served if it can be: its addresses, and so what is drawn, are then the same everywhere."""
_MARK = b"# minyi demo"
_BOM = b"\xef\xbb\xbf"
_ADDRESS = re.compile(rb"http://127\.0\.0\.1:(\d+|\{port\})/")


def prepare(folder: Path, port: int) -> Path:
    """Writes the demo's study file into `folder` and gives the file's path.

    An earlier demo in `folder` is used again: its study file keeps what a person changed in it, only the port is new.

    Raises:
        MinyiError: when `folder` holds something else, or cannot be written.
    """
    study = folder / "study.toml"
    try:
        template = _template(folder, study)
        folder.mkdir(parents=True, exist_ok=True)
        study.write_bytes(_ADDRESS.sub(f"http://127.0.0.1:{port}/".encode(), template))
    except OSError as error:
        raise MinyiError(
            f"The demo's study file cannot be written: {error.strerror}.",
            where=str(folder),
            remedy="Choose a folder you may write to.",
        ) from error
    return study


def earlier_port(folder: Path) -> int:
    """The port an earlier demo in `folder` was served on, PORT when there was none.

    Asking for it again keeps the addresses of the pages, and so makes a second demo add nothing.
    """
    study = folder / "study.toml"
    found = _ADDRESS.search(study.read_bytes()) if _is_demo(study) else None
    return int(found[1]) if found and found[1].isdigit() else PORT


def _template(folder: Path, study: Path) -> bytes:
    if _is_demo(study):
        return study.read_bytes()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise MinyiError(
            "This folder holds something that is not the demo, so nothing was written.",
            where=str(folder),
            remedy="Name an empty folder, or one that does not exist yet.",
        )
    return (DATA / "study.toml").read_bytes()


def _is_demo(study: Path) -> bool:
    return study.is_file() and study.read_bytes().removeprefix(_BOM).startswith(_MARK)
