"""A study opened for work: its file, its folder, its store."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from storage.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minyi.kept_answers import KeptAnswers
    from minyi.study_file import LoadedStudy
    from nlp.coders.protocol import Coder
    from nlp.segment import DictionaryWord
    from storage.nouns import Study
    from storage.store import Store

ROLLUPS = "rollups"
"""Folder, in `data/`, of what `minyi.kept_rollups` keeps; files begin with the last change's number and a hyphen."""


@dataclass(frozen=True)
class Workspace:
    """One study's folder.

    `data/` holds the database, the captures, the key of the pseudonyms and the receipts; `reports/` what people read.
    """

    loaded: LoadedStudy
    store: Store

    @property
    def study(self) -> Study:
        """What the study file says."""
        return self.loaded.study

    @property
    def folder(self) -> Path:
        """Where the study file lies."""
        return self.loaded.path.parent

    @property
    def data(self) -> Path:
        """What minyi keeps for itself."""
        return self.folder / "data"

    @property
    def reports(self) -> Path:
        """What people read."""
        return self.folder / "reports"

    @cached_property
    def coder(self) -> Coder:
        """Who says the stance in this study."""
        from nlp.coders import get_coder
        from nlp.coders.protocol import CoderSettings

        return get_coder(self.study.coder, CoderSettings(self.study.coder_options, self.folder, self.answers))

    def forget_coder(self) -> None:
        """Load the coder anew when it is next asked for: what it reads was written again."""
        self.__dict__.pop("coder", None)

    @cached_property
    def answers(self) -> KeptAnswers:
        """What slow coders were answered."""
        from minyi.kept_answers import KeptAnswers

        return KeptAnswers(self.data)

    @cached_property
    def words(self) -> tuple[str | DictionaryWord, ...]:
        """What is kept whole when comments are cut into words: the change's words, and those of `words.txt`.

        That file may lie beside the study file: a word a line, in the form of jieba's user dictionaries.

        Raises:
            UsageError: it cannot be read as text.
        """
        from minyi.own_words import OWN_WORDS, OWN_WORDS_REMEDY, read_own_words
        from nlp.segment import read_dictionary

        try:
            own = read_dictionary(read_own_words(self.folder))
        except (OSError, UnicodeDecodeError) as error:
            what = "the study's words cannot be read"
            raise UsageError(what, where=str(self.folder / OWN_WORDS), remedy=OWN_WORDS_REMEDY) from error
        return (*self.study.change.words, *own)

    @property
    def now(self) -> datetime:
        """The present moment, for times that count from it."""
        return datetime.now(UTC)

    @property
    def digest(self) -> str:
        """SHA-256 of the study file as read: two runs with the same digest asked the same question."""
        return hashlib.sha256(self.loaded.text.encode()).hexdigest()


@contextmanager
def open_workspace(place: str | Path) -> Iterator[Workspace]:
    """Read the study file and open its store, making both up to date.

    A source whose collector is not installed (any more) is no obstacle here: it fails where it is collected. Where
    nothing can be written, what is there can be read all the same.

    Raises:
        StudyFileError: the study file is missing or wrong.
        storage.errors.MinyiError: the database cannot be opened, is from a newer version, or was lost.
    """
    from minyi.study_file import load_study
    from storage.store import Store

    loaded = load_study(place, to_collect=False)
    must_not_be_lost(loaded)
    with Store.open(loaded.database, loaded.path.parent / "data") as store:
        _put(loaded.study, store)
        workspace = Workspace(loaded=loaded, store=store)
        yield workspace
        _forget_stale(workspace)


def must_not_be_lost(loaded: LoadedStudy) -> None:
    """No file, or an empty one, where reports were made is a database that was lost: a new one would hide that.

    It would bring back who was forgotten, too: what keeps them away lay in the database.

    Raises:
        storage.database_failures.CorruptDatabase: it is so.
    """
    from storage.database import file_of, parse_url
    from storage.database_failures import CorruptDatabase

    file = file_of(parse_url(loaded.database))
    if file is None or (file.exists() and not _holds_nothing(file)):
        return
    if any((loaded.path.parent / "data" / "receipts").glob("*-report.json")):
        what = f"the database is {'empty' if file.exists() else 'gone'}, and reports were made from it."
        remedy = (
            "Put a copy back (docs/keeping.md). To begin anew, move the folder `data` away: whoever was forgotten "
            "comes back then, if sources still show it."
        )
        raise CorruptDatabase(what, where=str(file), remedy=remedy)


def _holds_nothing(file: Path) -> bool:
    """Whether it is an empty file, and SQLite's log holds nothing of it either."""
    return file.is_file() and not file.stat().st_size and not Path(f"{file}-wal").exists()


def _put(study: Study, store: Store) -> None:
    """Remember what the study file says; where nothing can be written, a study that is known will do."""
    from storage.database_failures import DiskFull, Unwritable

    try:
        store.put_study(study)
    except (Unwritable, DiskFull):
        if store.study(study.id) is None:
            raise


def _forget_stale(workspace: Workspace) -> None:
    """Removes a rollup of data that changed since: what was deleted shall not lie about."""
    files = list((workspace.data / ROLLUPS).glob("*"))
    present = f"{workspace.store.changes(workspace.study.id, labels=False)}-" if files else ""
    for file in files:
        if not file.name.startswith(present):
            with suppress(OSError):  # being read elsewhere; the next command removes it
                file.unlink()
