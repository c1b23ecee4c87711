"""What a study holds of people, why, and for how long: a record of processing (GDPR Art. 30, PIPL Art. 55 and 56)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from minyi.privacy.places import database_files
from minyi.privacy.record_words import WORDS, Words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from minyi.workspace import Workspace
    from storage.nouns import Language

NOT_SAID = "not_said"


def record_of(workspace: Workspace) -> dict[str, Any]:
    """The record as facts: counts, places and what the study file says; what it does not say is None."""
    store, study, said = workspace.store, workspace.study, workspace.loaded.privacy
    comments = store.comments(study.id, columns=["author", "published_at"])
    runs, pages = store.runs(study.id), store.collected.captures(study.id)
    return {
        "study": study.id,
        "change": study.change.name.model_dump(),
        "made": workspace.now.astimezone(study.zone).date().isoformat(),
        "controller": said.controller or None,
        "contact": said.contact or None,
        "purpose": said.purpose or None,
        "basis": said.basis or None,
        "comments": len(comments),
        "authors": int(comments["author"].nunique()),
        "first": _day(comments["published_at"].min(), study.zone) if len(comments) else None,
        "last": _day(comments["published_at"].max(), study.zone) if len(comments) else None,
        "sources": [{"name": it["source"], "comments": it["comments"]} for it in store.source_counts(study.id)],
        "captures": int((~pages["sha256"].isin(store.forgetting(study.id).removed_captures())).sum()),
        "comments_days": said.comments_days or None,
        "captures_days": said.captures_days or None,
        "where": {"folder": str(workspace.folder), "database": "file" if database_files(workspace) else "server"},
        "told": sorted(workspace.loaded.notify.variables),
        "coder": study.coder,
        "endpoint": urlsplit(str(study.coder_options.get("endpoint") or "")).hostname,
        "forgotten": sum(int(run.counts.get("comments", 0)) for run in runs if run.command == "forget"),
        "requests": sum(run.command == "forget" and run.status == "ok" for run in runs),
    }


def _day(milliseconds: Any, zone: ZoneInfo) -> str | None:  # noqa: ANN401  a number, or one of pandas's ways to say none
    from datetime import datetime

    import pandas as pd

    if pd.isna(milliseconds):
        return None
    return datetime.fromtimestamp(int(milliseconds) / 1000, zone).date().isoformat()


def as_markdown(record: dict[str, Any], language: Language) -> str:
    """The record as a page, in one language."""
    words = WORDS[language]
    sections = {"held": _held, "passed": _passed, "kept": _kept, "rights": _rights, "risks": _risks}
    name = record["change"].get(language) or next(filter(None, record["change"].values()), record["study"])
    lines = [f"# {words['title']}", "", words["made"].format(day=record["made"]), "", f"## {words['responsible']}", ""]
    lines += [f"- {words['about'].format(name=name)}"]
    responsible = ("controller", "contact", "purpose", "basis")
    lines += [f"- {words[one]}{words['colon']}{record[one] or words[NOT_SAID]}" for one in responsible]
    for title, section in sections.items():
        lines += ["", f"## {words[title]}", "", *(f"- {line}" for line in section(record, words))]
    return "\n".join([*lines, ""])


def _held(record: dict[str, Any], words: Words) -> Iterator[str]:
    span = f"{record['first'] or '?'} – {record['last'] or '?'}"
    yield words["people"]
    yield words["texts"].format(n=record["comments"], span=span)
    yield words["authors"].format(n=record["authors"])
    yield words["captures"].format(n=record["captures"])
    yield words["judged"]
    yield words["special"]
    for source in record["sources"]:
        yield words["source"].format(name=source["name"], n=source["comments"])


def _passed(record: dict[str, Any], words: Words) -> Iterator[str]:
    model = record["coder"].startswith("llm:")
    named = {"coder": record["coder"].removeprefix("llm:"), "host": record["endpoint"] or "?"}
    yield words["model"].format(**named) if model else words["no_model"]
    if record["told"]:
        yield words["told"].format(names=", ".join(record["told"]))
    yield words["recipients"]


def _kept(record: dict[str, Any], words: Words) -> Iterator[str]:
    for name in ("comments_days", "captures_days"):
        days = record[name]
        yield f"{words[name]}{words['colon']}{words['days'].format(n=days) if days else words['for_good']}"
    yield words["where"].format(folder=record["where"]["folder"])
    yield words[record["where"]["database"]]
    yield words["security"]


def _rights(record: dict[str, Any], words: Words) -> Iterator[str]:
    yield words["asked"].format(n=record["forgotten"], requests=record["requests"])
    yield words["decisions"]


def _risks(_: dict[str, Any], words: Words) -> Iterator[str]:
    yield from (words[name] for name in ("found", "said", "wrong"))
