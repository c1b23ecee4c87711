"""A wire between a program and its database server that can be cut, at any moment or in the middle of a commit."""

from __future__ import annotations

import select
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Cut = Literal["unheard", "unanswered", "left behind"]
"""What becomes of a commit: the server never hears of it; it commits and the answer is lost; it never hears of it, and
does not hear either that the client is gone."""
_COMMIT = b"COMMIT\x00"
_SOCKET = ".s.PGSQL.{}"
_PORT, _SERVERS_PORT = 5499, 5432


class Wire:
    """Connections to a PostgreSQL server's socket in a folder, under another port there.

    Attributes:
        otherwise: what becomes of a commit that nobody asked to have cut; None lets it pass.
        done: the cuts that were made.
    """

    def __init__(self, folder: Path, port: int = _PORT) -> None:
        self.folder = folder
        self._server = str(folder / _SOCKET.format(_SERVERS_PORT))
        self._path, self.port = folder / _SOCKET.format(port), port
        self._cuts: list[Cut] = []
        self.otherwise: Callable[[], Cut | None] = lambda: None
        self._open: set[socket.socket] = set()
        self._left: list[socket.socket] = []
        self.done: list[Cut] = []

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        for server in self._left:
            server.close()

    def open(self) -> None:
        """Let connections in."""
        self._path.unlink(missing_ok=True)
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self._path))
        self._listening.listen(64)
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def close(self, *, cut: bool = True) -> None:
        """Let nobody in any more, and cut those that are there, unless they may stay."""
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._path.unlink(missing_ok=True)
        if cut:
            self.cut_all()

    def cut_commits(self, *cuts: Cut) -> None:
        """Cut the next commits that come by, each in its way."""
        self._cuts += cuts

    def cut_all(self) -> None:
        """Cut every connection that is open."""
        for end in list(self._open):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self._server)
            except OSError:
                client.close()
                continue
            threading.Thread(target=self._carry, args=(client, server), daemon=True).start()

    def _carry(self, client: socket.socket, server: socket.socket) -> None:
        self._open |= {client, server}
        try:
            while self._carried(client, server):
                pass
        except OSError:
            pass
        finally:
            self._open -= {client, server}
            client.close()
            if server not in self._left:
                server.close()

    def _carried(self, client: socket.socket, server: socket.socket) -> bool:
        """One stretch of bytes, from whoever has some; False where the connection ends."""
        ready, _, _ = select.select([client, server], [], [])
        if server in ready:
            said = server.recv(65_536)
            client.sendall(said)
            return bool(said)
        asked = client.recv(65_536)
        cut = self._chosen() if _COMMIT in asked else None
        if cut is not None:
            self._cut(cut, asked, server)
            return False
        server.sendall(asked)
        return bool(asked)

    def _chosen(self) -> Cut | None:
        return self._cuts.pop(0) if self._cuts else self.otherwise()

    def _cut(self, cut: Cut, asked: bytes, server: socket.socket) -> None:
        if cut == "unanswered":
            server.sendall(asked)
            server.recv(65_536)  # it has committed when it answers
        if cut == "left behind":
            self._left.append(server)
        self.done.append(cut)
