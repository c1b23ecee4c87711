"""Running unattended: what a scheduler starts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from minyi.commands.judging import Day, Format, From, Public, To, asked_for
from minyi.commands.options import HERE, Json, Place, Quiet
from minyi.console import Console


def run(
    place: Place = HERE,
    *,
    allow: Annotated[
        list[str] | None,
        typer.Option(help="Let this HOST:PORT through the address guard, although it is not on the public internet."),
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Run although this day, week or hour is done.")] = False,
    public: Public = False,
    preset: Annotated[
        Literal["full", "daily", "weekly", "special"] | None,
        typer.Option(help="As of `minyi report`; by default what the study file says under [schedule], or full."),
    ] = None,
    day: Day = None,
    start: From = None,
    end: To = None,
    format: Format = None,  # noqa: A002  it is what people call it
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Collect, analyse and report: for scheduled jobs.

    Once in every window: a day, or what the study file says under [schedule]. Ends with 0 at once where that is done,
    with 3 where something failed and a report was written all the same, and with 75 where another job is at work.
    """
    from minyi.jobs.running import Wanted, run

    console = Console(quiet=quiet, json=json)
    given = any((public, preset, day, start, end, format))
    asked = asked_for(preset or "full", (day, start, end), format, public=public) if given else None
    raise typer.Exit(run(place, console, Wanted(asked, allow or (), again)))


def schedule(
    folders: Annotated[list[Path] | None, typer.Argument(metavar="[FOLDER...]", help="The studies.")] = None,
    *,
    shown: Annotated[bool, typer.Option("--list", help="Only say when the next runs are due.")] = False,
    printed: Annotated[
        Literal["crontab", "systemd"] | None,
        typer.Option("--print", help="Only print what cron or systemd has to be told to do it instead."),
    ] = None,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Start `minyi run` whenever the study files say so ([schedule]), until ended: where neither cron nor systemd does.

    A window whose time has passed runs at once, and one that is done is passed over. Study files are read again while
    it runs.
    """
    from minyi.jobs.printing import print_for
    from minyi.jobs.scheduling import keep_running, show

    console = Console(quiet=quiet, json=json)
    if printed:
        print_for(printed, folders or [Path()], console)
        return
    (show if shown else keep_running)(folders or [Path()], console)
