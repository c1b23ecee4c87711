"""The study file: a `study.toml` that a person writes, read, checked, and turned into a Study."""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from minyi.study_checks import cross_check
from minyi.study_problems import Problem, StudyFileError, problems_of, syntax_problem
from minyi.study_shape import FetchSection, PublishSection, StudyFile, as_study
from minyi.unattended_sections import NotifySection, PrivacySection

if TYPE_CHECKING:
    from collections.abc import Mapping

    from minyi.unattended_sections import ScheduleSection
    from storage import nouns

FILE_NAME = "study.toml"
DATABASE_VARIABLE = "MINYI_DATABASE_URL"


@dataclass(frozen=True, slots=True)
class LoadedStudy:
    """A study file that was read without an error.

    Attributes:
        path: the file.
        study: what it says, as nouns.
        database: URL of the database, from the environment, the file, or the study's folder.
        fetch: the collector's manners.
        text: the file as read, for its digest.
        publish: when a report may go out; None where it always may.
        paragraph: the language model that connects the headlines, with its options; None where none does.
        public_quotes: what the public edition does with a quote nobody paraphrased.
        schedule: when runs are due; None where nothing says so.
        notify: who is told how runs went.
        privacy: how long what is kept stays.
        warnings: what is allowed but probably not meant.
    """

    path: Path
    study: nouns.Study
    database: str
    fetch: FetchSection
    text: str
    publish: PublishSection | None = None
    paragraph: Mapping[str, Any] | None = None
    public_quotes: Literal["paraphrased", "masked"] = "paraphrased"
    schedule: ScheduleSection | None = None
    notify: NotifySection = field(default_factory=NotifySection)
    privacy: PrivacySection = field(default_factory=PrivacySection)
    warnings: tuple[Problem, ...] = ()


def find_study_file(place: str | Path, remedy: str = "") -> Path:
    """The study file of a folder, or the file itself.

    Args:
        place: the folder or the file.
        remedy: what to do where there is none; by default to name the study's folder.

    Raises:
        StudyFileError: there is none.
    """
    path = Path(place)
    path = path if path.suffix == ".toml" else path / FILE_NAME
    if not os.path.isfile(path):  # noqa: PTH113  unlike Path.is_file, it takes names too long for the file system
        remedy = remedy or f"name the study's folder; `minyi init {path.parent}` writes a new study"
        raise StudyFileError(path, [Problem("", None, "there is no study file here", remedy)])
    return path


def load_study(place: str | Path, *, to_collect: bool = True) -> LoadedStudy:
    """Read and check a study file.

    Args:
        place: the study's folder or the file.
        to_collect: whether every source needs a collector; for what was collected already, it does not.

    Raises:
        StudyFileError: with every problem found, each by key and line.
    """
    path = find_study_file(place)
    text = _read(path)
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise StudyFileError(path, [syntax_problem(text, error)]) from error
    except (RecursionError, ValueError) as error:  # nested or numbers beyond what Python reads
        problem = Problem("", None, "not readable as TOML (nested too deep, or a number of too many digits)")
        raise StudyFileError(path, [problem]) from error
    try:
        parsed = StudyFile.model_validate(raw)
    except ValidationError as error:
        raise StudyFileError(path, problems_of(error, text, StudyFile)) from error
    found = cross_check(parsed, text, path.parent, to_collect=to_collect)
    if errors := [problem for problem in found if problem.level == "error"]:
        raise StudyFileError(path, errors)
    return LoadedStudy(
        path=path,
        study=as_study(parsed),
        database=_database(parsed, path.parent),
        fetch=parsed.fetch,
        text=text,
        publish=parsed.publish,
        paragraph=parsed.paragraph,
        public_quotes=parsed.report.public_quotes,
        schedule=parsed.schedule,
        notify=parsed.notify,
        privacy=parsed.privacy,
        warnings=tuple(found),
    )


def _read(path: Path) -> str:
    """UTF-8 or, marked as such, UTF-16: what Windows' Notepad writes."""
    try:
        data = path.read_bytes()
    except OSError as error:
        problem = Problem("", None, f"the file cannot be read ({error.strerror})", "check its rights")
        raise StudyFileError(path, [problem]) from error
    encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return data.decode(encoding).replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        remedy = "save it again with the encoding UTF-8 (Notepad: Save as, Encoding: UTF-8)"
        raise StudyFileError(path, [Problem("", None, "the file is not UTF-8 text", remedy)]) from error


def _database(parsed: StudyFile, folder: Path) -> str:
    given = os.environ.get(DATABASE_VARIABLE) or parsed.storage.url
    return given or f"sqlite:///{folder.resolve() / 'data' / 'minyi.db'}"
