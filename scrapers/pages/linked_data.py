"""What a page states about itself in schema.org's JSON-LD."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

_LONGEST = 1_000_000


def linked_data(tree: HtmlElement) -> list[dict[str, Any]]:
    """The objects of every JSON-LD script: those at the top level and in a `@graph`, in order."""
    found: list[dict[str, Any]] = []
    for script in tree.xpath("//script[@type='application/ld+json']"):
        found.extend(_objects((script.text or "")[:_LONGEST]))
    return found


def stated(data: list[dict[str, Any]], name: str) -> str:
    """The first value of a property that is a text; empty where no object has one."""
    values = (item.get(name) for item in data)
    return next((value for value in values if isinstance(value, str) and value.strip()), "")


def is_paywalled(data: list[dict[str, Any]]) -> bool:
    """Whether the page says that it is not accessible for free."""
    return any(str(item.get("isAccessibleForFree")).lower() == "false" for item in data)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    try:
        data: Any = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return
    for top in data if isinstance(data, list) else [data]:
        inner = top.get("@graph") if isinstance(top, dict) else None
        yield from (item for item in [top, *(inner if isinstance(inner, list) else [])] if isinstance(item, dict))
