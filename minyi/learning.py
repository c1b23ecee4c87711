"""Training the embedded coder, and comparing any coders on labelled comments."""

from __future__ import annotations

import shlex
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from minyi.console import Exit
from storage.errors import MinyiError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from minyi.console import Console
    from minyi.study_file import LoadedStudy
    from nlp.coders.protocol import Coder
    from nlp.evaluate import LabelledFile
    from nlp.evaluating.coding import Coding
    from storage.nouns import Change, Language


def train_coder(console: Console, *, data: Path, corpus: Path | None, out: Path, seed: int) -> None:
    """Train, write the model, and say what it was made of."""
    from nlp.train import train

    with console.progress("training"):
        report = train(data, corpus, out, seed=seed).as_dict()
    console.table("Trained", ["what", "value"], [[name, str(value)] for name, value in report.items()])
    console.event("done", **report)


@dataclass(frozen=True, slots=True)
class Outputs:
    """The files an evaluation is written to; None writes none. No language given: the study's first, or English."""

    csv: Path | None = None
    html: Path | None = None
    language: str = ""


def evaluate_coders(
    console: Console, file: Path, names: Sequence[str], place: Path | None = None, outputs: Outputs | None = None
) -> Exit:
    """Compare coders on a labelled file: print, and write what is asked for.

    Args:
        console: where to.
        file: the labelled comments.
        names: the coders; the study's own, or the embedded one, if there are none. A study file counts as its coder.
        place: a study, for the options of its coder and for rows that name no change.
        outputs: files to write.

    Returns:
        OK, or PARTIAL where a coder failed.

    Raises:
        storage.errors.MinyiError: the file or a coder's name cannot be used, every coder failed, or an output cannot be
            written.
    """
    from minyi.evaluation_shown import show_evaluation
    from minyi.study_file import load_study
    from nlp.evaluate import compare, read_labelled

    outputs = outputs or Outputs()
    _check(file, outputs)
    study = load_study(place, to_collect=False) if place is not None else None
    coders, missing = _loaded(names or [study.study.coder if study else "embedded"], study)
    labelled = read_labelled(file, study.study.change.target if study else "")
    codings, failures = _coded(console, coders, labelled, _changes(study))
    failures = missing | failures
    if not codings:
        raise next(iter(failures.values()))
    failed = [{"coder": name, "reason": str(error)} for name, error in failures.items()]
    measured = {
        "file": file.name,
        "generated_at": datetime.now().astimezone().isoformat(timespec="minutes"),
        "command": shlex.join(["minyi", *sys.argv[1:]]),
        "failed": failed,
        **compare(labelled, codings).as_dict(),
    }
    show_evaluation(console, measured)
    written = _write(measured, outputs, study)
    for path in written:
        console.say(f"Wrote {path}")
    console.event("done", **measured, files=[str(path) for path in written])
    return Exit.PARTIAL if failed or any(coding.account.failures for coding in codings) else Exit.OK


def _loaded(names: Sequence[str], study: LoadedStudy | None) -> tuple[list[Coder], dict[str, MinyiError]]:
    """The coders, each once whatever it was called, and those that cannot be loaded with the reason."""
    from minyi.study_problems import StudyFileError
    from nlp.coders.protocol import annotator

    coders: dict[str, Coder] = {}
    missing: dict[str, MinyiError] = {}
    for name in dict.fromkeys(names):
        try:
            coder = load_coder(name, study)
        except (UsageError, StudyFileError):
            raise
        except MinyiError as error:
            missing[name] = error
        else:
            coders.setdefault(annotator(coder), coder)
    return list(coders.values()), missing


def load_coder(name: str, study: LoadedStudy | None = None) -> Coder:
    """A coder by name with what the study says about it, or the coder of another study, by its study file."""
    from minyi.study_file import load_study
    from nlp.coders import get_coder
    from nlp.coders.protocol import CoderSettings

    if name.endswith(".toml"):
        study = load_study(name, to_collect=False)
        name = study.study.coder
    if study is None:
        return get_coder(name, CoderSettings())
    from storage.answers import Answers

    folder = study.path.parent
    return get_coder(name, CoderSettings(options_for(name, study), folder, Answers(folder / "data")))


def options_for(name: str, study: LoadedStudy) -> dict[str, Any]:
    """What of the study's `[coder]` table is meant for a coder of this name.

    All of it for the study's coder and others of its kind; of a cascade, its `heavy` table for the heavy coder's kind;
    and the other way round.
    """
    own, options = study.study.coder, study.study.coder_options
    kind, _, heavy = own.partition(":")
    if _kind(name) == kind:
        return options
    if kind == "cascade" and _kind(name) == _kind(heavy):
        return dict(options.get("heavy", {}))
    if _kind(name) == "cascade" and _kind(name.partition(":")[2]) == kind and options:
        return {"heavy": options}
    return {}


def _kind(name: str) -> str:
    return name.partition(":")[0]


def _changes(study: LoadedStudy | None) -> dict[str, Change]:
    """The study's change by each name that a row may give it: more is known of it than its name."""
    if study is None:
        return {}
    return dict.fromkeys(spellings(study.study.change), study.study.change)


def spellings(change: Change) -> tuple[str, ...]:
    """What a labelled row may call a change: its statement or name in either language, or an alias."""
    said = (change.statement.zh, change.statement.en, change.name.zh, change.name.en, *change.aliases)
    return tuple(dict.fromkeys(filter(None, said)))


def _coded(
    console: Console, coders: Sequence[Coder], labelled: LabelledFile, changes: dict[str, Change]
) -> tuple[list[Coding], dict[str, MinyiError]]:
    """Every coder's answers, and the coders that failed with the reason: one failing does not stop the others."""
    from nlp.coders.protocol import annotator
    from nlp.evaluate import asked
    from nlp.evaluating.coding import coded_by

    codings: list[Coding] = []
    failures: dict[str, MinyiError] = {}
    for coder in coders:
        with console.progress(f"asking {coder.name}"):
            try:
                codings.append(coded_by(coder, asked(labelled), changes))
            except UsageError:
                raise
            except MinyiError as error:
                failures[annotator(coder)] = error
    return codings, failures


def _check(file: Path, outputs: Outputs) -> None:
    """That what is written falls on nothing that is read or written already."""
    if outputs.language not in {"", "zh", "en"}:
        raise UsageError(f'There is no page in "{outputs.language}".', where="--lang", remedy="Give zh or en.")
    paths = [path.resolve() for path in (file, outputs.csv, outputs.html) if path is not None]
    if len(set(paths)) < len(paths):
        raise UsageError("Two files have the same name.", where="--csv, --html", remedy="Name a file for each.")


def _write(measured: dict[str, Any], outputs: Outputs, study: LoadedStudy | None) -> list[Path]:
    from reports.evaluation import render_evaluation
    from reports.evaluation_table import evaluation_csv
    from reports.write import write_together

    files: dict[Path, bytes] = {}
    if outputs.csv is not None:
        files[outputs.csv] = evaluation_csv(measured)
    if outputs.html is not None:
        files[outputs.html] = render_evaluation(measured, _language(outputs, study)).encode("utf-8", "replace")
    try:
        for path in files:
            path.parent.mkdir(parents=True, exist_ok=True)
        return write_together(files)
    except OSError as error:
        raise MinyiError(
            f"The evaluation could not be written ({error.strerror or error}).",
            where=", ".join(map(str, files)),
            remedy="Name files in a folder you may write to.",
        ) from error


def _language(outputs: Outputs, study: LoadedStudy | None) -> Language:
    if outputs.language:
        return "zh" if outputs.language == "zh" else "en"
    return study.study.report_languages[0] if study else "en"
