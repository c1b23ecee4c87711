"""A program that runs commands one after another, at full talk, and writes down every connection they ask for.

Standard input holds JSON: `commands` (lists of words), and `facts` of the internet on loopback that collectors reach
(or null); standard output gets one JSON object for each command.
"""

from __future__ import annotations

import io
import json
import logging
import os
import subprocess
import sys
import time
import traceback
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__)
ASKED: list[str] = []
_EVENTS = {
    "socket.connect": lambda arguments: arguments[1],
    "socket.sendto": lambda arguments: arguments[1],
    "socket.getaddrinfo": lambda arguments: arguments[:2],
    "socket.gethostbyname": lambda arguments: arguments,
    "socket.gethostbyaddr": lambda arguments: arguments,
    "webbrowser.open": lambda arguments: arguments,
    "urllib.Request": lambda arguments: arguments[:1],
}


def listen(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook."""
    if event in _EVENTS:
        where = _EVENTS[event](arguments)
        if not isinstance(where, (str, bytes)):  # a path is a socket of this machine's own files
            ASKED.append(f"{event} {where!r}")


def ended(words: list[str], log: io.StringIO) -> dict[str, Any]:
    """Run one command as the console script does: its code, the connections it asked for, all it said and logged."""
    from minyi import cli

    ASKED.clear()
    log.seek(0)
    log.truncate()
    said, code, begun = io.StringIO(), 0, time.monotonic()
    sys.argv = ["minyi", *words]
    with redirect_stdout(said), redirect_stderr(said):
        try:
            cli.main()
        except SystemExit as end:
            code = int(end.code or 0)
        except BaseException:  # noqa: BLE001  what nobody caught is told with its traceback
            code = 99
            traceback.print_exc()
    return {"words": words, "code": code, "asked": list(ASKED), "said": said.getvalue(), "logged": log.getvalue()} | {
        "seconds": time.monotonic() - begun
    }


def show_errors() -> None:
    """Every error that a person is told is also told as programmers see it: with its chain of causes."""
    from minyi.console import Console

    told = Console.error

    def error(self: Any, error: Any) -> None:
        sys.stderr.write("".join(traceback.format_exception(error)) + repr(error) + "\n")
        told(self, error)

    Console.error = error  # type: ignore[method-assign]


def reach(facts: list[Any]) -> None:
    """Collectors reach the internet on loopback, and lose no time."""
    from world import Facts, network

    import scrapers.runner
    import scrapers.sites
    import scrapers.source_run
    from scrapers.fetch import FetchSettings

    real = scrapers.runner.collect
    quick = FetchSettings(min_interval_s=0.0, total_s=8.0, backoff_s=0.01, max_wait_s=0.5)
    there = network(Facts(*facts))

    def collect(study: Any, _settings: Any, **named: Any) -> Any:
        return real(study, quick, **named | {"network": there})

    import minyi.collecting

    def hasty(kind: str) -> Any:
        found = scrapers.sites.collector(kind)
        return type(found.__class__.__name__, (found.__class__,), {"min_interval_s": 0.0})()

    scrapers.source_run.collector = hasty  # type: ignore[attr-defined]
    minyi.collecting.collect_pages = collect  # type: ignore[attr-defined]


def listened(folder: Path, commands: list[list[str]], facts: Any = None, **environment: str) -> list[dict[str, Any]]:
    """How each command ended, in a process that listens to its sockets."""
    given = json.dumps({"commands": commands, "facts": facts})
    around = {name: value for name, value in os.environ.items() if not name.startswith("MINYI_")}
    done = subprocess.run(
        [sys.executable, PROGRAM], input=given, capture_output=True, text=True, cwd=folder, timeout=500, check=False,
        env=around | {"PYTHONPATH": str(PROGRAM.parents[2])} | environment,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def main() -> None:
    given = json.load(sys.stdin)
    log = io.StringIO()
    logging.basicConfig(stream=log, level=logging.DEBUG)
    show_errors()
    if given["facts"]:
        reach(given["facts"])
    sys.addaudithook(listen)
    out = sys.stdout
    for words in given["commands"]:
        out.write(json.dumps(ended(words, log)) + "\n")
        out.flush()


if __name__ == "__main__":
    main()
