"""What was found to be faulty, and the reports that used it."""

from __future__ import annotations

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console


def advisories(place: Place = HERE, *, quiet: Quiet = False, json: Json = False) -> None:
    """List what `advisories.toml` says is faulty, and mark the reports that used it as superseded."""
    from minyi.advisories import FILE_NAME, MARK, advisories_of, mark_superseded
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(place) as workspace:
        found = advisories_of(workspace)
        superseded = mark_superseded(workspace, found)
        if not found:
            console.say(f"No warnings: there is none in {workspace.folder / FILE_NAME}.")
    for one in found:
        about = [str(part) for part in (one.start, one.end, one.source, *one.versions) if part]
        console.say(f"{one.key}: {one.reason.en or one.reason.zh} ({', '.join(about) or 'named reports'})")
    for report in superseded:
        where = f"marked by {report.folder / MARK}" if report.folder else "its files are not in place any more"
        console.say(f"Run {report.run} used {', '.join(report.keys)}: {where}")
    shown = [{"run": one.run, "keys": one.keys, "folder": str(one.folder or "")} for one in superseded]
    console.event("done", advisories=[one.key for one in found], superseded=shown)
