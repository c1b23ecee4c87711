"""The room guard tells a shadowed room from minyi's own."""

from __future__ import annotations

from pathlib import Path

import pytest

import minyi
from minyi.rooms import ShadowedRoomError, check_rooms


def test_the_rooms_lie_beside_minyi() -> None:
    check_rooms()


def test_a_shadowed_room_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "attic").mkdir()
    (tmp_path / "attic" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))

    with pytest.raises(ShadowedRoomError, match=r"'attic'.*shadows it"):
        check_rooms(Path(minyi.__file__).parent.parent, ("attic",))


def test_a_missing_room_is_named() -> None:
    with pytest.raises(ShadowedRoomError, match="finds none"):
        check_rooms(rooms=("cellar_that_is_not_there",))
