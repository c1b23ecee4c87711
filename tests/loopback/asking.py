"""Comments for the `llm:` coder to ask about, what an honest server says of them, and a memory of its answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlp.examples import change_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nlp.coders.llm.coder import LlmCoder
    from nlp.coders.protocol import Coder

CHANGE = change_of("某市全面禁止摩托车通行")
TEXTS = ["支持，早该禁了", "反对一刀切", "建议先给外卖员留条路", "关我什么事"]
STUDY = """\
[study]
id = "fees"
coder = "{coder}"

[change]
name = {{ zh = "提现收费" }}
statement = {{ zh = "平台对提现收取手续费" }}
words = {{ zh = ["手续费"] }}

{options}
"""
"""A study file, to be formatted with a coder and its options."""
SAID = ["support", "concern", "suggestion", "neutral"]


class Kept(dict[bytes, bytes]):
    """A memory that outlives a coder."""

    def recall(self, keys: Sequence[bytes]) -> Mapping[bytes, bytes]:
        return {key: self[key] for key in keys if key in self}

    def remember(self, answers: Mapping[bytes, bytes]) -> None:
        self.update(answers)


def stances(coder: Coder, texts: Sequence[str] = TEXTS) -> list[str | None]:
    """The primary stance of each text, None where the coder abstains."""
    codes = coder.code(texts, CHANGE)
    return [None if codes.abstained[row] else codes.stance(row).value for row in range(len(codes))]


def unanswered(coder: LlmCoder) -> dict[str, int]:
    """How many comments are without a stance, by reason."""
    return dict(coder.account().counts["unanswered"])
