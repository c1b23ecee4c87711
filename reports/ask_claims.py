"""Claims on what people ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.asks import shortened
from reports.corpus import DRAWN
from reports.ledger import Claim, day_slot, number, present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.ledger import Known

_LONGEST_SAID = 90


def top_ask(known: Known) -> Iterator[Claim]:
    """The request that most people make, or what stands for it."""
    asks = known.facts["asks"]
    if not asks["comments"]:
        return
    top = asks["listed"][0]
    if top["voices"] < 2 and known.inp.shared_words:  # noqa: PLR2004  one person's wish is no shared request
        yield _shared_word(known)
        return
    if top["voices"] < 2:  # noqa: PLR2004
        mask = known.corpus.counted & known.corpus.is_stance(DRAWN[2])
        slots = {"comments": number(asks["comments"])}
        yield Claim("ask", "draft", "happened", slots, "count", asks["comments"], mask, "counted & suggestion", "none")
        return
    mask = np.zeros(len(known.corpus.rows), dtype=bool)
    mask[top["members"]] = True
    level = sum(ask["voices"] == top["voices"] for ask in asks["listed"])
    slots = present(
        authors=number(top["authors"]) if top["authors"] else None,
        comments=number(top["comments"]),
        day=day_slot(top["first"]) if top["first"] else None,
        said={"said": {"text": shortened(top["text"], _LONGEST_SAID), "lang": top["lang"]}},
        level=number(level) if level > 1 else None,
    )
    yield Claim(
        "ask", "draft", "happened", slots, "rank", top["voices"], mask, f"suggestions worded like {top['id']}",
        "level" if level > 1 else "",
    )  # fmt: skip


def _shared_word(known: Known) -> Claim:
    word, said = known.inp.shared_words[0], known.facts["shared_words"][0]["word"]
    mask = known.corpus.rows["id"].isin(list(word.members)).to_numpy(dtype=bool)
    slots = {
        "comments": number(known.facts["asks"]["comments"]),
        "said": {"said": {"text": said, "lang": None}},
        "authors": number(word.authors),
        "holding": number(len(word.members)),
    }
    return Claim(
        "ask", "draft", "happened", slots, "count", word.authors, mask, f"suggestions that hold {said}", "shared"
    )
