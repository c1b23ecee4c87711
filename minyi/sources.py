"""Every kind of source: what it gives, whom it asks, its key and its options."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from minyi.source_block import block, needs, page_of
from minyi.study_problems import nearest
from minyi.walled import BRING_FILES, walled_kind
from scrapers.errors import CollectorFault
from scrapers.sites import collector, kinds
from storage.errors import UsageError

if TYPE_CHECKING:
    from minyi.console import Console
    from scrapers.protocol import Collector


def show_kinds(console: Console) -> None:
    """A line for each kind; one that another package brings and that cannot be loaded says so."""
    found, table = [], []
    for kind in kinds():
        try:
            facts = facts_of(kind, collector(kind))
        except CollectorFault as error:
            console.warn(str(error))
            continue
        found.append(facts)
        table.append([kind, facts["access"], _key(facts), facts["summary"]])
    console.table("Kinds of sources", ["kind", "access", "key", "what it gives"], table)
    console.say("\nOne with its options: minyi sources KIND")
    console.event("done", sources=found)


def show_kind(kind: str, console: Console) -> None:
    """One kind with its options.

    Raises:
        UsageError: there is none of this name.
        CollectorFault: another package brings it, and it cannot be loaded.
    """
    if kind not in kinds():
        if platform := walled_kind(kind):
            raise UsageError(f"{platform} is behind a login, and is not scraped", remedy=BRING_FILES)
        guess = nearest(kind, list(kinds()))
        hint = f'did you mean "{guess}"? ' if guess else ""
        raise UsageError(f'"{kind}" is no kind of source', remedy=f"{hint}known: {', '.join(kinds())}")
    facts = facts_of(kind, collector(kind))
    console.say(f"{kind}: {facts['summary']}")
    console.say(f"Asks: {', '.join(facts['hosts']) or 'the hosts its options name'}")
    if facts["key"]:
        need = "Needs" if facts["key"]["required"] else "Can use"
        console.say(f"{need} your own key in {facts['key']['variable']}. {facts['key']['get_one']}")
    if facts["needs"]:
        console.say(f"Must be given: {'; '.join(facts['needs'])}")
    rows = [[one["name"], one["type"], _default(one["default"]), one["about"]] for one in facts["options"]]
    console.table("Options", ["option", "type", "by default", "what it says"], rows)
    console.say(f"\nTo copy into study.toml:\n\n{facts['block']}")
    if facts["page"]:
        console.say(f"\nMore: {facts['page']}")
    console.event("done", **facts)


def facts_of(kind: str, found: Collector) -> dict[str, Any]:
    """A kind as a job reads it; whether a key is set, never the key."""
    key = found.key
    return {
        "kind": kind,
        "summary": found.summary,
        "access": found.access,
        "hosts": list(found.hosts),
        "key": key
        and {
            "variable": key.variable,
            "required": key.required,
            "set": bool(os.environ.get(key.variable)),
            "get_one": key.get_one,
        },
        "needs": needs(kind, found),
        "options": _options(found),
        "block": block(kind, found),
        "page": page_of(kind, found),
    }


def _options(found: Collector) -> list[dict[str, Any]]:
    schema = found.options.model_json_schema()
    about = _attributes(found.options)
    return [
        {
            "name": name,
            "type": _type(entry),
            "default": entry.get("default"),
            "about": entry.get("description") or about.get(name, ""),
        }
        for name, entry in schema.get("properties", {}).items()
    ]


def _default(value: object) -> str:
    """A default as a person writes it."""
    if isinstance(value, bool):
        return "yes (true)" if value else "no (false)"
    return "" if value in (None, [], {}) else str(value)


def _type(entry: dict[str, Any]) -> str:
    """A JSON Schema type in a word or two."""
    if "anyOf" in entry:
        return " or ".join(dict.fromkeys(_type(one) for one in entry["anyOf"] if one.get("type") != "null"))
    if "enum" in entry:
        return " or ".join(map(str, entry["enum"]))
    if entry.get("type") == "array":
        return f"list of {_type(entry.get('items', {}))}"
    return {"string": "text", "integer": "number", "number": "number", "boolean": "yes or no"}.get(
        entry.get("type", ""), "table"
    )


def _attributes(model: type) -> dict[str, str]:
    """What the docstrings of an options model and those it stands on say about each option."""
    found: dict[str, str] = {}
    for each in reversed(model.__mro__):
        name = ""
        for line in (each.__doc__ or "").partition("Attributes:")[2].splitlines():
            head, colon, rest = line.strip().partition(": ")
            if colon and head.isidentifier() and line.startswith("        ") and not line.startswith("         "):
                name, found[head] = head, rest
            elif name and line.strip():
                found[name] += " " + line.strip()
            else:
                name = ""
    return found


def _key(facts: dict[str, Any]) -> str:
    key = facts["key"]
    if not key:
        return "none"
    state = "set" if key["set"] else "not set"
    return f"{key['variable']} ({'needed' if key['required'] else 'if you have one'}, {state})"
