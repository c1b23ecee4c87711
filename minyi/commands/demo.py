"""The demo: a fictional case, collected, judged and reported on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from minyi.commands.options import Json, Quiet
from minyi.console import Console


def demo(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where the demo study is put.")] = Path("minyi-demo"),
    *,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Show the whole way on a fictional case.

    Its pages are served on this machine, collected, judged and reported in Chinese and English; nothing leaves it.
    """
    from minyi.showing import run_demo

    raise typer.Exit(run_demo(folder, Console(quiet=quiet, json=json)))
