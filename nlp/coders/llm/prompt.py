"""What a model is told: the prompt of the repository, the change, and comments that cannot break out of their place."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from storage.nouns import CODEBOOK_VERSION, STANCES, Change, Wording

if TYPE_CHECKING:
    from collections.abc import Sequence

PROMPT = "1"
"""The version of the prompt, in the names of its files. A prompt that was used is not edited: it gets a successor."""

CODES = STANCES[:3]
SPAN = 60
"""Characters of the span of a suggestion."""

ANSWER_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "answers": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "n": {"type": "integer"},
                    **{code.value: {"type": "integer", "enum": [0, 1]} for code in CODES},
                    "span": {"type": "string"},
                    "primary": {"type": "string", "enum": [stance.value for stance in STANCES]},
                },
                "required": ["n", *(code.value for code in CODES), "span", "primary"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["answers"],
    "additionalProperties": False,
}
"""The closed form of an answer, within what every server's grammar understands."""

# Control words of chat templates, "<|im_end|>", "</s>", "[INST]": a server may obey them wherever they stand, so they
# leave as JSON escapes, which say the same and are no control words.
_CONTROL = re.compile(r"<|\[(?=/?[A-Z_]{3})")


class Item(NamedTuple):
    """One comment as it is sent.

    Attributes:
        text: its words, already masked.
        reported: for a quotation, the words that introduce it; else empty.
    """

    text: str
    reported: str = ""


def messages(items: Sequence[Item], change: Change, *, again: bool = False) -> list[dict[str, str]]:
    """The conversation of one request: the prompt, and one JSON object of the change and the comments, from 1 up.

    Args:
        items: the comments.
        change: the act they are judged towards.
        again: the last answer could not be used; says so.
    """
    said = {"change": _stated(change), "comments": [_numbered(n, item) for n, item in enumerate(items, 1)]}
    system = f"{_prompt('')}\n{_prompt('-again')}" if again else _prompt("")
    return [{"role": "system", "content": system}, {"role": "user", "content": _contained(said)}]


def _stated(change: Change) -> dict[str, Any]:
    """The change without what the study leaves empty."""
    said = {"name": change.name, "act": change.statement, "by": change.owner}
    given = {key: wording.model_dump(exclude_defaults=True) for key, wording in said.items()}
    return {
        **{key: value for key, value in given.items() if value},
        **({"words": change.words} if change.words else {}),
    }


def _numbered(n: int, item: Item) -> dict[str, Any]:
    quoted = {"reported": item.reported} if item.reported else {}
    return {"n": n, "length": len(item.text), **quoted, "text": item.text}


def _contained(said: dict[str, Any]) -> str:
    """JSON in which no string can end early or hold a control word of a chat template."""
    plain = json.dumps(said, ensure_ascii=False)
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", plain)


@cache
def _prompt(part: str) -> str:
    return (files("nlp") / "model" / "prompts" / f"stance-{PROMPT}{part}.txt").read_text(encoding="utf-8")


@cache
def prompt_digest() -> str:
    """SHA-256 of all that is said besides comments and change: another digest, another question."""
    probe = Change(name=Wording(zh="甲"), statement=Wording(zh="乙", en="b"), owner=Wording(en="c"), aliases=("d",))
    said = [messages([Item("e", "f")], probe, again=True), ANSWER_SCHEMA, CODEBOOK_VERSION]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()
