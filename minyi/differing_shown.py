"""What differs between two reports, said to a person and written to a file."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import TYPE_CHECKING, Any

from minyi.figures import claims_by_name, written
from reports.panel_claims import panel_of
from reports.tables import formula_safe
from reports.wording import locale_for
from storage.errors import UsageError
from storage.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from minyi.console import Console
    from minyi.differing import Difference, Figure

SHOWN = 20
_WIDTH = 60
_CLAIM = re.compile(r"claims\.(?P<name>[^.(]+(?:\(.*?\))?(?:#\d+)?)\.(?P<field>.+)")
_REQUEST = re.compile(r"asks\.listed\[(?:text:)?(?P<id>[^\]#]+)[^\]]*\]\.(?P<field>.+)")
_INSIDE = frozenset({"template", "variant", "estimand", "test", "query"})
"""How a claim is made: of no use on a screen."""


def show(found: Difference, console: Console, out: Path | None = None) -> None:
    """Say what changed; everything goes to `out` and to `--json`.

    Raises:
        UsageError: `out` is no .csv or .json.
        storage.files.FileWriteError: it cannot be written.
    """
    old, new = found.runs
    if out is not None:
        _write(found, out)
    console.say(f"Run {old} → run {new}: what differs is {', '.join(found.causes) or 'nothing'}.")
    for it in found.settings[:SHOWN]:
        console.say(f"  setting {it.key}: {_short(it.old) or '–'} → {_short(it.new) or '–'}")
    moved = [[it.comment, it.what, it.old or None, it.new or None, it.by or None] for it in found.moved[:SHOWN]]
    console.table(f"Comments ({len(found.moved):,})", ["comment", "what happened", "old", "new", "by"], moved)
    figures = _rows(found)
    columns = ["figure", "old", "new", "because of", "path"]
    console.table(f"Figures ({len(figures):,})", columns, figures[:SHOWN])
    if max(len(found.moved), len(figures), len(found.settings)) > SHOWN or len(figures) < len(found.figures):
        console.say(f"Shown are at most {SHOWN} of each; --out FILE.csv or --json gives everything.")
    if not found.attributed:
        console.say("Several things differ, and with so many comments they were not told apart: any of them may be it.")
    console.event("done", **_facts(found))


class _Names:
    """What the figures of two reports are called by those who read them."""

    def __init__(self, numbers: tuple[Mapping[str, Any], Mapping[str, Any]]) -> None:
        self._numbers = numbers
        self._claims = tuple(claims_by_name(one) for one in numbers)
        self._requests = {ask["id"]: ask["text"] for one in numbers for ask in one["asks"]["listed"] if "id" in ask}

    def of(self, path: str) -> str:
        """The claim's id and what it says there, or the panel's and its path."""
        if claim := _CLAIM.fullmatch(path):
            return f"{self._id(claim['name'])} {_field(claim['field'])}"
        request = _REQUEST.fullmatch(path)
        if request and request["id"] in self._requests:
            return f"request “{self._requests[request['id']][:_WIDTH]}”: {_plain(request['field'])}"
        part, *inside = re.split(r"[.[]", path, maxsplit=1)
        return f"{panel_of(part)} {_plain(inside[0] if inside else part)}"

    def sentences(self, name: str) -> tuple[str, str]:
        """A claim as each of the reports puts it; empty in that which has none."""
        old, new = (self._said(at, name) for at in (0, 1))
        return old, new

    def once(self, path: str) -> str:
        """The name of the claim that a path belongs to, where only one of the reports has it; else empty."""
        claim = _CLAIM.fullmatch(path)
        return claim["name"] if claim and sum(claim["name"] in found for found in self._claims) == 1 else ""

    def _id(self, name: str) -> str:
        return next((str(found[name]["id"]) for found in reversed(self._claims) if name in found), name)

    def whole(self, name: str) -> str:
        """A claim by its id and its name."""
        return f"{self._id(name)} {name}"

    def _said(self, at: int, name: str) -> str:
        claim = self._claims[at].get(name)
        if claim is None:
            return ""
        try:
            return "".join(piece.text for piece in locale_for("en", self._numbers[at]).sentence(claim))
        except KeyError:  # a claim of an earlier version, which has no words any more
            return name


def _field(path: str) -> str:
    """`slots.labels.int` as `labels`."""
    parts = path.split(".")
    return parts[1] if parts[0] == "slots" and len(parts) > 1 else _plain(path)


def _plain(path: str) -> str:
    """A path as words: `people.coders` as `people coders`."""
    return re.sub(r"[.\[\]]+", " ", path).strip()


def _rows(found: Difference) -> list[list[Any]]:
    """A row a figure; a claim that came or went is one row with its sentence, and how claims are made is left out."""
    names = _Names(found.numbers)
    rows: list[list[Any]] = []
    whole: dict[str, list[str]] = {}
    for it in found.figures:
        if claim := names.once(it.name):
            if claim not in whole:
                whole[claim] = []
                said = [_short(sentence or None) for sentence in names.sentences(claim)]
                rows.append([names.whole(claim), *said, whole[claim], f"claims.{claim}"])
            whole[claim] += [cause for cause in it.causes if cause not in whole[claim]]
        elif not it.name.startswith("claims.") or it.name.rpartition(".")[2] not in _INSIDE:
            rows.append([names.of(it.name), _short(it.old), _short(it.new), it.causes, it.name])
    return [[name, old, new, ", ".join(causes), path] for name, old, new, causes, path in rows]


def _facts(found: Difference) -> dict[str, Any]:
    names = _Names(found.numbers)
    return {
        "runs": list(found.runs),
        "causes": found.causes,
        "attributed": found.attributed,
        "settings": [it._asdict() for it in found.settings],
        "comments": [it._asdict() for it in found.moved],
        "figures": [it._asdict() | {"words": names.of(it.name)} for it in found.figures],
    }


def _short(value: Any) -> str | None:  # noqa: ANN401  JSON
    text = None if value is None else value if isinstance(value, str) else written(value)
    return text if text is None or len(text) <= _WIDTH else text[:_WIDTH] + "…"


def _write(found: Difference, out: Path) -> None:
    if out.suffix == ".json":
        content = json.dumps(_facts(found), ensure_ascii=False, indent=1) + "\n"
    elif out.suffix == ".csv":
        content = _csv(found)
    else:
        raise UsageError("the differences can be written as .csv or .json", where=str(out), remedy="Name such a file.")
    write_atomically(out, content.encode("utf-8-sig" if out.suffix == ".csv" else "utf-8", "replace"))


def _csv(found: Difference) -> str:
    text = io.StringIO()
    table = csv.writer(text)
    names = _Names(found.numbers)
    table.writerow(["kind", "name", "old", "new", "by", "causes", "words"])
    table.writerows(_safe(("setting", it.key, _cell(it.old), _cell(it.new), "", "", "")) for it in found.settings)
    table.writerows(_safe(("comment " + it.what, it.comment, it.old, it.new, it.by, "", "")) for it in found.moved)
    table.writerows(_safe(_figure(it, names)) for it in found.figures)
    return text.getvalue()


def _figure(it: Figure, names: _Names) -> tuple[str, ...]:
    return ("figure", it.name, _cell(it.old), _cell(it.new), "", ", ".join(it.causes), names.of(it.name))


def _cell(value: Any) -> str:  # noqa: ANN401  JSON
    return "" if value is None else value if isinstance(value, str) else written(value)


def _safe(row: Sequence[str]) -> list[str]:
    return [formula_safe(cell) for cell in row]
