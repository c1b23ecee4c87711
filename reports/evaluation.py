"""An evaluation of coders as one HTML page: offline, without scripts, everything foreign escaped."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from reports.evaluation_view import evaluation_view
from reports.page import content_policy, page_template, page_text
from reports.wording import Locale, catalogue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from storage.nouns import Language


def render_evaluation(measured: Mapping[str, Any], language: Language) -> str:
    """The page in one language, as one self-contained file.

    Args:
        measured: what `nlp.evaluate` gives as plain values, with file (its name), generated_at (ISO 8601), command, and
            failed: coders that could not be measured, with the reason.
        language: zh or en.
    """
    css = f"{page_text('style.css')}\n{page_text('evaluation.css')}"
    locale = Locale(language, _wording(language), {}, with_year=True)
    return page_template("evaluation.html.j2").render(
        css=Markup(css),  # noqa: S704  our own files
        csp=content_policy(css),
        locale=locale,
        t=locale.ui,
        **evaluation_view(measured, locale),
    )


@cache
def _wording(language: Language) -> dict[str, Any]:
    """The report's wording with the evaluation's."""
    place = resources.files("reports").joinpath("locales", f"evaluation.{language}.toml")
    own, shared = tomllib.loads(place.read_text("utf-8")), catalogue(language)
    return {**shared, **{name: {**shared.get(name, {}), **words} for name, words in own.items()}}
