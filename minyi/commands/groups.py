"""A group of commands that is a command itself: `minyi labels my-study` beside `minyi labels import`."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

OWN = "show"
"""What the group's own command is called where help lists it."""


class OwnCommandGroup(TyperGroup):
    """Where what follows is no command of the group, its own command is meant."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401  Typer brings its own click, or not
        """As always, with the own command's name put before arguments that begin with none."""
        named = args[:1] and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if named else [OWN, *args])
