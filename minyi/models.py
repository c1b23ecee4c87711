"""Models for `hf:` coders: fetched from a hub, and written for ONNX Runtime."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from storage.errors import MinyiError

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.console import Console


def fetch_model(console: Console, name: str, revision: str) -> None:
    """Download a model and say how a study names it."""
    from nlp.coders.hf.folder import open_folder
    from nlp.coders.hf.hub import fetch

    with console.progress(f"fetching {name}"):
        folder = fetch(name, revision)
    model = open_folder(folder)
    console.say(f"{name} lies in {folder}")
    console.say(f"Its labels: {', '.join(model.labels)}.")
    console.say(f'In a study: coder = "hf:{name}" under [study], and revision = "{folder.name}" under [coder].')
    console.event("done", folder=str(folder), revision=folder.name, labels=model.labels)


def export_model(console: Console, model: str, out: Path, *, int8: bool, sample: Path | None) -> None:
    """Write a model as ONNX and say how it compares."""
    from nlp.coders.hf.export import SAMPLES, export_onnx
    from nlp.coders.hf.hub import find_model
    from nlp.coders.hf.options import HfOptions

    samples = SAMPLES if sample is None else _lines(sample)
    source = find_model(model, None, HfOptions(runtime="torch"))
    with console.progress("exporting"):
        export = export_onnx(source, out, int8=int8, samples=samples)
    console.say(f"Wrote {out}: {export.precision}, {export.megabytes:,.1f} MB.")
    console.say(
        f"Against torch on {export.rows} rows: the same label on {export.agreement:.1%}, the largest difference of a "
        f"logit {export.largest_difference:.2g}."
    )
    console.say(f'In a study: coder = "hf:{out}" under [study]; no torch is needed to run it.')
    console.event("done", folder=str(out), **asdict(export))


def _lines(path: Path) -> list[str]:
    """The texts of a file, one a line."""
    try:
        lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except (OSError, UnicodeDecodeError) as error:
        remedy = "Give a text file in UTF-8 with one comment a line."
        raise MinyiError("The sample cannot be read.", where=str(path), remedy=remedy) from error
    if not lines:
        raise MinyiError("The sample is empty.", where=str(path), remedy="Write one comment a line.")
    return lines
