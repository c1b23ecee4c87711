"""What is still to be asked, as text that outlives a run, and cursors that merge."""

from __future__ import annotations

import hashlib
import json
from collections import deque
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scrapers.protocol import LocalFile, Request
from storage.state import Waiting

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pydantic import BaseModel

    from scrapers.protocol import Ask, Collector, Cursor

_LONGEST_URL = 8_000
_SECRET = frozenset({"secrets", "secret_params"})


@dataclass(slots=True)
class Frontier:
    """The asks of one source in order, each once.

    Attributes:
        repeated: asks that were given a second time and left out.
    """

    repeated: list[str] = field(default_factory=list)
    _asks: deque[Ask] = field(default_factory=deque)
    _seen: set[str] = field(default_factory=set)

    def add(self, asks: Iterable[Ask]) -> tuple[Waiting, ...]:
        """Take in those that are new, and give them as they are kept."""
        fresh = []
        for ask in asks:
            if ask.key in self._seen:
                self.repeated.append(ask.key)
                continue
            self._seen.add(ask.key)
            fresh.append(ask)
        waiting = _as_kept(fresh)
        self._asks.extend(fresh)
        return waiting

    def left(self) -> tuple[Waiting, ...]:
        """What is still to be asked, as it is kept."""
        return _as_kept(self._asks)

    def take(self) -> Ask | None:
        """The next ask; None where there is none left."""
        return self._asks.popleft() if self._asks else None

    def put_back(self, ask: Ask) -> None:
        """One that was taken and came to nothing: it is the next again."""
        self._asks.appendleft(ask)

    def __len__(self) -> int:
        return len(self._asks)


def _as_kept(asks: Iterable[Ask]) -> tuple[Waiting, ...]:
    return tuple(Waiting(key_of(ask), written(ask)) for ask in asks)


def key_of(ask: Ask) -> str:
    """A short name for an ask: the same for the same ask in every run."""
    return hashlib.sha256(ask.key.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def written(ask: Ask) -> str:
    """An ask as JSON, without secrets and without what is as usual.

    Raises:
        TypeError: it carries a secret or something that JSON does not know: the collector's mistake.
    """
    kept: dict[str, Any] = {"file": str(ask.path)} if isinstance(ask, LocalFile) else {}
    usual = LocalFile(Path()) if isinstance(ask, LocalFile) else Request("")
    for each in fields(ask):
        value = getattr(ask, each.name)
        if each.name != "url" and (each.name == "path" or value == getattr(usual, each.name)):
            continue
        if each.name in _SECRET:
            raise TypeError("a collector put a secret into a request")
        kept[each.name] = value.decode("latin-1") if isinstance(value, bytes) else value
    if "headers" in kept:
        kept["headers"] = dict(kept["headers"])
    return json.dumps(kept)  # in ASCII: a lone surrogate in a URL could not be stored


def read_back(text: str) -> Ask:
    """The ask that was written.

    Raises:
        ValueError, TypeError, KeyError: it is none, as from another version.
    """
    kept = json.loads(text)
    if "file" in kept:
        return LocalFile(Path(kept.pop("file")), **kept)
    if "body" in kept:
        kept["body"] = kept["body"].encode("latin-1")
    return Request(**kept)


def merged(kept: Cursor | None, new: Cursor | None) -> Cursor | None:
    """The cursor after a page: two JSON objects merge key by key, anything else takes the old one's place."""
    if new is None:
        return kept
    before, after = _object(kept or "{}"), _object(new)
    if before is None or after is None:
        return _plain(new)
    return json.dumps({key: item for key, item in (before | after).items() if item is not None})


def _plain(cursor: Cursor) -> Cursor:
    """A cursor as it can be stored: what is no character of any text is left out."""
    return cursor.encode("utf-8", "ignore").decode("utf-8").replace("\0", "")


def sendable(ask: Ask) -> bool:
    """Whether an ask's address is one that can be sent and stored at all."""
    if isinstance(ask, LocalFile):
        return True
    return len(ask.url) <= _LONGEST_URL and ask.url.isprintable()


def state_digest(collector: Collector, options: BaseModel) -> str:
    """What a source's state belongs to: with other options, or another shape of answers, it starts anew."""
    said = [collector.name, collector.schema_version, options.model_dump(mode="json")]
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=False).encode(errors="replace")).hexdigest()


def _object(cursor: Cursor) -> dict[str, Any] | None:
    try:
        value = json.loads(cursor)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
