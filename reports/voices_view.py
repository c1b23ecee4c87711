"""What the section of quotes shows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.corpus import DRAWN
from reports.judged import told
from reports.links import web_link

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.wording import Locale


def voices_view(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """The quotes, the rule they were chosen by, and what could not be filled."""
    voices = [_voice(voice, locale) for voice in numbers["voices"]]
    return {
        "voices": voices,
        "voices_rule": _rule(numbers, voices, locale),
        "voices_judged": numbers["voice_rule"]["judged"] == numbers["totals"]["comments"],
        "voices_notes": list(_notes(numbers, locale)),
    }


def _rule(numbers: Mapping[str, Any], voices: Sequence[Mapping[str, Any]], locale: Locale) -> str:
    """How the quotes were chosen, and what the first mark "against" says where one is shown."""
    rule = numbers["voice_rule"]
    judged = told(rule["judged"], numbers["totals"]["comments"])
    slots = {key: rule[key] for key in ("places", "shortest", "longest", "candidates", "per_group")}
    against = next((voice["against"] for voice in voices if voice["against"]), None)
    marked = [locale.ui("voice_rule_against", against=against)] if against else []
    return locale.ui("between").join([locale.ui("voice_rule", **slots, **judged), *marked])


def _notes(numbers: Mapping[str, Any], locale: Locale) -> Iterator[str]:
    rule = numbers["voice_rule"]
    if left_out := rule.get("left_out"):
        yield locale.ui("voices_left_out", n=left_out)
        return
    for stance in (stance.value for stance in DRAWN):
        quoted = sum(voice["stance"] == stance for voice in numbers["voices"])
        if quoted < rule["places"]:
            key = "voices_too_few" if rule["comments"][stance] else "voices_no_comment"
            yield locale.ui(key, stance=locale.word("stance", stance), n=quoted, places=rule["places"])


def _voice(voice: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """One quoted comment."""
    parts = [locale.place(voice["place"])]
    if voice["day"]:
        parts.append(locale.day(voice["day"]))
    if voice["likes"] is not None:
        parts.append(locale.ui("voice_likes", n=voice["likes"]))
    if voice["similar"]:
        parts.append(locale.ui("voice_similar", n=voice["similar"]))
    why = [locale.name(voice["theme"]).text] if voice["theme"] else []
    return {
        **voice,
        "url": web_link(voice["url"]),
        "name": locale.word("stance", voice["stance"]),
        "why": " · ".join([*why, locale.ui(f"rule_{voice['rule']}")]),
        "against": locale.ui("voice_against", claims=locale.ui("and").join(voice["against"]))
        if voice["against"]
        else "",
        "parts": parts,
    }
