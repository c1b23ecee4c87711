"""numbers.json into one HTML page: offline, without scripts, everything foreign escaped."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from reports import views
from reports.wording import locale_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

    from storage.nouns import Language

_POLICY = "default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; form-action 'none'"


def render_html(numbers: Mapping[str, Any], language: Language, other_file: str = "") -> str:
    """The report in one language, as one self-contained file.

    Args:
        numbers: what `build_numbers` gave, or the same read back from numbers.json.
        language: zh or en.
        other_file: name of the file with the other language, linked at the top; empty for none.
    """
    css = _text("style.css")
    locale = locale_for(language, numbers)
    return _template().render(
        css=Markup(css),  # noqa: S704  our own file
        csp=_POLICY.format(style=_sha256(css)),
        other_file=quote(other_file),
        locale=locale,
        t=locale.ui,
        num=locale.number,
        n=numbers,
        **views.page_view(numbers, locale),
    )


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_text("report.html.j2"))


def _text(name: str) -> str:
    return resources.files("reports").joinpath("templates", name).read_text("utf-8").strip()


def _sha256(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
