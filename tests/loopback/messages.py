"""A service that takes messages on loopback, and the jobs of one study that tell it of what went wrong."""

from __future__ import annotations

import io
import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

from pier import PIER
from quiet import QuietServer

from minyi.console import Console
from minyi.jobs.alerts import Failure, JobFacts
from minyi.jobs.notices import tell_facts
from minyi.jobs.sending_child import sent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minyi.jobs.sending import Address, Outcome
    from minyi.study_file import LoadedStudy

CANARY = "canary7e1f9c2b"
MORNING = datetime(2026, 11, 26, 1, 0, tzinfo=UTC)  # nine o'clock in Shanghai
GOOD = {"collect": 0, "analyse": 0, "report": 0}
FINE = JobFacts(0, GOOD, silent={}, spikes=[])
DOWN = JobFacts(3, GOOD | {"collect": 3}, [Failure("collect", "forum", "Transient")], silent={}, spikes=[])
STUDY = f"""\
{PIER}[notify]
variables = ["MINYI_NOTIFY_A"]
"""


def send(address: Address, title: str, body: str) -> Outcome:
    """As `sending.send`, in this process: loading the library anew for each message takes long."""
    return "sent" if sent(address.url, title, body, 10.0) else "failed"


class Received(QuietServer):
    """Keeps what is sent to it, and answers with `status`."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.bodies: list[dict[str, Any]] = []
        self.status = 200
        self.hold = threading.Event()
        self.hold.set()

    @property
    def titles(self) -> list[str]:
        return [body["title"] for body in self.bodies]


class Taking(BaseHTTPRequestHandler):
    server: Received

    def do_POST(self) -> None:
        self.server.bodies.append(json.loads(self.rfile.read(int(self.headers["content-length"]))))
        self.server.hold.wait(10)
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the base's
        pass


@contextmanager
def receiving() -> Iterator[Received]:
    """The service, while it runs."""
    server = Received()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.hold.set()
    server.shutdown()
    thread.join()
    server.server_close()


class Job:
    """Jobs of one study, an hour after one another."""

    def __init__(self, loaded: LoadedStudy) -> None:
        self.loaded, self.now, self.said = loaded, MORNING, io.StringIO()

    def __call__(self, facts: JobFacts, *, hours: float = 1) -> list[str]:
        self.receipt: dict[str, Any] = {}
        console = Console(out=self.said, err=self.said)
        told = tell_facts(self.loaded, facts, self.receipt, console, now=self.now)
        self.now += timedelta(hours=hours)
        return told
