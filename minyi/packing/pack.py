"""What goes into the pack of a study, and the one file it becomes."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from minyi.auditing import audit_now
from minyi.exports import tables_of
from minyi.label_files.exporting import labels_for_others
from minyi.packing.notebook import notebook
from minyi.packing.papers import citation, codebook, readme
from minyi.publishing import HELD
from minyi.thinning import keep_for_good
from reports.masking import masked
from reports.share_table import SHARE_COLUMNS, share_table
from reports.tables import COLUMNS, Column, table_files
from storage.errors import MinyiError, UsageError
from storage.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from minyi.workspace import Workspace

Texts = Literal["masked", "full", "none"]
_FOREVER = (1980, 1, 1, 0, 0, 0)  # the date of every entry: the same study packs to the same bytes
_IDENTIFYING = ("text", "evidence", "proposal", "url")
COUNTED: dict[str, Column] = {
    "counted": Column("Whether the report counts it: inside the study's window and no copied post", "yes/no"),
    "inside": Column("Whether it is not dated outside the study's window", "yes/no"),
    "day": Column("Day of publication on the study's calendar", "text", "ISO 8601", "empty: not known to the day"),
}
"""Columns of a pack beside those of every table of comments."""

LABEL_COLUMNS: dict[str, Column] = {
    "id": Column("Identifier of the comment", "text"),
    "coder": Column("Who judged: people are numbered, not named", "text", values="coder 1, coder 2 …, settled"),
    "sample": Column("How the comment was chosen", "text", values="audit: at random; training: chosen; empty: neither"),
    "primary": Column("Stance", "text", values="support, concern, suggestion, neutral"),
    "support": Column("Whether it carries support", "integer", values="0, 1"),
    "concern": Column("Whether it carries concern", "integer", values="0, 1"),
    "suggestion": Column("Whether it carries a suggestion", "integer", values="0, 1"),
    "unsure": Column("A careful colleague might choose another stance", "integer", values="0, 1"),
}
"""The columns of the labels in a pack."""


def texts_of(asked: str) -> Texts:
    """How texts are to be packed.

    Raises:
        UsageError: there is no such way.
    """
    if asked not in get_args(Texts):
        raise UsageError(f"there is no way of packing texts called {asked!r}.", remedy="Say masked, full or none.")
    return cast("Texts", asked)


def pack_study(workspace: Workspace, out: Path, *, texts: Texts = "masked") -> list[str]:
    """Write one zip file that holds what others need to check the study and to count it again.

    Args:
        workspace: the study.
        out: the file.
        texts: of the comments: masked as in a report, full as stored, or none (and no addresses), where the terms of a
            platform allow no more.

    Returns:
        The names in it, in order.

    Raises:
        UsageError: there is no report to pack yet.
        FileWriteError: the file cannot be written.
    """
    numbers = _numbers(workspace)
    files = _files(workspace, numbers, texts)
    folder = f"{workspace.study.id}-pack"
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(files.items()))
    files["SHA256SUMS"] = sums.encode()
    names = sorted(files)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(out, _zipped({f"{folder}/{name}": files[name] for name in names}))
    keep_for_good(workspace, _run_of(numbers))
    return names


def _numbers(workspace: Workspace) -> bytes:
    path = workspace.reports / "numbers.json"
    try:
        content = path.read_bytes()
        _run_of(content)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        remedy = "Run `minyi report` again, then pack."
        raise MinyiError("The report's numbers are not as minyi wrote them.", where=str(path), remedy=remedy) from error
    except FileNotFoundError as error:
        remedy = f"Run `minyi report` first. A report under {HELD}/ is not packed."
        raise UsageError("there is no report to pack.", where=str(path), remedy=remedy) from error
    except OSError as error:
        raise MinyiError("The report's numbers cannot be read.", where=str(path), remedy="Make it readable.") from error
    return content


def _run_of(numbers: bytes) -> str:
    """The run that made a report: digits, for it names a folder.

    Raises:
        ValueError, KeyError, TypeError, RecursionError: these are no report's numbers.
    """
    made = json.loads(numbers)["provenance"]
    if not made["run"].isdecimal() or not isinstance(made["generated_at"], str):
        raise ValueError("no run of minyi's")
    return str(made["run"])


def _files(workspace: Workspace, numbers: bytes, texts: Texts) -> dict[str, bytes]:
    comments, counted = tables_of(workspace)
    audit = audit_now(workspace, comments)
    files = {"numbers.json": numbers, "study.toml": workspace.loaded.text.encode()}
    files |= table_files(_fit(comments.assign(**counted), texts), ("csv", "jsonl"), "comments", COLUMNS | COUNTED)
    labels = labels_for_others(workspace)[list(LABEL_COLUMNS)]
    files |= table_files(labels, ("csv",), "labels", LABEL_COLUMNS)
    if audit and audit["audited"]:
        files |= table_files(share_table(audit), ("csv",), "shares", SHARE_COLUMNS)
    files |= {f"report/{path.name}": path.read_bytes() for path in sorted(workspace.reports.glob("report.*.html"))}
    manifest = workspace.data / "runs" / _run_of(numbers) / "manifest.json"
    if manifest.is_file():
        files["manifest.json"] = manifest.read_bytes()
    files |= {"CODEBOOK.md": codebook(workspace.study.codebook), "figures.ipynb": notebook(json.loads(numbers))}
    files["CITATION.cff"] = citation(workspace.study, json.loads(numbers))
    files["README.md"] = readme(workspace.study, json.loads(numbers), texts, sorted(files))
    return files


def _fit(comments: pd.DataFrame, texts: Texts) -> pd.DataFrame:
    """The comments as far as they may be passed on."""
    if texts == "none":
        return comments.drop(columns=[name for name in _IDENTIFYING if name in comments])
    if texts == "full":
        return comments
    shown: dict[str, Any] = {
        name: [masked(value) if isinstance(value, str) else value for value in comments[name].tolist()]
        for name in ("text", "evidence", "proposal")
        if name in comments
    }
    return comments.assign(**shown)


def _zipped(files: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, content in files.items():
            entry = zipfile.ZipInfo(name, _FOREVER)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            pack.writestr(entry, content)
    return out.getvalue()
