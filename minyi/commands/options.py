"""Arguments and options that several commands take."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Place = Annotated[Path, typer.Argument(metavar="[STUDY]", help="The study's folder, or its study.toml.")]
Study = Annotated[Path, typer.Option("--study", "-s", help="The study's folder, or its study.toml.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Say only warnings and errors.")]
Json = Annotated[bool, typer.Option("--json", help="Say one JSON object a line, for jobs.")]
HERE = Path()
