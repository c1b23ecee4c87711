"""The last report of the same kind, as it wrote its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minyi.manifests import kept_by
from reports.since import last_facts
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from minyi.workspace import Workspace
    from reports.inputs import Options


def last_of(workspace: Workspace, options: Options) -> Mapping[str, Any] | None:
    """What a report needs of the last one of the same audience and preset; None where there is none.

    Only what a run kept of itself counts, and only while it is what the run wrote: by the digests in the store.
    """
    made = {report.run for report in workspace.store.reports(workspace.study.id)}
    runs = [run.id for run in workspace.store.runs(workspace.study.id) if run.command == "report" and run.id in made]
    for run in reversed(runs):
        try:
            kept = kept_by(workspace, run)
            numbers = kept.numbers if not kept.changed else None
        except MinyiError:  # kept nothing, or what it kept cannot be read: an older one may
            continue
        asked = (options.audience, options.preset)
        if numbers and (numbers["options"]["audience"], numbers["options"]["preset"]) == asked:
            return last_facts(numbers)
    return None
