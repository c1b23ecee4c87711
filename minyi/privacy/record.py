"""What a study holds of people, why, and for how long: a record of processing (GDPR Art. 30, PIPL Art. 55 and 56)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minyi.privacy.places import database_files
from minyi.privacy.record_words import WORDS, Words

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        "controller": said.controller or None,
        "contact": said.contact or None,
        "purpose": said.purpose or None,
        "basis": said.basis or None,
        "comments": len(comments),
        "authors": int(comments["author"].nunique()),
        "first": _day(comments["published_at"].min()) if len(comments) else None,
        "last": _day(comments["published_at"].max()) if len(comments) else None,
        "sources": [{"name": it["source"], "comments": it["comments"]} for it in store.source_counts(study.id)],
        "captures": int((~pages["sha256"].isin(store.forgetting(study.id).removed_captures())).sum()),
        "comments_days": said.comments_days or None,
        "captures_days": said.captures_days or None,
        "where": {"folder": str(workspace.folder), "database": "file" if database_files(workspace) else "server"},
        "told": sorted(workspace.loaded.notify.variables),
        "coder": study.coder,
        "forgotten": sum(int(run.counts.get("comments", 0)) for run in runs if run.command == "forget"),
        "requests": sum(run.command == "forget" for run in runs),
    }


def _day(milliseconds: Any) -> str | None:  # noqa: ANN401  a number, or one of pandas's ways to say none
    from datetime import UTC, datetime

    import pandas as pd

    if pd.isna(milliseconds):
        return None
    return datetime.fromtimestamp(int(milliseconds) / 1000, UTC).date().isoformat()


def as_markdown(record: dict[str, Any], language: Language) -> str:
    """The record as a page, in one language."""
    words = WORDS[language]
    responsible = ("controller", "contact", "purpose", "basis")
    lines = [f"- {words[name]}: {record[name] or words[NOT_SAID]}" for name in responsible]
    return "\n".join(
        [f"# {words['title']}: {record['study']}", "", *lines, "", *_held(record, words), "", *_kept(record, words), ""]
    )


def _held(record: dict[str, Any], words: Words) -> Iterator[str]:
    yield f"## {words['held']}"
    yield ""
    span = f"{record['first'] or '?'} – {record['last'] or '?'}"
    yield f"- {words['texts'].format(n=record['comments'], span=span)}"
    yield f"- {words['authors'].format(n=record['authors'])}"
    yield f"- {words['captures'].format(n=record['captures'])}"
    for source in record["sources"]:
        yield f"- {words['source'].format(name=source['name'], n=source['comments'])}"


def _kept(record: dict[str, Any], words: Words) -> Iterator[str]:
    yield f"## {words['kept']}"
    yield ""
    for name in ("comments_days", "captures_days"):
        days = record[name]
        yield f"- {words[name]}: {words['days'].format(n=days) if days else words['for_good']}"
    yield f"- {words['where'].format(folder=record['where']['folder'])}"
    yield f"- {words['server' if record['where']['database'] == 'server' else 'file']}"
    yield f"- {words['recipients']}"
    if record["coder"].startswith("llm:"):
        yield f"- {words['model'].format(coder=record['coder'])}"
    yield f"- {words['security']}"
    yield f"- {words['forgotten'].format(n=record['forgotten'], requests=record['requests'])}"
