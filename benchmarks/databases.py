"""CPU seconds of importing and annotating comments on SQLite and on PostgreSQL, the client's and the server's.

Usage: python benchmarks/databases.py [ROWS]

A PostgreSQL server of its own is started in a temporary folder. On it the same rows are also stored as they would be
without COPY, one INSERT a row. Prints a line for each part and way; fails where COPY is not the cheapest on a server.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import psutil
from whole_path import demo_texts

from storage import copying
from storage.nouns import Change, CommentRow, Page, Study, Wording
from storage.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from sqlalchemy.engine import Connection

PAGE, STRETCH = 2_000, 20_000
TARGET, ANNOTATOR, CODEBOOK = "限行", "embedded@1", "1"


class Took(NamedTuple):
    """CPU seconds."""

    client: float
    server: float


class Server:
    """A PostgreSQL server in a temporary folder, and what it has used of the processor."""

    def __init__(self, folder: Path) -> None:
        found = shutil.which("initdb") or str(max(Path("/usr/lib/postgresql").glob("*/bin/initdb")))
        self._programs, self._folder = Path(found).resolve().parent, folder
        self._as = {"user": "nobody"} if os.geteuid() == 0 else {}
        if self._as:
            shutil.chown(folder, "nobody")
        self._do("initdb", "--auth=trust", "--username=minyi", "--encoding=UTF8", "--no-sync")
        settings = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off"
        self._do("pg_ctl", "-w", "-l", str(folder / "log"), "-o", settings, "start")
        self._root = psutil.Process(int((folder / "data/postmaster.pid").read_text().split()[0]))

    def _do(self, program: str, *arguments: str) -> None:
        command = [self._programs / program, "-D", self._folder / "data", *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder, **self._as)  # type: ignore[call-overload]

    def database(self, name: str) -> str:
        """The address of a new database."""
        command = [self._programs / "createdb", "-h", self._folder, "-U", "minyi", name]
        subprocess.run(command, check=True)
        return f"postgresql://minyi@/{name}?host={self._folder}"

    def used(self) -> float:
        """CPU seconds of the server's processes, those that ended too."""
        times = [process.cpu_times() for process in (self._root, *self._root.children(recursive=True))]
        return sum(one.user + one.system + one.children_user + one.children_system for one in times)

    def stop(self) -> None:
        """End it without ceremony."""
        self._do("pg_ctl", "-m", "immediate", "stop")


def pages(texts: list[str], seed: int) -> list[Page]:
    """The texts as pages of comments, as a collector or an importer gives them."""
    draw = random.Random(seed)
    rows: list[CommentRow] = [
        {
            "ext_id": f"n{at}",
            "text": text,
            "author": f"u{draw.randrange(len(texts))}",
            "published_at": 1_772_409_600_000 + draw.randrange(42 * 86_400_000),
            "likes": int(draw.paretovariate(1.1)) - 1,
            "platform": draw.choice(["microblog", "forum", "video", "news"]),
        }
        for at, text in enumerate(texts)
    ]
    return [Page(comments=rows[at : at + PAGE]) for at in range(0, len(rows), PAGE)]


def imported(store: Store, made: list[Page], run: str) -> None:
    for page in made:
        store.add_page("speed", "forum", page, run_id=run)


def annotated(store: Store, run: str, scores: np.ndarray) -> None:
    for stretch in store.uncoded("speed", TARGET, ANNOTATOR, CODEBOOK, chunk=STRETCH):
        some = scores[: len(stretch)]
        keys = stretch["key"].to_numpy()
        store.add_annotations("speed", TARGET, ANNOTATOR, CODEBOOK, run, keys, some.argmax(axis=1), some)


def loaded(store: Store) -> None:
    store.comments("speed", target=TARGET, annotator=ANNOTATOR, codebook=CODEBOOK)


def measured(work: Callable[[], None], server: Server | None) -> Took:
    """What a piece of work costs here and on the server."""
    before, begun = server.used() if server else 0.0, time.process_time()
    work()
    here = time.process_time() - begun
    return Took(here, server.used() - before if server else 0.0)


def way(address: str, made: list[Page], server: Server | None) -> dict[str, Took]:
    """Import, annotate and load once on a new database."""
    scores = np.random.default_rng(0).dirichlet(np.ones(4), STRETCH).astype(np.float32)
    change = Change(name=Wording(zh=TARGET), statement=Wording(zh=TARGET))
    with tempfile.TemporaryDirectory() as folder, Store.open(address, Path(folder)) as store:
        store.put_study(Study(id="speed", change=change))
        run = store.begin_run("speed", "import", {}, "")
        return {
            "import": measured(lambda: imported(store, made, run), server),
            "annotate": measured(lambda: annotated(store, run, scores), server),
            "load": measured(lambda: loaded(store), server),
        }


def one_by_one(connection: Connection, into: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """What COPY does, by an INSERT for each row."""
    raw: Any = connection.connection.driver_connection
    places = ", ".join(["%s"] * len(names))
    with raw.cursor() as cursor:
        cursor.executemany(f"INSERT INTO {into} ({', '.join(names)}) VALUES ({places})", list(rows))  # noqa: S608  names of ours


@contextmanager
def without_copy() -> Iterator[None]:
    """Rows go to the server one INSERT each."""
    usual = copying.FEW, copying.copy
    copying.FEW, copying.copy = sys.maxsize, one_by_one
    yield
    copying.FEW, copying.copy = usual


def shown(name: str, took: dict[str, Took]) -> None:
    for part, (client, server) in took.items():
        print(f"{name:26}{part:10}{client:8.2f}{server:8.2f}{client + server:8.2f}")


def main() -> None:
    """Measure, print, compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rows", type=int, nargs="?", default=100_000)
    given = parser.parse_args()
    made = pages(demo_texts(given.rows, 0), 0)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name, tempfile.TemporaryDirectory() as here:
        server = Server(Path(name))
        way(server.database("warm"), made[:1], server)
        print(f"{given.rows:,} comments{'':21}client  server     all   (CPU-s)")
        shown("SQLite", way(f"sqlite:///{here}/minyi.db", made, None))
        with without_copy():
            plain = way(server.database("plain"), made, server)
        shown("PostgreSQL, INSERT", plain)
        copied = way(server.database("copied"), made, server)
        shown("PostgreSQL, COPY", copied)
        server.stop()
    for part in ("import", "annotate"):
        ratio = sum(plain[part]) / sum(copied[part])
        print(f"{part}: INSERT costs {ratio:.1f} times what COPY costs")
        if ratio < 1:
            raise SystemExit("COPY is not the cheapest")


if __name__ == "__main__":
    main()
