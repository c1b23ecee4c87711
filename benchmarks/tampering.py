"""How many of 100 random tamperings with a report, its study or its store `minyi verify` finds, and names.

Run it as `python benchmarks/tampering.py [N] [SEED]`, or with `--quick`: 25 tamperings, three formats. Each tampering
is made alone, on a copy of the same study: a digit or bytes in a file of the report, whatever its format, a figure, an
interval, a digest or a quote in numbers.json, a machine's or a person's label, a comment or its words in the store, an
event in the study file, what the run kept of itself. Files that nobody touched must pass. It ends with 1 where one
tampering is not found, or one in NAMED is found without a claim's id.

What verify counts and renders anew is remembered while the store is the same to the byte, for time's sake.
"""

from __future__ import annotations

import hashlib
import io
import random
import shutil
import sys
import tempfile
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any

from tamperings import FORMATS, NAMED, TAMPERINGS, Study, digit_in_mail, number_on_paper

from minyi import rerunning, verified_texts, verifying
from minyi.console import Console
from minyi.unkept import NoManifest
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

QUICK, FEW = ("html", "md", "xlsx"), 25
ON_PAPER = 20
"""One in so many is a PDF, which takes longest."""


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
