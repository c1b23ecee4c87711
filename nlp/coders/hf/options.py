"""What a `[coder]` table may say to an `hf:` coder."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from nlp.coders.options import CoderOptions
from storage.nouns import Language, Stance

NONE = "none"
_MEANINGS = (*(stance.value for stance in Stance), NONE)


def _one_of_them(value: object) -> object:
    """Said here, in one sentence: the validator of a union says one for each of its members."""
    if value not in _MEANINGS:
        raise ValueError(f"write one of: {', '.join(_MEANINGS)}")
    return value


Meaning = Annotated[Stance | Literal["none"], BeforeValidator(_one_of_them)]


class Hypotheses(BaseModel):
    """What an NLI model is asked to find entailed, stance by stance; `{change}` stands for the change's statement."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    support: str
    concern: str
    suggestion: str
    neutral: str


class HfOptions(CoderOptions):
    """The options of an `hf:` coder.

    Attributes:
        labels: the model's labels and what each means; several may mean one stance, "none" means no stance.
        pair: whether the model reads the change's statement beside the comment: after it, or before it.
        zero_shot: ask hypotheses of an NLI model; found out from the labels where left out.
        entailment: the label that says "entailed", where it has another name.
        hypotheses: others than the built-in ones, by language.
        runtime: who computes.
        device: where torch or ONNX Runtime computes; "auto" takes a GPU where there is one.
        revision: branch, tag or commit of a hub name.
        max_tokens: longer comments are shortened to this; by default what the model can read.
    """

    labels: dict[str, Meaning] = Field(default_factory=dict)
    pair: bool | Literal["target first"] = False
    zero_shot: bool | None = None
    entailment: str = ""
    hypotheses: dict[Language, Hypotheses] = Field(default_factory=dict)
    runtime: Literal["auto", "torch", "onnx"] = "auto"
    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "auto"
    revision: str = ""
    max_tokens: Annotated[int, Field(ge=16, le=8192)] | None = None
