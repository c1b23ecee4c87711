"""The commands, one module for each job a person has; this table is all that help needs to import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minyi.commands import (
    adapting,
    backup,
    collecting,
    demo,
    doctor,
    exporting,
    forgetting,
    jobs,
    judging,
    label_page,
    labelling,
    labels,
    learning,
    models,
    notices,
    privacy,
    requests,
    rerunning,
    searching,
    sources,
    study,
    timeline,
    warnings,
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
    ("rerun", rerunning.rerun, "minyi rerun last my-study"),
    ("diff", rerunning.diff, "minyi diff 12 last my-study --out changes.csv"),
    ("verify", rerunning.verify, "minyi verify my-study/reports/report.en.html"),
    ("run", jobs.run, "minyi run my-study --json"),
    ("schedule", jobs.schedule, "minyi schedule my-study --list"),
    ("advisories", warnings.advisories, "minyi advisories my-study"),
    ("status", study.status, "minyi status my-study"),
    ("notify", notices.notify, "minyi notify my-study --test"),
    ("backup", backup.backup, "minyi backup my-study"),
    ("doctor", doctor.doctor, "minyi doctor my-study"),
    ("search", searching.search, "minyi search my-study 手续费 --stance concern"),
    ("export", exporting.export, "minyi export my-study --format csv --format xlsx"),
    ("forget", forgetting.forget, "minyi forget my-study --comment c0123456789abcd --dry-run"),
    ("privacy", privacy.privacy, "minyi privacy my-study --in zh"),
    ("sample", labelling.sample, "minyi sample my-study --size 100"),
    ("label", label_page.label, "minyi label my-study --as Ann"),
    ("labels", labels.show, "minyi labels my-study"),
    ("labels import", labels.import_, "minyi labels import my-study labels.csv --as Ann"),
    ("labels export", labels.export, "minyi labels export my-study labels.xlsx"),
    ("labels settle", labels.settle, "minyi labels settle my-study"),
    ("suggest", adapting.suggest, "minyi suggest my-study --size 20"),
    ("adapt", adapting.adapt, "minyi adapt my-study"),
    ("themes", requests.themes, "minyi themes my-study"),
    ("themes suggest", requests.suggest, "minyi themes suggest my-study"),
    ("respond", requests.respond, "minyi respond my-study/reports/report.en.xlsx my-study"),
    ("train", learning.train, "minyi train --data ../shared/data --out stance.npz"),
    ("evaluate", learning.evaluate, "minyi evaluate labelled.jsonl"),
    ("models fetch", models.fetch, "minyi models fetch owner/model"),
    ("models export", models.export, "minyi models export ./my-model ./my-model-onnx --int8"),
)
"""Name, function and example of every command, in the order in which people need them.

A name of two words is a command of a group, and `GROUPS` says what the group is for. A group's own name may be a
command too: `minyi labels my-study` beside `minyi labels import`.
"""

GROUPS = {
    "timeline": "Find dated policy acts in what was collected, and take them into the study file.",
    "labels": "See how far the labelling is; take labels in and out; settle what people disagree on.",
    "themes": "See what each theme of requests holds; have first themes proposed.",
    "models": "Bring models of your own for hf: coders.",
}


def register(app: typer.Typer) -> None:
    """Give the application its commands, each with its example under the help; once is enough."""
    import typer

    if app.registered_commands:
        return

    from minyi.commands.groups import OWN, OwnCommandGroup

    commands_too = {name for name, *_ in COMMANDS} & GROUPS.keys()
    groups = {name: typer.Typer(no_args_is_help=name not in commands_too, rich_markup_mode=None) for name in GROUPS}
    for name, function, example in COMMANDS:
        group, _, word = (name, "", OWN) if name in commands_too else name.rpartition(" ")
        place = groups[group] if group else app
        place.command(word, epilog=f"Example: {example}", no_args_is_help=False)(function)
    for group, commands in groups.items():
        cls = OwnCommandGroup if group in commands_too else None
        app.add_typer(commands, name=group, help=GROUPS[group], cls=cls)
