"""numbers.json into one HTML page: offline, without scripts, everything foreign escaped."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from reports import views
from reports.wording import locale_for

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Template

    from reports.wording import Locale
    from storage.nouns import Language

STYLES = ("style.css", "timeline.css", "asks.css", "voices.css", "since.css", "paper.css")
"""The style sheets of the report, in the order in which they hold."""

LEDGER_HEADS = ("badge", "measures", "test_result", "behind", "n", "digest")
"""The columns of the ledger behind the claim's number and sentence."""
_STACKED = (
    "@media screen and (max-width:760px){.ledger td+td{display:inline-block;margin-right:16px;vertical-align:top}"
    ".ledger td+td::before{color:var(--grey);font-size:12.5px;margin-right:6px}"
)

_POLICY = "default-src 'none'; style-src 'sha256-{style}'; img-src data:; base-uri 'none'; form-action 'none'"


def render_html(numbers: Mapping[str, Any], language: Language, other_file: str = "") -> str:
    """The report in one language, as one self-contained file.

    Args:
        numbers: what `build_numbers` gave, or the same read back from numbers.json.
        language: zh or en.
        other_file: name of the file with the other language, linked at the top; empty for none.
    """
    locale = locale_for(language, numbers)
    css = "\n".join([*(page_text(name) for name in STYLES), _ledger_style(locale)])
    return page_template("report.html.j2").render(
        css=Markup(css),  # noqa: S704  our own file
        csp=content_policy(css),
        other_file=quote(other_file),
        locale=locale,
        t=locale.ui,
        num=locale.number,
        n=numbers,
        **views.page_view(numbers, locale),
    )


def _ledger_style(locale: Locale) -> str:
    """The heads of the ledger's columns beside its cells where a narrow screen stacks these: once, not in every row."""
    words = (locale.ui(head).replace("\\", "").replace('"', "") for head in LEDGER_HEADS)
    heads = "".join(f'.ledger td:nth-child({i})::before{{content:"{word}"}}' for i, word in enumerate(words, start=3))
    return f"{_STACKED}{heads}}}"


@cache
def page_template(name: str) -> Template:
    """A page of our own, which escapes everything it is given."""
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    ours = PackageLoader("reports")
    return Environment(loader=ours, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)


def page_text(name: str) -> str:
    """A template or a style sheet of ours."""
    return resources.files("reports").joinpath("templates", name).read_text("utf-8").strip()


def content_policy(css: str) -> str:
    """What a page with this style sheet may load: nothing but that."""
    return _POLICY.format(style=base64.b64encode(hashlib.sha256(css.encode()).digest()).decode())
