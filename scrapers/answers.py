"""Answers in JSON, checked before anything is read from them: another shape is SchemaDrift, and says where."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from scrapers.encodings import decode
from scrapers.errors import BadResponse, Blocked, SchemaDrift, TooLarge, Truncated
from storage.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from scrapers.protocol import Raw
    from storage.nouns import Capture, Page, Reject

_SAMPLE = 200
_LONGEST_TOKEN = 8
_MOST_PARTS = 500_000  # objects and lists; the longest thread of thirty megabytes has fewer
_GATES = ("captcha", "challenge-platform", "cf-chl", "are you a robot", "验证码", "安全验证", "访问验证")
_FEW = 3  # of fewer, all may be odd in a service that is as it was
_LACKS = frozenset({"no text", "no number", "no id", "no name", "no post", "no link"})
_DEEPEST = 4
_PERSONAL = re.compile(
    r"author|user|account|acct|nick|handle|avatar|screen|channel|^(?:name|by|did|uri)$", re.IGNORECASE
)
_REMEDY = "The service may have changed; look for a newer minyi, or report it."


def json_of(raw: Raw, required: Sequence[str] = ()) -> Any:  # noqa: ANN401  whatever JSON holds
    """The JSON of a response, in which every required path is there.

    Args:
        raw: a response with a capture.
        required: paths as `a.b[].c`: `[]` stands for every item of a list, and an empty list has no items to check.

    Raises:
        TooLarge: it has more objects and lists than any service gives.
        Blocked: a page that asks for a captcha came instead.
        Truncated: the JSON breaks off.
        SchemaDrift: it is no JSON, or a required path is missing.
        BadResponse: nothing came.
    """
    capture = raw.capture
    if capture is None:
        raise BadResponse("An answer in JSON is read whole.", where=str(raw.path))
    text = decode(capture.body).text.strip("\ufeff \t\r\n")
    if not text:
        raise BadResponse("The answer is empty.", where=capture.final_url, remedy="Try again later.", capture=capture)
    if text.count("{") + text.count("[") > _MOST_PARTS:
        what = "The answer has more parts than any answer of a service needs."
        raise TooLarge(what, where=capture.final_url, remedy="Ask for less at once, or leave the source out.")
    value = _parsed(text, capture)
    for path in required:
        if missing := missing_path(value, path):
            raise drift(f"“{missing}” is missing from the answer.", capture, path=missing)
    return value


def drift(what: str, capture: Capture, *, path: str = "") -> SchemaDrift:
    """The error for an answer of another shape, with the start of what came."""
    sample = capture.body[:_SAMPLE].decode("utf-8", "replace")
    return SchemaDrift(what, where=capture.final_url, remedy=_REMEDY, path=path, sample=sample)


def missing_path(value: object, path: str) -> str:
    """The first part of a path that is not there; empty where all of it is."""
    parts = path.split(".")
    for at, part in enumerate(parts):
        name = part.removesuffix("[]")
        if not isinstance(value, dict) or name not in value:
            return ".".join(parts[: at + 1]).removesuffix("[]")
        value = value[name]
        if part.endswith("[]"):
            return _missing_in_list(value, parts, at)
    return ""


def _missing_in_list(value: object, parts: list[str], at: int) -> str:
    here, rest = ".".join(parts[: at + 1]), ".".join(parts[at + 1 :])
    if not isinstance(value, list):
        return here
    lacking = (missing_path(item, rest) for item in value) if rest else iter(())
    return next((f"{here}.{missing}" for missing in lacking if missing), "")


def _parsed(text: str, capture: Capture) -> object:
    try:
        return json.loads(text)
    except RecursionError as error:
        raise drift("The answer is nested too deeply.", capture) from error
    except ValueError as error:
        if text.startswith("<"):
            raise _page_instead(text, capture) from error
        if _breaks_off(error, text):
            remedy = "Try again later."
            raise Truncated("The JSON breaks off.", where=capture.final_url, remedy=remedy, capture=capture) from error
        raise drift("The answer is not JSON.", capture) from error


def _page_instead(text: str, capture: Capture) -> Blocked | SchemaDrift:
    lower = text[:20_000].lower()
    if any(gate in lower for gate in _GATES):
        remedy = "Ask the service for access, or leave it out."
        return Blocked("A page that asks for proof of a person came instead.", where=capture.final_url, remedy=remedy)
    return drift("An HTML page came instead of JSON.", capture)


def _breaks_off(error: ValueError, text: str) -> bool:
    """Whether the text is JSON as far as it goes."""
    if not isinstance(error, json.JSONDecodeError):
        return False
    in_a_token = error.pos >= len(text) - _LONGEST_TOKEN and text[-1] not in "]}"
    return text[0] in "[{" and (error.pos == len(text) or in_a_token or error.msg.startswith("Unterminated"))


def refuse_all(rejects: Sequence[Reject], usable: int, capture: Capture, path: str) -> None:
    """Refuses an answer in which every item lacks its text or its id: a field has another name now.

    Args:
        rejects: the items that cannot be used; those count whose reason is that they lack one of them.
        usable: how many others there are.
        capture: the answer.
        path: where the items stand.

    Raises:
        SchemaDrift: there are at least three, and not one can be used.
    """
    if not usable and len(rejects) >= _FEW and all(reject.reason in _LACKS for reject in rejects):
        lacks = " or ".join(sorted({reject.reason for reject in rejects})).replace("no ", "a ")
        raise drift(f"Each of {len(rejects)} items lacks {lacks}.", capture, path=path)


def refuse_all_gone(page: Page, capture: Capture, path: str) -> None:
    """Refuses an answer by which everything in it would be forgotten at once.

    Raises:
        SchemaDrift: more than three items, and all are said to be deleted.
    """
    gone = len(page.gone) + len(page.gone_articles)
    if gone > _FEW and not page.comments and not page.articles:
        raise drift(f"All {gone} items are said to be deleted.", capture, path=path)


def sample_of(item: object) -> str:
    """The start of an item that cannot be used, without what says who wrote it."""
    return clean_line(json.dumps(_nameless(item, 0), ensure_ascii=False)[:_SAMPLE])


def _nameless(value: object, depth: int) -> object:
    if isinstance(value, str):
        return value[:_SAMPLE]
    if isinstance(value, list):
        return [_nameless(each, depth + 1) for each in value[:_FEW]] if depth < _DEEPEST else "…"
    if not isinstance(value, dict):
        return value
    if depth >= _DEEPEST:
        return "…"
    return {name: _nameless(inner, depth + 1) for name, inner in value.items() if not _PERSONAL.search(str(name))}


def objects(value: object) -> Iterator[dict[str, Any]]:
    """The objects of a list; null and anything else give none (some services write null for an empty list)."""
    if isinstance(value, list):
        yield from (item for item in value if isinstance(item, dict))
