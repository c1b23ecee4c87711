"""How many planted errors the check of a model's paragraph catches, and how many honest texts it turns down.

python benchmarks/paragraph.py
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from reports.intervals import normal_quantile, wilson
from reports.paragraph import Rejected, check

FOLDER = Path(__file__).parents[1] / "tests" / "reports"


def main() -> None:
    """Print the catch rate and the false rejections with Wilson's 95 % intervals, and what was missed."""
    ledger = json.loads((FOLDER / "paragraph_ledger.json").read_text("utf-8"))
    cases = [json.loads(line) for line in (FOLDER / "paragraph_cases.jsonl").read_text("utf-8").splitlines()]
    for planted, what in ((True, "planted errors caught"), (False, "honest texts turned down")):
        mine = [case for case in cases if bool(case["planted"]) is planted]
        read = [(case, check(case["text"], ledger, case["language"])) for case in mine]
        print(f"{what}: {_rate(sum(isinstance(found, Rejected) for _, found in read), len(mine))}")
        for case, found in read:
            if isinstance(found, Rejected) is not planted:
                print(f"  {case['language']}  {case['planted'] or found}  {case['text']}")
    _by_kind(cases, ledger)


def _rate(hits: int, n: int) -> str:
    low, high = (float(end) for end in wilson(hits / n, n, normal_quantile(0.95)))
    return f"{hits} of {n}, {hits / n:.1%} (95 % interval {low:.1%} to {high:.1%})"


def _by_kind(cases: list[dict[str, Any]], ledger: dict[str, Any]) -> None:
    kinds = Counter(case["planted"] for case in cases if case["planted"])
    caught = Counter(
        case["planted"]
        for case in cases
        if case["planted"] and isinstance(check(case["text"], ledger, case["language"]), Rejected)
    )
    for kind, n in kinds.most_common():
        print(f"  {kind:<48} {caught[kind]:>3} of {n}")


if __name__ == "__main__":
    main()
