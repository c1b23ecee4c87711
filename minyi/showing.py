"""The demo: serve its pages on this machine, and take them the whole way."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from minyi.analysing import analyse
from minyi.collecting import collect_sources
from minyi.demo import DATA, earlier_port, prepare
from minyi.demo.labelled import label_sample
from minyi.demo.server import serve
from minyi.reporting import report
from minyi.workspace import open_workspace
from scrapers.fetch import FetchSettings

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.console import Console, Exit


def run_demo(folder: Path, console: Console) -> Exit:
    """Collect, judge, label and report the demo's study in `folder`; a second time adds nothing.

    The pages come from this machine, so the address guard is told to let this one port through, and nobody needs to
    wait between requests.

    Raises:
        MinyiError: the folder holds something else, or cannot be written.
    """
    started = time.perf_counter()
    with serve(DATA, earlier_port(folder)) as port:
        place = prepare(folder, port)
        settings = FetchSettings(allow=(f"127.0.0.1:{port}",), min_interval_s=0)
        with open_workspace(place) as workspace:
            code = collect_sources(workspace, console, settings=settings)
            analyse(workspace, console)
            labelled = label_sample(workspace, console)
            written = report(workspace, console)
    console.say(
        f"\n{labelled.labelled:,} of {labelled.population:,} comments, drawn at random, carry labels that ship with "
        f"the demo; {labelled.twice:,} of them were judged by two coders."
    )
    console.say(
        f"The demo took {time.perf_counter() - started:.0f} s. Everything in it is fictional. Open in a browser:"
    )
    for path in written:
        if path.suffix == ".html":
            console.say(f"  {path.resolve()}")
    console.event("done", reports=[str(path.resolve()) for path in written])
    return code
