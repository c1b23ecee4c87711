"""The public edition: the same numbers without what could lead to a person who wrote.

No ids, no addresses and no words of any comment: a quote is printed as a person put it into other words, or not at all.
A study may choose to print quotes masked instead, where nobody did.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from reports.asks import TEXT_KEY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.inputs import Options
    from storage.nouns import Wording

FEWEST_AUTHORS = 3
"""Fewer authors than that are not told, for a reader who knows the place may know who they are."""

_ADDRESS = re.compile(r"(?:https?|wss?|ftp)://\S+")
_PEOPLE = ("authors", "accounts")
QUOTING = ("asks", "shared_words", "voices")
"""The parts of numbers.json that quote."""


def public_edition(numbers: dict[str, Any], options: Options, paraphrases: Mapping[str, Wording]) -> dict[str, Any]:
    """The numbers as outsiders may see them; those of an internal report as they are.

    Likes are rounded, numbers of authors below FEWEST_AUTHORS left out, and claims that say one. `left_out` counts the
    quotes without a paraphrase. Events keep their links: they are public acts.
    """
    if options.audience != "public":
        return numbers
    quoted = _Quoted(options, paraphrases)
    quoted.learn({name: numbers[name] for name in QUOTING})
    numbers = numbers | {name: quoted.without(numbers[name]) for name in QUOTING}
    voices = [voice for voice in numbers["voices"] if voice["text"]]
    numbers["voice_rule"] = numbers["voice_rule"] | {"left_out": len(numbers["voices"]) - len(voices)}
    numbers["voices"] = voices
    numbers["asks"] = _asks(numbers["asks"])
    numbers["shared_words"] = [word for word in numbers["shared_words"] if word["voices"] >= FEWEST_AUTHORS]
    claims = [quoted.claim(claim) for claim in numbers["claims"] if _says_enough(claim)]
    kept = {claim["id"] for claim in claims}
    numbers["voices"] = [voice | {"against": [one for one in voice["against"] if one in kept]} for voice in voices]
    rest = {name: _guarded(part) for name, part in numbers.items() if name not in {"claims", "events", "study"}}
    return numbers | rest | {"claims": claims}


class _Quoted:
    """What is quoted, and how it may be told.

    Attributes:
        options: of the report.
        paraphrases: by id.
    """

    def __init__(self, options: Options, paraphrases: Mapping[str, Wording]) -> None:
        self.options, self.paraphrases = options, paraphrases
        self._texts: dict[str, str] = {}
        self._keys: dict[str, str] = {}

    def learn(self, part: Any) -> None:  # noqa: ANN401  a part of numbers.json
        """Notes the texts quoted in a part, and the keys of requests that name a comment."""
        if isinstance(part, dict):
            if isinstance(part.get("id"), str) and part.get("text"):
                self._texts[part["text"]] = part["id"]
            key = part.get("key")
            if isinstance(key, str) and key.startswith(TEXT_KEY):
                self._keys.setdefault(key, f"{TEXT_KEY}{len(self._keys) + 1}")
        for inside in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
            self.learn(inside)

    def without(self, part: Any) -> Any:  # noqa: ANN401  a part of numbers.json
        """The part without ids and addresses, its quotes as they may be told, its keys as numbers."""
        if isinstance(part, list):
            return [self.without(one) for one in part]
        if not isinstance(part, dict):
            return part
        told = {name: self.without(value) for name, value in part.items()}
        if "key" in told:
            told["key"] = self._keys.get(told["key"], told["key"])
        if isinstance(part.get("id"), str) and "text" in part:
            told |= self._quote(part["id"], part["text"], part.get("lang"))
        return told

    def _quote(self, name: str, text: str, lang: str | None) -> dict[str, Any]:
        nothing = {"id": None, "url": None, "paraphrase": None}
        if (said := self.paraphrases.get(name)) is not None:
            own = "en" if (lang or "").startswith("en") and said.en else "zh" if said.zh else "en"
            return nothing | {"text": said.zh if own == "zh" else said.en, "lang": own, "paraphrase": said.model_dump()}
        if self.options.quotes == "masked":
            return nothing | {"text": _ADDRESS.sub("…", text)}
        return nothing | {"text": ""}

    def claim(self, claim: Mapping[str, Any]) -> dict[str, Any]:
        """The claim with its quotes as they may be told, and no query that names a comment."""
        slots = {name: self._slot(slot) for name, slot in claim["slots"].items()}
        query = claim["query"]
        for key, number in self._keys.items():
            query = query.removesuffix(key) + number if query.endswith(f"={key}") else query
        return {
            **claim,
            "slots": {name: slot for name, slot in slots.items() if slot is not None},
            "query": query,
            "digest": claim["digest"] if claim["n"] >= FEWEST_AUTHORS else "",
        }

    def _slot(self, slot: Mapping[str, Any]) -> dict[str, Any] | None:
        """A slot; a quote in it as it may be told, None where it may not."""
        if "said" not in slot:
            return dict(slot)
        text = slot["said"]["text"]
        start = text.removesuffix("…").rstrip()
        cut = text.endswith("…")
        name = next(
            (name for said, name in self._texts.items() if said == text or (cut and said.startswith(start))), None
        )
        if name is None:  # a word, or what a source answered
            return {"said": slot["said"] | {"text": _ADDRESS.sub("…", text)}}
        told = self._quote(name, text, slot["said"]["lang"])
        if told["paraphrase"]:
            return {"paraphrase": told["paraphrase"]}
        return {"said": slot["said"] | {"text": told["text"]}} if told["text"] else None


def _asks(asks: Mapping[str, Any]) -> dict[str, Any]:
    """The requests of enough authors; the others are only counted."""
    listed = [ask for ask in asks["listed"] if ask["voices"] >= FEWEST_AUTHORS]
    fewer = [ask for ask in asks["listed"] if ask["voices"] < FEWEST_AUTHORS]
    others = asks["others"]
    return {
        **asks,
        "listed": [ask | {"others": [one for one in ask["others"] if one["text"]]} for ask in listed],
        "others": {
            "requests": others["requests"] + len(fewer),
            "comments": others["comments"] + sum(ask["comments"] for ask in fewer),
        },
    }


def _says_enough(claim: Mapping[str, Any]) -> bool:
    """Whether a claim tells of no number of people below the floor."""
    return not any(
        0 < slot.get("int", FEWEST_AUTHORS) < FEWEST_AUTHORS
        for name, slot in claim["slots"].items()
        if name.startswith(_PEOPLE)
    )


def _guarded(part: Any) -> Any:  # noqa: ANN401  a part of numbers.json
    """Likes rounded, small numbers of authors gone, addresses out of what sources answered."""
    if isinstance(part, list):
        return [_guarded(one) for one in part]
    if isinstance(part, str):
        return _ADDRESS.sub("…", part)
    if not isinstance(part, dict):
        return part
    return {name: _figure(name, value) for name, value in part.items()}


def _figure(name: str, value: Any) -> Any:  # noqa: ANN401  as above
    if isinstance(value, int) and not isinstance(value, bool):
        if name == "likes":
            return rounded(value)
        if name in _PEOPLE and 0 < value < FEWEST_AUTHORS:
            return None
    return _guarded(value)


def rounded(likes: int) -> int:
    """Two leading digits, tens below a hundred: too coarse to find a comment by."""
    step: int = max(10, 10 ** (len(str(likes)) - 2))
    return (likes + step // 2) // step * step
