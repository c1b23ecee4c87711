"""What people ask for: suggestions in the same or nearly the same words, ranked by how many people make them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from reports.corpus import day_of
from reports.masking import masked
from reports.shingles import merge_alike
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from reports.corpus import Corpus
    from reports.inputs import ReportInput

LISTED = 10
_LONGEST = 160
MINORITY_FLOOR = 5
"""An ask with at least this many distinct authors is listed even beyond the first LISTED, up to twice as many."""


@dataclass
class _Wording:
    """Suggestions of exactly the same folded text; several wordings together make a request."""

    members: list[int] = field(default_factory=list)
    authors: set[str] = field(default_factory=set)
    without_author: int = 0
    likes: int | None = None
    wordings: list[_Wording] = field(default_factory=list)

    @property
    def voices(self) -> int:
        """Distinct authors; a comment without a known author is one."""
        return len(self.authors) + self.without_author

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """By people, then by comments, then by likes, then by smallest id (rows are sorted by id)."""
        return -self.voices, -len(self.members), -(self.likes or 0), self.members[0]

    def liked(self, likes: float | None) -> None:
        """Adds likes where their number is known."""
        if likes is not None:
            self.likes = (self.likes or 0) + int(likes)


def build_asks(inp: ReportInput, corpus: Corpus) -> dict[str, Any]:
    """Requests by distinct authors (a comment without a known author counts as one), and how many are not listed.

    Each has text, id, url, lang of its commonest wording, another wording where there is one, authors, comments,
    likes, wordings, first day and the comments' positions (`members`, dropped before numbers are written).
    """
    del inp
    chosen = corpus.counted & corpus.is_stance(Stance.SUGGESTION)
    requests = _requests(corpus, _wordings(corpus, chosen.nonzero()[0].tolist()))
    floor = sum(request.voices >= MINORITY_FLOOR for request in requests)
    listed = max(LISTED, min(floor, 2 * LISTED))
    others = requests[listed:]
    return {
        "comments": int(chosen.sum()),
        "authors": corpus.authors(chosen),
        "requests": len(requests),
        "listed": [_ask(corpus, request) for request in requests[:listed]],
        "others": {"requests": len(others), "comments": sum(len(request.members) for request in others)},
    }


def _wordings(corpus: Corpus, positions: list[int]) -> list[_Wording]:
    """Exact duplicates together, by falling weight; a comment without a key of duplicates stands alone."""
    found: dict[object, _Wording] = {}
    folds, authors = corpus.rows["fold"].tolist(), corpus.rows["author"].tolist()
    alone = corpus.rows["fold"].isna().tolist()
    likes = corpus.rows["likes"].astype(object).where(corpus.rows["likes"].notna(), None).tolist()
    for position in positions:
        wording = found.setdefault(("row", position) if alone[position] else folds[position], _Wording())
        wording.members.append(position)
        wording.liked(likes[position])
        if authors[position] is None:
            wording.without_author += 1
        else:
            wording.authors.add(authors[position])
    return sorted(found.values(), key=lambda wording: wording.rank)


def _requests(corpus: Corpus, wordings: list[_Wording]) -> list[_Wording]:
    """Nearly equal wordings together, by rank."""
    texts = corpus.rows["text"].tolist()
    merged: dict[int, _Wording] = {}
    leaders = merge_alike([str(texts[wording.members[0]]) for wording in wordings])
    for leader, wording in zip(leaders, wordings, strict=True):
        request = merged.setdefault(leader, _Wording())
        request.members.extend(wording.members)
        request.authors |= wording.authors
        request.without_author += wording.without_author
        request.liked(wording.likes)
        request.wordings.append(wording)
    for request in merged.values():
        request.members.sort()
    return sorted(merged.values(), key=lambda request: request.rank)


def _ask(corpus: Corpus, request: _Wording) -> dict[str, Any]:
    days = [day_of(int(corpus.local[position])) for position in request.members if corpus.dated[position]]
    said = [_said(corpus, wording.members[0]) for wording in request.wordings[:2]]
    return {
        **said[0],
        "other": said[1] if len(said) > 1 else None,
        "authors": len(request.authors) or None,
        "voices": request.voices,
        "comments": len(request.members),
        "texts": corpus.texts(corpus.of_rows(request.members)),
        "likes": request.likes,
        "wordings": len(request.wordings),
        "first": min(days).isoformat() if days else None,
        "members": request.members,
    }


def _said(corpus: Corpus, position: int) -> dict[str, Any]:
    row = corpus.rows.iloc[position]
    text = shortened(str(row["text"]), _LONGEST)
    return {"id": row["id"], "text": text, "lang": row["lang"], "url": row["url"]}


def shortened(text: str, longest: int) -> str:
    """The text on one line, cut with an ellipsis after `longest` characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[:longest].rstrip() + "…"


def build_shared_words(inp: ReportInput, corpus: Corpus) -> list[dict[str, Any]]:
    """The words that suggestions share, each with the example that holds it."""
    return [
        {
            "word": masked(word.word),
            "authors": int(word.authors),
            "comments": len(word.members),
            "texts": corpus.texts(corpus.of(word.members)),
            **_said(corpus, corpus.place_of[word.members[0]]),
        }
        for word in inp.shared_words
    ]


def without_members(asks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The asks as they are printed."""
    return [{key: value for key, value in ask.items() if key != "members"} for ask in asks]
