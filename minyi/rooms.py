"""The room guard: the four rooms have plain names, so another installed package could shadow them."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

ROOMS = ("scrapers", "nlp", "reports", "storage")


class ShadowedRoomError(ImportError):
    """Another package answers to the name of one of minyi's rooms."""


def check_rooms(home: Path | None = None, rooms: tuple[str, ...] = ROOMS) -> None:
    """Every room lies beside `minyi` itself.

    Args:
        home: the folder that holds `minyi`; by default, this one's.
        rooms: the import names to check.

    Raises:
        ShadowedRoomError: a room is missing, or is found in another distribution.
    """
    home = (home or Path(__file__).parent.parent).resolve()
    for room in rooms:
        found = _folder_of(room)
        if found != home / room:
            raise ShadowedRoomError(
                f"minyi's own package '{room}' should lie in {home / room}, but Python finds "
                f"{found or 'none'}. Another package of that name shadows it: install minyi in an environment of "
                f"its own (uv tool install, pipx, or a fresh venv), or run it from another folder."
            )


def _folder_of(room: str) -> Path | None:
    spec = find_spec(room)
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).resolve().parent
