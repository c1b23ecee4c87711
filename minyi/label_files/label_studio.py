"""Label Studio: tasks without machine labels, the labelling interface to paste, and its JSON export read back.

An export names a task's own data under `data` and each person's answer under `annotations`; `predictions` are a
machine's and are not read. The lighter exports (JSON-MIN, CSV) are flat rows: `minyi.label_files.said` reads those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minyi.label_files.said import (
    BadLabelError,
    Said,
    chosen,
    codes_named,
    id_of,
    judgement_of,
    line,
    note_of,
    seconds_of,
)
from storage.nouns import Reject, Stance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_STANCES = {stance.value for stance in Stance}
_PRIMARY, _ALSO, _NOTE = "primary", "also", "note"

INTERFACE = """\
<View>
  <Header value="$change"/>
  <Text name="text" value="$text"/>
  <Header size="5" value="$evidence"/>
  <Header size="5" value="primary: the one pile a careful reader would file this comment under"/>
  <Choices name="primary" toName="text" choice="single-radio" required="true" showInline="true">
    <Choice value="support" hotkey="1"/>
    <Choice value="concern" hotkey="2"/>
    <Choice value="suggestion" hotkey="3"/>
    <Choice value="neutral" hotkey="4"/>
  </Choices>
  <Header size="5" value="also: every other code that is 1, and whether you are unsure"/>
  <Choices name="also" toName="text" choice="multiple" showInline="true">
    <Choice value="support" hotkey="5"/>
    <Choice value="concern" hotkey="6"/>
    <Choice value="suggestion" hotkey="7"/>
    <Choice value="unsure" hotkey="8"/>
  </Choices>
  <TextArea name="note" toName="text" rows="2" editable="true" maxSubmissions="1" placeholder="note"/>
</View>
"""
"""What to paste under Settings, Labeling Interface, Code."""


def tasks(comments: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Comments (`minyi_id`, text, evidence, change, codebook) as tasks to import."""
    return [{"data": dict(comment)} for comment in comments]


def is_task(fields: Mapping[str, Any]) -> bool:
    """Whether a row is a task of a full JSON export."""
    return isinstance(fields.get("annotations"), list) and isinstance(fields.get("data"), dict)


def said_of_task(task: Mapping[str, Any], where: str) -> Iterator[Said | Reject]:
    """What each person says of a task; where nobody said anything, one entry without a label."""
    data, answers = task["data"], task["annotations"]
    if not answers:
        yield from _read(data, {}, where)
    for number, answer in enumerate(answers, 1):
        place = where if len(answers) == 1 else f"{where} answer {number}"
        if isinstance(answer, dict):
            yield from _read(data, answer, place)
        else:
            yield Reject(place, "the answer is no object")


def _read(data: Mapping[str, Any], answer: Mapping[str, Any], where: str) -> Iterator[Said | Reject]:
    try:
        yield _said(data, answer, where)
    except BadLabelError as error:
        yield Reject(where, str(error), line(data.get("text"), 200))


def _said(data: Mapping[str, Any], answer: Mapping[str, Any], where: str) -> Said:
    results = answer.get("result") or []
    if not isinstance(results, list):
        raise BadLabelError("the answer has no list of results")
    found = [one for one in results if isinstance(one, dict) and isinstance(one.get("value"), dict)]
    also = [name for one in found if one.get("from_name") == _ALSO for name in chosen(one["value"])]
    notes = [text for one in found if one.get("from_name") == _NOTE for text in _texts(one["value"].get("text"))]
    skipped = answer.get("was_cancelled") is True
    return Said(
        where=where,
        id=id_of(data),
        judgement=judgement_of(
            [] if skipped else _primary(found),
            [] if skipped else codes_named(also),
            what="skipped" if skipped else "",
            unsure="unsure" in also,
            note=note_of(notes),
            seconds=seconds_of(answer.get("lead_time")),
        ),
        who=_person(answer.get("completed_by")),
        text=data["text"] if isinstance(data.get("text"), str) else "",
        change=line(data.get("change")),
        codebook=line(data.get("codebook")),
    )


def _primary(results: Sequence[Mapping[str, Any]]) -> list[str]:
    """The choice called primary; in an interface of another making, the one choice among the stances."""
    choices = {line(one.get("from_name")): chosen(one["value"]) for one in results if one.get("type") == "choices"}
    if _PRIMARY in choices:
        return choices[_PRIMARY]
    others = [names for block, names in choices.items() if block != _ALSO and _STANCES.issuperset(names)]
    return others[0] if len(others) == 1 else []


def _texts(value: object) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _person(value: object) -> str:
    """Who completed it: an address or a name where the export has one, else Label Studio's own number."""
    if not isinstance(value, dict):
        return line(value, 200)
    name = " ".join(filter(None, (line(value.get("first_name")), line(value.get("last_name")))))
    return next(filter(None, (line(value.get("email"), 200), line(name, 200), line(value.get("id"), 200))), "")
