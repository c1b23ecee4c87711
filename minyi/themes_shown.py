"""How the themes stand, for people; and first themes proposed by the words that suggestions share."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from minyi.console import so_many
from minyi.frames import comments_of
from minyi.rollups import rollup_of
from minyi.themes import fill
from minyi.themes_file import THEMES, read_themes
from reports.masking import masked
from storage.errors import UsageError
from storage.files import write_atomically
from storage.nouns import Stance
from storage.text import clean_line

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from minyi.console import Console
    from minyi.themes import Filled
    from minyi.workspace import Workspace

EXAMPLES = 10
_LEAST = 3
_SHOWN = 90
_HAN = "\u3400", "\u9fff"


class Proposal(NamedTuple):
    """A theme that a shared word proposes: the word, and examples by id with their texts."""

    word: str
    examples: tuple[tuple[str, str], ...]


def show_themes(workspace: Workspace, console: Console) -> None:
    """Says how many suggestions each theme holds, how well the model finds them, and what is in none."""
    named = read_themes(workspace.folder)
    if not named:
        console.say(f"This study names no themes: `minyi themes suggest` proposes some in {THEMES}.")
        console.event("done", exit=0, themes=[], suggestions=None)
        return
    comments = comments_of(workspace)
    filled = fill(workspace, comments, named)
    asks = (comments["stance"] == Stance.SUGGESTION.value).to_numpy(dtype=bool)
    found = [_row(theme.key, theme.examples, filled, int((filled.theme == theme.key).sum())) for theme in filled.themes]
    rest = int(asks.sum()) - sum(row["suggestions"] for row in found)
    rows = [
        [row["key"], row["examples"], row["suggestions"], "–" if row["f1"] is None else f"{row['f1']:.2f}"]
        for row in found
    ]
    console.table(
        "Themes of requests", ["theme", "examples", "suggestions", "F1"], [*rows, ["in none", None, rest, ""]]
    )
    _say_quality(console, filled)
    console.event("done", exit=0, themes=found, suggestions=int(asks.sum()), in_none=rest)


def _row(key: str, examples: int, filled: Filled, suggestions: int) -> dict[str, Any]:
    at = filled.learned.index(key) if key in filled.learned else None
    f1 = None if at is None or filled.quality is None else round(filled.quality.f1[at], 3)
    return {"key": key, "examples": examples, "suggestions": suggestions, "f1": f1}


def _say_quality(console: Console, filled: Filled) -> None:
    if filled.quality is None:
        console.warn("no theme has five examples yet: only the examples themselves are counted")
        return
    quality = filled.quality
    console.say(f"Put back unseen, {quality.examples} examples reach a macro-F1 of {quality.macro:.2f}.")
    if quality.rejected is not None:
        console.say(f"Of examples of a theme the model never saw, it put {quality.rejected:.0%} under none.")
    console.say("F1 below 0.6: give the theme more examples, in other words, or split it.")


def suggest_themes(workspace: Workspace, console: Console) -> Path:
    """Writes a first themes.toml for people to change: a theme for each word that several people's suggestions share.

    Raises:
        UsageError: there is such a file already, or nothing is shared.
    """
    path = workspace.folder / THEMES
    if path.exists():
        remedy = "Change it by hand; to have it proposed anew, move it away first."
        raise UsageError("there are themes already", where=str(path), remedy=remedy)
    found = proposals(workspace)
    if not found:
        remedy = "Name themes by hand: see docs/requests.md."
        raise UsageError("no word is shared by three people's suggestions", where=str(workspace.folder), remedy=remedy)
    write_atomically(path, as_toml(found).encode("utf-8", "replace"))
    console.say(f"Wrote {path}: {so_many(len(found), 'theme')}, to be renamed, merged, split and corrected by people.")
    console.event("done", exit=0, file=str(path), themes=[one.word for one in found])
    return path


def proposals(workspace: Workspace) -> list[Proposal]:
    """The shared words by falling number of authors, each with suggestions that no earlier word has."""
    comments = comments_of(workspace)
    texts = dict(zip(comments["id"].tolist(), comments["text"].astype(str).tolist(), strict=True))
    taken: set[str] = set()
    found = []
    for word in rollup_of(workspace, comments).shared_words:
        fresh = _different([(name, texts[name]) for name in word.members if name not in taken])
        if len(fresh) >= _LEAST:
            found.append(Proposal(word.word, tuple(fresh[:EXAMPLES])))
            taken |= set(word.members)
    return found


def _different(members: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Each text once, the first of them."""
    once: dict[str, tuple[str, str]] = {}
    for name, text in members:
        once.setdefault("".join(text.split()).casefold(), (name, text))
    return list(once.values())


def as_toml(found: Sequence[Proposal]) -> str:
    """The proposals as a themes file; the texts stand beside their ids as comments."""
    lines = [
        "# Themes of requests, proposed by shared words. Rename them, move examples, add others, delete what is none."
    ]
    for number, one in enumerate(found, start=1):
        language = "zh" if any(_HAN[0] <= letter <= _HAN[1] for letter in one.word) else "en"
        title = f"{{ {language} = {json.dumps(one.word, ensure_ascii=False)} }}"
        lines += ["", "[[themes]]", f'key = "theme-{number}"', f"title = {title}", "examples = ["]
        lines += [f'  "{name}", # {_commented(text)}' for name, text in one.examples]
        lines.append("]")
    return "\n".join(lines) + "\n"


def _commented(text: str) -> str:
    """A text as the rest of a TOML line: on one line, without control characters, masked."""
    return "".join(letter for letter in masked(clean_line(text, _SHOWN)) if letter >= " " and letter != "\x7f")
