"""A small study: what `minyi labels` proposes can be drawn, and of a full count it gives people's own figures."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from minyi.console import Console
from minyi.label_standing import how_far
from minyi.labels_shown import show_standing
from minyi.sampling import Wanted, sample
from storage.nouns import Stance

if TYPE_CHECKING:
    from minyi.workspace import Workspace

CODES = {Stance.SUPPORT: (1, 0, 0), Stance.CONCERN: (0, 1, 0)}
QUIET = Console(quiet=True)


def label(bench: Any, n: int) -> None:
    for at in range(n):
        stance = Stance.CONCERN if at % 3 else Stance.SUPPORT
        for who in ("person:a", "person:b"):
            bench.say(who, at, stance=stance, codes=CODES[stance], seconds=8.0)


def shown(workspace: Workspace) -> tuple[dict[str, Any], str]:
    said, out = how_far(workspace, QUIET), io.StringIO()
    show_standing(Console(out=out, err=out), said)
    return said, out.getvalue()


def test_no_more_is_proposed_than_there_are_comments(bench: Any) -> None:
    label(bench, 10)
    said, out = shown(bench.workspace)
    assert said["counted"] == 12
    (step,) = said["next"]
    assert step["command"].endswith("--size 12")
    assert "label every one of the 12 comments that count" in step["why"]
    assert "10 labels count; of the 12 comments that count every one must be labelled" in out
    assert sample(bench.workspace, QUIET, Wanted(12)).drawn == 2


def test_of_a_full_count_peoples_own_figures_are_said(bench: Any) -> None:
    sample(bench.workspace, QUIET, Wanted(12))
    label(bench, 12)
    said, out = shown(bench.workspace)
    assert said["audit"]["census"]["counts"] == {"concern": 8, "support": 4, "suggestion": 0, "neutral": 0}
    assert "Every one of the 12 comments that count is labelled" in out
    assert "minyi sample" not in out
    assert said["next"][0]["why"] == "the labels are complete"
