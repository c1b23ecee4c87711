"""Events written into a study file that a person wrote: their comments, layout, line ends and byte marks stay.

Text goes in at one place and nothing else moves. What the file then says is compared, value by value, with what it said
before and the new events; a file that would say anything else, or would not load, is not written.
"""

from __future__ import annotations

import codecs
import re
import tempfile
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from minyi.study_file import FILE_NAME, load_study
from minyi.study_problems import StudyFileError
from storage.errors import MinyiError
from storage.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from storage.nouns import PolicyEvent, Wording

# Strings and comments first, so that nothing inside them is taken for a header.
_TOKEN = re.compile(
    r"""
    \"{3}(?:[^\\]|\\.)*?\"{3} | '{3}.*?'{3} | "(?:[^"\\\n]|\\.)*" | '[^'\n]*' | \#[^\n]*
  | ^[^\S\n]*\[{1,2}[^\S\n]*(?P<name>[^\[\]\n#,]+?)[^\S\n]*\]{1,2}[^\S\n]*(?=\#|\r?$)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_COMMENT = re.compile(r"[^\S\n]*#")
_EXAMPLE = re.compile(r"[^\S\n]*#\s*\[\[\s*events\s*\]\]")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


class StudyNotWritten(MinyiError):  # noqa: N818  it says what did not happen
    """The study file was left as it is."""


class _Text(NamedTuple):
    """A file's text, and what turns it into its bytes again."""

    text: str
    mark: bytes
    encoding: str

    def bytes_of(self, text: str) -> bytes:
        """The text as the file keeps it."""
        return self.mark + text.encode(self.encoding)


def add_events(path: Path, events: Sequence[PolicyEvent], seen: bytes) -> str:
    """Write events into a study file, behind those that are there, and return the text that went in.

    Args:
        path: the study file; a link is followed.
        events: what to add, in this order.
        seen: the bytes that the events were chosen for.

    Raises:
        StudyNotWritten: the file was changed meanwhile, has no place for events, or would not load with them.
        FileWriteError: it cannot be written.
    """
    path = path.resolve()
    block = block_of(events)
    content = _with(path, seen, block, events)
    _would_load(path, content)
    if path.read_bytes() != seen:
        remedy = "Run the command again: it reads the file anew."
        raise StudyNotWritten("the study file was changed in the meantime.", where=str(path), remedy=remedy)
    write_atomically(path, content, path.stat().st_mode & 0o777)
    return block


def block_of(events: Sequence[PolicyEvent]) -> str:
    """The events as a person would write them: one `[[events]]` each, an empty line between them."""
    return "\n".join(_block(event) for event in events)


def _block(event: PolicyEvent) -> str:
    import tomlkit

    table = tomlkit.table()
    table.update(_values(event))
    return "[[events]]\n" + table.as_string().strip() + "\n"


def _values(event: PolicyEvent) -> dict[str, Any]:
    """An event's keys in the order in which they are written."""
    values: dict[str, Any] = {"date": event.date, "precision": event.precision, "kind": event.kind}
    if event.who.zh or event.who.en:
        values["who"] = _inline(event.who)
    values["title"] = _inline(event.title)
    return values | ({"url": event.url} if event.url else {})


def _inline(wording: Wording) -> Any:  # noqa: ANN401  tomlkit's own kind of table
    """`{ zh = "…", en = "…" }`, with the spaces of the template."""
    import tomlkit

    pairs = [(language, words) for language, words in (("zh", wording.zh), ("en", wording.en)) if words]
    return tomlkit.value(
        "{ " + ", ".join(f"{key} = {tomlkit.string(words).as_string()}" for key, words in pairs) + " }"
    )


def _with(path: Path, seen: bytes, block: str, events: Sequence[PolicyEvent]) -> bytes:
    """The file's bytes with the block in the first place that changes nothing else."""
    held = _decoded(path, seen)
    wanted = _said(held.text)
    wanted["events"] = [*wanted.get("events", []), *(_values(event) for event in events)]
    newline = "\r\n" if "\r\n" in held.text else "\n"
    for place in _places(held.text):
        text = _inserted(held.text, place, block.replace("\n", newline), newline)
        try:
            if _said(text) == wanted:
                return held.bytes_of(text)
        except tomllib.TOMLDecodeError:
            continue
    remedy = f"Write this into it by hand:\n\n{block}"
    raise StudyNotWritten("no place for the events was found in the study file.", where=str(path), remedy=remedy)


def _said(text: str) -> dict[str, Any]:
    return tomllib.loads(text.replace("\r\n", "\n"))


def _decoded(path: Path, data: bytes) -> _Text:
    mark, encoding = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", "utf-8"))
    held = _Text(data[len(mark) :].decode(encoding), mark, encoding)
    if held.bytes_of(held.text) != data:
        raise StudyNotWritten("the file's encoding is not plain UTF-8 or UTF-16.", where=str(path))
    return held


def _inserted(text: str, at: int, block: str, newline: str) -> str:
    """The block between one empty line before it and one behind."""
    before, after = text[:at], text[at:]
    if before and not before.endswith("\n"):
        before += newline
    above = "" if not before or before.endswith(newline * 2) else newline
    below = "" if not after.strip() or after.startswith(newline) else newline
    return f"{before}{above}{block}{below}{after}"


def _places(text: str) -> Iterator[int]:
    """Where the block may go, the best place first: behind the last event, or its example, before the sources, last."""
    headers = [(found.start(), found["name"]) for found in _TOKEN.finditer(text) if found["name"]]
    events = [n for n, (_, name) in enumerate(headers) if re.fullmatch(r"events(\s*\..*)?", name)]
    if events:
        last = events[-1] + 1
        yield _end_of_table(text, headers[events[-1]][0], headers[last][0] if last < len(headers) else len(text))
    for example in re.finditer(rf"(?m)^{_EXAMPLE.pattern}", text):
        yield _behind(text, example.start(), _COMMENT)
    for at, name in headers:
        if name == "sources":
            yield _above(text, at)
            break
    yield len(text)


def _end_of_table(text: str, start: int, stop: int) -> int:
    """Behind a table's last value, and behind a comment right below it unless that leads to what comes next."""
    lines = _lines(text, start, stop)
    filled = [n for n, (_, line) in enumerate(lines) if line.strip() and not _COMMENT.match(line)]
    after = filled[-1] + 1
    note = after
    while note < len(lines) and _COMMENT.match(lines[note][1]):
        note += 1
    closed = note < len(lines) or stop == len(text)
    last = note if closed else after
    return lines[last][0] if last < len(lines) else stop


def _behind(text: str, at: int, like: re.Pattern[str]) -> int:
    """Behind the lines from here on that look alike."""
    for start, line in _lines(text, at, len(text)):
        if not like.match(line):
            return start
    return len(text)


def _above(text: str, at: int) -> int:
    """Above the comments that lead to a header."""
    for start, line in reversed(_lines(text, 0, at)):
        if not _COMMENT.match(line):
            break
        at = start
    return at


def _lines(text: str, start: int, stop: int) -> list[tuple[int, str]]:
    """The lines between two offsets, each with where it begins."""
    found, at = [], start
    for line in text[start:stop].split("\n"):
        found.append((at, line))
        at += len(line) + 1
    return found if found[-1][1] else found[:-1]


def _would_load(path: Path, content: bytes) -> None:
    """Read the file as it would be, elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder) / FILE_NAME
        draft.write_bytes(content)
        try:
            load_study(draft, to_collect=False)
        except StudyFileError as error:
            problems = "\n".join(f"  {problem}" for problem in error.problems)
            what = f"with the new events the study file would not load:\n{problems}"
            raise StudyNotWritten(what, where=str(path), remedy="Correct the title or the kind.") from error
