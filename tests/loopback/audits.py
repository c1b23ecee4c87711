"""Studies with labels of a random sample, for the tests of the audit."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd
from lxml import html

from reports.agreement import agreement
from reports.inputs import Audit, Draw, Stratum
from reports.page import render_html
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.inputs import ReportInput

NAMES = [stance.value for stance in STANCES]
LANGUAGES: tuple[Any, ...] = ("zh", "en")


def drawn(population: int, n: int) -> Draw:
    return Draw(drawn_at=1_773_000_000_000, method="simple", seed=1, population=population, digest="d" * 64, drawn=n)


def labels_of(ids: Sequence[str], stances: Sequence[str]) -> pd.DataFrame:
    """One person's label of each comment."""
    shares = {f"y_{name}": [float(stance == name) for stance in stances] for name in NAMES}
    return pd.DataFrame({"id": list(ids), **shares, "coders": 1, "disputed": False, "settled": False})


def twice_judged() -> Any:
    primary = [1, 1, 0, 0, 2, 2, 3, 3, 1, 0]
    none = [0] * 10
    codes = dict.fromkeys(("support", "concern", "suggestion"), none)
    return agreement([i // 2 for i in range(10)], ["a", "b"] * 5, {"primary": primary, **codes})


def audited(inp: ReportInput, n: int = 120, *, seed: int = 1, wrong: float = 0.2) -> ReportInput:
    """The study with so many labels, drawn at random from all that counts; people differ from the coder at times."""
    rng = random.Random(seed)
    counted = sorted(inp.comments.loc[~inp.comments["copied"], "id"])
    ids = sorted(rng.sample(counted, n))
    coded = inp.comments.set_index("id")["stance"]
    said = [rng.choice(NAMES) if rng.random() < wrong else coded[name] for name in ids]
    framed = pd.DataFrame({"id": counted, "stratum": 0})
    return replace(
        inp,
        audit=Audit(
            labels=labels_of(ids, said), framed=framed, strata=[Stratum(0, "all")], draws=[drawn(len(counted), n)],
            coders=2, seconds=8.2, agreement=twice_judged(),
        ),
    )  # fmt: skip


def page_of(numbers: dict[str, Any], language: Any) -> Any:
    return html.fromstring(render_html(numbers, language))


def section(numbers: dict[str, Any], name: str) -> str:
    """The text of a section, in English."""
    page = page_of(numbers, "en")
    return " ".join(page.xpath(f"//section[@id='{name}']")[0].text_content().split())
