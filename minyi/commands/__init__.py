"""The commands, one module for each job a person has; this table is all that help needs to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minyi.commands import (
    adapting,
    collecting,
    demo,
    judging,
    label_page,
    labelling,
    learning,
    models,
    searching,
    sources,
    study,
    timeline,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    import typer

COMMANDS: tuple[tuple[str, Callable[..., None], str], ...] = (
    ("demo", demo.demo, "minyi demo"),
    ("init", study.init, "minyi init my-study"),
    ("check", study.check, "minyi check my-study"),
    ("import", collecting.import_, "minyi import comments.csv --study my-study"),
    ("sources", sources.sources, "minyi sources feed"),
    ("collect", collecting.collect, "minyi collect my-study"),
    ("reparse", sources.reparse, "minyi reparse my-study --dry-run"),
    ("timeline suggest", timeline.suggest, "minyi timeline suggest my-study"),
    ("timeline accept", timeline.accept, "minyi timeline accept my-study --id 1f2e3d4c"),
    ("analyse", judging.analyse, "minyi analyse my-study"),
    ("report", judging.report, "minyi report my-study"),
    ("run", judging.run, "minyi run my-study --json"),
    ("status", study.status, "minyi status my-study"),
    ("search", searching.search, "minyi search my-study 手续费 --stance concern"),
    ("export", judging.export, "minyi export my-study --format csv --format xlsx"),
    ("sample", labelling.sample, "minyi sample my-study --size 100"),
    ("label", label_page.label, "minyi label my-study --as Ann"),
    ("adapt", adapting.adapt, "minyi adapt labels.csv my-study"),
    ("train", learning.train, "minyi train --data ../shared/data --out stance.npz"),
    ("evaluate", learning.evaluate, "minyi evaluate labelled.jsonl"),
    ("models fetch", models.fetch, "minyi models fetch owner/model"),
    ("models export", models.export, "minyi models export ./my-model ./my-model-onnx --int8"),
)
"""Name, function and example of every command, in the order in which people need them.

A name of two words is a command of a group, and `GROUPS` says what the group is for.
"""

GROUPS = {
    "timeline": "Find dated policy acts in what was collected, and take them into the study file.",
    "models": "Bring models of your own for hf: coders.",
}


def register(app: typer.Typer) -> None:
    """Give the application its commands, each with its example under the help; once is enough."""
    import typer

    if app.registered_commands:
        return

    groups: dict[str, typer.Typer] = {}
    for name, function, example in COMMANDS:
        group, _, own = name.rpartition(" ")
        place = groups.setdefault(group, typer.Typer(no_args_is_help=True, rich_markup_mode=None)) if group else app
        place.command(own, epilog=f"Example: {example}", no_args_is_help=False)(function)
    for group, commands in groups.items():
        app.add_typer(commands, name=group, help=GROUPS[group])
