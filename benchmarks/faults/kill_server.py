"""A PostgreSQL server of the script's own, on a socket in a temporary folder; nothing in it outlives the script."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Server:
    """It, and the databases that are made in it."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = folder, 0

    def url(self, name: str) -> str:
        """The address of a database."""
        return f"postgresql://minyi@/{name}?host={self._folder}"

    def copy(self, of: str = "template1") -> str:
        """The name of a new database, which is a copy of another one that nobody is connected to."""
        self._made += 1
        name = f"copy{self._made}"
        self._say(f'CREATE DATABASE "{name}" TEMPLATE "{of}"')
        return name

    def drop(self, name: str) -> None:
        """Let go of a database, whoever is connected to it."""
        self._say(f'DROP DATABASE "{name}" WITH (FORCE)')

    def _say(self, statement: str) -> None:
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())


def programs() -> Path | None:
    """Where the server's programs are; None where they, or the driver, are not installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)
    program = found[0] if found else shutil.which("initdb")
    return Path(program).resolve().parent if program and find_spec("psycopg") else None


@contextmanager
def server() -> Iterator[Server | None]:
    """A server while the block runs; None where there cannot be one."""
    where = programs()
    if where is None:
        yield None
        return
    folder = Path(tempfile.mkdtemp(prefix="minyi-kills-pg-"))
    user = "nobody" if os.geteuid() == 0 else None

    def do(program: str, *arguments: str) -> None:
        command = [str(where / program), "-D", str(folder / "data"), *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, user=user)

    try:
        if user:
            shutil.chown(folder, user)
        do("initdb", "--auth=trust", "--username=minyi", "--encoding=UTF8", "--locale=C", "--no-sync")
        settings = f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c shared_buffers=16MB"
        do("pg_ctl", "-w", "-l", str(folder / "log"), "-o", settings, "start")
        try:
            yield Server(folder)
        finally:
            do("pg_ctl", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
