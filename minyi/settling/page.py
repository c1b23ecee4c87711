"""The settling page as one document: its own style and script, and its words in both languages."""

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

from minyi.labelling.answers import NOTE_LIMIT
from minyi.labelling.page import LANGUAGES
from minyi.labelling.page import wording as label_wording

if TYPE_CHECKING:
    from storage.nouns import Language

_POLICY = (
    "default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'; connect-src 'self'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def settling_page(token: str, language: Language | None = None) -> str:
    """The page; `token` is what its script sends with every request. No language: the browser's."""
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    setup = {"token": token, "language": language, "limit": NOTE_LIMIT}
    return environment.from_string(_own("settle.html.j2")).render(
        language=language or "en",
        css=Markup(_style()),  # noqa: S704  our own file
        script=Markup(_own("settle.js")),  # noqa: S704  our own file
        setup=Markup(_inert(setup | {"wording": {name: settling_wording(name) for name in LANGUAGES}})),  # noqa: S704  inert
    )


def content_policy() -> str:
    """What the page may load and run: its own style and script, by their digests, and nothing else."""
    return _POLICY.format(script=_digest(_own("settle.js")), style=_digest(_style()))


@cache
def settling_wording(language: Language) -> dict[str, Any]:
    """The page's words, and the labelling page's for the stances."""
    return {"ui": tomllib.loads(_own(f"{language}.toml")), "stance": label_wording(language)["stance"]}


@cache
def _own(name: str) -> str:
    return resources.files("minyi.settling").joinpath("templates", name).read_text("utf-8").strip()


@cache
def _style() -> str:
    """The labelling page's style, and a little more."""
    theirs = resources.files("minyi.labelling").joinpath("templates", "label.css").read_text("utf-8").strip()
    return f"{theirs}\n{_own('settle.css')}"


def _digest(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _inert(data: dict[str, Any]) -> str:
    """JSON in which nothing can end the element that it stands in."""
    return json.dumps(data, ensure_ascii=False).replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
