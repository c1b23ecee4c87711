"""The result of an offline kit, as one more file of labels: `minyi.labelling.kit_results` checks it as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minyi.label_files.said import Said
from minyi.labelling.kit_results import read_kit_result

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MARK = '"minyi-labels"'
_HEAD = 200  # characters within which a result says what it is


def is_kit(head: str) -> bool:
    """Whether a file that begins so is a kit's result."""
    return head.lstrip("\ufeff \t\r\n").startswith("{") and _MARK in head[:_HEAD]


def said_in_kit(path: Path) -> Iterator[Said]:
    """What the kit's coder says, in the order in which it was said.

    Raises:
        KitResultError: with everything that is wrong with the file.
    """
    result = read_kit_result(path)
    for item, answer in result.by_id.items():
        yield Said(
            where=f"{path.name} comment {item}",
            id=item,
            judgement=answer.judgement(0, "kit"),
            who=result.coder,
            change=result.target,
            codebook=result.codebook,
        )
