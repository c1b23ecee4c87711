"""What a kit gives back, read with suspicion: a file that went through other hands."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from minyi.labelling.answers import NAME_LIMIT, Answer, problems
from storage.errors import MinyiError
from storage.labels import digest_of
from storage.text import clean_line, is_blank

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from storage.nouns import Study
    from storage.records import Judgement

FILE_LIMIT = 64 * 1024 * 1024
_SHOWN = 8  # problems that are named one by one; all are counted


class KitResultError(MinyiError):
    """A kit's result that cannot be taken, with everything that is wrong with it.

    Attributes:
        problems: one line each.
    """

    def __init__(self, problems: list[str], path: Path | str = "", remedy: str = "") -> None:
        shown = "; ".join(problems[:_SHOWN])
        more = f"; and {len(problems) - _SHOWN} more" if len(problems) > _SHOWN else ""
        super().__init__(f"not a labelling result that can be used: {shown}{more}", where=str(path), remedy=remedy)
        self.problems = problems


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Sample(_Closed):
    """Which comments the kit held, in their order."""

    digest: str = Field(pattern="^[0-9a-f]{64}$")
    ids: tuple[str, ...]


class KitAnswer(Answer):
    """An answer, and when it was given: milliseconds since 1970 by the clock of that machine."""

    at: int = Field(ge=0)


class KitResult(_Closed):
    """A result file.

    Attributes:
        study: the study's id.
        target: the change the comments were judged for.
        codebook: by which rules.
        sample: what was there to label.
        coder: who labelled.
        judgements: the last answer to each comment that was answered in the kit.
    """

    format: Literal["minyi-labels"]
    version: Literal[1]
    study: str
    target: str
    codebook: str
    sample: Sample
    coder: str = Field(max_length=NAME_LIMIT)
    judgements: tuple[KitAnswer, ...]

    @property
    def by_id(self) -> dict[str, KitAnswer]:
        """The answers by comment id, in the order in which they were given."""
        return {answer.item: answer for answer in sorted(self.judgements, key=lambda one: one.at)}

    def judgements_for(self, study: Study, keys: Mapping[str, int]) -> list[Judgement]:
        """The answers as the store keeps them, in the order in which they were given.

        Args:
            study: the study they are imported into.
            keys: the keys of the sample's comments, by id. It may have been enlarged since the kit was written.

        Raises:
            KitResultError: they are for another study, change or codebook, or for comments not in the sample.
        """
        wrong = self._mismatches(study)
        strange = [one for one in self.sample.ids if one not in keys]
        wrong += [f"comment {clean_line(one, 80)} is not in this study's sample" for one in strange]
        if wrong:
            raise KitResultError(wrong, remedy="Import it into the study that the kit was written from.")
        return [answer.judgement(keys[item], "kit") for item, answer in self.by_id.items()]

    def _mismatches(self, study: Study) -> list[str]:
        ours = {"study": study.id, "target": study.change.target, "codebook": study.codebook}
        return [
            f"{name}: made for {clean_line(getattr(self, name), 80)!r}, this is {value!r}"
            for name, value in ours.items()
            if getattr(self, name) != value
        ]


def read_kit_result(path: Path) -> KitResult:
    """Read and check a result file.

    Raises:
        KitResultError: with everything that is wrong.
    """
    remedy = "Ask for the file again, as the page saved it, or for the text that the page shows."
    try:
        result = KitResult.model_validate_json(_content(path))
    except ValidationError as error:
        raise KitResultError([clean_line(one) for one in problems(error)], path, remedy) from error
    if wrong := list(_contradictions(result)):
        raise KitResultError(wrong, path, remedy)
    return result.model_copy(update={"coder": clean_line(result.coder)})


def _content(path: Path) -> bytes:
    remedy = "Name the file that the page saved."
    try:
        if path.stat().st_size > FILE_LIMIT:
            raise KitResultError([f"it has more than {FILE_LIMIT // 2**20} MB"], path, remedy)
        return path.read_bytes().removeprefix(b"\xef\xbb\xbf")
    except OSError as error:
        raise KitResultError([f"it cannot be read ({error.strerror})"], path, remedy) from error


def _contradictions(result: KitResult) -> Iterable[str]:
    ids = set(result.sample.ids)
    if is_blank(result.coder):
        yield "coder: there is no name"
    if result.sample.digest != digest_of(result.sample.ids) or len(ids) != len(result.sample.ids):
        yield "sample: the ids are not those that the kit held"
    for item, times in Counter(answer.item for answer in result.judgements).items():
        if item not in ids:
            yield f"judgements: comment {clean_line(item, 80)} is not in the kit's sample"
        if times > 1:
            yield f"judgements: comment {clean_line(item, 80)} is there {times} times"
