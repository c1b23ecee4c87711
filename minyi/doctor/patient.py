"""Who is examined: this installation, and a study where there is one. Looking changes nothing."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from storage.errors import MinyiError

if TYPE_CHECKING:
    from minyi.jobs.job_standing import JobStanding
    from minyi.study_file import LoadedStudy
    from storage.integrity.examining import DatabaseState
    from storage.records import RunRecord

RUNS = 2_000
"""So many of the last runs are looked at: two weeks, where every hour a job of a few commands runs."""
_STAMP = re.compile(r"(\d{8}T\d{6})-")


@dataclass(frozen=True)
class Patient:
    """What the checks look at.

    Attributes:
        folder: the study's folder; None where only the installation is looked at.
        loaded: the study file; None where it cannot be read, or where there is none.
        problem: why it cannot be read.
        now: the present moment, as this machine's clock has it.
    """

    folder: Path | None
    loaded: LoadedStudy | None
    problem: MinyiError | None
    now: datetime

    @property
    def data(self) -> Path | None:
        """What minyi keeps for itself."""
        return None if self.folder is None else self.folder / "data"

    @property
    def database(self) -> str:
        """The database's address; where the study file cannot be read, the usual one. Empty without a study."""
        from minyi.study_file import DATABASE_VARIABLE

        if self.loaded is not None:
            return self.loaded.database
        usual = "" if self.data is None else f"sqlite:///{self.data.resolve() / 'minyi.db'}"
        return (self.folder and os.environ.get(DATABASE_VARIABLE)) or usual

    @cached_property
    def examined(self) -> DatabaseState | MinyiError | None:
        """How the database stands, or what kept it from being looked at; None where there is none."""
        from storage.integrity.examining import examine

        try:
            return examine(self.database) if self.database else None
        except MinyiError as error:
            return error

    @property
    def runs(self) -> list[RunRecord]:
        """The study's last runs, oldest first; none where they cannot be read, which is the database's finding."""
        return self._told[0]

    @property
    def jobs(self) -> JobStanding | None:
        """How its scheduled job stands; None where that cannot be read, likewise."""
        return self._told[1]

    @cached_property
    def _told(self) -> tuple[list[RunRecord], JobStanding | None]:
        from minyi.jobs.job_standing import job_standing
        from minyi.workspace import Workspace
        from storage.integrity.examining import DatabaseState
        from storage.store import Store

        state = self.examined
        if self.loaded is None or not isinstance(state, DatabaseState) or not state.present or self.data is None:
            return [], None
        try:
            with Store.open(self.database, self.data) as store:
                runs = store.runs(self.loaded.study.id, last=RUNS)
                return runs, job_standing(Workspace(self.loaded, store), self.now)
        except MinyiError:
            return [], None

    @property
    def newest(self) -> datetime | None:
        """The latest moment at which something is known to have run here."""
        moments = [moment for run in self.runs for moment in (run.started_at, run.ended_at) if moment]
        known = [datetime.fromtimestamp(max(moments) / 1000, UTC)] if moments else []
        receipts = self.data.glob("receipts/*.json") if self.data else ()
        stamps = [stamp[1] for path in receipts if (stamp := _STAMP.match(path.name))]
        if stamps:
            known.append(datetime.strptime(max(stamps), "%Y%m%dT%H%M%S").replace(tzinfo=UTC))
        return max(known, default=None)


def patient_of(place: Path | None, now: datetime | None = None) -> Patient:
    """The study named; where none is, the one in this folder, if there is one.

    Args:
        place: the study's folder or its file.
        now: the present moment, for tests.
    """
    from minyi.study_file import FILE_NAME, load_study
    from minyi.study_problems import StudyFileError

    now = now or datetime.now(UTC)
    if place is None and not Path(FILE_NAME).is_file():
        return Patient(None, None, None, now)
    path = place or Path()
    folder = path.parent if path.suffix == ".toml" else path
    try:
        return Patient(folder, load_study(path), None, now)
    except StudyFileError as error:
        return Patient(folder if folder.is_dir() else None, None, error, now)
