"""From stored comments to stances, a report, and tables."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console

if TYPE_CHECKING:
    from minyi.presets import Asked

_DAY = ["%Y-%m-%d"]
Public = Annotated[
    bool, typer.Option("--public", help="For outsiders: quotes in other words, no ids, no links; to reports/public.")
]
Preset = Annotated[
    Literal["full", "daily", "weekly", "special"],
    typer.Option(help="daily: the last day that is over; weekly: the last ISO week; special: --from DAY --to DAY."),
]
Day = Annotated[
    datetime | None, typer.Option("--day", formats=_DAY, help="The day of a daily report, or one of a weekly one's.")
]
From = Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="First day of a special report.")]
To = Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="Last day of a special report.")]
Format = Annotated[
    list[str] | None,
    typer.Option("--format", help="html, md, xlsx, pdf, docx, pptx or eml; may be given again. Default: html."),
]


def analyse(place: Place = HERE, *, quiet: Quiet = False, json: Json = False) -> None:
    """Say the stance of every comment that has none.

    Ends with 3 where the coder failed on some comments, with 1 where it failed and judged none.
    """
    from minyi.analysing import analyse as analyse_study
    from minyi.kept_rollups import roll_up
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    with open_workspace(place) as workspace:
        code = analyse_study(workspace, console)
        roll_up(workspace, console)
    raise typer.Exit(code)


def report(
    place: Place = HERE,
    *,
    held: Annotated[
        bool, typer.Option("--held", help="Where the coder is below the floor: write it to reports/held, marked.")
    ] = False,
    public: Public = False,
    preset: Preset = "full",
    day: Day = None,
    start: From = None,
    end: To = None,
    format: Format = None,  # noqa: A002  it is what people call it
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write the report in each language of the study.

    Every page is written from one numbers.json, which lies beside it. Where the study file has a floor ([publish]) and
    the coder is below it, nothing is written, and the command ends with 1.
    """
    from minyi.when_used import when_used

    when_used("pandas")  # with nothing new there is nothing to count, and it takes half a second to import
    from minyi.reporting import report as report_study
    from minyi.workspace import open_workspace

    console = Console(quiet=quiet, json=json)
    asked = asked_for(preset, (day, start, end), format, public=public)
    with open_workspace(place) as workspace:
        report_study(workspace, console, held=held, asked=asked)


def asked_for(
    preset: Literal["full", "daily", "weekly", "special"],
    days: tuple[datetime | None, datetime | None, datetime | None],
    formats: list[str] | None,
    *,
    public: bool,
) -> Asked:
    """The report that is asked for, checked before anything is collected or counted: what it needs is there.

    Raises:
        MinyiError: the options do not go together, no edition is called so, or a library is not installed.
    """
    from minyi.presets import Asked, checked
    from reports.editions import edition_named, must_be_installed

    day, start, end = (one.date() if one else None for one in days)
    editions = [edition_named(name) for name in dict.fromkeys(formats or ["html"])]
    wanted = tuple(edition.name for edition in editions)
    asked = checked(Asked("public" if public else "internal", preset, day, start, end, wanted))
    must_be_installed(*editions)
    return asked
