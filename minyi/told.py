"""The part of a report's input that cannot be counted again: what changes without a trace, kept as it was told then."""

from __future__ import annotations

import json
from dataclasses import fields, replace
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, get_type_hints

from pydantic import TypeAdapter

from reports.inputs import ReportInput
from storage.nouns import Gap

if TYPE_CHECKING:
    from collections.abc import Mapping

COUNTED = frozenset(
    {
        *("study", "comments", "provenance", "copied_groups", "together", "keywords", "shared_words", "audit", "gate"),
        *("texts", "urls", "judged"),
    }
)
"""What follows from the study, its comments and its labels; everything else of a report's input is told."""
GAPS = "gaps"
LATER = ("paragraph",)
"""Parts of the numbers that are added after these are counted: what another program answered."""
COLLECTED = ("coverage", "lapses", "lapses_more", "asked", GAPS)
"""What is told of collecting, and of asking a second coder."""
ANSWERED = ("responses", "paraphrases")
"""What people answered, and put into other words."""


def told_of(inp: ReportInput) -> dict[str, Any]:
    """What is told in a report, as JSON holds it: fields of its input, and the gaps."""
    told = {name: kind.dump_python(getattr(inp, name), mode="json") for name, kind in _kinds().items()}
    return told | {GAPS: [gap.model_dump(mode="json") for gap in inp.study.gaps]}


def told_later(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """What was added to the numbers after they were counted, or is kept of it."""
    return {name: numbers[name] for name in LATER if name in numbers}


def told_again(inp: ReportInput, kept: Mapping[str, Any]) -> ReportInput:
    """The input with what was told before; what an earlier version did not tell yet stays as it is.

    Args:
        inp: what is counted.
        kept: what `told_of` gave, out of JSON.

    Raises:
        pydantic.ValidationError: it is something else.
    """
    told = {name: kind.validate_python(kept[name]) for name, kind in _kinds().items() if name in kept}
    gaps = tuple(Gap.model_validate(gap) for gap in kept[GAPS])
    return replace(inp, study=inp.study.model_copy(update={GAPS: gaps}), **told)


def as_kept(inp: ReportInput) -> ReportInput:
    """The input with what is told taken as it will be kept: a report made again from that cannot differ."""
    return told_again(inp, json.loads(json.dumps(told_of(inp))))


@cache
def _kinds() -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(ReportInput, localns={"pd": SimpleNamespace(DataFrame=object), "Agreement": object})
    return {field.name: TypeAdapter(hints[field.name]) for field in fields(ReportInput) if field.name not in COUNTED}
