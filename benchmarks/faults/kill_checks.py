"""What has to be true of a study's folder after a kill, and what it holds, so that two of them can be compared."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import sqlite3
import time
from collections import Counter
from contextlib import closing
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from sqlalchemy import select
from sqlmodel import SQLModel

from minyi import leftovers
from minyi.lock import holder
from reports.editions import html
from storage.captures import FOLDER as CAPTURES
from storage.captures import Captures
from storage.database import connect, parse_url, reading
from storage.integrity.checking import check
from storage.landing import WRITER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from sqlalchemy.engine import Connection

Content = dict[str, Counter[str]]
_TEMPORARY = re.compile(r"\.[0-9a-f]{32}\.draft(-journal)?|\.[\w.-]+\.[a-z0-9_]{8}|.*\.\d+\.part|\.unfinished")
_VOLATILE = frozenset(
    {"key", "run", "hash", "created_at", "fetched_at", "updated_at", "said_at", "came_at", "claimed_at", "ended_at"}
    | {"started_at", "forgotten_at", "capture", "tries", "runs", "asked_to_wait", "place"}
)
_DATED = frozenset({"run", "generated_at", "made", "last_good", "facts", "last_run"})
"""What a report says of the time and the run that made it; `facts` are digests that hold them."""
_ONCE = frozenset({"reject", "agreement"})
"""Tables that say for each run what it met: what counts is what they say, not how often."""
_OF_LAST = frozenset({"finding", "report"})
_LEFT_OUT = frozenset({"run", "change_count"})


def is_temporary(path: Path) -> bool:
    """Whether a file is one that was being written."""
    return _TEMPORARY.fullmatch(path.name) is not None


def temporary(folder: Path) -> list[Path]:
    """Files that were being written when the process died."""
    return [path for path in sorted(folder.rglob("*")) if path.is_file() and is_temporary(path)]


def aged(paths: Iterable[Path]) -> None:
    """As if the process had died some time ago."""
    then = time.time() - 2 * leftovers.OLD_S
    for path in paths:
        os.utime(path, (then, then))


def next_job(folder: Path) -> None:
    """What whoever next holds the workspace's lock does first."""
    leftovers._tidied.clear()  # noqa: SLF001  the next job is another process
    leftovers.tidy(SimpleNamespace(data=folder / "data", reports=folder / "reports"))  # type: ignore[arg-type]


def wrong_files(folder: Path, *, pages: bool) -> Iterator[str]:
    """What is half written, or held by nobody; `pages`: whether the reports may have been written."""
    if (found := holder(folder / "data")) is not None:
        yield f"the lock is held by {found}"
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not is_temporary(path) and not _whole(path):
            yield f"{path.relative_to(folder)} is not whole"
    for numbers in (folder / "reports").rglob("numbers.json") if pages else ():
        yield from _of_another_run(numbers)


def _whole(path: Path) -> bool:
    content = path.read_bytes()
    try:
        if path.suffix == ".json":
            json.loads(content)
        elif path.suffix == ".html":
            return content.rstrip().endswith(b"</html>")
        elif path.parent.parent.name == CAPTURES:
            plain = gzip.decompress(content) if path.suffix == ".gz" else content
            return hashlib.sha256(plain).hexdigest() == path.name.removesuffix(".gz")
        elif path.suffix == ".db":
            with closing(sqlite3.connect(path)) as connection:
                return connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except (ValueError, OSError, EOFError, sqlite3.Error):
        return False
    return True


def _of_another_run(numbers: Path) -> Iterator[str]:
    """Every page is what its numbers say, so that all of them are of one run."""
    told = json.loads(numbers.read_bytes())
    for language, other in (("zh", "en"), ("en", "zh")):
        page = numbers.with_name(f"report.{language}.html")
        if page.exists() and page.read_bytes() != html.render(told, language, f"report.{other}.html"):
            yield f"{page.name} is not of the run of its numbers"


def content_of(url: str) -> Content:
    """By table: its rows as people and reports know them, without keys, runs and times, each with how often it is."""
    engine = connect(parse_url(url))
    try:
        with reading(engine) as connection:
            names = _names(connection)
            return {
                table.name: _rows(connection, table, names)
                for table in SQLModel.metadata.sorted_tables
                if table.name not in _LEFT_OUT
            }
    finally:
        engine.dispose()


def _names(connection: Connection) -> dict[str, dict[Any, str]]:
    """What stands for keys and pseudonyms: ids, addresses, and the order of authors."""
    tables = SQLModel.metadata.tables
    comment, coding, cohort = tables["comment"], tables["coding"], tables["cohort"]
    comments = connection.execute(select(comment).order_by(comment.c.source, comment.c.ext_id)).mappings().all()
    authors = list(dict.fromkeys(row["author"] for row in comments if row["author"]))
    codings = connection.execute(select(coding)).mappings()
    return {
        "comment": {row["key"]: row["id"] for row in comments},
        "author": {name: f"author {at}" for at, name in enumerate(authors)},
        "coding": {row["key"]: f"{row['annotator']} {row['target']}" for row in codings},
        "cohort": {row["key"]: f"cohort of {row['seed']}" for row in connection.execute(select(cohort)).mappings()},
    }


def _rows(connection: Connection, table: Any, names: Mapping[str, Mapping[Any, str]]) -> Counter[str]:
    rows = connection.execute(select(table)).mappings().all()
    if table.name == "setting":  # those of writers that are gone are let go of by the server's own rules
        rows = [row for row in rows if not row["name"].startswith(WRITER)]
    if table.name in _OF_LAST:
        last = max((row["run"] for row in rows), default=0)
        rows = [row for row in rows if row["run"] == last]
    told = Counter(json.dumps(_told(table.name, row, names), ensure_ascii=False) for row in rows)
    return Counter(set(told)) if table.name in _ONCE else told


def _told(table: str, row: Mapping[str, Any], names: Mapping[str, Mapping[Any, str]]) -> list[Any]:
    if table == "setting":
        return [row["name"]]
    left_out = _VOLATILE | ({"sha256"} if table == "report" else set())
    said = {name: value for name, value in row.items() if name not in left_out}
    if table == "asked":  # how far the listing was read before is none of what was asked for
        said["ask"] = json.loads(said["ask"])["url"]
    if table == "report":
        said["path"] = re.sub(r".*/(data|reports)/|runs/\d+/", "", said["path"])
    return [names.get(name, {}).get(value, value) for name, value in said.items()]


def differing(ours: Content, twin: Content) -> tuple[list[str], list[str]]:
    """By table, how many rows are lost, and how many are there too often, with the first of each."""
    return _more(twin, ours), _more(ours, twin)


def _more(some: Content, others: Content) -> list[str]:
    more = {name: rows - others[name] for name, rows in some.items()}
    return [f"{rows.total()} of {name}: {next(iter(rows))[:300]}" for name, rows in more.items() if rows]


def damaged(url: str, folder: Path, *, removed: bool) -> list[str]:
    """What the store's own check says; captures that were removed on purpose are none of its business here."""
    engine = connect(parse_url(url))
    try:
        found = check(engine, None if removed else Captures(folder / "data"))
    finally:
        engine.dispose()
    return [f"{one.what} of {one.table}: {', '.join(one.named)}" for one in found]


def numbers_of(folder: Path) -> dict[str, Any]:
    """The last report's numbers, without the run that made them and when."""
    path = folder / "reports" / "numbers.json"
    return _undated(json.loads(path.read_bytes())) if path.exists() else {}


def other_numbers(ours: Any, twins: Any, at: str = "") -> Iterator[str]:
    """Where two reports say something else."""
    if isinstance(ours, dict) and isinstance(twins, dict):
        for name in sorted(ours.keys() | twins.keys()):
            yield from other_numbers(ours.get(name), twins.get(name), f"{at}/{name}")
    elif isinstance(ours, list) and isinstance(twins, list) and len(ours) == len(twins):
        for place, (one, other) in enumerate(zip(ours, twins, strict=True)):
            yield from other_numbers(one, other, f"{at}/{place}")
    elif ours != twins:
        yield f"{at}: {str(ours)[:80]} instead of {str(twins)[:80]}"


def _undated(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _undated(value) for name, value in told.items() if name not in _DATED}
    return [_undated(one) for one in told] if isinstance(told, list) else told


def captures_in(folder: Path) -> set[str]:
    """The captures that lie there."""
    return {path.name for path in (folder / "data" / CAPTURES).glob("??/*") if not is_temporary(path)}


def sent(path: Path) -> Counter[str]:
    """How often each address was told of each cause."""
    told: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        address, _, body = json.loads(line)
        told.update(f"{address}: {cause.partition(',')[0]}" for cause in body.splitlines() if "since" in cause)
    return told


def claimed(url: str) -> str | None:
    """How the last window stands; None where none was claimed."""
    engine, window = connect(parse_url(url)), SQLModel.metadata.tables["job_window"]
    try:
        with reading(engine) as connection:
            return connection.execute(select(window.c.state).order_by(window.c.key.desc()).limit(1)).scalar()
    finally:
        engine.dispose()


def killed_told(folder: Path) -> bool:
    """Whether the last run says that one before it was killed."""
    receipts = sorted((folder / "data" / "receipts").glob("*-run.json"), key=lambda path: path.stat().st_mtime)
    told = json.loads(receipts[-1].read_bytes()) if receipts else {}
    return bool(told.get("killed")) and any("killed" in str(one).lower() or "failed" in one for one in told["alerts"])


def holding(folder: Path, words: Iterable[str]) -> list[str]:
    """Files that hold any of these words, the database's included."""
    needles = [word.encode() for word in words]
    return [
        f"{path.relative_to(folder)} still says it"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and any(needle in path.read_bytes() for needle in needles)
    ]
