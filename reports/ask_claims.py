"""Claims on what people ask for, and on what came after it was answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.asks import shortened
from reports.census_claims import is_census
from reports.corpus import DRAWN
from reports.judged import as_judged
from reports.ledger import Claim, day_slot, number, present

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from reports.ledger import Badge, Known, Slot, Verdict

_LONGEST_SAID = 90
_TEST = "Fisher's exact test on distinct authors (q ≤ 0.05); rank and Student's limit among earlier days"
_BADGES: dict[Verdict, Badge] = {"passed": "passed", "not_passed": "no_change", "too_little": "thin"}


def about_asks(known: Known) -> Iterator[Claim]:
    """The request that stands first, and what came after each answer."""
    yield from top_ask(known)
    yield from answered(known)


def top_ask(known: Known) -> Iterator[Claim]:
    """The request that comes first by authors; that several are level; or that nobody asks what another does."""
    asks = known.facts["asks"]
    if not asks["comments"]:
        return
    top = asks["listed"][0]
    if top["voices"] < 2:  # noqa: PLR2004  one person's wish is no shared request
        yield _shared_word(known) if known.facts["shared_words"] else _alone(known)
        return
    slots = present(
        authors=number(top["authors"]) if top["authors"] and _alike(asks["listed"], top) else None,
        comments=number(top["comments"]),
        day=day_slot(top["first"]) if top["first"] else None,
        level=number(top["level"]) if top["level"] > 1 else None,
        **_named(top),
    )
    yield Claim(
        "ask", _standing(known), "happened", slots, "rank", top["voices"], known.corpus.of_rows(top["members"]),
        f"ask={top['key']}", test="more distinct authors than any other request",
        verdict="passed" if top["level"] == 1 else "not_passed",
    )  # fmt: skip


def _alike(listed: Sequence[Mapping[str, Any]], top: Mapping[str, Any]) -> bool:
    """Whether all that are level with the first have as many known authors; not, where some are not listed."""
    level = [ask["authors"] for ask in listed[: top["level"]]]
    return len(level) == top["level"] and set(level) == {top["authors"]}


def _standing(known: Known) -> Badge:
    """Whether people labelled every comment, and no program put any under a theme; else it is a draft."""
    return "people" if is_census(known) and not known.inp.themes else "draft"


def answered(known: Known) -> Iterator[Claim]:
    """Who asked before and after each answer."""
    for ask in known.facts["asks"]["listed"]:
        if ask["response"]:
            yield _answer(known, ask, ask["response"]["change"])


def _answer(known: Known, ask: Mapping[str, Any], change: Mapping[str, Any]) -> Claim:
    day, why = ask["response"]["day"], change["why_not"]
    slots = present(
        day=day_slot(day) if day else None,
        days=number(change["days"]) if change["days"] else None,
        before=number(change["before"]) if change["days"] else None,
        after=number(change["after"]) if change["days"] else None,
        **_named(ask),
    )
    figures = {name: change[name] for name in ("p", "q", "times", "limit", "rank", "of") if change[name] is not None}
    return Claim(
        "answered", _BADGES[change["verdict"]], "happened" if change["verdict"] == "passed" else "since", slots,
        "answered", change["after"] - change["before"], known.corpus.of_rows(ask["members"]), f"ask={ask['key']}",
        test=_TEST, verdict=change["verdict"],
        variant=("none" if not change["days"] and why != "day_unknown" else why), figures=figures,
    )  # fmt: skip


def _named(ask: Mapping[str, Any]) -> dict[str, Slot | None]:
    """What an ask is called in a sentence: its theme with an example, or its words."""
    said = {"said": {"text": shortened(ask["text"], _LONGEST_SAID), "lang": ask["lang"]}}
    if ask["theme"]:
        return {"theme": {"name": ask["theme"]}, "example": said}
    return {"said": said}


def _alone(known: Known) -> Claim:
    comments = known.facts["asks"]["comments"]
    mask = known.corpus.counted & as_judged(known.inp, known.corpus).is_stance(DRAWN[2])
    slots = {"comments": number(comments)}
    return Claim(
        "ask",
        _standing(known),
        "happened",
        slots,
        "count",
        comments,
        mask,
        "counted & suggestion",
        verdict="too_little",
    )


def _shared_word(known: Known) -> Claim:
    """The first of the shared words, in the figures of their table."""
    word = known.facts["shared_words"][0]
    slots = present(
        comments=number(known.facts["asks"]["comments"]),
        said={"said": {"text": word["word"], "lang": None}},
        authors=number(word["authors"]) if word["authors"] else None,
        holding=number(word["comments"]),
    )
    return Claim(
        "ask", "draft", "happened", slots, "count", word["authors"] or word["comments"],
        known.corpus.of_rows(word["members"]), f"suggestions that hold {word['word']}",
        "shared" if word["authors"] else "shared_unknown", verdict="too_little",
    )  # fmt: skip
