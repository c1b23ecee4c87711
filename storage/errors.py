"""The root of every error a person may see: what happened, where, and what to do."""

from __future__ import annotations


class MinyiError(Exception):
    """Something a person can act on.

    Attributes:
        what: one sentence that says what happened.
        where: the file, row, key or URL it happened at.
        remedy: what to do next.
        usage: whether what the user wrote is wrong (a command line, a study file) rather than what happened.
    """

    usage = False

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        return " ".join(part for part in (f"{self.where}:" if self.where else "", self.what, self.remedy) if part)


class UsageError(MinyiError):
    """What was asked for cannot be meant: a wrong option, a name nobody knows."""

    usage = True
