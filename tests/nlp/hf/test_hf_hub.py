"""Models by hub name: fetched by a command a person runs, found on this machine later, never downloaded by a study."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.transformers

COMMIT = "0123456789abcdef0123456789abcdef01234567"
USE = (
    "import json, sys; from pathlib import Path\n"
    "from nlp.coders import get_coder; from nlp.coders.protocol import CoderSettings, annotator\n"
    "print(annotator(get_coder('hf:own/tiny', CoderSettings(json.loads(sys.argv[1]), Path(sys.argv[2])))))"
)


class Hub:
    """As much of a hub as a download needs: one repository at one commit."""

    def __init__(self, folder: Path) -> None:
        self.asked: list[str] = []
        files = {path.name: path.read_bytes() for path in folder.iterdir()}
        files |= {"pytorch_model.bin": b"a pickle", "own.py": b"raise SystemExit", "README.md": b"words"}
        hub = self

        class Answering(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: object) -> None:
                pass

            def do_HEAD(self) -> None:
                self._answer(with_body=False)

            def do_GET(self) -> None:
                self._answer(with_body=True)

            def _answer(self, *, with_body: bool) -> None:
                hub.asked.append(f"{self.command} {self.path}")
                name, body = self.path.rsplit("/", 1)[-1], b""
                if self.path.startswith(f"/api/models/own/tiny/tree/{COMMIT}"):
                    tree = [
                        {"type": "file", "path": name, "size": len(held), "oid": hashlib.sha1(held).hexdigest()}
                        for name, held in files.items()
                    ]
                    body = json.dumps(tree).encode()
                elif self.path.startswith("/api/models/own/tiny"):
                    siblings = [{"rfilename": name} for name in files]
                    body = json.dumps({"id": "own/tiny", "sha": COMMIT, "siblings": siblings}).encode()
                elif self.path.startswith(f"/own/tiny/resolve/{COMMIT}/"):
                    body = files.get(name, b"")
                self.send_response(200 if body else 404)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Type", "application/json" if "/api/" in self.path else "text/plain")
                self.send_header("X-Repo-Commit", COMMIT)
                self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
                self.end_headers()
                if with_body:
                    self.wfile.write(body)

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
        self.address = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def hub(tiny: Callable[..., Path]) -> Iterator[Hub]:
    found = Hub(tiny())
    thread = threading.Thread(target=found.server.serve_forever, daemon=True)
    thread.start()
    yield found
    found.server.shutdown()
    found.server.server_close()
    thread.join()


def run(hub: Hub, home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    surroundings = os.environ | {"HF_ENDPOINT": hub.address, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1"}
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, env=surroundings, check=False)


def test_a_model_is_fetched_once_and_then_used_without_the_hub(hub: Hub, tmp_path: Path) -> None:
    fetched = run(hub, tmp_path / "home", "-m", "minyi", "models", "fetch", "own/tiny", "--json")
    assert fetched.returncode == 0, fetched.stderr
    done = json.loads(fetched.stdout.splitlines()[-1])
    assert (done["revision"], done["labels"]) == (COMMIT, ["support", "concern", "suggestion", "neutral"])
    assert not any(name in asked for asked in hub.asked for name in ("pytorch_model.bin", "own.py", "README.md"))

    hub.asked.clear()
    for options in ("{}", json.dumps({"revision": COMMIT})):
        used = run(hub, tmp_path / "home", "-c", USE, options, str(tmp_path))
        assert used.stdout.startswith("hf:own/tiny@1-"), used.stderr
    assert hub.asked == []


def test_a_study_downloads_nothing(hub: Hub, tmp_path: Path) -> None:
    used = run(hub, tmp_path / "home", "-c", USE, "{}", str(tmp_path))
    assert used.returncode
    assert "minyi models fetch own/tiny" in used.stderr
    assert hub.asked == []


@pytest.mark.parametrize("name", ["own/other", "a/b/c"])
def test_a_model_that_the_hub_does_not_have_is_named(hub: Hub, tmp_path: Path, name: str) -> None:
    fetched = run(hub, tmp_path / "home", "-m", "minyi", "models", "fetch", name, "--json")
    said = json.loads(fetched.stdout.splitlines()[-1])
    assert (fetched.returncode, said["event"], said["type"], said["where"]) == (1, "error", "ModelFolderError", name)
    assert said["remedy"]


def test_a_hub_that_does_not_answer_is_said(hub: Hub, tmp_path: Path) -> None:
    hub.address = "http://127.0.0.1:9"
    fetched = run(hub, tmp_path / "home", "-m", "minyi", "models", "fetch", "own/tiny", "--json")
    assert json.loads(fetched.stdout.splitlines()[-1])["type"] == "ModelFolderError"
