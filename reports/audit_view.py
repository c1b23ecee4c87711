"""What the page says of the labels: the tiles' shares, and how far one may lean on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reports.audit import PLANNED
from reports.charts.panels import draw_bar, draw_interval
from reports.corpus import DRAWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.wording import Locale

_STANCES = tuple(stance.value for stance in DRAWN)
GOOD, FAIR = 0.8, 0.667
"""Krippendorff, Content Analysis (2004): rely on what reaches .800, and conclude tentatively from .667."""


ABOUT_LABELS = ("labels", "begun", "uncovered", "skipped", "passed_over", "waiting", "dropped")
"""Templates of the claims that stand together with what else is said of the labels."""


def is_audited(numbers: Mapping[str, Any]) -> bool:
    """Whether the report's shares are estimated from labels."""
    return bool(numbers["audit"] and numbers["audit"]["audited"])


def is_census(numbers: Mapping[str, Any]) -> bool:
    """Whether people labelled every comment that counts."""
    return bool(numbers["audit"] and numbers["audit"]["census"])


def draft_flag(numbers: Mapping[str, Any], locale: Locale) -> str:
    """That a share is a machine draft, and how many labels there are so far."""
    audit = numbers["audit"]
    if audit and audit["labels"]:
        return locale.ui("draft_begun", labels=audit["labels"], least=audit["least"])
    return locale.ui("draft")


def audited_tile(numbers: Mapping[str, Any], stance: str, locale: Locale) -> dict[str, Any]:
    """An audited share with its interval, and what the coder counted beside it."""
    audit, stances = numbers["audit"], numbers["stances"]
    points, raw = audit["shares"][stance]["points"], stances["shares"][stance]
    of = {"n": stances["counts"][stance], "coded": stances["coded"]}
    key = "coder_counted_few" if raw is None else "coder_counted"
    counted = locale.ui(key, **of, **({} if raw is None else {"share": raw}))
    return {
        "value": f"{points['estimate']}%",
        "span": locale.ui("span", low=points["low"], high=points["high"]),
        "bar": draw_interval(audit["shares"][stance], stances["counts"][stance], stances["coded"], stance),
        "of": locale.ui("from_labels", labels=audit["labels"]),
        "counted": counted if stances["coded"] else "",
        "flag": locale.ui("audited"),
        "claim": next(claim["id"] for claim in numbers["claims"] if _is_share(claim, stance)),
    }


def people_tile(numbers: Mapping[str, Any], stance: str, locale: Locale) -> dict[str, Any]:
    """What people counted, who labelled every comment, and what the coder counted beside it."""
    census, whole, stances = numbers["audit"]["census"], numbers["audit"]["population"], numbers["stances"]
    n, share, raw = census["counts"][stance], census["shares"][stance], stances["shares"][stance]
    of = {"n": stances["counts"][stance], "coded": stances["coded"]}
    key = "coder_counted_few" if raw is None else "coder_counted"
    return {
        "value": locale.number(n) if share is None else f"{share}%",
        "bar": "" if share is None else draw_bar(n, whole, stance),
        "of": locale.ui("of_people", n=n, population=whole),
        "counted": locale.ui(key, **of, **({} if raw is None else {"share": raw})) if stances["coded"] else "",
        "three": "",  # those are counts of the coder's
        "flag": locale.ui("people_counted"),
    }


def _is_share(claim: Mapping[str, Any], stance: str) -> bool:
    return bool(claim["template"] == "share" and claim["slots"]["stance"]["stance"] == stance)


def beside(counted: str, audited: Mapping[str, Any] | None, stance: str, locale: Locale) -> str:
    """The coder's share, and the audited one where there are labels enough."""
    return locale.ui("cell_audited", counted=counted, **audited[stance]["points"]) if audited else counted


def audit_view(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """Every name that the template uses of labels."""
    audited, census, audit = is_audited(numbers), is_census(numbers), numbers["audit"]
    return {
        "audited": audited,
        "by_people": audited or census,
        "tiles_note": _tiles_note(audit, locale) if audited or census else "",
        "happened_note": _happened_note(numbers, locale),
        "footer": locale.ui("footer_census" if census else "footer_audited" if audited else "footer"),
        "held": _held(numbers["gate"], locale),
        "about_labels": [claim["id"] for claim in numbers["claims"] if claim["template"] in ABOUT_LABELS],
        "sure_lines": list(_lines(numbers, locale)),
        "audit_tables": [_census(numbers, locale)] if census else list(_tables(numbers, locale)) if audited else [],
        "audit_behind": list(_behind(audit, locale)) if audit else [],
    }


def _tiles_note(audit: Mapping[str, Any], locale: Locale) -> str:
    if audit["census"]:
        return locale.ui("tiles_census", population=audit["population"])
    later = {"uncovered": audit["uncovered"]} if audit["uncovered"] else {}
    return locale.ui("tiles_audited", population=audit["population"], labels=audit["labels"], **later)


def _happened_note(numbers: Mapping[str, Any], locale: Locale) -> str:
    """Who said what the stances are: people all of them, people some, or the coder."""
    audit = numbers["audit"]
    if is_census(numbers):
        return locale.ui("happened_census")
    if is_audited(numbers):
        return locale.ui("happened_audited")
    if audit and audit["labels"]:
        return locale.ui("happened_begun", labels=audit["labels"], comments=numbers["totals"]["comments"])
    return locale.ui("happened_note")


def _held(gate: Mapping[str, Any] | None, locale: Locale) -> str:
    return locale.ui("held_why", **_gate(gate, locale)) if gate and gate["state"] == "held" else ""


def _gate(gate: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    value = {} if gate["value"] is None else {"value": f"{gate['value']:.2f}"}
    measure = locale.word("measure", gate["measure"])
    return {
        "measure": measure,
        "floor": f"{gate['floor']:.2f}",
        "labels": gate["labels"],
        "least": gate["least"],
    } | value


def _lines(numbers: Mapping[str, Any], locale: Locale) -> Iterator[str]:
    """Sentences of the section on how sure the report is, beside the claims."""
    audit, gate = numbers["audit"], numbers["gate"]
    if audit and audit["agreement"]:
        yield _alpha(audit["agreement"]["primary"], locale)
    if is_audited(numbers) and not is_census(numbers):
        gain = _gain(audit)
        yield locale.ui("audit_gain", points=gain) if gain > 0 else locale.ui("audit_no_gain")
        plan = audit["planner"]
        yield locale.ui("audit_plan", **plan) if plan else locale.ui("audit_planned", points=round(100 * PLANNED[-1]))
    if gate:
        yield locale.ui("held_why" if gate["state"] == "held" else f"gate_{gate['state']}", **_gate(gate, locale))


def _gain(audit: Mapping[str, Any]) -> int:
    """By how many percent the intervals are narrower than those of the labels alone, at the mean of the stances."""
    widths = [share["gain"] for share in audit["shares"].values()]
    return int(100 * (1 - sum(widths) / len(widths)) + 0.5)


def _alpha(figure: Mapping[str, Any], locale: Locale) -> str:
    if figure["value"] is None:
        return locale.ui("audit_alpha_none", units=figure["units"])
    ends = {} if figure["low"] is None else {end: _two(figure[end]) for end in ("low", "high")}
    meaning = locale.ui(f"alpha_{meaning_of(figure)}")
    return locale.ui("audit_alpha_says", units=figure["units"], value=_two(figure["value"]), **ends, meaning=meaning)


def meaning_of(figure: Mapping[str, Any]) -> str:
    """What an alpha stands for: good, fair or poor by custom; wide where its interval reaches from poor to good."""
    if figure["low"] is not None and figure["low"] < FAIR and figure["high"] >= GOOD:
        return "wide"
    if figure["value"] >= GOOD:
        return "good"
    return "fair" if figure["value"] >= FAIR else "poor"


def _two(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _tables(numbers: Mapping[str, Any], locale: Locale) -> Iterator[dict[str, Any]]:
    """Raw against estimated shares, with how the coder did on the labels."""
    heads = ["audit_counted", "audit_estimated", "audit_interval"]
    heads += ["audit_recall", "audit_precision"] if numbers["audit"]["coder"] else []
    yield {
        "caption": locale.ui("audit_table"),
        "head": [locale.ui("audit_head"), *(locale.ui(head) for head in heads)],
        "rows": [_row(numbers, stance, locale) for stance in _STANCES],
        "note": locale.ui("audit_note"),
    }


def _census(numbers: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    """The coder's counts beside people's."""
    census, stances = numbers["audit"]["census"], numbers["stances"]
    return {
        "caption": locale.ui("audit_census"),
        "head": [locale.ui("audit_head"), locale.ui("audit_counted"), locale.ui("audit_people")],
        "rows": [
            [
                locale.word("stance", stance),
                *(_counted(found["counts"][stance], found["shares"][stance], locale) for found in (stances, census)),
            ]
            for stance in _STANCES
        ],
        "note": "",
    }


def _counted(n: float, share: int | None, locale: Locale) -> str:
    return locale.ui("audit_count", n=n, **({} if share is None else {"share": share}))


def _row(numbers: Mapping[str, Any], stance: str, locale: Locale) -> list[str]:
    audit, raw = numbers["audit"], numbers["stances"]["shares"][stance]
    points = audit["shares"][stance]["points"]
    cells = [
        locale.word("stance", stance),
        "–" if raw is None else f"{raw}%",
        f"{points['estimate']}%",
        locale.ui("span", low=points["low"], high=points["high"]),
    ]
    if audit["coder"]:
        one = audit["coder"]["stances"][stance]
        cells += [_part(one, "people", "recall", locale), _part(one, "coded", "precision", locale)]
    return cells


def _part(one: Mapping[str, Any], whole: str, share: str, locale: Locale) -> str:
    known = {} if one[share] is None else {"share": one[share]}
    return locale.ui("audit_part", both=locale.number(one["both"]), whole=locale.number(one[whole]), **known)


def _behind(audit: Mapping[str, Any], locale: Locale) -> Iterator[dict[str, Any]]:
    """Tables that are opened by whoever wants them."""
    if audit["audited"] and audit["coder"]:
        yield _confusion(audit["coder"]["confusion"], locale)
    if audit["agreement"]:
        yield _agreement(audit["agreement"], locale)
    if audit["draws"]:
        yield _draws(audit["draws"], locale)


def _confusion(table: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    names = [*_STANCES, *(("uncoded",) if any(row["uncoded"] for row in table.values()) else ())]
    return {
        "caption": locale.ui("audit_confusion"),
        "head": [locale.ui("audit_head"), *(locale.word("stance", name) for name in names)],
        "rows": [
            [locale.word("stance", stance), *(locale.number(table[stance][name]) for name in names)]
            for stance in _STANCES
        ],
    }


def _agreement(figures: Mapping[str, Any], locale: Locale) -> dict[str, Any]:
    heads = ("audit_code", "audit_units", "audit_agreed", "audit_alpha")
    return {
        "caption": locale.ui("audit_agreement"),
        "head": [locale.ui(head) for head in heads],
        "rows": [
            [
                locale.ui("primary") if code == "primary" else locale.word("stance", code),
                locale.number(one["units"]),
                _two(one["agreed"]),
                _two(one["value"]) + ("" if one["low"] is None else f" ({_two(one['low'])}–{_two(one['high'])})"),
            ]
            for code, one in figures.items()
        ],
    }


def _draws(draws: list[Mapping[str, Any]], locale: Locale) -> dict[str, Any]:
    heads = ("audit_drawn_on", "audit_method", "audit_population", "audit_drawn", "digest")
    return {
        "caption": locale.ui("audit_draws"),
        "head": [locale.ui(head) for head in heads],
        "rows": [
            [
                locale.day(draw["day"], year=True),
                locale.ui(draw["method"]),
                locale.number(draw["population"]),
                locale.number(draw["drawn"]),
                draw["digest"][:16],
            ]
            for draw in draws
        ],
    }
