"""Answers of a study's slow coders: kept on the disk, and heard of while they come."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.answers import Answers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


class KeptAnswers(Answers):
    """The answers of a study; `listener` is told how many there are each time that some are kept.

    A slow coder keeps its answers at least every few seconds, so this is how far it has come within a long stretch.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.listener: Callable[[int], None] | None = None

    def remember(self, answers: Mapping[bytes, bytes]) -> None:
        """Keep answers; see `Answers.remember`."""
        super().remember(answers)
        if self.listener is not None:
            self.listener(len(answers))
