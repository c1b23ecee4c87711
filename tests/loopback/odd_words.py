"""Texts that attack whatever shows them: our own, and those of the public lists beside the repository."""
# ruff: noqa: E501  lists of strings read better as lists

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MARK = "x9q"
"""Stands in every attack of ours as an element, an attribute, a handler or a script; seen as any of them, it is live."""

OWN = (
    "<script>top.x9q=1</script>", '"><img x9q src=x onerror="top.x9q=1">', "'><svg/onload=top.x9q=1 x9q>", "</title><x9q>",
    "</style><script x9q>top.x9q=1</script>", "javascript:top.x9q=1", "data:text/html,<x9q>", "{{7*7}}{% raw %}${x9q}<%= x9q %>",
    "--><b x9q onclick=top.x9q=1>", "&lt;x9q&gt;&#60;x9q&#62;", "\u202e<x9q>evil\u202c", "</text></svg><x9q>", "]]><x9q>", "` x9q=1 `",
    "<a x9q href='javascript:top.x9q=1'>a</a>", '<p x9q style="background:url(https://x9q.example/)">x', "![x9q](https://x9q.example/x.png)",
    "[x9q](javascript:top.x9q=1) <https://x9q.example/> https://x9q.example/x", "| x9q | --- |\n# x9q\n- [ ] @x9q", '=HYPERLINK("https://x9q.example/")',
    "+x9q+cmd|' /C calc'!A0", "-x9q", "@x9q(1)", "＝x9q()", " =x9q()", "\t=x9q()", "{=x9q()}", "_x0041__x9q_", "x9q\x00\x01\x0b\ud83d\ufffe", "👩\u200d👩\u200d👧x9q",
    "https://x9q.example/", "../../x9q", "C:\\x9q", "CON", "-rf x9q", "\x1b]0;x9q\x07\x1b[2J", "x9q" * 7_000, "<iframe x9q srcdoc='<script>top.x9q=1</script>'>",
    "</script><script>top.x9q=1</script>", "<meta x9q http-equiv=refresh content='0;url=https://x9q.example/'>", "<link rel=attachment href='file:///etc/passwd' x9q>",
    "<style x9q>@import url(https://x9q.example/)</style>", "<base x9q href='https://x9q.example/'>", "]]>&x9q;<!ENTITY x9q SYSTEM 'file:///etc/passwd'>",
)  # fmt: skip

PUBLIC = ("xss", "dompurify", "blns", "csv_injection", "ssti", "emoji", "ssrf", "open_redirect", "url", "traversal")
"""Names of the public lists, in `suites/cases/`."""

# Keys under which numbers.json holds what others wrote.
FOREIGN = frozenset(
    ["text", "id", "url", "zh", "en", "word", "name", "error", "place", "query", "coder", "command", "run"]
)


def published(shared: Path, *names: str) -> list[str]:
    """All texts of these public lists that are not blank."""
    found: list[str] = []
    for name in names or PUBLIC:
        cases = json.loads((shared / "suites" / "cases" / f"{name}.json").read_text("utf-8"))
        found += [case["input"] if isinstance(case, dict) else case for case in cases]
    return [case for case in found if case.strip()]


def poisoned(numbers: dict[str, Any], words: Iterator[str]) -> dict[str, Any]:
    """The same numbers, with the next of the words for every text that may be of others; closed lists stay."""
    made: dict[str, Any] = _poisoned(numbers, words)
    for kept in ("options", "gate", "provenance"):
        made[kept] = numbers[kept]
    made["place_names"] = {name: {"zh": next(words), "en": next(words)} for name in numbers["place_names"]}
    for claim, original in zip(made["claims"], numbers["claims"], strict=True):
        claim["id"] = original["id"]
    return made


def _poisoned(value: Any, words: Iterator[str], key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _poisoned(part, words, name) for name, part in value.items()}
    if isinstance(value, list):
        return [_poisoned(part, words, key) for part in value]
    return next(words) if isinstance(value, str) and value and key in FOREIGN else value
