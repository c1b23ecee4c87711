"""What the section of quotes shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.links import web_link

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.wording import Locale


def voice_view(voice: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """One quoted comment."""
    parts = [locale.place(voice["place"])]
    if voice["day"]:
        parts.append(locale.day(voice["day"]))
    if voice["likes"] is not None:
        parts.append(locale.ui("likes", n=voice["likes"]))
    if voice["similar"]:
        parts.append(locale.ui("similar", n=voice["similar"]))
    return {
        **voice,
        "url": web_link(voice["url"]),
        "name": locale.word("stance", voice["stance"]),
        "why": locale.ui(f"rule_{voice['rule']}"),
        "parts": parts,
    }
