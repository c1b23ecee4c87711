"""What one coder is given and says: the sample in its order, their own labels, and nobody else's."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pandas as pd

from minyi.labelling.answers import NAME_LIMIT
from reports.masking import masked
from storage.errors import MinyiError, UsageError
from storage.labels import CODES, PERSON, digest_of
from storage.text import clean_line, is_blank

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from minyi.labelling.answers import Answer
    from storage.labels import Labels
    from storage.nouns import Study, Wording
    from storage.records import SampleKind


class NothingToLabel(UsageError):  # noqa: N818  says what happened
    """No sample was drawn for the change as the study states it now."""


class Refused(MinyiError):  # noqa: N818  says what happened
    """An answer that is not kept."""

    status = 400


class Elsewhere(Refused):
    """The comment was answered by the same coder in another tab.

    Attributes:
        judgement: that answer.
    """

    status = 409

    def __init__(self, judgement: Mapping[str, Any] | None) -> None:
        super().__init__("this comment was answered in another tab", remedy="Go on with the next one.")
        self.judgement = judgement


def coder_name(said: str) -> str:
    """A coder's name as it is kept.

    Raises:
        Refused: there is nothing in it that can be seen, or it is too long.
    """
    name = clean_line(said)
    if is_blank(name) or len(name) > NAME_LIMIT:
        remedy = f"Give a name of 1 to {NAME_LIMIT} characters."
        raise Refused("labels need the name of the person who makes them", remedy=remedy)
    return name


@dataclass
class Desk:
    """The sample of a study, laid out for people.

    Attributes:
        labels: where samples and labels are kept.
        study: the study.
        run: the run that labels are kept under.
        kinds: which comments: the random sample, and those that were suggested for training.
        agreement: what to tell coders of their agreement once they are done; None where there is nothing to tell.
        counted: keys of the comments that the report counts; of the random sample no other is asked for. None: all.
        kept: how many answers of each kind were kept here.
    """

    labels: Labels
    study: Study
    run: str
    kinds: Sequence[SampleKind] = ("audit", "training")
    agreement: Callable[[], Wording | None] = lambda: None
    counted: Collection[int] | None = None
    kept: Counter[str] = field(default_factory=Counter)
    _keys: dict[str, int] = field(default_factory=dict)

    def work(self, name: str) -> dict[str, Any]:
        """All that one coder's page is given: the change, the comments in their order, this coder's own answers.

        No label of anybody else's and no reading of a classifier is in it, nor an author, a source or a platform.

        Raises:
            NothingToLabel: no sample was drawn.
        """
        items = self.items()
        mine, first = self._answers(name), self._is_first(name)
        second = {item["id"] for item in items if item["second"]}
        return {
            **self._question(),
            "coder": name,
            "digest": digest_of(item["id"] for item in items),
            "role": "first" if first else "second",
            "rest": any(one["what"] != "withdrawn" and one["item"] not in second for one in mine.values()),
            "items": items,
            "mine": list(mine.values()),
        }

    def items(self) -> list[dict[str, Any]]:
        """The comments to label, the audit sample first: id, text, evidence, lang, day, second.

        Raises:
            NothingToLabel: no sample was drawn for the change as it is stated now.
        """
        found = self._items()
        self._keys = dict(zip(found["id"], map(int, found["key"]), strict=True))
        columns = ("id", "text", "evidence", "lang", "published_at", "second")
        return [self._item(*row) for row in found[list(columns)].itertuples(index=False, name=None)]

    def people(self) -> list[str]:
        """The names of those who labelled."""
        annotators = self._latest()["annotator"].unique()
        return sorted(str(one).removeprefix(PERSON) for one in annotators if str(one).startswith(PERSON))

    def judge(self, name: str, answer: Answer, seen: int | None) -> dict[str, Any]:
        """Keep an answer at once, and give it as it was kept.

        Args:
            name: the coder.
            answer: what they say.
            seen: the revision of their own answer that the page knew of; None for none.

        Raises:
            Refused: the comment is not in the sample.
            Elsewhere: their answer to this comment is another one by now.
        """
        key = self._key(answer.item)
        before = self._answers(name).get(answer.item)
        if (before and before["revision"]) != seen:
            raise Elsewhere(before)
        if answer.what == "withdrawn" and (before is None or before["what"] == "withdrawn"):
            raise Refused("there is no answer to take back", where=answer.item, remedy="Load the page again.")
        if not self.labels.put(*self._task, PERSON + name, self.run, [answer.judgement(key, "page")]):
            raise Refused("this comment is no longer stored", where=answer.item, remedy="Load the page again.")
        self.kept[answer.what] += 1
        return self._answers(name)[answer.item]

    def is_done(self, name: str) -> bool:
        """Whether this coder answered every comment that is theirs."""
        work = self.work(name)
        answered = {one["item"] for one in work["mine"] if one["what"] != "withdrawn"}
        shared = [item for item in work["items"] if item["second"]]
        theirs = shared if work["role"] == "second" and shared else work["items"]
        return all(item["id"] in answered for item in theirs)

    def _key(self, item: str) -> int:
        """The store's key of a comment; a sample that was enlarged meanwhile is read again."""
        if item not in self._keys:
            self.items()
        if item not in self._keys:
            raise Refused("this comment is not in the sample", where=item[:80], remedy="Load the page again.")
        return self._keys[item]

    @property
    def _task(self) -> tuple[str, str, str]:
        return self.study.id, self.study.change.target, self.study.codebook

    def _question(self) -> dict[str, Any]:
        change = self.study.change
        events = sorted(self.study.events, key=lambda event: event.date)
        return {
            "study": self.study.id,
            "target": change.target,
            "codebook": self.study.codebook,
            "change": {"name": change.name.model_dump(), "statement": change.statement.model_dump()},
            "events": [
                {
                    "date": str(one.date)[: {"year": 4, "month": 7}.get(one.precision, 10)],
                    "kind": one.kind,
                    "title": one.title.model_dump(),
                }
                for one in events
            ],
        }

    def _items(self) -> pd.DataFrame:
        """Drawn for this change by these rules; a comment that was drawn twice comes once, as an audit item."""
        _, *task = self._task
        frames = []
        for kind in self.kinds:
            ours = {it.key for it in self.labels.cohorts(self.study.id, kind) if [it.target, it.codebook] == task}
            found = self.labels.items(self.study.id, kind)
            asked = kind != "audit" or self.counted is None or found["key"].isin(self.counted)
            frames.append(found[found["cohort"].isin(ours) & asked])
        items = pd.concat([one for one in frames if len(one)] or frames[:1]).drop_duplicates("key")
        if items.empty:
            command = "minyi sample" if "audit" in self.kinds else "minyi suggest"
            what = "no sample was drawn for this change, as the study file states it now"
            raise NothingToLabel(what, where=self.study.id, remedy=f"Draw one with `{command}`.")
        return items

    def _item(
        self, id_: str, text: str, evidence: str | None, lang: str | None, at: float | None, second: bool
    ) -> dict[str, Any]:
        day = None if pd.isna(at) else datetime.fromtimestamp(int(at) / 1000, UTC).astimezone(self.study.zone)
        return {
            "id": id_,
            "text": masked(text),
            "evidence": None if pd.isna(evidence) else masked(str(evidence)),
            "lang": None if pd.isna(lang) else str(lang),
            "day": None if day is None else str(day.date()),
            "second": bool(second),
        }

    def _latest(self) -> pd.DataFrame:
        return self.labels.latest(*self._task)

    def _is_first(self, name: str) -> bool:
        """Whether nobody labelled before this coder did."""
        history = self.labels.history(*self._task)
        people = history[history["annotator"].str.startswith(PERSON)]
        return bool(people.empty) or str(people.sort_values("created_at")["annotator"].iloc[0]) == PERSON + name

    def _answers(self, name: str) -> dict[str, dict[str, Any]]:
        """This coder's last answer to each comment, by its id."""
        latest = self._latest()
        mine = latest[latest["annotator"] == PERSON + name]
        return {row["id"]: _answer(row) for row in mine.to_dict("records")}


def _answer(row: Mapping[Any, Any]) -> dict[str, Any]:
    judged = row["what"] == "judged"
    return {
        "item": row["id"],
        "what": row["what"],
        "stance": str(row["stance"]) if judged else None,
        "codes": [int(row[str(code)] or 0) if judged else 0 for code in CODES],
        "unsure": bool(row["unsure"]),
        "note": row["note"],
        "seconds": None if pd.isna(row["seconds"]) else float(row["seconds"]),
        "at": int(row["created_at"]),
        "revision": int(row["revision"]),
    }
