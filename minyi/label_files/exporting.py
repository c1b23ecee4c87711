"""Labels and comments to label, out of a study into a file of the form somebody needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, get_args

import pandas as pd

from minyi.label_files import doccano, label_studio, table
from minyi.labels import task_of
from storage.errors import UsageError
from storage.files import write_atomically
from storage.judgements import CODES, PERSON, SETTLED

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from minyi.workspace import Workspace

Form = Literal["csv", "xlsx", "jsonl", "labelstudio", "doccano"]
_WRITERS: dict[str, Callable[[table.Rows], bytes]] = {
    "csv": table.as_csv,
    "xlsx": table.as_xlsx,
    "jsonl": table.as_json_lines,
}
_COMMENT = ("id", "text", "evidence", "lang", "source")


class Exported(NamedTuple):
    """What was written: the files, and how many comments and judgements are in the first."""

    files: list[Path]
    comments: int
    judgements: int


def form_of(path: Path, asked: str) -> Form:
    """The form that is asked for, or that the file's name says.

    Raises:
        UsageError: it is none.
    """
    form = asked.lower() or path.suffix.lower().lstrip(".")
    if form not in get_args(Form):
        remedy = "Name a .csv, .xlsx or .jsonl file, or say --as labelstudio or --as doccano."
        raise UsageError(f"there is no form of labels called {form or path.name!r}", where=str(path), remedy=remedy)
    return cast("Form", form)


def export_labels(
    workspace: Workspace, path: Path, form: Form, *, blank: bool = False, second: bool = False
) -> Exported:
    """Write the drawn comments with what people said of them.

    Args:
        workspace: the study.
        path: the file; the folder must be there.
        form: of the file. Those of other programs hold comments to label, without labels of people or machines.
        blank: no labels, for somebody who is to judge without seeing any.
        second: only the comments that go to a second coder.

    Raises:
        UsageError: there is nothing to write.
        FileWriteError: the file cannot be written.
    """
    items = items_of(workspace)
    chosen = items[items["second"]] if second else items
    if form in _WRITERS:
        rows = _own_rows(workspace, chosen, blank=blank, only_drawn=blank or second)
        _refuse_nothing(workspace, rows, second=second)
        write_atomically(path, _WRITERS[form](rows))
        judgements = sum(row["annotator"] != "" for row in rows)
        return Exported([path], len({row["id"] for row in rows}), judgements)
    tasks = _tasks(workspace, chosen)
    _refuse_nothing(workspace, tasks, second=second)
    return Exported(_write_tasks(path, form, tasks), len(tasks), 0)


def labels_for_others(workspace: Workspace) -> pd.DataFrame:
    """Every label, people numbered in the order of their names and not named, without their notes; `id` sorted."""
    rows = _own_rows(workspace, items_of(workspace), blank=False, only_drawn=False)
    frame = pd.DataFrame([row for row in rows if row["what"] == "judged"], columns=list(table.COLUMNS))
    people = sorted(set(frame["annotator"]) - {SETTLED})
    numbered = {name: f"coder {at}" for at, name in enumerate(people, start=1)} | {SETTLED: SETTLED}
    return frame.assign(coder=frame["annotator"].map(numbered)).sort_values(["id", "coder"], ignore_index=True)


def _refuse_nothing(workspace: Workspace, rows: Sequence[Any], *, second: bool) -> None:
    if not rows:
        what = (
            "no comment goes to a second coder" if second else "nothing is drawn to be labelled, and nothing labelled"
        )
        raise UsageError(what, where=workspace.study.id, remedy="Draw a sample with `minyi sample`.")


def items_of(workspace: Workspace) -> pd.DataFrame:
    """The comments drawn for this change by these rules, each once: in order, the audit sample first; with `sample`."""
    labels, study = workspace.store.labels, workspace.study
    audit = labels.items(study.id, "audit", task_of(study)).assign(sample="audit")
    chosen = labels.items(study.id, "training", task_of(study)).assign(sample="training")
    both = pd.concat([audit, chosen]) if len(audit) and len(chosen) else (audit if len(audit) else chosen)
    return both.drop_duplicates("key").reset_index(drop=True)


def _own_rows(workspace: Workspace, items: pd.DataFrame, *, blank: bool, only_drawn: bool) -> table.Rows:
    """Every judgement in the order of the sample; comments without one once, to be filled in; then all others."""
    study = workspace.study
    latest = workspace.store.labels.latest(study.id, *task_of(study))
    latest = latest[latest["what"] != "withdrawn"].iloc[: 0 if blank else None]
    said: dict[int, list[dict[str, Any]]] = {}
    for row in latest.to_dict("records"):
        said.setdefault(int(row["key"]), []).append(_label(cast("dict[str, Any]", row)))
    rows = [
        _comment(workspace, comment) | label
        for comment in _records(items)
        for label in said.pop(int(comment["key"]), [_label(None)])
    ]
    if only_drawn or not said:
        return rows
    kept = workspace.store.comments(study.id, columns=["key", *_COMMENT])
    others = _records(kept[kept["key"].isin(said.keys())].assign(sample="", second=False))
    return rows + [_comment(workspace, comment) | label for comment in others for label in said[int(comment["key"])]]


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    columns = ["key", *_COMMENT, "sample", "second"]
    plain = frame[columns].astype(object)
    return cast("list[dict[str, Any]]", plain.where(plain.notna(), "").to_dict("records"))


def _comment(workspace: Workspace, comment: dict[str, Any]) -> dict[str, Any]:
    study = workspace.study
    known = {name: comment[name] for name in (*_COMMENT, "sample")}
    return known | {"second": int(comment["second"]), "change": study.change.target, "codebook": study.codebook}


def _label(row: dict[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return dict.fromkeys(table.LABEL_COLUMNS, "") | {"seconds": None, "labelled_at": None}
    judged = row["what"] == "judged"
    return {
        "annotator": name_of(row["annotator"]),
        "what": row["what"],
        "primary": str(row["stance"]) if judged else "",
        **{code.value: int(row[code.value]) if judged else "" for code in CODES},
        "unsure": int(row["unsure"]),
        "note": row["note"],
        "seconds": None if pd.isna(row["seconds"]) else round(float(row["seconds"]), 3),
        "labelled_at": int(row["created_at"]),
    }


def name_of(annotator: str) -> str:
    """An annotator as a file names them: people by name, unless that could be read as something else."""
    name = annotator.removeprefix(PERSON)
    return annotator if name != annotator and (name.casefold() == SETTLED or name.startswith(PERSON)) else name


def annotator_of(name: str) -> str:
    """Who a file means: the other way round. A spreadsheet likes to write Settled, and means no person by it."""
    if name.casefold() == SETTLED:
        return SETTLED
    return name if name.startswith(PERSON) else PERSON + name


def _tasks(workspace: Workspace, items: pd.DataFrame) -> table.Rows:
    asked = {"change": workspace.study.change.target, "codebook": workspace.study.codebook}
    return [
        {"minyi_id": one["id"], "text": one["text"], "evidence": one["evidence"], **asked} for one in _records(items)
    ]


def _write_tasks(path: Path, form: Form, tasks: table.Rows) -> list[Path]:
    """The tasks, and beside them what the other program must be told once: its interface, or its labels."""
    if form == "labelstudio":
        beside, told = path.with_name(f"{path.stem}.interface.xml"), label_studio.INTERFACE
        body = json.dumps(label_studio.tasks(tasks), ensure_ascii=False, indent=1) + "\n"
    else:
        beside, told = path.with_name(f"{path.stem}.labels.json"), json.dumps(doccano.label_types(), indent=1) + "\n"
        body = "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in doccano.rows(tasks))
    write_atomically(path, body.encode("utf-8", "replace"))
    write_atomically(beside, told.encode())
    return [path, beside]
