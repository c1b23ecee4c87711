"""What the settling page is given and what it keeps: the disputed comments, and one label that is to stand for each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from minyi.labelling.desk import Elsewhere, Refused
from minyi.labels import task_of
from minyi.settling.disputes import disputes
from reports.masking import masked
from storage.judgements import SETTLED

if TYPE_CHECKING:
    from minyi.labelling.answers import Answer
    from minyi.settling.disputes import Dispute, Voice
    from minyi.workspace import Workspace


@dataclass
class Board:
    """The disagreements of a study, laid out for those who settle them.

    Attributes:
        workspace: the study.
        run: the run that labels are kept under.
        kept: how many answers of each kind were kept here.
    """

    workspace: Workspace
    run: str
    kept: Counter[str] = field(default_factory=Counter)

    def work(self) -> dict[str, Any]:
        """The change, and every disputed comment with what each person says and what is settled."""
        study = self.workspace.study
        change = {"name": study.change.name.model_dump(), "statement": study.change.statement.model_dump()}
        return {"study": study.id, "change": change, "disputes": [_plain(one) for one in disputes(self.workspace)]}

    def settle(self, answer: Answer, seen: int | None) -> dict[str, Any]:
        """Keep the label that is to stand, or take it back, and give the comment as it stands now.

        Args:
            answer: what was agreed on; withdrawn to take back what was settled.
            seen: the revision of the settled label that the page knew of; None for none.

        Raises:
            Refused: the comment is not disputed, or there is nothing to take back.
            Elsewhere: it was settled in another tab.
        """
        before = self._find(answer.item)
        if (before.settled and before.settled.revision) != seen:
            raise Elsewhere(_plain(before))
        if answer.what == "skipped" or (answer.what == "withdrawn" and before.settled is None):
            raise Refused("there is nothing to take back", where=answer.item[:80], remedy="Load the page again.")
        study = self.workspace.study
        judgement = answer.judgement(before.key, "page")
        self.workspace.store.labels.put(study.id, *task_of(study), SETTLED, self.run, [judgement])
        self.kept[answer.what] += 1
        return _plain(self._find(answer.item))

    def _find(self, item: str) -> Dispute:
        found = next((one for one in disputes(self.workspace) if one.id == item), None)
        if found is None:
            what = "people do not disagree on this comment"
            raise Refused(what, where=item[:80], remedy="Load the page again.")
        return found


def _plain(one: Dispute) -> dict[str, Any]:
    return {
        "id": one.id,
        "text": masked(one.text),
        "evidence": masked(one.evidence),
        "lang": one.lang,
        "voices": [_said(voice) for voice in one.voices],
        "settled": one.settled and _said(one.settled),
    }


def _said(voice: Voice) -> dict[str, Any]:
    return {
        "name": voice.name,
        "stance": voice.stance,
        "codes": list(voice.codes),
        "unsure": voice.unsure,
        "note": voice.note,
        "revision": voice.revision,
    }
