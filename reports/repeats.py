"""Claims about repeated texts: copied posts, accounts that post together, and what the shares are without repeats."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.census_claims import is_census
from reports.corpus import DRAWN
from reports.ledger import Claim, day_slot, number, present, share

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.corpus import Corpus, Mask
    from reports.ledger import Known, Slot

_TEST = "a share moves by a whole point"


def once(known: Known) -> Iterator[Claim]:
    """How the shares change when every text counts once; nothing where no text comes twice, or people labelled all."""
    rules = {rule["rule"]: rule for rule in known.facts["counting"]}
    every, apart, single = rules["every"], rules["apart"], rules["text"]
    if single["n"] == every["n"] or is_census(known):
        return
    slots: dict[str, Slot] = {"texts": number(single["n"]), "n": number(every["n"])}
    mask, query = known.corpus.inside & known.corpus.coded, "(counted | copied) & coded, each text once"
    if not single["shares"] or not apart["shares"]:
        yield Claim(
            "once", "thin", "sure", slots, "once", single["n"], mask, query, test=_TEST, verdict="too_little"
        )  # fmt: skip
        return
    moved = [stance for stance in DRAWN if single["shares"][stance.value] != apart["shares"][stance.value]]
    moved.sort(key=lambda stance: -abs(single["shares"][stance.value] - apart["shares"][stance.value]))
    for i, stance in enumerate(moved, start=1):
        slots |= {
            f"s{i}": {"stance": stance.value},
            f"p{i}": {"percent": single["shares"][stance.value]},
            f"q{i}": {"percent": apart["shares"][stance.value]},
        }
    yield Claim(
        "once", "draft", "happened" if moved else "sure", slots, "once", single["n"], mask, query, test=_TEST,
        verdict="passed" if moved else "not_passed",
    )  # fmt: skip


def copied_posts(known: Known) -> Iterator[Claim]:
    """How many posts are set aside, and what they would change."""
    mask = known.corpus.inside & ~known.corpus.counted
    n = int(mask.sum())
    if not n:
        return
    authors, days = known.corpus.authors(mask), known.corpus.local[mask & known.corpus.dated]
    slots = present(
        n=number(n),
        texts=number(known.corpus.texts(mask)),
        authors=number(authors) if authors else None,
        bursts=number(len(known.inp.copied_groups)) if known.inp.copied_groups else None,
        day=day_slot(str(np.datetime64(int(days.min()), "ms").astype("datetime64[D]"))) if days.size else None,
        **_effect(known.corpus, mask),
    )
    yield Claim("copied", "draft" if "stance" in slots else "count", "happened", slots, "count", n, mask, "copied")


def posting_together(known: Known) -> Iterator[Claim]:
    """Accounts that post the same text together: how many, never which."""
    found = known.inp.together
    mask = known.corpus.rows["together"].to_numpy(dtype=bool)
    if not found or not found.pairs:
        return
    slots = {"pairs": number(found.pairs), "accounts": number(found.accounts), "n": number(int(mask.sum()))}
    yield Claim("together", "count", "happened", slots, "pairs", found.pairs, mask, "posted together")


def _effect(corpus: Corpus, copied: Mask) -> dict[str, Slot | None]:
    """The stance whose count the copies change most."""
    apart, every = corpus.counted & corpus.coded, (corpus.counted | copied) & corpus.coded
    without, with_them = corpus.count(apart), corpus.count(every)
    added = {stance: with_them[stance] - without[stance] for stance in without}
    stance = max(added, key=lambda name: added[name])
    if not added[stance]:
        return {}
    n_apart, n_every = int(apart.sum()), int(every.sum())
    return {
        "stance": {"stance": stance},
        "with_n": number(with_them[stance]), "with_of": number(n_every), "with_p": share(with_them[stance], n_every),
        "without_n": number(without[stance]), "without_of": number(n_apart),
        "without_p": share(without[stance], n_apart),
    }  # fmt: skip
