"""The tamperings of `tampering.py`: each changes one thing in a copy of a study, and gives the file to check."""

from __future__ import annotations

import base64
import json
import re
import sqlite3
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from pathlib import Path

FORMATS = ("html", "md", "xlsx", "pdf", "docx", "pptx", "eml")


@dataclass
class Study:
    """A copy of the study to tamper with."""

    folder: Path
    run: str
    draw: random.Random

    def file(self, *suffixes: str) -> Path:
        """One of the report's files."""
        files = sorted(path for path in (self.folder / "reports").iterdir() if path.suffix in suffixes)
        return self.draw.choice(files)

    def sql(self, statement: str, *values: object) -> list[Any]:
        """The database, behind minyi's back."""
        with sqlite3.connect(self.folder / "data" / "minyi.db") as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            found = connection.execute(statement, values).fetchall()
            connection.commit()
        connection.close()
        return found


def _other_digit(study: Study, digit: str) -> str:
    return study.draw.choice([other for other in "0123456789" if other != digit])


def digit_in_text(study: Study) -> Path:
    """Another digit somewhere in a page or its Markdown."""
    path = study.file(".html", ".md")
    text = path.read_text("utf-8")
    body = text.index("<body") if path.suffix == ".html" else 0
    at = study.draw.choice([found.start() for found in re.finditer(r"\d", text) if found.start() > body])
    path.write_text(text[:at] + _other_digit(study, text[at]) + text[at + 1 :], encoding="utf-8")
    return path


def cell_of_sheet(study: Study) -> Path:
    """Another digit in a text of a file that is a package: a sheet, a document, slides."""
    path = study.file(".xlsx", ".docx", ".pptx")
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    inside = re.compile(rb">[^<>]*?(\d)[^<>]*<")
    texts = [name for name in parts if re.search(r"sharedStrings|sheet\d|document\.xml$|slides/slide\d", name)]
    spots = [
        (name, found.start(1))
        for name in sorted(texts)
        for found in inside.finditer(parts[name])
        if name.endswith(".xml") and not parts[name][: found.start()].endswith(b't="s"><v')  # the number of a text
    ]
    name, at = study.draw.choice(spots)
    other = _other_digit(study, chr(parts[name][at])).encode()
    parts[name] = parts[name][:at] + other + parts[name][at + 1 :]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for part, content in parts.items():
            package.writestr(part, content)
    return path


def digit_in_mail(study: Study) -> Path:
    """Another digit in the mail's plain text or in its page, encoded again."""
    path = study.file(".eml")
    content = path.read_bytes()
    bodies = list(re.finditer(rb"(?<=\r\n\r\n)(?:[A-Za-z0-9+/=]+\r\n)+", content))[:2]
    body = study.draw.choice(bodies)
    text = base64.b64decode(body[0]).decode()
    begun = max(text.find("<body"), 0)
    at = study.draw.choice(
        [found.start() for found in re.finditer(r"\d(?=[^<>]*<|[^<>]*$)", text) if found.start() > begun]
    )
    other = text[:at] + _other_digit(study, text[at]) + text[at + 1 :]
    lines = base64.encodebytes(other.encode()).replace(b"\n", b"\r\n")
    path.write_bytes(content[: body.start()] + lines + content[body.end() :])
    return path


def bytes_of_file(study: Study) -> Path:
    """Bytes more, fewer or other in a file of any format."""
    path = study.file(*(f".{name}" for name in FORMATS))
    content = path.read_bytes()
    at = study.draw.randrange(len(content))
    flipped = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
    path.write_bytes(study.draw.choice([content + b"\r\n", content + content[at:], content[:at], flipped]))
    return path


def number_on_paper(study: Study) -> Path:
    """The PDF with one number of a sentence another, made anew as whoever forges paper would."""
    from reports.editions import EDITIONS

    path = study.file(".pdf")
    numbers = json.loads((study.folder / "reports" / "numbers.json").read_text("utf-8"))
    slots = [slot for claim in numbers["claims"] if claim["section"] == "happened" for slot in claim["slots"].values()]
    study.draw.choice([slot for slot in slots if "int" in slot])["int"] += 1
    path.write_bytes(EDITIONS["pdf"].render(numbers, "zh" if ".zh." in path.name else "en"))
    return path


def _leaves(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:  # noqa: ANN401
    items = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else None
    if items is None:
        return [path]
    return [leaf for key, part in items for leaf in _leaves(part, (*path, key))]


def _in_numbers(study: Study, chosen: Callable[[tuple[Any, ...], Any], bool]) -> Path:
    path = study.folder / "reports" / "numbers.json"
    numbers = json.loads(path.read_text("utf-8"))
    leaves = []
    for leaf in _leaves(numbers):
        value: Any = numbers
        for key in leaf:
            value = value[key]
        if chosen(leaf, value) and leaf != ("provenance", "run"):
            leaves.append((leaf, value))
    leaf, value = study.draw.choice(leaves)
    place = numbers
    for key in leaf[:-1]:
        place = place[key]
    if isinstance(value, bool) or value is None:
        place[leaf[-1]] = 1
    elif isinstance(value, int | float):
        place[leaf[-1]] = value + study.draw.choice([-1, 1]) * (1 if isinstance(value, int) else 0.01)
    else:
        place[leaf[-1]] = value[:-1] + ("x" if value[-1:] != "x" else "y")
    path.write_text(json.dumps(numbers, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return path


def figure(study: Study) -> Path:
    """Any number in numbers.json."""
    return _in_numbers(study, lambda _leaf, value: isinstance(value, int | float) and not isinstance(value, bool))


def interval(study: Study) -> Path:
    """An end of an interval."""
    return _in_numbers(study, lambda leaf, value: leaf[-1] in {"low", "high"} and isinstance(value, int | float))


def digest(study: Study) -> Path:
    """A digest of comments."""
    return _in_numbers(study, lambda leaf, value: leaf[-1] in {"digest", "data_digest"} and bool(value))


def quote(study: Study) -> Path:
    """A quote's words, or the id that it is quoted by."""
    return _in_numbers(study, lambda leaf, _value: leaf[0] in {"voices", "asks"} and leaf[-1] in {"text", "id"})


def any_word(study: Study) -> Path:
    """Any text in numbers.json, other than the study's id: that makes it another study's report."""
    return _in_numbers(study, lambda leaf, value: isinstance(value, str) and bool(value) and leaf != ("study", "id"))


def stored_words(study: Study) -> Path:
    """The words of a quoted comment, in the store."""
    numbers = json.loads((study.folder / "reports" / "numbers.json").read_text("utf-8"))
    ids = sorted({voice["id"] for voice in numbers["voices"]})
    study.sql("UPDATE comment SET text = text || '（改）' WHERE id = ?", study.draw.choice(ids))
    return study.file(".json", ".html")


def stored_comment(study: Study) -> Path:
    """A comment that is gone from the store, or dated otherwise."""
    key = study.draw.choice(study.sql("SELECT key FROM comment ORDER BY key"))[0]
    gone = study.draw.random() < 0.5  # noqa: PLR2004  one or the other
    change = "DELETE FROM comment" if gone else "UPDATE comment SET published_at = published_at + 86400000"
    study.sql(f"{change} WHERE key = ?", key)
    return study.file(".json", ".html")


def _label(study: Study, kind: str) -> Path:
    rows = study.sql(
        "SELECT comment, coding, revision, stance FROM annotation JOIN coding ON coding.key = annotation.coding "
        "WHERE annotator_kind = ? AND stance IS NOT NULL ORDER BY 1, 2, 3",
        kind,
    )
    comment, coding, revision, stance = study.draw.choice(rows)
    other = study.draw.choice([it for it in ("support", "concern", "suggestion", "neutral") if it != stance])
    where = "WHERE comment = ? AND coding = ? AND revision = ?"
    study.sql(f"UPDATE annotation SET stance = ? {where}", other, comment, coding, revision)  # noqa: S608
    return study.file(".json", ".html")


def machine_label(study: Study) -> Path:
    """What the coder said of a comment."""
    return _label(study, "classifier")


def person_label(study: Study) -> Path:
    """What a person said of a comment."""
    return _label(study, "person")


def event(study: Study) -> Path:
    """An event of the study file: another day, or another title."""
    file = study.folder / "study.toml"
    text = file.read_text("utf-8")
    begun = text.index("[[events]]")
    places = [found.start(1) for found in re.finditer(r"date = \d{4}-\d\d-\d(\d)", text) if found.start() > begun]
    at = study.draw.choice(places)
    other = study.draw.choice([digit for digit in "12345678" if digit != text[at]])
    file.write_text(text[:at] + other + text[at + 1 :], encoding="utf-8")
    return study.file(".json", ".html")


def kept(study: Study) -> Path:
    """A byte of what the run kept of itself."""
    path = study.draw.choice(sorted((study.folder / "data" / "runs" / study.run).iterdir()))
    content = bytearray(path.read_bytes())
    content[study.draw.randrange(len(content))] ^= 1
    path.write_bytes(bytes(content))
    return study.folder / "reports" / "numbers.json"


TAMPERINGS: tuple[Callable[[Study], Path], ...] = (
    digit_in_text, cell_of_sheet, figure, interval, digest, quote, any_word, stored_words, stored_comment,
    machine_label, person_label, event, kept, digit_in_text, cell_of_sheet, digit_in_mail, bytes_of_file,
)  # fmt: skip
NAMED = frozenset(
    {
        *("digit_in_text", "cell_of_sheet", "digit_in_mail", "number_on_paper", "figure", "interval", "digest"),
        *("quote", "stored_words", "machine_label", "person_label", "event"),
    }
)
"""Digits, quotes, labels and events: verify must say which claim they belong to."""
