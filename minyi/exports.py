"""A study's comments as tables: for pandas, and as files with a data dictionary."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from minyi.frames import comments_of, repeats_of, with_repeats
from minyi.workspace import open_workspace
from nlp.proposals import proposal_spans
from storage.nouns import Stance

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import pandas as pd

    from minyi.workspace import Workspace
    from reports.corpus import Corpus


def load_comments(place: str | Path) -> pd.DataFrame:
    """As `minyi.load`."""
    import pandas as pd

    with open_workspace(place) as workspace:
        frame = _table(workspace)
    return frame.assign(published_at=pd.to_datetime(frame["published_at"], unit="ms", utc=True))


def export_study(place: str | Path, formats: Sequence[str], out: Path | None) -> list[Path]:
    """Write the comments in each format, with the data dictionary beside them; the shares too, once they are audited.

    Raises:
        storage.errors.MinyiError: an unknown format, a missing extra, or a folder that cannot be written.
    """
    from minyi.auditing import audit_now
    from reports.share_table import SHARE_COLUMNS, share_table
    from reports.tables import export_tables

    with open_workspace(place) as workspace:
        folder, comments = out or workspace.folder / "export", _table(workspace)
        written = export_tables(comments, folder, formats=tuple(formats))
        audit = audit_now(workspace, comments)
        if audit and audit["audited"]:
            written += export_tables(share_table(audit), folder, tuple(formats), name="shares", columns=SHARE_COLUMNS)
        return written


def tables_of(workspace: Workspace) -> tuple[pd.DataFrame, dict[str, list[Any]]]:
    """The table of comments, and beside it how the report counts each: counted, inside the window, and its day."""
    from reports.corpus import day_of, prepare
    from reports.inputs import Provenance, ReportInput

    table = _table(workspace)
    nobody = Provenance(coder="", codebook=workspace.study.codebook, run="", command="", generated_at=0)
    corpus = prepare(ReportInput(study=workspace.study, comments=table, provenance=nobody))
    at = [corpus.place_of[name] for name in table["id"].tolist()]
    days = [day_of(ms).isoformat() if known else None for ms, known in zip(*_times(corpus), strict=True)]
    marks = {"counted": corpus.counted.tolist(), "inside": corpus.inside.tolist(), "day": days}
    return table, {name: [values[place] for place in at] for name, values in marks.items()}


def _times(corpus: Corpus) -> tuple[list[int], list[bool]]:
    return corpus.local.tolist(), corpus.dated.tolist()


def _table(workspace: Workspace) -> pd.DataFrame:
    frame = comments_of(workspace).drop(columns="key")
    return _with_proposals(with_repeats(frame, repeats_of(frame)), workspace)


def _with_proposals(frame: pd.DataFrame, workspace: Workspace) -> pd.DataFrame:
    """The comments with the words in which those coded as suggestions propose something."""
    import pandas as pd

    proposing = frame["stance"] == Stance.SUGGESTION.value
    texts = frame["text"][proposing].tolist()
    spans = proposal_spans(texts, workspace.study.change)
    words = [text[slice(*span)] for text, span in zip(texts, spans, strict=True)]
    return frame.assign(proposal=pd.Series(words, index=frame.index[proposing], dtype=object).reindex(frame.index))
