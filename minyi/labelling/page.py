"""The labelling page as one self-contained document: its own style and script, its words, and perhaps its data."""

from __future__ import annotations

import base64
import hashlib
import json
import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from minyi.labelling.answers import NAME_LIMIT, NOTE_LIMIT
from storage.nouns import STANCES, Language

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

LANGUAGES: tuple[Language, ...] = ("zh", "en")
_SCRIPTS = ("core.js", "keepers.js", "label.js")
_POLICY = (
    "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'; "
)
_SERVED = "connect-src 'self'; form-action 'self'; frame-ancestors 'none'"
_OFFLINE = "form-action 'none'"


def label_page(setup: Mapping[str, Any], *, offline: bool = False, language: Language | None = None) -> str:
    """The page, with what its script is to know put in as data.

    Args:
        setup: what the script reads besides the wording: `token` and `place`, or `kit`.
        offline: for a file, which carries its own content policy; a served page is sent with one.
        language: the language to begin in; None for the browser's.
    """
    known = {"wording": {name: wording(name) for name in LANGUAGES}, "language": language, "kit": None, **setup}
    return _template().render(
        language=language or "en",
        policy=content_policy(offline=True) if offline else "",
        css=Markup(_own("label.css")),  # noqa: S704  our own file
        script=Markup(_script()),  # noqa: S704  our own file
        setup=Markup(_inert(known)),  # noqa: S704  nothing in it can end the element
        stances=[str(stance) for stance in STANCES],
        name_limit=NAME_LIMIT,
        note_limit=NOTE_LIMIT,
    )


def content_policy(*, offline: bool = False) -> str:
    """What the page may load and run: its own style and script, by their digests, and nothing else."""
    policy = _POLICY.format(script=_digest(_script()), style=_digest(_own("label.css")))
    return policy + (_OFFLINE if offline else _SERVED)


@cache
def wording(language: Language) -> dict[str, Any]:
    """The page's words in one language."""
    return tomllib.loads(_own(f"{language}.toml"))


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_own("label.html.j2"))


@cache
def _own(name: str) -> str:
    return resources.files("minyi.labelling").joinpath("templates", name).read_text("utf-8").strip()


@cache
def _script() -> str:
    return "\n".join(_own(name) for name in _SCRIPTS)


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _inert(data: Mapping[str, Any]) -> str:
    """JSON that no reader of HTML takes for markup, whatever stands in its strings."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return text.encode(errors="replace").decode()
