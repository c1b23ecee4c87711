"""Two reports' numbers set beside each other: claim by claim, and figure by figure."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from reports.panel_claims import SECTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_NAMES = ("id", "key", "name", "place", "stance", "start", "date", "day", "word", "number", "rule")
"""What tells the entries of a list apart, the first that an entry has."""
_BESIDE = frozenset({"id", "digest", "section"})
"""Of a claim: where it stands and of which comments it is, no figures of its own."""


class Changed(NamedTuple):
    """A figure by its name, as it was and as it is; None where there is none."""

    name: str
    old: Any
    new: Any


def flat(value: Any, name: str = "", *, named: bool = False) -> Iterator[tuple[str, Any]]:  # noqa: ANN401  JSON
    """Every figure, word and name in a tree of JSON, by its path.

    Args:
        value: the tree.
        name: its own path.
        named: entries of lists by what names them, so that one more entry does not rename all that follow.
    """
    if isinstance(value, dict) and value:
        for key, part in value.items():
            yield from flat(part, f"{name}.{key}" if name else key, named=named)
    elif isinstance(value, list) and value:
        seen: Counter[str] = Counter()
        for place, part in enumerate(value):
            known = _name_of(part) if named else ""
            seen[known] += 1
            again = f"#{seen[known]}" if seen[known] > 1 else ""
            yield from flat(part, f"{name}[{known + again if known else place}]", named=named)
    else:
        yield name, value


def _name_of(part: Any) -> str:  # noqa: ANN401  JSON
    found = next((part[key] for key in _NAMES if key in part), "") if isinstance(part, dict) else ""
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Changed]:
    """What differs between two flat trees, in the order of the first, then of the second. 1 and 1.0 differ."""
    names = list(dict.fromkeys((*old, *new)))
    found = [Changed(name, old.get(name), new.get(name)) for name in names]
    both = [name in old and name in new for name in names]
    return [it for it, there in zip(found, both, strict=True) if not there or written(it.old) != written(it.new)]


def written(value: Any) -> str:  # noqa: ANN401  JSON
    """A value as JSON."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def without_claims(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """Every figure that stands in no claim, by path."""
    return dict(flat({name: part for name, part in numbers.items() if name != "claims"}))


def comparable(numbers: Mapping[str, Any]) -> dict[str, Any]:
    """The figures of a report by names that mean the same in another: claims by what they say, entries by name."""
    others = {name: part for name, part in numbers.items() if name not in {"claims", "provenance", "format"}}
    claims = {
        name: {key: part for key, part in claim.items() if key not in _BESIDE}
        for name, claim in claims_by_name(numbers).items()
    }
    return dict(flat({"claims": claims, **others}, named=True))


def claims_by_name(numbers: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The claims that are sentences, by what they say."""
    seen: Counter[str] = Counter()
    found = {}
    sentences = [one for one in numbers["claims"] if one.get("section") != SECTION]  # a panel's figures come one by one
    for claim in sentences:
        name = claim_name(claim)
        seen[name] += 1
        found[f"{name}#{seen[name]}" if seen[name] > 1 else name] = claim
    return found


def claim_name(claim: Mapping[str, Any]) -> str:
    """A claim by its template and by what it is about, whatever its number: `share(concern)`."""
    about = []
    for name, slot in claim["slots"].items():
        ((kind, value),) = slot.items()
        if name in {"stance", "place", "source"} or (name.startswith("event") and kind == "int"):
            about.append(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    return f"{claim['template']}({', '.join(about)})" if about else str(claim["template"])
