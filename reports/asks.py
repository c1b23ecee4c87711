"""What people ask for: suggestions in the same or nearly the same words, ranked by how many people make them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reports.corpus import day_of
from reports.shingles import merge_alike
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.corpus import Corpus

LISTED = 10
_LONGEST = 160
MINORITY_FLOOR = 5
"""An ask with at least this many distinct authors is listed even beyond the first LISTED, up to twice as many."""


@dataclass
class _Wording:
    """Suggestions of exactly the same folded text."""

    members: list[int] = field(default_factory=list)
    authors: set[str] = field(default_factory=set)
    without_author: int = 0

    @property
    def weight(self) -> tuple[int, int]:
        return len(self.authors) + self.without_author, len(self.members)


def build_asks(corpus: Corpus) -> dict[str, Any]:
    """Requests in order of distinct authors (a comment without a known author counts as one), with what is not listed.

    Each has text, id, url, lang of its commonest wording, another wording where there is one, authors, comments,
    wordings, first day and the comments' positions (`members`, dropped before numbers are written).
    """
    chosen = corpus.counted & corpus.is_stance(Stance.SUGGESTION)
    wordings = _wordings(corpus, chosen.nonzero()[0].tolist())
    texts = corpus.rows["text"].to_numpy()
    leaders = merge_alike([str(texts[wording.members[0]]) for wording in wordings])
    merged: dict[int, list[_Wording]] = {}
    for leader, wording in zip(leaders, wordings, strict=True):
        merged.setdefault(leader, []).append(wording)
    asks = sorted((_ask(corpus, parts) for parts in merged.values()), key=_rank)
    floor = sum(ask["voices"] >= MINORITY_FLOOR for ask in asks)
    listed = asks[: max(LISTED, min(floor, 2 * LISTED))]
    return {
        "comments": int(chosen.sum()),
        "authors": corpus.authors(chosen),
        "requests": len(asks),
        "listed": listed,
        "others": {
            "requests": len(asks) - len(listed),
            "comments": sum(ask["comments"] for ask in asks[len(listed) :]),
        },
    }


def _wordings(corpus: Corpus, positions: list[int]) -> list[_Wording]:
    """Exact duplicates together, by falling weight, then by smallest id (rows are sorted by id)."""
    found: dict[object, _Wording] = {}
    folds, authors = corpus.rows["fold"].tolist(), corpus.rows["author"].tolist()
    for position in positions:
        fold = folds[position]
        wording = found.setdefault(("row", position) if fold is None or fold != fold else fold, _Wording())  # noqa: PLR0124  NaN
        wording.members.append(position)
        author = authors[position]
        if isinstance(author, str) and author:
            wording.authors.add(author)
        else:
            wording.without_author += 1
    return sorted(found.values(), key=lambda wording: (*(-part for part in wording.weight), wording.members[0]))


def _ask(corpus: Corpus, parts: list[_Wording]) -> dict[str, Any]:
    authors = set().union(*(part.authors for part in parts))
    members = sorted(position for part in parts for position in part.members)
    days = [day_of(int(corpus.local[position])) for position in members if corpus.dated[position]]
    return {
        **_said(corpus, parts[0].members[0]),
        "other": _said(corpus, parts[1].members[0]) if len(parts) > 1 else None,
        "authors": len(authors) or None,
        "voices": len(authors) + sum(part.without_author for part in parts),
        "comments": len(members),
        "wordings": len(parts),
        "first": min(days).isoformat() if days else None,
        "members": members,
    }


def _said(corpus: Corpus, position: int) -> dict[str, Any]:
    row = corpus.rows.iloc[position]
    return {
        "id": row["id"],
        "text": shortened(str(row["text"]), _LONGEST),
        "lang": _text_or_none(row["lang"]),
        "url": _text_or_none(row["url"]),
    }


def shortened(text: str, longest: int) -> str:
    """The text on one line, cut with an ellipsis after `longest` characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[:longest].rstrip() + "…"


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _rank(ask: dict[str, Any]) -> tuple[int, int, str, str]:
    return -ask["voices"], -ask["comments"], ask["first"] or "9999", ask["id"]


def without_members(asks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The asks as they are printed."""
    return [{key: value for key, value in ask.items() if key != "members"} for ask in asks]
