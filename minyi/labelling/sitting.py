"""One sitting: the page is opened, people label, and what they did is in the run's receipt."""

from __future__ import annotations

import shlex
import webbrowser
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Self, get_args
from urllib.parse import urlencode

from minyi.console import so_many
from minyi.labelling.desk import Desk, Refused, coder_name
from minyi.labelling.gate import OPEN, Keys
from minyi.labelling.page import LANGUAGES
from minyi.receipts import recorded_run
from minyi.sampling import eligible
from storage.errors import UsageError
from storage.records import SampleKind

if TYPE_CHECKING:
    from pathlib import Path

    from minyi.console import Console
    from minyi.workspace import Workspace
    from storage.nouns import Language

_BEFORE_ANY_RUN = "0"


@dataclass(frozen=True)
class PageChoice:
    """How the page begins.

    Attributes:
        name: the coder; empty where the page is to ask.
        language: None for the browser's.
        kinds: which comments it shows.
    """

    name: str = ""
    language: Language | None = None
    kinds: tuple[SampleKind, ...] = get_args(SampleKind)

    @classmethod
    def of(cls, *, name: str, language: str, training: bool = False) -> Self:
        """What a command line says.

        Raises:
            UsageError: no such language, or a name that is none.
        """
        chosen = next((one for one in LANGUAGES if one == language), None)
        if language and chosen is None:
            raise UsageError(f"--lang {language}: the page speaks {' and '.join(LANGUAGES)}")
        try:
            return cls(coder_name(name) if name else "", chosen, ("training",) if training else cls.kinds)
        except Refused as error:
            raise UsageError(error.what, where="--as", remedy=error.remedy) from error

    @property
    def query(self) -> dict[str, str]:
        """What the page's address says of it."""
        return {key: value for key, value in (("as", self.name), ("lang", self.language)) if value}


def label_in_browser(
    workspace: Workspace, console: Console, choice: PageChoice, *, port: int = 0, open_browser: bool = False
) -> None:
    """Serve the page until it is stopped.

    Raises:
        NothingToLabel: no sample was drawn.
        PortTaken: the port cannot be had.
    """
    from minyi.label_agreement import agreement_words
    from minyi.labelling.app import label_app
    from minyi.labelling.serving import HERE, listen, serve

    desk = _desk(workspace, choice)
    drawn = len(desk.items())
    with listen(port) as door, recorded_run(workspace, "label", console, shared=True) as receipt:
        desk = replace(desk, run=receipt.run, agreement=partial(agreement_words, workspace))
        keys, own = Keys(), door.getsockname()[1]
        app = label_app(desk, keys, own, place=shlex.quote(str(workspace.folder)), language=choice.language)
        address = f"http://{HERE}:{own}{OPEN}?{urlencode({'token': keys.address, **choice.query})}"
        _announce(console, address, drawn)
        if open_browser:
            webbrowser.open(address)
        serve(app, door)
        receipt.counts |= {"kept": sum(desk.kept.values()), **desk.kept}
    _conclude(workspace, console, desk)


def label_in_kit(workspace: Workspace, console: Console, choice: PageChoice, path: Path) -> None:
    """Write the offline page.

    Raises:
        UsageError: it is not said for whom.
        NothingToLabel: no sample was drawn.
        FileWriteError: the file cannot be written.
    """
    from minyi.labelling.kit import write_kit

    if not choice.name:
        remedy = "Add --as NAME: the name of whoever will label in it."
        raise UsageError("a kit is written for one person", where="--kit", remedy=remedy)
    desk = _desk(workspace, choice)
    count = write_kit(desk, choice.name, path, choice.language)
    console.say(
        f"Wrote {path} for {choice.name}: {count} comments. It holds their texts: pass it on as you would them."
    )
    console.say(f"Afterwards: minyi labels import minyi-labels-….json --study {workspace.folder}")
    console.event("done", file=str(path), comments=count, coder=choice.name)


def _desk(workspace: Workspace, choice: PageChoice) -> Desk:
    """Nobody is asked for comments that the report does not count: their labels would enter no estimate."""
    counted = frozenset(map(int, eligible(workspace)["key"]))
    return Desk(workspace.store.labels, workspace.study, _BEFORE_ANY_RUN, choice.kinds, counted=counted)


def _announce(console: Console, address: str, drawn: int) -> None:
    console.say(
        f"{so_many(drawn, 'comment is', 'comments are')} drawn. Label them in your browser, "
        "at an address for you alone:"
    )
    console.say(f"\n  {address}\n")
    console.say("Every answer is kept at once. Ctrl-C ends it; run the command again to go on.")
    if console.quiet and not console.json:
        print(address, file=console.out)  # without it nobody could come in
    console.out.flush()
    console.event("listening", address=address, comments=drawn)


def _conclude(workspace: Workspace, console: Console, desk: Desk) -> None:
    kept = desk.kept
    console.say(
        f"Kept {so_many(kept['judged'], 'label')}, {kept['skipped']:,} skipped, {kept['withdrawn']:,} taken back."
    )
    if kept.total():
        from minyi.adapting import refit_if_due  # heavy, and only now needed

        refit_if_due(workspace, console)
    if kept["judged"]:
        console.say(f"Next: minyi report {workspace.folder}")
    console.event("done", exit=0, **{what: kept[what] for what in ("judged", "skipped", "withdrawn")})
