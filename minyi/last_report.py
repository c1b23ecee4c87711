"""The last report of the same kind, as it wrote its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minyi.manifests import kept_by, reports_made
from reports.since import last_facts
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from minyi.workspace import Workspace
    from reports.inputs import Options


def last_of(workspace: Workspace, options: Options, basis: str = "") -> Mapping[str, Any] | None:
    """What a report needs of the last one of the same audience and preset; None where there is none.

    Only what a run kept of itself counts, and only while it is what the run wrote: by the digests in the store. One of
    the same `basis` is passed over: it is this report, made before. What is new since the one before that stays told.
    """
    for run in reversed(reports_made(workspace)):
        try:
            kept = kept_by(workspace, run)
            same = basis and kept.manifest.basis == basis
            numbers = kept.numbers if not same and not kept.changed else None
        except MinyiError:  # kept nothing, or what it kept cannot be read: an older one may
            continue
        asked = (options.audience, options.preset)
        if numbers and (numbers["options"]["audience"], numbers["options"]["preset"]) == asked:
            return last_facts(numbers)
    return None
