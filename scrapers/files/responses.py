"""Saved answers of Bilibili and Weibo: comments lie in a wrapper, and replies inside the comment they answer.

Both write null, false or an empty list where there are no replies, and counts beside them that say 0 while replies are
there: only the replies themselves are believed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from scrapers.answers import objects
from scrapers.files.delimited import Row
from storage.nouns import Reject

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Where the comments or posts of an answer may lie; the last part is a list, an object, or an object of objects.
_BILIBILI = ("top_replies", "hots", "replies", "top", "upper", "root")
_WEIBO = (("data",), ("data", "data"), ("data", "hot_data"), ("data", "list"), ("data", "statuses"))


def is_response(value: object) -> bool:
    """Whether this is one whole answer, rather than a comment or something else."""
    return (
        isinstance(value, dict) and "data" in value and (_is_bilibili(value) or any(True for _ in _weibo_items(value)))
    )


def comments_of(items: Iterable[Row | Reject]) -> Iterator[Row | Reject]:
    """Rows with every answer unwrapped and every reply a row of its own: `own_id`, and `answers` for what it answers.

    Numbers count on through the replies; a comment that stands twice in one answer (pinned, and in its place) is one.
    """
    extra = 0
    for item in items:
        if isinstance(item, Reject) or not (_is_comment(item.cells) or is_response(item.cells)):
            yield item
            continue
        for place, cells in enumerate(_unwrapped(item.cells)):
            extra += place > 0
            yield Row(item.number + extra, cells)


def _unwrapped(cells: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Comments in their order, each before those that answer it."""
    if not is_response(cells):
        tops = [cells]
    else:
        tops = list(_bilibili_items(cells["data"]) if _is_bilibili(cells) else _weibo_items(cells))
    seen: set[str] = set()
    waiting = [(comment, "") for comment in reversed(tops)]
    while waiting:
        comment, answers = waiting.pop()
        own = _id(comment)
        if own and own in seen:
            continue
        seen.add(own)
        if not _is_comment(comment):
            yield comment
            continue
        yield {**comment, "own_id": own, "answers": _answered(comment) or answers}
        replies = [*objects(comment.get("replies")), *objects(comment.get("comments"))]
        waiting.extend((reply, own) for reply in reversed(replies))


def _is_comment(item: dict[str, Any]) -> bool:
    return "rpid" in item or "rootid" in item or "rootidstr" in item


def _id(comment: dict[str, Any]) -> str:
    found = next((comment[name] for name in ("rpid_str", "rpid", "idstr", "id", "mid") if comment.get(name)), "")
    return str(found) if isinstance(found, str | int) else ""


def _answered(comment: dict[str, Any]) -> str:
    """The comment this one answers, where it says so itself: more exact than the thread it stands in."""
    if isinstance(inner := comment.get("reply_comment"), dict):
        return _id(inner)
    said = comment.get("parent_str") or comment.get("parent") or ""
    return "" if not isinstance(said, str | int) or str(said) == "0" else str(said)


def _is_bilibili(value: dict[str, Any]) -> bool:
    data = value.get("data")
    return isinstance(data, dict) and "replies" in data and ("cursor" in data or "page" in data or "code" in value)


def _bilibili_items(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name in _BILIBILI:
        found = data.get(name)
        if isinstance(found, dict):
            yield from (one for one in (found, *found.values()) if isinstance(one, dict) and "rpid" in one)
        else:
            yield from (one for one in objects(found) if "rpid" in one)


def _weibo_items(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Weibo's comments and posts; in the mobile site's lists each post lies in a card."""
    if value.get("ok") != 1:
        return
    for path in _WEIBO:
        found: Any = value
        for part in path:
            found = found.get(part) if isinstance(found, dict) else None
        yield from (one for one in objects(found) if "created_at" in one)
    data = value.get("data")
    for card in objects(data.get("cards")) if isinstance(data, dict) else ():
        if isinstance(card.get("mblog"), dict):
            yield card["mblog"]
