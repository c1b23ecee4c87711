"""A collector that is not installed any more keeps nobody from what it brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GONE = '\n[[sources]]\nname = "petition"\nkind = "petitions"\npetition = 1200\n'
MANNERS = "\n[fetch]\ntotal_s = 45\ncap_mb = 2\n"


def add(study: Path, text: str) -> None:
    with (study / "study.toml").open("a", encoding="utf-8") as file:
        file.write(text)


def test_the_data_can_be_looked_at_and_only_collecting_fails(
    study: Path, tmp_path: Path, minyi: Callable[..., Any]
) -> None:
    path = tmp_path / "c.csv"
    path.write_text("评论内容\n手续费太高了吧\n", encoding="utf-8")
    minyi("import", path, "--study", study)
    add(study, GONE)

    for command in ("status", "analyse", "report", "export"):
        assert minyi(command, study).code == 0, command
    checked = minyi("check", study)
    assert (checked.code, "is no collector" in checked.err) == (2, True)
    collected = minyi("collect", study)
    assert collected.code == 1
    assert "petition" in collected.err
    assert "collector's fault" in collected.out


def test_the_files_manners_reach_the_door(study: Path, monkeypatch: Any, minyi: Callable[..., Any]) -> None:
    add(study, GONE + MANNERS)
    seen: list[Any] = []
    monkeypatch.setattr("minyi.collecting.collect_pages", lambda _study, settings, **_named: seen.append(settings))

    minyi("collect", study)

    assert (seen[0].total_s, seen[0].cap_bytes) == (45.0, 2 * 1024 * 1024)
