"""The last report of the same kind, as it wrote its numbers."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from minyi.manifests import kept_lately
from minyi.unkept import ManifestChanged
from reports.since import last_facts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from minyi.workspace import Workspace
    from reports.inputs import Options


def last_of(workspace: Workspace, options: Options, basis: str = "") -> Mapping[str, Any] | None:
    """What a report needs of the last one of the same audience and preset; None where there is none.

    Only what a run kept of itself counts, and only while it is what the run wrote: by the digests in the store. One of
    the same `basis` is this report, made before, and no news to it: what was told to that one is told again. One whose
    run was killed before its end may have been seen by nobody: what it told is told again, too.
    """
    asked = (options.audience, options.preset)
    for kept in kept_lately(workspace, ended=True):
        made = kept.manifest.options
        if (made.audience, made.preset) == asked and kept.usable():
            with suppress(ManifestChanged):
                same = bool(basis) and kept.manifest.basis == basis
                return kept.told["last"] if same else last_facts(kept.numbers)
    return None
