"""What was found of one file of a report or of several, said to a person or to a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minyi.pointed import LONGEST, pointed
from minyi.study_file import find_study_file
from minyi.verifying import study_of, verify
from minyi.workspace import open_workspace
from storage.errors import MinyiError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from minyi.console import Console
    from minyi.rerunning import Recounted
    from minyi.verifying import Failure, Verdict

SHOWN = 40
CLAIMS_SHOWN = 10
_VERBS: Mapping[str, str] = {
    "claims": "recomputed",
    "quotes": "found",
    "figures": "recomputed",
    "texts": "as rendered",
    "events": "there",
}


def verify_all(reports: Sequence[Path], study: Path | None, console: Console) -> bool:
    """Check files of reports, and say what is found; gives whether every one is borne out.

    Args:
        reports: the files; those of one run are counted again once.
        study: the folder of their study; None for those that they lie in.
        console: where to say it.

    Raises:
        MinyiError: the only file cannot be checked; of several, that is said and the others are checked all the same.
    """
    of_studies: dict[Path, list[Path]] = {}
    for report in dict.fromkeys(reports):
        of_studies.setdefault(study or study_of(report), []).append(report)
    several = sum(map(len, of_studies.values())) > 1
    verified: dict[Path, bool] = {}
    for folder, files in of_studies.items():
        try:
            verified |= _verified(folder, files, console, several=several)
        except MinyiError as error:
            if not several:
                raise
            console.error(error)
            verified |= dict.fromkeys(files, False)
    if several:
        console.say(f"{sum(verified.values()):,} of {len(verified):,} files verified.")
        files_told = [{"path": str(path), "verified": right} for path, right in verified.items()]
        console.event("done", verified=all(verified.values()), files=files_told)
    return all(verified.values())


def _verified(folder: Path, files: Sequence[Path], console: Console, *, several: bool) -> dict[Path, bool]:
    """The files of one study, and which of them are borne out."""
    found = dict.fromkeys(files, False)
    counted: dict[str, Recounted] = {}
    remedy = f"name the report's study: `minyi verify {files[0]} --study STUDY`"
    with open_workspace(find_study_file(folder, remedy)) as workspace:
        for report in files:
            try:
                verdict = verify(workspace, report, console, counted)
            except MinyiError as error:
                if not several:
                    raise
                console.error(error)
            else:
                show(verdict, console, "file" if several else "done")
                found[report] = not verdict.failures
    return found


def show(verdict: Verdict, console: Console, event: str = "done") -> None:
    """Say what was found: counts, or each failure with what is printed and what is recomputed."""
    for note in verdict.notes:
        console.warn(note if event == "done" else f"{verdict.path.name}: {note}")
    counts = [f"{what} {it.right:,}/{it.all:,} {_VERBS[what]}" for what, it in verdict.tallies.items()]
    console.say(f"{verdict.path.name} (run {verdict.run}): {', '.join(counts)}.")
    for it in verdict.failures[:SHOWN]:
        console.say(f"  {it.what} {it.name}{_named(it)}: {_beside(it)}")
    if (more := len(verdict.failures) - SHOWN) > 0:
        console.say(f"  and {more:,} more")
    n = len(verdict.failures)
    console.say(f"Not verified: {n:,} failure{'s' if n > 1 else ''}." if n else "Verified.")
    console.event(
        event,
        path=str(verdict.path),
        run=verdict.run,
        verified=not verdict.failures,
        counts={what: it._asdict() for what, it in verdict.tallies.items()},
        failures=[it._asdict() for it in verdict.failures],
        notes=verdict.notes,
    )


def _beside(failure: Failure) -> str:
    """What is printed and what is recomputed, each where it differs from the other."""
    if not failure.printed:
        return failure.recomputed if len(failure.recomputed) <= LONGEST else failure.recomputed[:LONGEST] + "…"
    printed, recomputed = pointed(failure.printed, failure.recomputed)
    return f"printed {printed}; recomputed {recomputed or 'nothing'}"


def _named(failure: Failure) -> str:
    """The first of its claims, where these are not its name."""
    if not failure.claims or failure.name in {", ".join(failure.claims), *failure.claims}:
        return ""
    more = len(failure.claims) - CLAIMS_SHOWN
    return f" [{', '.join(failure.claims[:CLAIMS_SHOWN])}{f' and {more:,} more' if more > 0 else ''}]"
