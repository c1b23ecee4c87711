"""The page of receipts, `data/receipts/index.html`: how the jobs went, in one file that loads nothing."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib import resources
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from minyi.jobs.alert_texts import minute, sentence
from minyi.jobs.alerts import STOPPED_BY_A_PERSON, TERMINATED
from minyi.jobs.failure_words import in_chinese
from minyi.jobs.job_receipts import COUNTED
from minyi.jobs.page_words import words
from minyi.outages import DAY_MS
from storage.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from zoneinfo import ZoneInfo

    from jinja2 import Template

    from minyi.jobs.job_receipts import Job, Receipts
    from minyi.jobs.notice_book import Notice
    from minyi.study_file import LoadedStudy
    from storage.nouns import Language

RUNS = 60
DAYS = 60
GLYPHS = {"ok": "✓", "partial": "◐", "failed": "✕", "stopped": "■", "missing": "?", "none": "·"}
_BEST = tuple(GLYPHS)
_KINDS = 20
_MINUTE_S = 60
_POLICY = "default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; form-action 'none'"


def pages(loaded: LoadedStudy, job: Job, before: Receipts, alerts: Sequence[Notice], now: datetime) -> dict[str, bytes]:
    """The page in both languages, by file name: index.html in the language of `[notify]`, and the other one beside it.

    Args:
        loaded: the study.
        job: the one that has just ended; its receipt need not be on the disk.
        before: the receipts that are.
        alerts: causes that are open.
        now: the present moment.
    """
    runs = [job, *islice((one for one in before.jobs() if one.started_at < job.started_at), RUNS - 1)]
    first = round(now.timestamp() * 1000) - (DAYS + 1) * DAY_MS
    days = [job, *takewhile(lambda one: one.started_at > first, _telling(before, loaded.study.zone))]
    own = loaded.notify.language
    names: dict[Language, str] = {own: "index.html"}
    names |= {language: f"index.{language}.html" for language in ("zh", "en") if language != own}
    other = dict(zip(names, reversed(names.values()), strict=True))
    strip = strip_of(days, loaded, now.astimezone(loaded.study.zone).date())
    return {
        name: _page(loaded, runs, strip, alerts, now, language, other[language]).encode(errors="replace")
        for language, name in names.items()
    }


def _telling(before: Receipts, zone: ZoneInfo) -> Iterator[Job]:
    """The jobs by which days are shown, newest first: once one of a day went well, no other of it is read."""
    well: set[date] = set()
    for one in before.jobs(parts=False, skip=lambda at: _day(at, zone) in well):
        if state_of(one.exit) == "ok":
            well.add(_day(one.started_at, zone))
        yield one


def state_of(code: int) -> str:
    """How an exit code is shown."""
    if code in {STOPPED_BY_A_PERSON, TERMINATED}:
        return "stopped"
    return {0: "ok", 3: "partial"}.get(code, "failed")


def strip_of(jobs: Iterable[Job], loaded: LoadedStudy, today: date) -> list[dict[str, str]]:
    """The last DAYS days, each with the best that a job of it came to; one without is missing, save of a weekly job."""
    zone = loaded.study.zone
    found: dict[date, str] = {}
    for job in jobs:
        day, state = _day(job.started_at, zone), state_of(job.exit)
        found[day] = min(found.get(day, state), state, key=_BEST.index)
    daily = loaded.schedule is None or loaded.schedule.every != "week"
    begun, days = min(found, default=today), [today - timedelta(days=ago) for ago in range(DAYS - 1, -1, -1)]
    lacking = {day: "missing" if daily and begun <= day < today else "none" for day in days}
    return [{"day": day.isoformat(), "state": found.get(day, lacking[day])} for day in days]


def _page(
    loaded: LoadedStudy,
    runs: Sequence[Job],
    days: Sequence[dict[str, str]],
    alerts: Sequence[Notice],
    now: datetime,
    language: Language,
    other: str,
) -> str:
    zone, t, css = loaded.study.zone, words(language), _own("receipts.css")
    open_ = [
        t["since"].format(said=sentence(one.alert, zone).in_language(language), since=minute(one.since, zone))
        for one in alerts
    ]
    return _template().render(
        t=t,
        csp=_POLICY.format(style=base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()),
        css=Markup(css),  # noqa: S704  our own file
        study=loaded.study.id,
        written=t["written"].format(when=minute(round(now.timestamp() * 1000), zone), zone=zone.key),
        other=other,
        alerts=open_,
        days=days,
        runs=[_shown(job, zone, t, language) for job in runs],
        glyphs=GLYPHS,
        counted=COUNTED,
    )


def _shown(job: Job, zone: ZoneInfo, t: dict[str, str], language: Language) -> dict[str, Any]:
    """A job as the template takes it; equal failures are one."""
    kinds = Counter(
        tuple(clean_line(failure.get(name) or "") for name in ("source", "type", "what", "where", "remedy"))
        for failure in job.failures
    )
    names = ("source", "type", "what", "where", "remedy")
    failures = [_failure(dict(zip(names, kind, strict=True)), n, language) for kind, n in kinds.most_common(_KINDS)]
    left = len(kinds) - len(failures)
    return {
        "state": state_of(job.exit),
        "window": clean_line(job.window) or "–",
        "started": minute(job.started_at, zone),
        "took": _took(job.seconds, t),
        "new": sum(line.counts["new"] for line in job.sources.values()),
        "n_failures": len(job.failures),
        "missed": job.missed or "",
        "sources": [
            {
                "name": clean_line(name),
                "counts": [line.counts[key] for key in COUNTED],
                "failed": ", ".join(f"{error} {n}" for error, n in sorted(line.failed.items())),
            }
            for name, line in sorted(job.sources.items())
        ],
        "failures": failures,
        "more": t["more"].format(n=left) if left else "",
    }


def _failure(said: dict[str, str], n: int, language: Language) -> dict[str, Any]:
    """A failure in the page's language; what the command said of it in English stands beside the Chinese."""
    words = in_chinese(said["type"]) if language == "zh" else None
    if words is None:
        return {**said, "n": n, "english": ""}
    return {**said, "what": words.what, "remedy": words.remedy, "n": n, "english": said["what"]}


def _took(seconds: float, t: dict[str, str]) -> str:
    if seconds < _MINUTE_S:
        return t["seconds"].format(n=f"{seconds:.0f}")
    return t["minutes"].format(n=f"{seconds / _MINUTE_S:.0f}")


def _day(ms: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(ms / 1000, UTC).astimezone(zone).date()


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(_own("receipts.html.j2"))


@cache
def _own(name: str) -> str:
    return (resources.files("minyi.jobs") / "templates" / name).read_text(encoding="utf-8")
