"""What a page says of one comment, checked against the codebook before anything is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from storage.nouns import STANCES, Stance
from storage.records import Judgement, LabelWhat
from storage.text import clean

if TYPE_CHECKING:
    from typing import Any

    from pydantic import ValidationError

NOTE_LIMIT = 2_000
NAME_LIMIT = 60
SECONDS_LIMIT = 300.0
"""One comment counts for no more seconds: whoever took longer was elsewhere."""

Code = Annotated[int, Field(ge=0, le=1)]


class Answer(BaseModel):
    """One answer as JSON carries it.

    Attributes:
        item: the comment's id.
        what: judged, skipped, or withdrawn.
        stance: the pile; None unless judged.
        codes: support, concern, suggestion.
        unsure: whether a careful colleague might choose another pile.
        note: the coder's own words.
        seconds: time spent.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    item: str = Field(min_length=1, max_length=500)
    what: LabelWhat
    stance: Stance | None
    codes: tuple[Code, Code, Code]
    unsure: bool
    note: str = Field(max_length=NOTE_LIMIT)
    seconds: float | None = Field(ge=0, allow_inf_nan=False)

    @model_validator(mode="after")
    def _by_the_codebook(self) -> Self:
        if self.stance is None or self.what != "judged":
            if (self.stance is None) == (self.what == "judged") or any(self.codes):
                raise ValueError("a stance and codes are said of a judged comment, and of no other")
        elif (self.stance == Stance.NEUTRAL) == any(self.codes) or not self._own_code:
            raise ValueError("the stance is one whose code is 1, or neutral where all three are 0")
        return self

    @property
    def _own_code(self) -> bool:
        return self.stance == Stance.NEUTRAL or bool(self.codes[STANCES.index(Stance(str(self.stance)))])

    def judgement(self, key: int, origin: str) -> Judgement:
        """The answer as the store keeps it."""
        return Judgement(
            key=key,
            what=self.what,
            stance=self.stance,
            codes=self.codes,
            unsure=self.unsure,
            note=clean(self.note, NOTE_LIMIT),
            seconds=None if self.seconds is None else min(self.seconds, SECONDS_LIMIT),
            origin=origin,
        )


def problems(error: ValidationError) -> list[str]:
    """Everything that is wrong, a line each: the place, and what is wrong there; never the value itself."""
    return [_problem(one) for one in error.errors(include_url=False, include_context=False, include_input=False)]


def _problem(one: Any) -> str:  # noqa: ANN401  pydantic's own dictionary
    place = ".".join(map(str, one["loc"]))
    return f"{place}: {one['msg']}" if place else str(one["msg"])
