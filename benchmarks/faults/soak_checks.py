"""What is left after a soak, held against what was done in it."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from statistics import mean
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from figures import Figure, none_of
from growing import SITES

from minyi.jobs.windows import window_at
from minyi.leftovers import OLD_S
from minyi.stopping import GRACE_S
from minyi.workspace import open_workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd
    from soak_study import Ran, Soak

MIB = 1024 * 1024
BERLIN = ZoneInfo("Europe/Berlin")
_NUMBER = re.compile(r"\((\w+) (\d+)\)")
_DONE = frozenset({0, 3})
_MINUTES_MS = 600_000
"""A run lets go of what is too old somewhat after it began; what lies in between may be there or not."""
_LIMIT_S = 5.0
_WORKED_CPU_S, _GROWN, _SLOWER = 0.25, 0.10, 1.6
_MOST = {"data/backups": 3, "data/rollups": 2}
"""How many files these folders may hold."""
_KEPT_RUNS = 50
_FOR_LONG, _A_DAY = ("data/receipts", "data/runs"), 2 * MIB
_COMMANDS = ("collect", "analyse", "report")


def figures_of(soak: Soak) -> list[Figure]:
    """All figures, after some words on what was met."""
    _say(soak)
    with open_workspace(soak.study) as workspace:
        study = workspace.study.id
        columns = ["source", "ext_id", "text", "published_at"]
        found = workspace.store.comments(study, columns=columns)
        windows = workspace.store.windows.latest(study, "run", 100_000)
    receipts = [
        json.loads(path.read_text("utf-8")) for path in sorted((soak.study / "data/receipts").glob("*-run.json"))
    ]
    return [
        *_comments(soak, found),
        *_windows(soak, receipts, windows),
        *_told(soak, receipts),
        *_steady(soak),
    ]


def _say(soak: Soak) -> None:
    diary = soak.diary
    ends = Counter(f"{run.what or 'undisturbed'}: {'killed' if run.exit is None else run.exit}" for run in diary.runs)
    print(
        f"{soak.days:g} days, {len(diary.runs)} runs: " + ", ".join(f"{n} × {end}" for end, n in sorted(ends.items()))
    )
    print(f"{soak.faulty.met.total()} network faults of {len(soak.faulty.met)} kinds; by hand: {dict(diary.others)}")
    for line in diary.noise:
        print(f"  {line}")
    for name, (count, size) in sorted((diary.files or [{}])[-1].items()):
        middle = diary.files[len(diary.files) // 2].get(name, (0, 0))
        print(
            f"  {name}: {middle[0]} files, {middle[1] / MIB:.1f} MiB halfway; {count}, {size / MIB:.1f} MiB at the end"
        )


def _comments(soak: Soak, found: pd.DataFrame) -> list[Figure]:
    """Each comment that can still be had is there, once; none is there that was to leave."""
    diary, times = soak.diary, soak.growing.times()
    stored = Counter(zip(found["source"].astype(str), found["ext_id"].astype(str), strict=True))
    said = Counter(match.groups() for text in found["text"] if (match := _NUMBER.search(text)))
    retired = {one for one, at in times.items() if at < diary.oldest_ms + _MINUTES_MS}
    wanted = soak.growing.offered - retired - diary.forgotten
    back = diary.forgotten & stored.keys()
    kept = [one for one in stored if times[one] < diary.oldest_ms]
    return [
        none_of("comments lost", len(wanted - stored.keys()), len(wanted)),
        none_of("comments doubled", sum(n - 1 for n in said.values()), len(found)),
        none_of("comments that came back though forgotten", len(back), len(diary.forgotten)),
        none_of("comments kept longer than the study says", len(kept), len(retired)),
    ]


def _windows(soak: Soak, receipts: Sequence[dict[str, Any]], windows: Sequence[Any]) -> list[Figure]:
    """Each hour in which the job came is done, once; each run that came to its end has its receipt."""
    done = Counter(receipt["window"] for receipt in receipts if _came_through(receipt))
    worked = [run for run in soak.diary.runs if _has_to_say(run)]
    here = [(receipt["started_at"] / 1000, receipt["exit"]) for receipt in receipts]
    whole = [receipt for receipt in receipts if _whole(soak, receipt)]
    missing = [run for run in worked if not any(_is_of(run, began, code) for began, code in here)]
    for run in missing:
        print(f"  no receipt of {run}")
    cut = {
        window_at(datetime.fromtimestamp(run.began, UTC), BERLIN, "hour") for run in soak.diary.runs if _was_cut(run)
    }
    open_ones = [window for window in windows if window.state == "running" and window.window not in cut]
    told = [run.end_s for run in soak.diary.runs if run.end_s]
    slow = [seconds for seconds in told if seconds > _LIMIT_S]
    return [
        none_of("windows done more than once", sum(n > 1 for n in done.values()), len(done)),
        none_of("windows left open by runs that could end them", len(open_ones), len(windows)),
        none_of("runs without their receipt", len(missing), len(worked)),
        none_of("receipts that lack a step", len(receipts) - len(whole), len(receipts)),
        none_of(f"runs that took over {_LIMIT_S:.0f} s to end by SIGTERM", len(slow), len(told)),
    ]


def _was_cut(run: Ran) -> bool:
    """Whether a run could write nothing down any more: it was killed, its disk was full, its time to end was over."""
    return run.exit is None or run.what == "disk full" or run.end_s >= GRACE_S


def _has_to_say(run: Ran) -> bool:
    """Whether a run did something, and could write it down: not one that finds its window done, or ends at once."""
    return not _was_cut(run) and not (run.exit in {0, 143} and run.cpu_s < _WORKED_CPU_S)


def _is_of(run: Ran, began: float, code: int) -> bool:
    """One that was told to end after its receipt was written, while others were told of it, had come to its end."""
    ended = code == run.exit or (run.what == "told to end" and code in _DONE)
    return ended and -1 <= began - run.began <= run.wall_s + 1


def _came_through(receipt: dict[str, Any]) -> bool:
    steps = {step["command"]: step["exit"] for step in receipt["steps"]}
    return receipt["exit"] in _DONE and steps.get("collect") in _DONE


def _whole(soak: Soak, receipt: dict[str, Any]) -> bool:
    """Whether a receipt of a run that came through names all its steps, and each has a receipt of its own."""
    folder = soak.study / "data" / "receipts"
    files = [list(folder.glob(f"*-{step['run']}-{step['command']}.json")) for step in receipt["steps"]]
    names = {step["command"] for step in receipt["steps"]}
    return receipt["exit"] not in _DONE or (all(files) and names >= set(_COMMANDS))


def _told(soak: Soak, receipts: Sequence[dict[str, Any]]) -> list[Figure]:
    """Each cause was told once, until it was over; and none that a receipt names was never told."""
    lines = soak.messages.read_text().splitlines() if soak.messages.exists() else []
    open_causes, told, twice = set[str](), Counter[str](), 0
    for line in map(json.loads, lines):
        twice += sum(key in open_causes for key in line["new"]) * (not line["again"])
        told.update(line["new"])
        open_causes = (open_causes | set(line["new"])) - set(line["over"])
    named = {key for receipt in receipts for key in receipt["alerts"]}
    return [
        none_of("causes told twice", twice, told.total()),
        none_of("causes that nobody was told of", len(named - told.keys()), len(named)),
    ]


def _steady(soak: Soak) -> list[Figure]:
    """Memory, processor time and files at the end, held against a third of the way.

    Then the study holds for the first time as much as it ever will: what it keeps of comments is a third of the days.
    """
    runs = [run for run in soak.diary.runs if not run.what and run.cpu_s > _WORKED_CPU_S]
    stretch, last = max(soak.hours // 10, 6), soak.hours
    early = [run for run in runs if last / 3 <= run.hour <= last / 3 + stretch] or runs[:3]
    late = [run for run in runs if run.hour >= last - stretch]
    grown = mean(run.rss for run in late) / mean(run.rss for run in early) - 1
    now_s, then_s = mean(run.cpu_s for run in late), mean(run.cpu_s for run in early)
    memory = f"{_mib(late)} MiB at the end, {_mib(early)} after a third ({grown:+.1%})"
    cpu = f"{now_s:.2f} s at the end, {then_s:.2f} after a third"
    return [
        Figure("memory", memory, f"{_GROWN:+.0%}", grown < _GROWN),
        Figure("processor time of a run", cpu, f"{_SLOWER:g} ×", now_s < _SLOWER * then_s),
        *_files(soak),
    ]


def _mib(runs: Iterable[Ran]) -> int:
    return round(mean(run.rss for run in runs) / MIB)


def _files(soak: Soak) -> list[Figure]:
    """What is there for a while is gone after it; what is kept of receipts and reports for long stays small."""
    last = soak.diary.files[-1]
    most = _MOST | {"data/rejects": min(_refusals(soak), _KEPT_RUNS * len(SITES))}
    over = {name: last[name][0] for name in most if name in last and last[name][0] > most[name]}
    before = soak.clock.time() - 2 * OLD_S  # the last hour's are let go of by the next hour's run
    drafts = [path for path in soak.study.rglob(".*.draft*") if path.stat().st_mtime < before]
    for path in drafts:
        print(f"  left: {path.relative_to(soak.study)}")
    for_long = ", ".join(
        f"{name.partition('/')[2]} {last[name][1] / MIB:.1f} MiB" for name in _FOR_LONG if name in last
    )
    size = sum(last[name][1] for name in _FOR_LONG if name in last)
    return [
        Figure("files of one run that nobody removes", str(over or "none"), "none", not over),
        none_of("half-written files left by killed runs", len(drafts), len(soak.diary.runs)),
        Figure("what is kept for long", for_long, f"{_A_DAY // MIB} MiB a day", size < _A_DAY * max(soak.days, 1)),
    ]


def _refusals(soak: Soak) -> int:
    """How many sources of all runs had items that could not be used; a killed run tells of none."""
    killed = sum(run.exit is None for run in soak.diary.runs)
    collected = (json.loads(path.read_text("utf-8")) for path in (soak.study / "data/receipts").glob("*-collect.json"))
    return sum(bool(line["rejected"]) for receipt in collected for line in receipt["counts"].values()) + killed
