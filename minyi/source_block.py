"""What a kind of source needs, and the shortest block of a study file that names it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

if TYPE_CHECKING:
    from scrapers.protocol import Collector

SHORTEST: dict[str, dict[str, Any]] = {
    "appstore": {"app": "https://apps.apple.com/cn/app/id414478124"},
    "article": {"urls": ["https://example.com/news/1"]},
    "bluesky": {"posts": ["https://bsky.app/profile/example.com/post/3kfare2222222"]},
    "discourse": {"server": "https://forum.example.com", "latest": True},
    "feed": {"url": "https://example.com/feed.xml"},
    "files": {"path": "comments.csv"},
    "govuk": {"search": "harbour crossing charge"},
    "hackernews": {"query": "transit card"},
    "mastodon": {"server": "https://mastodon.example.com", "tag": "fares"},
    "reddit": {"subreddit": "transit", "search": "night fare"},
    "wordpress": {"server": "https://blog.example.com", "search": "fares"},
    "youtube": {"videos": ["https://www.youtube.com/watch?v=nightFare-1"]},
}
"""Options of minyi's own kinds that collect something, to be replaced by one's own."""

_GAP = "…"


def needs(kind: str, found: Collector) -> list[str]:
    """What must be given: names of options, and what the options say of themselves, as "give one of url and urls"."""
    names = _required(found)
    message = _of_the_whole(found, {name: SHORTEST.get(kind, {}).get(name, _GAP) for name in names})
    return [*names, *filter(None, [message])]


def block(kind: str, found: Collector) -> str:
    """A `[[sources]]` block to copy; in a kind of another package `…` stands where a value belongs."""
    options = SHORTEST.get(kind) or dict.fromkeys(_required(found), _GAP)
    lines = ["[[sources]]", f'name = "my {kind}"', f'kind = "{kind}"']
    return "\n".join(
        [*lines, *(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in options.items())]
    )


def page_of(kind: str, found: Collector) -> str:
    """The name of the page that says more; "" for a kind of another package."""
    return f"docs/sources/{kind}.md" if type(found).__module__ == f"scrapers.sites.{kind}" else ""


def _required(found: Collector) -> list[str]:
    return [name for name, field in found.options.model_fields.items() if field.is_required()]


def _of_the_whole(found: Collector, options: dict[str, Any]) -> str:
    """What the model says of these options together; "" where it is content, or one of them alone is wrong."""
    try:
        found.options.model_validate(options)
    except ValidationError as error:
        first = error.errors()[0]
        return str(first["ctx"]["error"]) if first["type"] == "value_error" and not first["loc"] else ""
    return ""
