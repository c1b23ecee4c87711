"""How many of 100 random tamperings with a report, its study or its store `minyi verify` finds, and names.

Run it as `python benchmarks/tampering.py [N] [SEED]`, or with `--quick`: 25 tamperings, three formats. Each tampering
is made alone, on a copy of the same study: a digit in a file of the report, whatever its format, a figure, an interval,
a digest or a quote in numbers.json, a machine's or a person's label, a comment or its words in the store, an event in
the study file, what the run kept of itself. Files that nobody touched must pass. It ends with 1 where one tampering is
not found, or one in NAMED is found without a claim's id.

What verify counts and renders anew is remembered while the store is the same to the byte, for time's sake.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import random
import re
import shutil
import sqlite3
import sys
import tempfile
import zipfile
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

from minyi import rerunning, verified_texts, verifying
from minyi.console import Console
from minyi.manifests import NoManifest
from minyi.verifying import verify
from minyi.workspace import open_workspace
from reports.numbers import dump_numbers
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from minyi.manifests import Kept
    from minyi.rerunning import Recounted
    from minyi.verified_texts import Rendered
    from minyi.verifying import Verdict
    from minyi.workspace import Workspace

FORMATS = ("html", "md", "xlsx", "pdf", "docx", "pptx", "eml")
QUICK, FEW = ("html", "md", "xlsx"), 25


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
    machine_label, person_label, event, kept, digit_in_text, cell_of_sheet, digit_in_mail,
)  # fmt: skip
ON_PAPER = 20
"""One in so many is a PDF, which takes longest."""
NAMED = frozenset(
    {
        *("digit_in_text", "cell_of_sheet", "digit_in_mail", "number_on_paper", "figure", "interval", "digest"),
        *("quote", "stored_words", "machine_label", "person_label", "event"),
    }
)
"""Digits, quotes, labels and events: verify must say which claim they belong to."""


def remembering() -> None:
    """Let verify count and render the same only once in this process."""
    recount, rendered = rerunning.recount, verified_texts.rendered
    counted: dict[str, Recounted] = {}
    written: dict[tuple[str, str, str], Rendered] = {}

    def counts(workspace: Workspace, kept: Kept, *, afresh: bool) -> Recounted:
        files = [workspace.data / "minyi.db", workspace.folder / "study.toml", *sorted(kept.folder.iterdir())]
        key = hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
        if key not in counted:
            counted[key] = recount(workspace, kept, afresh=afresh)
        return replace(counted[key], kept=kept)

    def renders(edition: Any, numbers: Any, language: Any, languages: Any) -> Rendered:  # noqa: ANN401  as verify's own
        key = (edition.name, language, hashlib.sha256(dump_numbers(dict(numbers))).hexdigest())
        if key not in written:
            written[key] = rendered(edition, numbers, language, languages)
        return written[key]

    for module, name, remembered in ((verifying, "recount", counts), (verified_texts, "rendered", renders)):
        setattr(module, name, remembered)


def checked(folder: Path, path: Path) -> Verdict | str:
    """What verify finds; the error's words where it refuses the file."""
    try:
        with open_workspace(folder) as workspace:
            return verify(workspace, path, Console(quiet=True, out=io.StringIO(), err=io.StringIO()))
    except NoManifest:
        raise
    except MinyiError as error:
        return str(error)


def original(where: Path, formats: tuple[str, ...]) -> tuple[Path, str]:
    """The demo with a report in every edition that can be made here."""
    from minyi import cli
    from minyi.presets import Asked
    from minyi.reporting import report
    from reports.write import EditionsMissingError

    sys.argv = ["minyi", "demo", str(where / "demo"), "--quiet"]
    try:
        with redirect_stdout(io.StringIO()):
            cli.main()
    except SystemExit as end:
        if end.code:
            raise
    folder = where / "demo"
    with open_workspace(folder) as workspace:
        try:
            report(workspace, Console(quiet=True), asked=Asked(formats=formats))
        except EditionsMissingError as error:
            print(f"not made here: {', '.join(error.missing)}")
        return folder, workspace.store.runs(workspace.study.id)[-1].id


def made(number: int, formats: tuple[str, ...]) -> Callable[[Study], Path]:
    """The tampering of a number: each in turn, those whose format there is."""
    if number % ON_PAPER == ON_PAPER - 1 and "pdf" in formats:
        return number_on_paper
    kinds = [kind for kind in TAMPERINGS if kind is not digit_in_mail or "eml" in formats]
    return kinds[number % len(kinds)]


@dataclass
class Results:
    """How many of each kind were tried, found, and found with a claim's id."""

    tried: Counter[str]
    found: Counter[str]
    named: Counter[str]

    def take(self, kind: str, verdict: Verdict | str) -> bool:
        """Count one; gives whether it was found, and named where it must be."""
        failures = [] if isinstance(verdict, str) else verdict.failures
        found = isinstance(verdict, str) or bool(failures)
        told = any(it.claims for it in failures) or "no claim can be recomputed" in str(verdict)
        self.tried[kind] += 1
        self.found[kind] += found
        self.named[kind] += told
        return found and (told or kind not in NAMED)

    def show(self) -> None:
        """Print the table."""
        print(f"{'tampering':<18}{'tried':>6}{'found':>6}{'claim named':>13}")
        for name, many in self.tried.items():
            print(f"{name:<18}{many:>6}{self.found[name]:>6}{self.named[name]:>13}")
        must = sum(n for kind, n in self.tried.items() if kind in NAMED)
        print(f"found {sum(self.found.values())} of {sum(self.tried.values())}")
        print(f"claim named for digits, quotes, labels and events: "
              f"{sum(n for kind, n in self.named.items() if kind in NAMED)} of {must}")  # fmt: skip


def tampered(folder: Path, run: str, n: int, seed: int, formats: tuple[str, ...]) -> tuple[Results, int]:
    """Tamper with n copies, and check each; gives the results and how many fell short."""
    results, short = Results(Counter(), Counter(), Counter()), 0
    copy = folder.parent / "copy"
    for number in range(n):
        shutil.copytree(folder, copy)
        tamper = made(number, formats)
        path = tamper(Study(copy, run, random.Random(f"{seed}-{number}")))
        verdict = checked(copy, path)
        if not results.take(tamper.__name__, verdict):
            short += 1
            print(f"FELL SHORT: {number} {tamper.__name__} in {path.name}: {getattr(verdict, 'failures', verdict)}")
        shutil.rmtree(copy)
    return results, short


def main() -> None:
    """Tamper, check, and print a table."""
    given = [word for word in sys.argv[1:] if word != "--quick"]
    formats, many = (QUICK, FEW) if "--quick" in sys.argv else (FORMATS, 100)
    n, seed = int(given[0]) if given else many, int(given[1]) if len(given) > 1 else 1
    remembering()
    with tempfile.TemporaryDirectory() as temporary:
        folder, run = original(Path(temporary), formats)
        untouched = [path for path in sorted((folder / "reports").iterdir()) if path.is_file()]
        passed = [path.name for path in untouched if not getattr(checked(folder, path), "failures", [1])]
        print(f"untouched files that pass: {len(passed)} of {len(untouched)}")
        results, short = tampered(folder, run, n, seed, formats)
    results.show()
    print(f"{process_time():.0f} s of CPU")
    sys.exit(0 if not short and len(passed) == len(untouched) else 1)


if __name__ == "__main__":
    main()
