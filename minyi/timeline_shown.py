"""Suggested acts as a person or a job sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from minyi.console import Console
    from minyi.timeline import Suggestion
    from minyi.workspace import Workspace

DIGEST = 12
_INDENT = 4
IMPORTED = "imported"
_WRITTEN = {"day": 10, "month": 7, "year": 4}


def show_suggestions(
    workspace: Workspace, found: Sequence[Suggestion], console: Console, *, every: bool = False
) -> None:
    """The suggestions by date; those outside the study's days only where `every` is said."""
    shown = [one for one in found if every or one.in_window]
    for one in shown:
        console.event("suggestion", **_facts(one))
    if shown:
        console.say("\nDated acts in what was collected")
    for one in shown:
        _show(one, console)
    hidden = len(found) - len(shown)
    if not shown:
        where = " within the study's days" if hidden else ""
        console.say(f"No dated act was found{where} that the study file does not have.")
    else:
        console.say(f"\nTake one in: minyi timeline accept {workspace.folder} --id {shown[0].id}")
    if hidden:
        console.say(f"{hidden} more outside the study's days: --all shows them.")
    console.event("done", study=workspace.study.id, suggestions=len(shown), outside=hidden)


def written(one: Suggestion) -> str:
    """The date as exact as it is known: 2026-03-16, 2026-03, 2026."""
    return one.act.date.isoformat()[: _WRITTEN[one.act.precision]]


def _show(one: Suggestion, console: Console) -> None:
    """A block: what it is by; the sentence; and each place that states it."""
    console.say(f"\n{one.id}  {written(one)}  {'  '.join(filter(None, (one.act.kind or '?', one.act.who)))}")
    console.passage(" ".join(one.act.sentence.split()), _INDENT)
    places = ((stated.act.url or stated.source, stated.capture[:DIGEST] or IMPORTED) for stated in one.stated)
    for link, capture in dict.fromkeys(places):
        console.say(f"{' ' * _INDENT}{link}")  # whole, so that it can be followed
        console.say(f"{' ' * _INDENT}{f'capture {capture}' if capture != IMPORTED else capture}")


def _facts(one: Suggestion) -> dict[str, Any]:
    return {
        "id": one.id,
        "date": written(one),
        "precision": one.act.precision,
        "kind": one.act.kind,
        "who": one.act.who,
        "title": one.act.title,
        "in_window": one.in_window,
        "stated": [
            {
                "sentence": stated.act.sentence,
                "source": stated.source,
                "article": stated.act.article_id,
                "url": stated.act.url,
                "capture": stated.capture or IMPORTED,
            }
            for stated in one.stated
        ],
    }
