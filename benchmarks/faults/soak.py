"""A month of hourly runs in a quarter of an hour: nothing lost, nothing doubled, nothing that grows without end.

    python benchmarks/faults/soak.py [--days N | --quick] [--url URL] [--json FILE] [--plant NAME | --plants]

Five sites of the loopback internet are written on hour by hour; `minyi run` comes, by a clock that is set, whatever the
network, the disk, the clock and `kill` do; people label, report, forget and add events meanwhile (soak_study.py).
"""

# ruff: noqa: E402  the tests' own internet is found first

from __future__ import annotations

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

ROOT = Path(__file__).parents[2]
sys.path += [str(Path(__file__).parent), str(ROOT / "tests" / "loopback")]

from figures import told
from soak_checks import figures_of
from soak_study import Soak

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from figures import Figure

QUICK_DAYS = 1.0


def _no_claim(stack: ExitStack) -> None:
    import storage.job_windows

    stack.enter_context(patch.object(storage.job_windows, "_free", lambda *_, **__: True))


def _cursor_first(stack: ExitStack) -> None:
    """Pages wait until their source is through; where it goes on is noted at once."""
    from scrapers.source_run import SourceRun
    from storage.nouns import Page
    from storage.state import Step

    through, waiting = SourceRun.run, list[tuple[SourceRun, Any, Any]]()

    def step_alone(self: SourceRun, parsed: Any, step: Any, raw: Any) -> None:
        self._keep(Page(), step, None, raw.ask)
        self.result.cursor = step.cursor or self.result.cursor
        waiting.append((self, parsed.page, raw))

    async def pages_at_last(self: SourceRun) -> None:
        await through(self)
        for one, page, raw in [each for each in waiting if each[0] is self]:
            one._keep(page, Step(), raw.capture, raw.ask)  # noqa: SLF001  the line that is broken
        waiting[:] = [each for each in waiting if each[0] is not self]

    stack.enter_context(patch.object(SourceRun, "_kept", step_alone))
    stack.enter_context(patch.object(SourceRun, "run", pages_at_last))


def _leaking(stack: ExitStack) -> None:
    import minyi.analysing

    analyse, kept = minyi.analysing.analyse, list[bytearray]()

    def hoarding(*what: Any) -> Any:
        kept.append(bytearray(b"x" * 3_000_000))
        return analyse(*what)

    stack.enter_context(patch("minyi.analysing.analyse", hoarding))


def _littering(stack: ExitStack) -> None:
    stack.enter_context(patch("minyi.refusals.keep_newest", lambda *_: None))
    import minyi.collecting

    made = minyi.collecting._record  # noqa: SLF001  called once in every collection

    def leaving_one(receipt: Any, results: Any, refusals: Mapping[str, Any]) -> None:
        for refused in refusals.values():
            refused.path.parent.mkdir(parents=True, exist_ok=True)
            refused.path.write_text("nobody removes this\n")
        made(receipt, results, refusals)

    stack.enter_context(patch("minyi.collecting._record", leaving_one))


def _told_again(stack: ExitStack) -> None:
    stack.enter_context(patch("minyi.jobs.notices.read_book", lambda _folder: ([], True)))


PLANTS: Mapping[str, tuple[str, Callable[[ExitStack], None]]] = {
    "no-claim": ("windows done more than once", _no_claim),
    "cursor-first": ("comments lost", _cursor_first),
    "leaking": ("memory", _leaking),
    "littering": ("files of one run that nobody removes", _littering),
    "told-again": ("causes told twice", _told_again),
}


def measured(days: float, seed: int = 1, url: str = "", plant: str = "", keep: Path | None = None) -> list[Figure]:
    """The figures after so many days, with a line of the program broken where one is named."""
    with tempfile.TemporaryDirectory(prefix="minyi-soak-") as folder, ExitStack() as stack:
        if plant:
            PLANTS[plant][1](stack)
        if keep:
            keep.mkdir(parents=True, exist_ok=True)
        soak = Soak(keep or Path(folder), days, seed, url)
        soak.live()
        with patch.dict("os.environ", {"MINYI_DATABASE_URL": url} if url else {}):
            return figures_of(soak)


def main() -> int:
    """Run it as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--days", type=float, default=30.0)
    parser.add_argument("--quick", action="store_true", help="one day, with more going wrong")
    parser.add_argument("--url", default="", help="of a PostgreSQL database that holds nothing")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plant", choices=PLANTS)
    parser.add_argument("--plants", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="an empty folder where all of it stays to be looked at")
    given = parser.parse_args()
    if given.plants:
        for name, (promise, _) in PLANTS.items():
            print(f"{name}\t{promise}")
        return 0
    days = QUICK_DAYS if given.quick else given.days
    return told(measured(days, given.seed, given.url, given.plant or "", given.keep), given.json)


if __name__ == "__main__":
    sys.exit(main())
