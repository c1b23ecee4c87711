"""What is wrong in a study file, said by key and line, with what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, get_args

from storage.errors import MinyiError

if TYPE_CHECKING:
    import tomllib
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pydantic import BaseModel, ValidationError
    from pydantic_core import ErrorDetails

Location = tuple[int | str, ...]

EXAMPLES = {
    "study": "[study]",
    "change": "[change]",
    "study.id": 'id = "credit-line-2026"',
    "change.name": 'name = { zh = "…", en = "…" }',
    "change.statement": 'statement = { zh = "谁把什么改成了什么", en = "who changed what into what" }',
    "events.date": "date = 2026-03-09",
    "events.kind": 'kind = "announced"',
    "events.title": 'title = { zh = "…", en = "…" }',
    "sources.name": 'name = "comments"',
    "sources.kind": 'kind = "files"',
    "gaps.start": "start = 2026-03-29",
    "gaps.end": "end = 2026-03-30",
    "endpoint": 'endpoint = "http://localhost:8000/v1"',
    "heavy.endpoint": 'endpoint = "http://localhost:8000/v1"',
    "budget": "budget = { requests = 5000 }",
    "heavy.budget": "budget = { requests = 700 }",
}
_DATE = ("is not a date", "write it as 2026-03-09")
_TIME = ("is not a date", "write it as 2026-03-09, or with its time as 2026-03-09T10:00:00+08:00, without quotes")
_TRUTH = ("is neither true nor false", "write true or false, without quotes")
_WHOLE = ("is not a whole number", "write a whole number, such as 5, without quotes")
_NUMBER = ("is not a number", "write a number, such as 1.0")
_LIST = ("is not a list", 'write ["…", "…"]')
# What is wrong and what to write, by the type pydantic expected; `{…}` from its context.
EXPECTED = {
    "string_type": ("is not text", 'put it between double quotes: "…"'),
    "date_type": ("is not a date", "write it as 2026-03-09, without quotes"),
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "date_parsing": _DATE,
    "datetime_type": _TIME,
    "datetime_parsing": _TIME,
    "datetime_from_date_parsing": _TIME,
    "timezone_aware": ("says no time zone", "write it as 2026-03-09T10:00:00+08:00"),
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "int_type": _WHOLE,
    "int_parsing": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": ("is too large", "write a smaller number"),
    "float_parsing": _NUMBER,
    "float_type": _NUMBER,
    "finite_number": _NUMBER,
    "greater_than_equal": ("is too small", "write {ge:g} or more"),
    "greater_than": ("is too small", "write more than {gt:g}"),
    "less_than_equal": ("is too large", "write {le:g} or less"),
    "less_than": ("is too large", "write less than {lt:g}"),
    "list_type": _LIST,
    "tuple_type": _LIST,
    "string_pattern_mismatch": ("does not have the right form", "it must match {pattern}"),
    "string_too_short": ("is too short", "characters needed: {min_length}"),
    "string_too_long": ("is too long", "characters allowed: {max_length}"),
    "too_long": ("is too long", "keep the ones that matter: at most {max_length}"),
    "too_short": ("is empty", "name at least one"),
    "model_type": ("is not a table", "write {table}"),
    "dict_type": ("is not a table", 'write {{ key = "…" }}'),
}
_SECRET = {("notify", "variables"), ("notify", "heartbeat")}
"""Where people write addresses that hold a key, by mistake: what stands there is not said again."""
_WEB = ("is no web address", "write an address that starts with https:// or http://")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong (`error`) or probably not meant (`warning`).

    Attributes:
        key: dotted, as in `events[2].date`; "" for the file as a whole.
        line: 1-based line in the file, None where it cannot be told.
        message: what is wrong.
        remedy: what to write instead.
    """

    key: str
    line: int | None
    message: str
    remedy: str = ""
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        place = ", ".join(part for part in (f"line {self.line}" if self.line else "", self.key) if part)
        return ": ".join(part for part in (place, self.message, self.remedy) if part)


class StudyFileError(MinyiError):
    """The study file, or a file beside it that is written like it, cannot be used; `problems` says why, one by one.

    Args:
        path: of the file.
        problems: what is wrong.
        called: what the file is.
    """

    usage = True

    def __init__(self, path: Path, problems: Sequence[Problem], called: str = "study file") -> None:
        count = f"{len(problems)} problem{'s' if len(problems) > 1 else ''}"
        lines = "\n".join(f"  {problem}" for problem in problems)
        super().__init__(f"the {called} has {count}:\n{lines}", where=str(path))
        self.path = path
        self.problems = tuple(problems)


def key_name(location: Location) -> str:
    """`("events", 1, "date")` as a person counts: `events[2].date`."""
    name = ""
    for part in location:
        name += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if name else str(part)
    return name


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word this one was probably meant to be."""
    close = get_close_matches(word.lower(), [name.lower() for name in known], n=1, cutoff=0.5)
    return next((name for name in known if close and name.lower() == close[0]), None)


def problems_of(error: ValidationError, text: str, model: type[BaseModel], table: Location = ()) -> list[Problem]:
    """Pydantic's findings in the words of the study file, in order of line, one per key.

    Args:
        error: what pydantic found.
        text: the study file.
        model: what it must look like.
        table: where in the file that stands, if it is not the whole file.
    """
    found: dict[str, Problem] = {}
    for detail in error.errors():
        location = detail["loc"]
        message, remedy = _say(detail, location, model)
        key = key_name((*table, *location))
        found.setdefault(key, Problem(key, line_of(text, (*table, *location)), message, remedy))
    return sorted(found.values(), key=lambda problem: (problem.line or 0, problem.key))


def _say(detail: ErrorDetails, location: Location, model: type[BaseModel]) -> tuple[str, str]:
    kind, given = detail["type"], "this" if location[:2] in _SECRET else _short(detail["input"])
    if kind == "missing":
        example = EXAMPLES.get(".".join(str(part) for part in location if isinstance(part, str)), "")
        return "is missing", f"add {example}" if example else "add it"
    if kind == "extra_forbidden":
        return unknown_key(str(location[-1]), sorted(fields_at(model, location[:-1])))
    if kind == "literal_error":
        return _not_one_of(detail)
    if kind in EXPECTED:
        message, remedy = _another_kind(detail, location, model)
        return f"{given} {message}", remedy
    if kind == "value_error":
        return f"{given} will not do", str(detail["ctx"]["error"])
    return detail["msg"], ""


def _another_kind(detail: ErrorDetails, location: Location, model: type[BaseModel]) -> tuple[str, str]:
    """What is wrong with a value of another kind or form than is expected there, and what to write."""
    if EXPECTED[detail["type"]] is _LIST and isinstance(detail["input"], dict) and len(location) == 1:
        return "stands alone, and there may be several", f"write [[{location[0]}]] over each"
    context = {**detail.get("ctx", {}), "table": _as_table(location, list(fields_at(model, location)))}
    message, remedy = _WEB if str(context.get("pattern", "")).startswith("^http") else EXPECTED[detail["type"]]
    return message, remedy.format_map(context)


def _as_table(location: Location, keys: Sequence[str]) -> str:
    """How a table is written there: a section of the file under its heading, others between braces."""
    if len(location) == 1:
        return f"[{location[0]}] on a line of its own, and its keys below it: {', '.join(keys)}"
    return f"{{ {', '.join(f'{key} = …' for key in keys)} }}"


def unknown_key(key: str, known: Sequence[str]) -> tuple[str, str]:
    """Message and remedy for a key nobody knows."""
    if guess := nearest(key, known):
        return "unknown key", f"did you mean {guess}?"
    return "unknown key", f"known keys here: {', '.join(known)}" if known else "no keys are known here: leave it out"


def _not_one_of(detail: ErrorDetails) -> tuple[str, str]:
    allowed = re.findall(r"'([^']*)'", detail["ctx"]["expected"])
    guess = nearest(str(detail["input"]), allowed)
    hint = f'did you mean "{guess}"? ' if guess else ""
    return f"{_short(detail['input'])} is not known", f"{hint}write one of: {', '.join(allowed)}"


def _short(value: object) -> str:
    if isinstance(value, dict | list):
        return "this table" if isinstance(value, dict) else "this list"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value[:60]}"' if isinstance(value, str) else str(value)[:60]


def fields_at(model: type[BaseModel], location: Location) -> Iterator[str]:
    """The keys that a table of the file may have."""
    current: Any = model
    for part in location:
        if isinstance(part, str) and _is_model(current):
            field = current.model_fields.get(part)
            current = _model_in(field.annotation) if field else None
    if _is_model(current):
        yield from (field.alias or name for name, field in current.model_fields.items())


def _is_model(value: object) -> bool:
    return isinstance(value, type) and hasattr(value, "model_fields")


def _model_in(annotation: Any) -> Any:  # noqa: ANN401  a type annotation
    if _is_model(annotation):
        return annotation
    return next((found for part in get_args(annotation) if (found := _model_in(part))), None)


def syntax_problem(text: str, error: tomllib.TOMLDecodeError) -> Problem:
    """A file that is not TOML: the line, and the slip that people make most often."""
    found = re.search(r"\(at line (\d+), column \d+\)", str(error))
    number = int(found[1]) if found else len(text.splitlines()) or 1
    lines = text.splitlines()
    line = lines[number - 1] if number <= len(lines) else ""
    message = re.sub(r"\s*\(at .*\)$", "", str(error))
    return Problem("", number, f"not readable as TOML ({message})", _slip(line))


def _slip(line: str) -> str:
    if re.search("[“”‘’「」]", line):
        return 'use straight double quotes: "…"'
    if "＝" in line or "：" in line.split('"', maxsplit=1)[0]:
        return 'write an ASCII equals sign: key = "value"'
    if re.match(r"\s*[\w-]+\s*=\s*[^\s\"'\[{\d]", line):
        return 'put text between double quotes: key = "value"'
    if "\\" in line:
        return "write paths with / or between single quotes"
    return 'each line is key = "value", a [table], or a # comment'


def line_of(text: str, location: Location) -> int | None:
    """The line on which a key stands, or the nearest table or key above it that does.

    Only headers and keys at the start of a line are looked at: a key of an inline table is found on that table's line.
    """
    places = dict(_places(text))
    for depth in range(len(location), 0, -1):
        place = location[:depth]
        if line := places.get(place) or places.get((*place, 0)):
            return line
    return None


def _places(text: str) -> Iterator[tuple[Location, int]]:
    table: Location = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if found := re.match(r"\s*\[\[\s*([\w.-]+)\s*\]\]", line):
            name = found[1]
            counts[name] = counts.get(name, -1) + 1
            table = (*name.split("."), counts[name])
            yield table, number
        elif found := re.match(r"\s*\[\s*([\w.-]+)\s*\]", line):
            table = tuple(found[1].split("."))
            yield table, number
        elif found := re.match(r"\s*\"?([\w.-]+)\"?\s*=", line):
            yield (*table, *found[1].split(".")), number
