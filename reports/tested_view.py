"""Which changes a report has tested, told among its limits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reports.wording import Locale

_OF = {"change": "event", "volume": "event"}
"""Claims on changes of which several may be about one thing: the slot that names it."""
_TESTED = (*_OF, "answered", "since_share", "spike")


def after_is_not_because(numbers: Mapping[str, Any], locale: Locale) -> str:
    """That after is not because of; and what was tested, as the ledger holds it, or that nothing was."""
    tests = [locale.ui(f"tested_{name}", n=n) for name in _TESTED if (n := _tested(numbers, name))]
    told = locale.ui("sure_tested", tests=locale.ui("between_results").join(tests)) if tests else ""
    return locale.ui("between").join((locale.ui("sure_after"), told or locale.ui("sure_untested")))


def _tested(numbers: Mapping[str, Any], template: str) -> int:
    """How many events, answers or days the claims of a template are about whose test could be made."""
    made = [one for one in numbers["claims"] if one["template"] == template and one["verdict"] != "too_little"]
    return len({one["slots"][_OF[template]]["int"] for one in made}) if template in _OF else len(made)
