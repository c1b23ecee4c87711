"""The settings in which two reports differ, by their keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from minyi.figures import changes, flat
from minyi.own_words import OWN_WORDS

if TYPE_CHECKING:
    from minyi.manifests import Kept

_AS_WRITTEN = {"report_languages": "languages"}
"""What the study file calls otherwise."""


class Setting(NamedTuple):
    """A setting as it was and as it is; None where there is none."""

    key: str
    old: Any
    new: Any


def settings_differing(first: Kept, second: Kept) -> list[Setting]:
    """What differs in the study file and in what was asked for; the editions that were asked for move no figure."""
    old, new = _settings(first), _settings(second)
    if "full" in {old["preset"], new["preset"]} and old["preset"] == new["preset"]:
        del old["days"], new["days"]  # they are the study's own
    found = changes(dict(flat(old, named=True)), dict(flat(new, named=True)))
    return [Setting(*it) for it in found if (it.old, it.new) != (None, None)]


def _settings(kept: Kept) -> dict[str, Any]:
    made, told = kept.manifest, kept.told
    study = {_AS_WRITTEN.get(name, name): part for name, part in made.study.model_dump(mode="json").items()}
    publish = made.publish.model_dump(mode="json") if made.publish else None
    options = made.options
    return study | {
        OWN_WORDS: ", ".join(_word(word) for word in made.words if word not in made.study.change.words),
        "publish": publish,
        "audience": options.audience,
        "preset": options.preset,
        "days": [str(options.start or ""), str(options.end or "")],
        "held": options.held,
        "public_quotes": (told.get("options") or {}).get("quotes"),
        "themes": told.get("themes"),
        "advisories": told.get("advisories"),
    }


def _word(word: str | tuple[str, int | None]) -> str:
    return word if isinstance(word, str) else " ".join(str(part) for part in word if part is not None)
