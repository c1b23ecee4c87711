"""What people ask for: suggestions of one theme, or in nearly the same words, ranked by distinct authors."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reports.answered import changes_after
from reports.ask_groups import Asks, asks_of, counted
from reports.corpus import day_of
from reports.judged import as_judged, judged_among
from reports.masking import masked
from reports.sections import SHAPES
from reports.shingles import Shingles, folded
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

    from reports.corpus import Corpus
    from reports.inputs import ReportInput, Response

    Whole = npt.NDArray[np.int64]

RESPONSE_COLUMNS = ("key", "request", "authors", "response_zh", "response_en", "state", "day")
"""Columns of the form that is filled in; their headings are `[response_columns]` of the wording, in either language."""
PARAPHRASE_COLUMNS = ("id", "quote", "paraphrase_zh", "paraphrase_en")
"""Columns of the form for paraphrases of quotes; headings as above."""
TEXT_KEY, THEME_KEY = "text:", "theme:"

_LONGEST = 160
_OTHERS = 2
_COMPARED = 400


def build_asks(inp: ReportInput, corpus: Corpus) -> dict[str, Any]:
    """Requests by distinct authors (a comment without a known author counts as one), and how many are not listed.

    Every ask of `floor` authors or more is listed, however far down: the first ones, as many as the sort of report has,
    with everything, further ones as one line. Each has
    key: "theme:KEY", or "text:ID" by the earliest of its comments;
    theme: what people call it, None where it is a group of nearly equal texts;
    text, id, url, lang: its commonest wording, or the most central where none recurs; others: up to two more;
    rank (equal for equal numbers of authors), level (how many asks have that rank), authors (known ones), voices,
    comments, texts, likes, wordings, first (day), digest (of its comments' ids), response (None, or the answer with
    what changed after it), and the comments' positions (`members`, dropped before numbers are written).
    """
    corpus = as_judged(inp, corpus)
    chosen = corpus.counted & corpus.is_stance(Stance.SUGGESTION)
    asks = asks_of(corpus, chosen)
    floor, shown = inp.study.least_authors, SHAPES[inp.options.preset].asks
    answers, unplaced = _placed(inp.responses, corpus, asks)
    listed = max(min(shown, len(asks)), int((asks.counts.voices >= floor).sum()))
    ranks = [*range(listed), *sorted(rank for rank in answers if rank >= listed)]
    made = _Made(inp, corpus, asks)
    found = [made.ask(rank, 1 if rank >= shown else 1 + _OTHERS) for rank in ranks]
    made.quote(found)
    _answer(inp, corpus, found, [answers.get(rank) for rank in ranks])
    return {
        "comments": int(chosen.sum()),
        "authors": corpus.authors(chosen),
        "requests": len(asks),
        "floor": floor,
        "judged": judged_among(inp, corpus),
        "themes": [{"key": theme.key, "title": theme.title.model_dump()} for theme in inp.themes],
        "listed": found,
        "unplaced": unplaced,
        "others": {
            "requests": len(asks) - len(ranks),
            "comments": int(asks.counts.comments.sum() - asks.counts.comments[ranks].sum()),
        },
    }


def _placed(responses: Iterable[Response], corpus: Corpus, asks: Asks) -> tuple[dict[int, Response], int]:
    """The answer of each ask, to its theme or one of its comments, of several the latest; and how many found none."""
    themes = {f"{THEME_KEY}{theme}": rank for rank, theme in enumerate(asks.themes) if theme}
    found: dict[int, Response] = {}
    unplaced = 0
    for response in sorted(responses, key=lambda one: (one.day or date.min, one.ask)):
        rank = themes.get(response.ask)
        if rank is None and response.ask.startswith(TEXT_KEY):
            rank = asks.rank_of(corpus.place_of.get(response.ask.removeprefix(TEXT_KEY)))
        if rank is None:
            unplaced += 1
        else:
            found[rank] = response
    return found, unplaced


def _answer(
    inp: ReportInput, corpus: Corpus, asks: Sequence[dict[str, Any]], answers: Sequence[Response | None]
) -> None:
    """Puts each answer beside its ask, with what changed after it."""
    changes = changes_after(
        inp, corpus, [(one, ask["members"]) for ask, one in zip(asks, answers, strict=True) if one is not None]
    )
    for ask, answer in zip(asks, answers, strict=True):
        ask["response"] = answer and {
            "state": answer.state,
            "text": answer.text.model_dump(),
            "day": answer.day.isoformat() if answer.day else None,
            "change": next(changes).written(),
        }


class _Made:
    """Asks as they are written."""

    def __init__(self, inp: ReportInput, corpus: Corpus, asks: Asks) -> None:
        self._corpus, self._asks = corpus, asks
        self._titles = {theme.key: theme.title.model_dump() for theme in inp.themes}
        self._ids = corpus.rows["id"].to_numpy(dtype=object)
        exact, _ = pd.factorize(corpus.rows["fold"].to_numpy()[asks.at])
        self._exact = np.zeros(len(corpus.rows), np.int64)  # of suggestions only
        self._exact[asks.at] = np.where(exact >= 0, exact, len(exact) + np.arange(len(exact)))

    def ask(self, rank: int, wordings: int) -> dict[str, Any]:
        """One ask with up to so many wordings, which are positions still."""
        counts, theme = self._asks.counts, self._asks.themes[rank]
        members = self._asks.members(rank)
        same = counts.voices == counts.voices[rank]
        likes, first = counts.likes[rank], int(counts.first[rank])
        return {
            "key": f"{THEME_KEY}{theme}" if theme else f"{TEXT_KEY}{self._ids[counts.earliest[rank]]}",
            "theme": self._titles.get(theme, {"zh": theme, "en": theme}) if theme else None,
            "wordings_at": self._wordings(members, bool(theme), wordings),
            "rank": int(np.argmax(same)) + 1,
            "level": int(same.sum()),
            "authors": int(counts.authors[rank]) or None,
            "voices": int(counts.voices[rank]),
            "comments": int(counts.comments[rank]),
            "texts": int(np.unique(self._corpus.text[members]).size),
            "likes": None if np.isnan(likes) else int(likes),
            "wordings": int(np.unique(self._exact[members]).size),
            "first": day_of(first).isoformat() if self._asks.dated(rank) else None,
            "digest": _digest(self._ids[members].tolist()),
            "members": members.tolist(),
        }

    def _wordings(self, members: Whole, theme: bool, wanted: int) -> list[int]:
        """Positions of the commonest wordings: of a theme its texts, nearly equal ones as one; else its exact texts."""
        number, found = pd.factorize((self._corpus.text if theme else self._exact)[members])
        counts = counted(self._corpus, members, number, len(found))
        order = counts.order()[: max(wanted, 1)]
        if theme and len(found) > 2 and counts.voices[order[0]] == 1:  # noqa: PLR2004  of two neither is in the middle
            return self._central(counts.earliest, wanted)
        return [int(at) for at in counts.earliest[order]]

    def _central(self, positions: Whole, wanted: int) -> list[int]:
        """The texts whose words recur furthest among the theme's; of very many, every so-manieth is compared."""
        some = np.sort(positions)[:: max(1, -(-len(positions) // _COMPARED))]
        centrality = Shingles.of([folded(text) for text in self._corpus.said(some.tolist())]).centrality()
        return [int(at) for at in some[np.argsort(-centrality, kind="stable")][:wanted]]

    def quote(self, asks: list[dict[str, Any]]) -> None:
        """Puts words in the place of positions, all of them asked for at once."""
        wanted = [at for ask in asks for at in ask["wordings_at"]]
        said = dict(zip(wanted, quotes(self._corpus, wanted), strict=True))
        for ask in asks:
            first, *others = ask.pop("wordings_at")
            ask |= {**said[first], "others": [said[at] for at in others]}


def quotes(corpus: Corpus, positions: Sequence[int]) -> list[dict[str, Any]]:
    """The comments at these positions as they are quoted: id, text on one line, lang, url."""
    rows = corpus.rows.iloc[list(positions)]
    texts, links = corpus.said(positions), corpus.links(positions)
    return [
        {"id": name, "text": shortened(text, _LONGEST), "lang": lang, "url": url}
        for name, text, lang, url in zip(rows["id"], texts, rows["lang"], links, strict=True)
    ]


def shortened(text: str, longest: int) -> str:
    """The text on one line, cut with an ellipsis after `longest` characters."""
    line = " ".join(text.split())
    return line if len(line) <= longest else line[:longest].rstrip() + "…"


def build_shared_words(inp: ReportInput, corpus: Corpus) -> list[dict[str, Any]]:
    """The words that suggestions share, by known authors, then by comments; each with the example that holds it.

    `authors` are known ones, None where no author is known; `voices` has one more for every comment without a known
    author. The comments' positions (`members`) are dropped before numbers are written.
    """
    said = quotes(corpus, [corpus.place_of[_example(inp, word.members)] for word in inp.shared_words])
    found = [
        _sharing(corpus, word.members) | {"word": masked(word.word), **example}
        for word, example in zip(inp.shared_words, said, strict=True)
    ]
    return sorted(found, key=lambda one: (-(one["authors"] or 0), -one["comments"]))


def _sharing(corpus: Corpus, members: Sequence[str]) -> dict[str, Any]:
    """Who holds a word, and how many."""
    held = corpus.of(members)
    authors = corpus.authors(held)
    return {
        "word": "",
        "authors": authors,
        "voices": (authors or 0) + int((corpus.author[held] < 0).sum()),
        "comments": int(held.sum()),
        "texts": corpus.texts(held),
        "members": np.flatnonzero(held).tolist(),
    }


def _example(inp: ReportInput, members: Sequence[str]) -> str:
    """The first of the comments that no person has put under another stance; the first where each was."""
    fit = (one for one in members if inp.judged.get(one, Stance.SUGGESTION) == Stance.SUGGESTION)
    return next(fit, members[0])


def without_members(asks: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The asks as they are printed."""
    return [{key: value for key, value in ask.items() if key != "members"} for ask in asks]


def _digest(ids: Sequence[str]) -> str:
    """As `Corpus.digest`, of ids in order."""
    return hashlib.sha256("\n".join(ids).encode("utf-8", "surrogatepass")).hexdigest()[:16]
