"""The store door: validated nouns in, one transaction per page, and the same page twice adds nothing."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import select

from storage import collected, queries, statements, writes
from storage.agreements import Agreements
from storage.captures import Captures
from storage.collected import Collected
from storage.database import connect, parse_url, reading, writing
from storage.database_failures import CorruptDatabase
from storage.frames import frame_of, rows_of
from storage.intake import Origin
from storage.integrity.soundness import Soundness
from storage.job_windows import JobWindows
from storage.key_in_use import pseudonyms_in_use
from storage.labels import Labels
from storage.migrations import migrate
from storage.nouns import Capture, Study
from storage.privacy.forgetting import Forgetting, drop_capture
from storage.queries import CODING, COMMENT, FILE_IMPORT, FINDING, REPORT, RUN, STUDY
from storage.records import Added, Coding, Finding, ReportRecord, RunRecord, finding_of, report_of, run_of
from storage.reparsing import Reparse
from storage.responses import Responses
from storage.retrying import each_retried
from storage.row_hashes import seal_before_commits
from storage.search.searching import Search

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    import pandas as pd
    from numpy.typing import ArrayLike
    from sqlalchemy import Select
    from sqlalchemy.engine import Engine

    from storage.nouns import Page
    from storage.pseudonyms import Pseudonyms
    from storage.records import AnnotatorKind, RunStatus
    from storage.state import Step

CHUNK = 20_000


@each_retried
class Store:
    """Everything that is remembered about the studies of one workspace.

    Use it as a context manager. Every method is one transaction unless it says otherwise, and every one of them may
    raise a `storage.database_failures.DatabaseFailure` where the database fails.
    """

    def __init__(self, engine: Engine, workspace: Path) -> None:
        self._engine = engine
        self._workspace = workspace
        self._pseudonyms: Pseudonyms | None = None
        self.captures = Captures(workspace)
        self.collected = Collected(engine)
        self.search = Search(engine)
        self.labels = Labels(engine)
        self.agreements = Agreements(engine)
        self.responses = Responses(engine)
        self.windows = JobWindows(engine)
        self.sound = Soundness(engine)

    @classmethod
    def open(cls, url: str, workspace: Path) -> Self:
        """Opens the database, makes it if it is new, and brings it up to date.

        Args:
            url: "sqlite:///path" or "postgresql://user@host/name".
            workspace: the folder of the captures and of the pseudonyms' key.

        Raises:
            BadDatabaseUrl, MissingDriver, CannotConnect, Unwritable: it cannot be opened.
            NotADatabase, CorruptDatabase, NewerDatabase: it is not one this version can use.
        """
        engine = connect(parse_url(url))
        try:
            migrate(engine)
            seal_before_commits(engine)
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, workspace)

    def close(self) -> None:
        """Lets go of the database."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # Studies and runs

    def put_study(self, study: Study) -> None:
        """Remembers the study as its file now says; writes, and waits for others who do, only where it says another.

        Sources it no longer names stay, because their comments do.
        """
        with suppress(CorruptDatabase), reading(self._engine) as connection:  # a damaged row is written anew
            if writes.holds_study(connection, study):
                return
        with writing(self._engine) as connection:
            writes.put_study(connection, study)

    def study(self, study_id: str) -> Study | None:
        """The study, or None where it is not known."""
        with reading(self._engine) as connection:
            body = connection.execute(select(STUDY.c.body).where(STUDY.c.id == study_id)).scalar()
        return None if body is None else Study.model_validate_json(body)

    def begin_run(self, study_id: str, command: str, versions: Mapping[str, str], config_digest: str) -> str:
        """Notes that a command starts, and returns the run's id."""
        with writing(self._engine) as connection:
            run = writes.run_of(study_id, command, dict(versions), config_digest)
            return str(writes.insert(connection, RUN, run))

    def end_run(self, run_id: str, status: RunStatus, counts: Mapping[str, Any], failures: Sequence[Any]) -> None:
        """Notes how a run ended. Counts and failures are anything that JSON can hold."""
        with writing(self._engine) as connection:
            writes.end_run(connection, int(run_id), status, dict(counts), list(failures))

    def runs(self, study_id: str, *, last: int | None = None, **only: str | int) -> list[RunRecord]:
        """The study's runs, oldest first, `only` those with this `command` or `key`; the `last` ones will often do."""
        query = select(RUN).filter_by(study=study_id, **only).order_by(RUN.c.key.desc()).limit(last)
        with reading(self._engine) as connection:
            return [run_of(row) for row in connection.execute(query).mappings()][::-1]

    # What was said

    def keep_capture(
        self, study_id: str, source: str, capture: Capture, run_id: str, ask: str = "", options: str = "{}"
    ) -> int:
        """Keeps bytes as they came and returns their key, for the pages that are parsed from them.

        Args:
            study_id: a study that was put.
            source: the name of the source.
            capture: the bytes and where they came from.
            run_id: the run that fetched them.
            ask: what they answer, as JSON, so that they can be parsed again.
            options: the source's options at that time, as JSON.
        """
        sha256 = self.captures.keep(capture.body)
        with writing(self._engine) as connection:
            key = writes.capture_key(connection, Origin(study_id, source, int(run_id), None), capture, sha256)
            if ask:
                collected.keep_ask(connection, key, ask, options)
            return key

    def add_page(
        self,
        study_id: str,
        source: str,
        page: Page,
        *,
        run_id: str,
        capture: Capture | int | None = None,
        step: Step | None = None,
    ) -> Added:
        """Stores a page whole, or nothing of it. What was there before stays as it was, but for what is `gone`.

        Every foreign string goes through the text door, every author becomes a pseudonym, and a row that is not valid
        becomes a Reject while the others go on.

        Args:
            study_id: a study that was put.
            source: the name of the source; one that the study file does not name is added.
            page: articles, comments and rejects as the collector gave them.
            run_id: the run that adds them.
            capture: the bytes the page was parsed from, or the key that `keep_capture` gave for them.
            step: what the page changes of the source's state, in the same transaction.

        Raises:
            KeyFileError, FileWriteError: authors or bytes cannot be kept safely.
        """
        pseudonyms = self._open_pseudonyms()
        sha256 = self.captures.keep(capture.body) if isinstance(capture, Capture) else ""
        with writing(self._engine) as connection:
            origin = Origin(study_id, source, int(run_id), None)
            key = writes.capture_key(connection, origin, capture, sha256) if isinstance(capture, Capture) else capture
            added = writes.add_page(connection, origin := dataclasses.replace(origin, capture=key), page, pseudonyms)
            taken = statements.add_statements(connection, origin, page)
            if step is not None:
                collected.take_step(connection, origin, step)
            if added.comments or added.articles or taken:
                writes.changed(connection, study_id)
            unwanted = drop_capture(connection, study_id, key) if added.kept_out else None
            if unwanted:  # before it is noted as removed: whoever dies in between reads the page once more
                self.captures.remove(unwanted)
        return added

    def forgetting(self, study_id: str) -> Forgetting:
        """What takes comments out of a study because somebody asked for it."""
        return Forgetting(self._engine, study_id, self._open_pseudonyms())

    def reparse(self, *, apply: bool, runs: Sequence[int] = ()) -> Reparse:
        """A new parse of one source's captures, compared with what is stored; without `apply` nothing is changed.

        `runs` are those that imported the same file before, where it is a file that is read anew.
        """
        return Reparse(self._engine, self._open_pseudonyms(), apply=apply, runs=runs)

    def _open_pseudonyms(self) -> Pseudonyms:
        """The workspace's key, which must be the one that this database's authors were hashed with."""
        if self._pseudonyms is None:
            self._pseudonyms = pseudonyms_in_use(self._engine, self._workspace)
        return self._pseudonyms

    def imported(self, study_id: str, sha256: str, options_digest: str) -> str | None:
        """The run that imported these bytes with these options to their end, if one did."""
        query = select(FILE_IMPORT.c.run).filter_by(study=study_id, sha256=sha256, options_digest=options_digest)
        with reading(self._engine) as connection:
            run = connection.execute(query).scalar()
        return None if run is None else str(run)

    def imported_into(self, study_id: str, sha256: str, source: str) -> tuple[int, ...]:
        """The runs that imported these bytes to their end, with whatever options, where the source has rows of them."""
        runs = select(FILE_IMPORT.c.run).filter_by(study=study_id, sha256=sha256)
        kept = select(COMMENT.c.key).filter_by(study=study_id, source=source).where(COMMENT.c.run.in_(runs))
        with reading(self._engine) as connection:
            if connection.execute(kept.limit(1)).scalar() is None:
                return ()
            return tuple(sorted(map(int, connection.execute(runs).scalars())))

    def mark_imported(self, study_id: str, sha256: str, options_digest: str, run_id: str) -> None:
        """Notes that a file was imported to its end."""
        row = {"study": study_id, "sha256": sha256, "options_digest": options_digest, "run": int(run_id)}
        with writing(self._engine) as connection:
            writes.add(connection, FILE_IMPORT, [row])

    # What annotators found in it

    def uncoded(
        self, study_id: str, target: str, annotator: str, codebook: str, *, chunk: int = CHUNK
    ) -> Iterator[pd.DataFrame]:
        """The comments this annotator has not read for this target, `chunk` at a time: key, text, evidence, lang.

        Each stretch is a transaction of its own, so that annotations can be added between; every comment comes once.
        """
        coding, last = Coding(study_id, target, annotator, codebook), 0
        while not (stretch := self._uncoded(coding, last, chunk)).empty:
            yield stretch
            last = int(stretch["key"].iloc[-1])

    def _uncoded(self, coding: Coding, last: int, chunk: int) -> pd.DataFrame:
        with reading(self._engine) as connection:
            query = queries.uncoded(coding.study, queries.key_of(connection, coding)[0], last, chunk)
            return frame_of(connection, query, queries.UNCODED_KINDS)

    def count_uncoded(self, study_id: str, target: str, annotator: str, codebook: str) -> int:
        """How many comments this annotator has not read for this target."""
        with reading(self._engine) as connection:
            key, _ = queries.key_of(connection, Coding(study_id, target, annotator, codebook))
            return int(connection.execute(queries.count_uncoded(study_id, key)).scalar_one())

    def classifiers(self, study_id: str, target: str, codebook: str) -> list[str]:
        """The classifiers that read for this target, in the order in which they first did."""
        same = {"study": study_id, "target": target, "codebook": codebook, "annotator_kind": "classifier"}
        query = select(CODING.c.annotator).filter_by(**same).order_by(CODING.c.key)
        with reading(self._engine) as connection:
            return list(connection.execute(query).scalars())

    def add_annotations(
        self,
        study_id: str,
        target: str,
        annotator: str,
        codebook: str,
        run_id: str,
        keys: ArrayLike,
        primary: ArrayLike,
        scores: ArrayLike,
        *,
        kind: AnnotatorKind = "classifier",
    ) -> int:
        """Appends annotations and returns how many are new. What a classifier said before stays; a person may revise.

        Args:
            study_id: the study.
            target: the change they were read for.
            annotator: a person, or a classifier as name@version.
            codebook: the version of the rules.
            run_id: the run that adds them.
            keys: (n,) keys of comments.
            primary: (n,) positions in STANCES, or -1 where the annotator abstained.
            scores: (n, 4) scores in the order of STANCES, between 0 and 1.
            kind: what the annotator is.

        Raises:
            ValueError: the shapes do not match, or a value is out of range.
        """
        rows = writes.annotation_rows(keys, primary, scores)
        with writing(self._engine) as connection:
            coding = writes.put_coding(connection, Coding(study_id, target, annotator, codebook), kind)
            added = writes.add_annotations(connection, coding, int(run_id), rows, kind)
            if added:
                writes.changed(connection, study_id)
            return added

    # What is known

    def changes(self, study_id: str, *, labels: bool = True) -> int:
        """The number of the last change of what reports stand on: comments, articles, codes, labels, samples.

        It only rises. Without `labels`, that of the last change of more than what people say and was drawn for them.

        Read it before what it counts: what was worked out from rows read later is then never taken for newer than it
        is.
        """
        with reading(self._engine) as connection:
            return writes.last_change(connection, study_id, labels=labels)

    def comments(
        self,
        study_id: str,
        *,
        target: str | None = None,
        annotator: str | None = None,
        codebook: str | None = None,
        columns: Sequence[str] | None = None,
        start: int | None = None,
        end: int | None = None,
    ) -> pd.DataFrame:
        """The study's comments in the order they came, beside one annotator's reading where one is named.

        Args:
            study_id: the study.
            target: the change they were read for; named together with annotator and codebook, or not at all.
            annotator: whose reading.
            codebook: by which rules.
            columns: those to load, in this order; `ext_id`, `published_raw`, `run` and `capture` only come when asked.
                Without `text` and `url` a million rows need some 300 MB.
            start: published at this time or later (milliseconds); comments without a time are then left out.
            end: published before this time; likewise.

        Raises:
            ValueError: a column that does not exist, or only a part of target, annotator and codebook.
        """
        reader = Coding.named(study_id, target, annotator, codebook)
        kinds = queries.kinds_of(columns, annotated=reader is not None)
        with reading(self._engine) as connection:
            coding = None if reader is None else queries.key_of(connection, reader)
            query = queries.published(queries.comments(study_id, list(kinds), coding), start, end)
            return frame_of(connection, query, kinds)

    def articles(self, study_id: str) -> pd.DataFrame:
        """The study's articles in the order they came."""
        with reading(self._engine) as connection:
            return frame_of(connection, queries.articles(study_id), queries.ARTICLE_KINDS)

    def source_counts(self, study_id: str, *, comments: bool = True) -> list[dict[str, Any]]:
        """Each source with its comments, articles and rejects, and the first and last time of its comments.

        Without `comments` nothing is known of these, for who has counted them already: a million cost half a second.
        """
        return self._rows(queries.source_counts(study_id, comments=comments), queries.SOURCE_KINDS)

    def rejects(self, study_id: str, run_id: str | None = None) -> list[dict[str, Any]]:
        """What could not be used, in one run or in all: source, run, where, reason, sample."""
        return self._rows(queries.rejects(study_id, None if run_id is None else int(run_id)), queries.REJECT_KINDS)

    def _rows(self, query: Select[Any], names: Iterable[str]) -> list[dict[str, Any]]:
        with reading(self._engine) as connection:
            return rows_of(connection, query, names)

    # What was made of it

    def add_findings(self, study_id: str, run_id: str, findings: Sequence[Finding]) -> int:
        """Keeps the findings of a run; a name that the run has already is left as it was."""
        rows = [writes.finding_row(study_id, int(run_id), finding) for finding in findings]
        with writing(self._engine) as connection:
            return writes.add(connection, FINDING, rows)

    def findings(self, study_id: str, run_id: str) -> list[Finding]:
        """The findings of a run, in the order they were kept."""
        query = select(FINDING).filter_by(study=study_id, run=int(run_id)).order_by(FINDING.c.key)
        with reading(self._engine) as connection:
            return [finding_of(row) for row in connection.execute(query).mappings()]

    def add_report(self, study_id: str, run_id: str, language: str, path: str, sha256: str) -> None:
        """Notes that a report was written; writing the same file again renews its SHA-256."""
        with writing(self._engine) as connection:
            writes.put_report(connection, study_id, ReportRecord(run_id, language, path, sha256, writes.now()))

    def reports(self, study_id: str, **only: int) -> list[ReportRecord]:
        """The reports that were written, oldest first, `only` those of this `run`."""
        query = select(REPORT).filter_by(study=study_id, **only).order_by(REPORT.c.key)
        with reading(self._engine) as connection:
            return [report_of(row) for row in connection.execute(query).mappings()]
