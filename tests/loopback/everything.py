"""Every kind of source at once: the kept answers of tests/fixtures/sources laid out on the loopback internet."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import tomlkit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from world import World

SOURCES = Path(__file__).parent.parent / "fixtures" / "sources"

HEAD = """\
[study]
id = "harbour"
time_zone = "Europe/London"

[change]
name = { zh = "通行收费", en = "Crossing charge" }
statement = { zh = "过桥开始收费", en = "A charge is taken for the crossing" }
words = { zh = ["收费"], en = ["charge"] }

[fetch]
min_interval_s = 0.5
"""


class Kept(NamedTuple):
    """One kind's kept answers.

    Attributes:
        options: as in a study file.
        expect: how many articles, comments, rejects, acts and deleted comments a first run finds.
        key: the value of its environment variable, empty where it has none.
    """

    kind: str
    options: dict[str, Any]
    expect: dict[str, int]
    key: str


def lay_out(world: World, kind: str, folder: Path) -> Kept:
    """Serve what a kind's sources answer, and put the files they read into the study's folder."""
    home = SOURCES / kind
    kept = json.loads((home / "exchanges.json").read_text(encoding="utf-8"))
    for one in [*kept["exchanges"], *filter(None, [kept.get("token")])]:
        body = (home / one["file"]).read_bytes() if one.get("file") else b""
        media = one.get("type", "application/json")
        world.serve(one["url"], body, one.get("status", 200), media, one.get("headers", {}))
    if path := kept["options"].get("path"):
        shutil.copy(home / path, folder / path)
    return Kept(kind, kept["options"], kept["expect"], kept.get("key", ""))


def study_file(sources: Sequence[tuple[str, str, dict[str, Any]]]) -> str:
    """A study file of these sources: name, kind and options."""
    document = tomlkit.parse(HEAD)
    tables = tomlkit.aot()
    for name, kind, options in sources:
        table = tomlkit.table()
        table.update({"name": name, "kind": kind, **options})
        tables.append(table)
    document.append("sources", tables)
    return tomlkit.dumps(document)
