"""The runner: asks every source, hands each page over to be kept, and tells per source how it went.

Sources run side by side; pages are handed over one at a time. A source that fails never stops the others.
"""

from __future__ import annotations

import asyncio
import os
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING

from scrapers.fetch import Door
from scrapers.keys import Keyring
from scrapers.source_run import Setting, SourceRun

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable, Mapping

    from scrapers.fetch import FetchSettings, Network
    from scrapers.results import Keeper, SourceResult
    from storage.nouns import Study


def collect(
    study: Study,
    settings: FetchSettings,
    *,
    keeper: Keeper,
    sources: Iterable[str] | None = None,
    folder: Path = Path(),
    reference: datetime | None = None,
    progress: Callable[[SourceResult], None] | None = None,
    environment: Mapping[str, str] | None = None,
    network: Network | None = None,
    budget_s: float = inf,
) -> list[SourceResult]:
    """Collect a study's sources and tell how each went, in the order of the study.

    Args:
        study: what to collect.
        settings: how to behave towards sites.
        keeper: keeps each page and each source's state; called one at a time, on the caller's thread.
        sources: names of the sources to collect, all of them by default.
        folder: the study's folder, for local files.
        reference: the moment of this run, for relative times; now by default.
        progress: told the state of a source whenever it changes.
        environment: where keys are read from; the process's own by default.
        network: the way to the network; for tests.
        budget_s: how long one source may ask for more; what it has not asked by then waits for the next run.

    Raises:
        SettingsError: the settings cannot be used.
        KeyboardInterrupt: on Ctrl-C; the pages handed over until then are kept.
        BaseException: whatever `keeper` raises.
    """
    wanted = None if sources is None else frozenset(sources)
    keyring = Keyring(os.environ if environment is None else environment)
    now = reference or datetime.now(UTC)

    async def run_all() -> list[SourceResult]:
        async with Door(settings, network=network) as door:
            setting = Setting(study, now, folder, keeper, keyring, door, progress, budget_s)
            runs = [SourceRun(source, setting) for source in study.sources if wanted is None or source.name in wanted]
            await _side_by_side([run.run() for run in runs])
            return [run.result for run in runs]

    return asyncio.run(run_all())


async def _side_by_side(runs: Iterable[Coroutine[None, None, None]]) -> None:
    """Run all of them; what one raises (only the keeper does) stops the others and comes out as itself."""
    try:
        async with asyncio.TaskGroup() as group:
            for run in runs:
                group.create_task(run)
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
