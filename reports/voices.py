"""What to quote: a few comments for each stance, chosen by a rule that is printed beside them.

Every stance has the same number of places where it has comments enough, every author one voice, and nothing is
quoted that was copied, is somebody else's speech, or holds a link.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reports.corpus import DRAWN, day_of
from reports.judged import as_judged, judged_among
from reports.sections import SHAPES
from reports.shingles import ALIKE, Shingles, folded
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy.typing as npt

    from reports.corpus import Corpus, Mask
    from reports.inputs import ReportInput

    Whole = npt.NDArray[np.int64]

PER_GROUP = 2
"""At most so many are quoted of one theme within a stance."""
SHORTEST, LONGEST = 8, 120
"""Length of a quotable comment, in Chinese characters; a letter of another script counts half."""
CANDIDATES = 2_000
"""The middle of a group is sought among so many of its authors, those whose comments' ids have the smallest hashes."""
_SHORT = 15
"""Pairs that no text has are counted with each, so that a few common words do not make a short text the middle."""
MOST_LIKED = 50
"""So many of the comments with the highest numbers of likes are read for one that is fit."""

OPPOSITE = {
    Stance.CONCERN: Stance.SUPPORT,
    Stance.SUPPORT: Stance.CONCERN,
    Stance.SUGGESTION: Stance.SUPPORT,
    Stance.NEUTRAL: None,
}
"""What stands against a stance: wishing that something be altered is against leaving it as it is."""


@dataclass(frozen=True)
class Read:
    """The comments of one group that were read and are fit to be quoted.

    Attributes:
        positions: in the corpus, ascending.
        texts: what they say.
        central: mean share of the group's authors that use the text's character pairs; 0 in another language than
            the group's commonest, for few letters make Latin pairs recur more than Han ones.
    """

    positions: Whole
    texts: list[str]
    central: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Voice:
    """A comment to be quoted: where it stands, what it says, by which rule, and of which theme."""

    at: int
    text: str
    rule: str
    theme: str | None


def build_voices(
    inp: ReportInput, corpus: Corpus, claims: Sequence[Mapping[str, Any]] = ()
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Quotes in the order of DRAWN, within a stance by its themes, the largest first; and the numbers of the rule.

    Of each theme the comment in the middle, then the one with the highest number of likes, then (where no likes are
    known) the one that the largest number of others repeat; worded differently, each by an author of its own.
    A voice that stands against a headline claim names it (`against`). Reads at most CANDIDATES + MOST_LIKED texts of
    each stance and theme.
    """
    corpus = as_judged(inp, corpus)
    bench = Bench(corpus, SHAPES[inp.options.preset].voices)
    for stance in DRAWN:
        bench.seat(stance)
    against = bench.set_against(claims)
    voices = [
        _voice(inp, bench, stance, voice) | {"against": against.get(voice.at, [])}
        for stance in DRAWN
        for voice in bench.quoted[stance]
    ]
    rule = {
        "places": bench.places,
        "shortest": SHORTEST,
        "longest": LONGEST,
        "candidates": CANDIDATES,
        "per_group": PER_GROUP,
        "judged": judged_among(inp, corpus),
        "comments": {stance.value: len(bench.members[stance]) for stance in DRAWN},
    }
    return voices, rule


class Bench:
    """The places that the stances have, and who takes them.

    Attributes:
        places: for each stance.
        quoted: by stance, in the order they are printed.
        members: by stance, the positions of its counted comments that are nobody else's speech.
        alike: of every comment, how many counted ones have the same or nearly the same text, itself among them.
    """

    def __init__(self, corpus: Corpus, places: int) -> None:
        """Deals out the places: as many for each stance as the one with the fewest themes can fill, two at least."""
        self.corpus = corpus
        reported = corpus.rows["direct"].eq(False).fillna(value=False).to_numpy(dtype=bool)
        own = corpus.counted & ~reported
        self.members = {stance: np.flatnonzero(own & corpus.is_stance(stance)) for stance in DRAWN}
        self._themes = {stance: _themes(corpus, at) for stance, at in self.members.items() if len(at)}
        fewest = min((len(groups) for groups in self._themes.values()), default=1)
        self.places = min(places, PER_GROUP * fewest)
        self.quoted: dict[Stance, list[Voice]] = {stance: [] for stance in DRAWN}
        self._said: set[str] = set()
        self._known: dict[tuple[Stance, str | None], Read] = {}
        self.alike = np.bincount(corpus.text, corpus.counted)[corpus.text].astype(np.int64)

    def seat(self, stance: Stance) -> None:
        """Fills the places of a stance: the middle of each theme first, then what is liked or repeated."""
        groups = [(theme, self._read_of(stance, theme, at)) for theme, at in self._themes.get(stance, ())]
        for rule in ("centre", "loud"):
            for theme, read in groups:
                if len(self.quoted[stance]) < self.places:
                    self._take(stance, theme, read, rule)
        order = {theme: place for place, (theme, _) in enumerate(groups)}
        self.quoted[stance].sort(key=lambda voice: order[voice.theme])

    def set_against(self, claims: Sequence[Mapping[str, Any]]) -> dict[int, list[str]]:
        """The strongest voice of the other side for each headline claim on a stance: ids of claims, by position."""
        found: dict[int, list[str]] = {}
        for claim_id, stance in headlines(claims):
            other = OPPOSITE[stance]
            if other is None or not len(self.members[other]):
                continue
            voice = self._strongest(other)
            if voice is not None:
                found.setdefault(voice.at, []).append(claim_id)
        return found

    def _strongest(self, stance: Stance) -> Voice | None:
        """The one with the highest number of likes, else the one repeated most; quoted beyond the places if need be."""
        themes = self._themes[stance]
        read = self._read_of(stance, *themes[0]) if len(themes) == 1 else self._read(self.members[stance])
        for at, rule, text in self._loud(read):
            if (quoted := next((voice for voice in self.quoted[stance] if voice.at == at), None)) is not None:
                return quoted
            if self._speaks(at):
                self.quoted[stance].append(Voice(at, text, rule, None))
                return self.quoted[stance][-1]
        return next(iter(self.quoted[stance]), None)

    def _take(self, stance: Stance, theme: str | None, read: Read, rule: str) -> None:
        """Quotes the best one of a group whose author is not quoted and that is worded unlike those quoted."""
        ranked = self._loud(read) if rule == "loud" else self._central(read)
        taken = [Shingles.of([folded(voice.text)]) for voice in self.quoted[stance]]
        for at, why, text in ranked:
            mine = Shingles.of([folded(text)])
            alike = any(mine.likeness_to(other.pairs(0))[0] >= ALIKE for other in taken)
            if not alike and self._speaks(at):
                self.quoted[stance].append(Voice(at, text, why, theme))
                return

    def _speaks(self, at: int) -> bool:
        """Whether the author has not been quoted yet; counts them as quoted from here on."""
        author = self.corpus.rows["author"].iloc[at]
        if author in self._said:
            return False
        self._said.update([author] if author else [])
        return True

    def _central(self, read: Read) -> Iterator[tuple[int, str, str]]:
        for i in np.argsort(-read.central, kind="stable").tolist():
            yield int(read.positions[i]), "centre", read.texts[i]

    def _loud(self, read: Read) -> Iterator[tuple[int, str, str]]:
        """By likes where any are known, by those who say nearly the same elsewhere; the middle after them."""
        likes = self.corpus.rows["likes"].iloc[read.positions].fillna(0).to_numpy(dtype="float64")
        echoes = self.alike[read.positions].astype("float64")
        for i in np.lexsort((read.positions, -read.central, -echoes, -likes)).tolist():
            rule = "likes" if likes[i] > 0 else "echoed" if echoes[i] > 1 else "centre"
            yield int(read.positions[i]), rule, read.texts[i]

    def _read_of(self, stance: Stance, theme: str | None, members: Whole) -> Read:
        """The comments of a stance and theme, read once."""
        if (stance, theme) not in self._known:
            self._known[stance, theme] = self._read(members)
        return self._known[stance, theme]

    def _read(self, members: Whole) -> Read:
        """The fit ones of a group: one of each author, at most CANDIDATES, and those with the most likes."""
        candidates = _one_each(self.corpus, members)
        chosen = np.union1d(candidates, _most_liked(self.corpus, members))
        said = dict(zip(chosen.tolist(), self.corpus.said(chosen.tolist()), strict=True))
        fit = np.array([place for place, text in said.items() if is_fit(text)], dtype=np.int64)
        texts = [said[place] for place in fit.tolist()]
        central = _central(texts, [said[place] for place in candidates.tolist()])
        return Read(fit, texts, np.where(_commonest(self.corpus.rows["lang"].iloc[fit]), central, 0.0))


def headlines(claims: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Stance]]:
    """The claims of the first section that put a stance first or say that it moved, with that stance."""
    for claim in claims:
        slot = claim["slots"].get("s1") or claim["slots"].get("stance") or {}
        one = not claim["variant"].startswith(("level", "open", "same"))
        if claim["section"] == "happened" and claim["verdict"] == "passed" and one and "stance" in slot:
            yield claim["id"], Stance(slot["stance"])


def is_fit(text: str) -> bool:
    """Whether a text is of a length to be quoted and holds no link."""
    # A Chinese character has three bytes in UTF-8, a letter of ASCII one.
    length = (len(text) + len(text.encode("utf-8", "surrogatepass"))) / 4
    return SHORTEST <= length <= LONGEST and "://" not in text


def _themes(corpus: Corpus, members: Whole) -> list[tuple[str | None, Whole]]:
    """A stance's comments by theme, the largest first; those without one are a group like any other."""
    themes = corpus.rows["theme"].iloc[members]
    if not themes.notna().any():
        return [(None, members)]
    named = themes.where(themes.notna(), None).to_numpy(dtype=object)
    codes, names = pd.factorize(named, use_na_sentinel=False)
    groups = [(None if pd.isna(name) else str(name), members[codes == i]) for i, name in enumerate(names)]
    return sorted(groups, key=lambda group: (-len(group[1]), group[0] or ""))


def _one_each(corpus: Corpus, members: Whole) -> Whole:
    """At most CANDIDATES comments, one of each author, drawn by the hashes of their ids: the same on every day."""
    hashes = pd.util.hash_array(corpus.rows["id"].to_numpy(dtype=object)[members], categorize=False)
    some = 2 * CANDIDATES
    while True:  # the smallest hashes, and more of them as long as they belong to too few authors
        least = np.argpartition(hashes, some)[:some] if some < len(members) else np.arange(len(members))
        drawn = members[least[np.argsort(hashes[least], kind="stable")]]
        authors = corpus.rows["author"].iloc[drawn]
        first = drawn[~(authors.duplicated() & authors.notna()).to_numpy(dtype=bool)]
        if len(first) >= CANDIDATES or len(drawn) == len(members):
            return np.sort(first[:CANDIDATES])
        some *= 4


def _most_liked(corpus: Corpus, members: Whole) -> Whole:
    """The comments with the most likes, at most MOST_LIKED, the smallest id on a tie."""
    likes = corpus.rows["likes"].iloc[members].fillna(0).to_numpy(dtype="float64")
    first = np.lexsort((members, -likes))[:MOST_LIKED]
    return members[first[likes[first] > 0]]


def _central(quotable: list[str], heard: list[str]) -> npt.NDArray[np.float64]:
    """Mean share of those heard that hold a text's character pairs: high for what many say in the same words."""
    texts, voices = (Shingles.of([folded(text) for text in said]) for said in (quotable, heard))
    known, counts = np.unique(voices.codes, return_counts=True)
    if not known.size:
        return np.zeros(len(texts))
    place = np.searchsorted(known, texts.codes).clip(max=known.size - 1)
    held = np.where(known[place] == texts.codes, counts[place], 0)
    whole = (texts.sizes() + _SHORT) * len(voices)
    return np.asarray(np.divide(texts.summed(held), whole, out=np.zeros(len(texts)), where=whole > 0))


def _commonest(langs: pd.Series[Any]) -> Mask:
    """Which comments are in the language that occurs most often; the first by name on a tie."""
    named = langs.fillna("")
    return np.asarray(named == min(named.mode(), default=""), dtype=bool)


def _voice(inp: ReportInput, bench: Bench, stance: Stance, voice: Voice) -> dict[str, Any]:
    corpus = bench.corpus
    row = corpus.rows.iloc[voice.at]
    titles = {theme.key: theme.title.model_dump() for theme in inp.themes}
    paraphrase = inp.paraphrases.get(row["id"])
    return {
        "stance": stance.value,
        "theme": titles.get(voice.theme, {"zh": voice.theme, "en": voice.theme}) if voice.theme else None,
        "rule": voice.rule,
        "id": row["id"],
        "text": voice.text,
        "lang": row["lang"],
        "paraphrase": paraphrase.model_dump() if paraphrase else None,
        "place": row["place"],
        "day": day_of(int(corpus.local[voice.at])).isoformat() if corpus.dated[voice.at] else None,
        "likes": None if pd.isna(row["likes"]) else int(row["likes"]),
        "similar": max(int(bench.alike[voice.at]) - 1, 0),
        "url": corpus.links([voice.at])[0],
    }
