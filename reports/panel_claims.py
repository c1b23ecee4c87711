"""A claim for each table, chart and list of the report, so that every number on the page belongs to a claim.

The claims of sentences (C1, C2 …) say what was found; those of panels (P1, P2 …, the same in every report) say which
figures a panel shows, and of which comments: `facts` is a digest over the panel's parts of numbers.json.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, NamedTuple

from reports.ledger import Claim, number, present

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from reports.corpus import Mask
    from reports.ledger import Badge, Known, Section

SECTION: Section = "panels"
FEW = 30
"""With fewer comments an empty panel is said to have too few."""
OF_THE_RUN = frozenset({"run", "command", "generated_at"})
"""Of the provenance: what differs between two runs that count the same."""


class Panel(NamedTuple):
    """A part of the page.

    Attributes:
        key: what it is named by.
        parts: what it shows of numbers.json, by its first names.
        badge: what its figures rest on where labels change nothing.
        query: the comments behind it in words; empty where it does not come from comments.
        behind: the same comments.
        shown: what is empty where the panel is.
        bases: whether each of the shares it shows was put right by labels; empty where labels change nothing.
    """

    key: str
    parts: tuple[str, ...]
    badge: Badge
    query: str
    behind: Callable[[Known], Mask]
    shown: Callable[[Mapping[str, Any]], object]
    bases: Callable[[Mapping[str, Any]], Iterable[object]] = lambda _: ()


def _counted(known: Known) -> Mask:
    return known.corpus.counted


def _coded(known: Known) -> Mask:
    return known.corpus.counted & known.corpus.coded


def _nothing(known: Known) -> Mask:
    return known.corpus.of_rows([])


def _asked(known: Known) -> Mask:
    return known.corpus.of_rows([row for ask in known.facts["asks"]["listed"] for row in ask["members"]])


def _sharing(known: Known) -> Mask:
    return known.corpus.of([name for word in known.inp.shared_words for name in word.members])


def _labelled(known: Known) -> Mask:
    return known.corpus.of_rows(known.sample.rows if known.sample else [])


def _quoted(known: Known) -> Mask:
    """No digest in a public report: of so few comments it would tell which they are."""
    public = known.inp.options.audience == "public"
    return known.corpus.of([] if public else [voice["id"] for voice in known.facts["voices"] if voice["id"]])


def _tile_bases(numbers: Mapping[str, Any]) -> list[object]:
    return [numbers["audit"] and numbers["audit"]["audited"]]


def _timeline_bases(numbers: Mapping[str, Any]) -> list[object]:
    """Of the columns, which are always the coder's counts, and of the lines."""
    course = numbers["timeline"]["course"] if numbers["timeline"] else None
    return [False, course["basis"] == "audited"] if course else [False]


def _change_bases(numbers: Mapping[str, Any]) -> list[object]:
    changes = numbers["changes"]["events"] if numbers["changes"] else ()
    return [one["basis"] == "audited" for change in changes for one in (change["stances"] or {}).values()]


def _place_bases(numbers: Mapping[str, Any]) -> list[object]:
    return [panel["audited"] or panel["adjusted"] for panel in numbers["places"]["panels"]]


def _rule_bases(numbers: Mapping[str, Any]) -> list[object]:
    return [rule["adjusted"] for rule in numbers["counting"] if rule["shares"]]


PANELS: tuple[Panel, ...] = (
    Panel("tiles", ("study", "options", "totals", "stances"), "draft", "counted", _counted,
          lambda n: n["totals"]["comments"], _tile_bases),
    Panel("advisories", ("advisories", "gate"), "count", "", _nothing, lambda n: n["advisories"] or n["gate"]),
    Panel("timeline", ("timeline",), "draft", "inside & dated", lambda it: it.corpus.inside & it.corpus.dated,
          lambda n: n["timeline"], _timeline_bases),
    Panel("changes", ("changes",), "draft", "counted & dated & coded", lambda it: _coded(it) & it.corpus.dated,
          lambda n: n["changes"] and n["changes"]["events"], _change_bases),
    Panel("events", ("events",), "count", "", _nothing, lambda n: n["events"]),
    Panel("since", ("since",), "draft", "counted", _counted, lambda n: n["since"]),
    Panel("period", ("period",), "draft", "counted", _counted, lambda n: n["period"]),
    Panel("asks", ("asks",), "draft", "counted & in a listed request", _asked, lambda n: n["asks"]["listed"]),
    Panel("shared_words", ("shared_words",), "draft", "counted & holds a listed word", _sharing,
          lambda n: n["shared_words"]),
    Panel("voices", ("voices", "voice_rule"), "draft", "quoted as a voice", _quoted, lambda n: n["voices"]),
    Panel("places", ("places", "place_names"), "draft", "counted & coded", _coded, lambda n: n["places"]["panels"],
          _place_bases),
    Panel("counting", ("counting",), "draft", "(counted | copied) & coded",
          lambda it: it.corpus.inside & it.corpus.coded, lambda n: any(rule["n"] for rule in n["counting"]),
          _rule_bases),
    Panel("keywords", ("keywords",), "draft", "counted & coded", _coded, lambda n: any(n["keywords"].values())),
    Panel("labels", ("audit",), "count", "counted & labelled, drawn at random", _labelled, lambda n: n["audit"]),
    Panel("coverage", ("coverage",), "count", "", _nothing, lambda n: n["coverage"]["sources"]),
    Panel("quoted", ("quoted",), "count", "", _nothing, lambda n: n["quoted"]),
    Panel("method", ("provenance", "format"), "count", "stored",
          lambda it: it.corpus.of_rows(range(len(it.corpus.rows))), lambda _n: True),
)  # fmt: skip
"""Every panel; its place gives its number."""

_PANEL_OF = {part: panel.key for panel in PANELS for part in panel.parts}
PANEL_IDS: Mapping[str, str] = {panel.key: f"P{i}" for i, panel in enumerate(PANELS, start=1)}


def panel_of(part: str) -> str:
    """The id of the claim on a first name of numbers.json; what no panel shows belongs to the method."""
    return PANEL_IDS[_PANEL_OF.get(part, "method")]


def about_panels(known: Known) -> Iterator[tuple[str, Claim]]:
    """The claim on each panel with its id, before its figures are known."""
    for panel in PANELS:
        mask = panel.behind(known)
        n = int(mask.sum())
        slots = present(panel={"panel": panel.key}, figures=number(0), n=number(n) if panel.query else None)
        yield (
            PANEL_IDS[panel.key],
            Claim("panel", panel.badge, SECTION, slots, "figures", 0, mask, panel.query or "no comments"),
        )


def with_figures(numbers: dict[str, Any]) -> dict[str, Any]:
    """The numbers with what each panel's claim says of its figures as they are printed: how many, and their digest."""
    panels = {PANEL_IDS[panel.key]: panel for panel in PANELS}
    claims = [_filled(one, panels[one["id"]], numbers) if one["section"] == SECTION else one
              for one in numbers["claims"]]  # fmt: skip
    return numbers | {"claims": claims}


def _filled(claim: Mapping[str, Any], panel: Panel, numbers: Mapping[str, Any]) -> dict[str, Any]:
    facts = {part: numbers[part] for part in panel.parts}
    if "provenance" in facts:
        facts["provenance"] = {key: one for key, one in facts["provenance"].items() if key not in OF_THE_RUN}
    figures = _figures(facts)
    verdict = "passed" if panel.shown(numbers) else "too_little" if 0 < claim["n"] < FEW else "not_passed"
    text = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return {
        **claim,
        "badge": _badge(panel, numbers),
        "verdict": verdict,
        "value": figures,
        "slots": {**claim["slots"], "figures": number(figures)},
        "facts": hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16],
    }


def _badge(panel: Panel, numbers: Mapping[str, Any]) -> Badge:
    """Audited where labels put all its shares right, in part where some of them."""
    bases = [bool(one) for one in panel.bases(numbers)]
    return panel.badge if not any(bases) else "audited" if all(bases) else "part"


def _figures(part: Any) -> int:  # noqa: ANN401  a part of numbers.json
    """How many numbers a part holds."""
    if isinstance(part, dict):
        return sum(_figures(one) for one in part.values())
    if isinstance(part, list):
        return sum(_figures(one) for one in part)
    return int(isinstance(part, int | float) and not isinstance(part, bool))
