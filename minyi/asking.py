"""What a report is made of, turned into the report that is asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from minyi.advisories import advisories_of
from minyi.presets import command_for, dated, with_days
from reports.corpus import local_day
from reports.inputs import Options

if TYPE_CHECKING:
    from minyi.glimpses import Came
    from minyi.presets import Asked
    from minyi.workspace import Workspace
    from reports.inputs import ReportInput


def as_asked(workspace: Workspace, inp: ReportInput, asked: Asked, came: Came) -> ReportInput:
    """For those it is for and of the days asked for, with the warnings that stand.

    Args:
        workspace: the study.
        inp: what the report is made of.
        asked: what is asked for.
        came: how the comments came.

    Raises:
        UsageError: the days lie outside the study's window.
        StudyFileError: the file of warnings has something wrong in it.
    """
    asked = dated(asked, workspace.study, came, local_day(inp.provenance.generated_at, workspace.study.zone))
    options = Options(asked.audience, asked.preset, workspace.loaded.public_quotes)
    whole = replace(
        inp,
        options=options,
        provenance=replace(inp.provenance, command=command_for(inp.provenance.command, asked)),
        advisories=advisories_of(workspace),
    )
    return with_days(whole, asked)
