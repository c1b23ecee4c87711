"""The papers of a pack: what it holds, how to cite it, and the rules by which comments were judged."""

from __future__ import annotations

import json
import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Any

from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from storage.nouns import Study

_ABOUT = {
    "comments.csv": "the comments, for people: times in words, no cell that a spreadsheet would run",
    "comments.jsonl": "the same for programs, one comment a line",
    "comments.columns.md": "what each column of the comments means",
    "labels.csv": "what people said of the comments that they labelled",
    "labels.columns.md": "what each column of the labels means",
    "shares.csv": "the audited shares with their intervals",
    "shares.columns.md": "what each column of the shares means",
    "numbers.json": "every figure, claim and quote of the report",
    "figures.ipynb": "counts the figures of numbers.json again from the tables, with pandas",
    "manifest.json": "what the report was made from: code, coder, labels, data, seeds",
    "study.toml": "the study file: the question, its policy timeline, its sources",
    "CODEBOOK.md": "the rules by which comments were judged",
    "CITATION.cff": "how to cite it",
}
_TEXTS = {
    "masked": "Telephone numbers, e-mail addresses, numbers of identity and bank cards and @names are masked in texts.",
    "full": "Texts are as they were published. Mind the terms of the platforms before you pass them on.",
    "none": "Texts and addresses are left out; `id` tells comments apart, here and in the report.",
}


def readme(study: Study, numbers: Mapping[str, Any], texts: str, names: Sequence[str]) -> bytes:
    """What the pack holds, in Markdown."""
    made = numbers["provenance"]
    name = study.change.name.en or study.change.name.zh
    run = f"run {made['run']}, {made['generated_at']}"
    listed = [f"| `{file}` | {_ABOUT.get(file, f'the report of {run}')} |" for file in names if _told(file)]
    lines = [
        f"# {_line(name)}: the study's data",
        "",
        f"{numbers['totals']['stored']:,} comments, {numbers['totals']['comments']:,} of them counted. Made by",
        f"minyi {made['versions'].get('minyi', '')}, {run}.",
        f"The coder was {made['coder']}.",
        "",
        "| file | what |",
        "|---|---|",
        *listed,
        "",
        f"The report and `numbers.json` are those of {run}. The tables of comments, labels and shares, and the",
        "study file, are as they were when this was packed.",
        "Answers to requests that were given after that run are not in it.",
        "",
        _TEXTS[texts],
        "Authors are known only by a keyed hash, whose key is not here. People who labelled are numbered.",
        "",
        "Check the files: `sha256sum -c SHA256SUMS`.",
        "Count the figures again: open `figures.ipynb`, which needs pandas alone.",
        "",
        "The comments collected are not a poll, and their words belong to those who wrote them.",
    ]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _told(file: str) -> bool:
    return file in _ABOUT or file.startswith("report/")


def _line(text: str) -> str:
    return " ".join(text.split())


def citation(study: Study, numbers: Mapping[str, Any]) -> bytes:
    """How to cite the pack, as CITATION.cff 1.2.0. Whoever publishes it puts their own names in."""
    title = f"{_line(study.change.name.en or study.change.name.zh)}: public comments and their stances"
    made = numbers["provenance"]
    lines = [
        "cff-version: 1.2.0",
        'message: "If you use these data, please cite them as below."',
        "type: dataset",
        f"title: {json.dumps(title, ensure_ascii=False)}",
        "authors:",
        '  - name: "Put the names of those who made the study here"',
        f"version: {json.dumps(str(made['run']))}",
        f"date-released: {made['generated_at'][:10]}",
        f"abstract: {json.dumps(_abstract(numbers), ensure_ascii=False)}",
    ]
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _abstract(numbers: Mapping[str, Any]) -> str:
    totals, made = numbers["totals"], numbers["provenance"]
    return (
        f"{totals['comments']} comments dated {totals['first']} to {totals['last']}, with the stance each "
        f"takes towards the change, coded by {made['coder']} under codebook {made['codebook']}."
    )


def codebook(version: str) -> bytes:
    """The rules, in both languages, as the page for labelling shows them."""
    parts = [f"# Codebook, version {version}\n"]
    for language in ("en", "zh"):
        place = resources.files("minyi.labelling").joinpath("templates", f"{language}.toml")
        words = tomllib.loads(place.read_text("utf-8"))
        parts.append(_rules(words))
    return "\n".join(parts).encode()


def _rules(words: Mapping[str, Any]) -> str:
    book, names = words["codebook"], words["stance"]
    lines = [f"## {book['change']}", "", *(f"- {rule}" for rule in book["rules"]), ""]
    for stance in STANCES:
        lines += [f"### {names[stance.value]}", "", book["definition"][stance.value], ""]
        lines += [f"> {example}\n" for example in book["examples"][stance.value]]
    return "\n".join(lines)
