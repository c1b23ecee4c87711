"""What to install where a library is missing: the command for the very environment that minyi runs in."""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata
from importlib.util import find_spec
from urllib.parse import unquote, urlsplit

_PACKAGE = "minyi"
_EXTRA = re.compile(r"extra\s*==\s*['\"]([\w-]+)['\"]")


def install_remedy(*extras: str) -> str:
    """One sentence with the command that brings the libraries of these extras.

    An editable install is extended in its folder. One that came from a file or a repository names the extras' own
    packages, since no index need know minyi by its name; one that came from an index names the extras.
    """
    return f"Install it into minyi's own environment: {_pip()} {_wanted(list(dict.fromkeys(extras)))}"


def _pip() -> str:
    """The installer of this environment; one that uv made holds no pip."""
    program = f'"{sys.executable}"' if " " in sys.executable else sys.executable
    return f"{program} -m pip install" if find_spec("pip") else f"uv pip install --python {program}"


def _wanted(extras: list[str]) -> str:
    origin = _origin()
    named = ",".join(extras)
    if origin is None:
        return f'"{_PACKAGE}[{named}]"'
    if origin.get("dir_info", {}).get("editable"):
        folder = unquote(urlsplit(str(origin["url"])).path)
        return f'-e "{folder}[{named}]"'
    return " ".join(f'"{one}"' for one in _packages(extras)) or f'"{_PACKAGE}[{named}]"'


def _origin() -> dict[str, dict[str, object]] | None:
    """Where minyi was installed from (PEP 610); None where that was an index, or where it was not installed."""
    try:
        said = metadata.distribution(_PACKAGE).read_text("direct_url.json")
    except metadata.PackageNotFoundError:
        return None
    return dict(json.loads(said)) if said else None


def _packages(extras: list[str]) -> list[str]:
    """The requirements that the extras add, each once."""
    found = [line.partition(";") for line in metadata.requires(_PACKAGE) or ()]
    return list(
        dict.fromkeys(
            wanted.strip()
            for extra in extras
            for wanted, _, marker in found
            if (named := _EXTRA.search(marker)) and named[1] == extra
        )
    )
