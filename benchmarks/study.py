"""How much the labels of one study help: the study coder on large changes, and NLPCC-2016 Task A.

    python benchmarks/study.py                    # large changes, 0 to 200 labels, twenty draws
    python benchmarks/study.py --nlpcc            # NLPCC-2016 A, cross-validated on its training rows
    python benchmarks/study.py --nlpcc --test F   # trained on them, scored on F (columns id, target, text, stance)

The embedded coder under the correction never saw the topic. Labels are drawn at random; scores are on the other
labelled rows, macro-F1 over the stances with ten rows or more. Needs the extra `train` and the data folder beside the
repository.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from stance import SHARED, Bench, topic

from nlp.adapt import POOL, Seen, Space, learned, sampled
from nlp.adapted_score import counted_f1
from nlp.coders.embedded import EmbeddedCoder
from nlp.examples import NLPCC_ACTS, change_of
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Array = Any  # a SciPy matrix

DRAWS, FEWEST, LEFT, CONTROL = 20, 10, 30, "always the commonest"
LABELS = (0, 50, 100, 200)
# A study's rows among the coded examples, by the words its change begins with, and its unlabelled comments by target.
STUDIES = {
    "closed campus": (("高校继续", "高校开学后"), ("高校九月开学继续全封闭管理（2020）",)),
    "motorbikes": (("深圳禁摩",), ("深圳禁摩限电（2016）",)),
    "leaving campus": (("天津大学",), ("天津大学仍不让学生出校门（2020）",)),
    "new phone": (("苹果推出",), ("iPhone SE 新品发布",)),
    "lockdown": (("封控",), ("封控/静态管理",)),
    "vaccination": (("新冠疫苗",), ("新冠疫苗接种政策",)),
    "local services": (("The city changes",), ("Bowling Green local services",)),
}
_AS_STANCE = {"FAVOR": 0, "AGAINST": 1, "NONE": 3}


def unlabelled(targets: tuple[str, ...]) -> list[str]:
    with gzip.open(SHARED / "data" / "changes.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = map(json.loads, lines)
        return [row["text"] for row in rows if row["target"] in targets]


def unseen(bench: Bench, change: str) -> EmbeddedCoder:
    """The embedded coder trained without any row on the topic of a change."""
    return EmbeddedCoder(bench.fit(np.flatnonzero(bench.topic != topic(change))))


def study(bench: Bench, begins: tuple[str, ...], targets: tuple[str, ...], draws: range) -> dict[str, Any]:
    """Scores by number of labels and draw, and what they cost."""
    rows = [row for row in np.flatnonzero(bench.real) if bench.examples[row].change.startswith(begins)]
    texts, stances = [bench.examples[row].text for row in rows], bench.labels[rows]
    act = max((bench.examples[row].change for row in rows), key=len)
    change, base = change_of(act), unseen(bench, act)
    others, began = sampled(unlabelled(targets)), time.process_time()
    space = Space([*texts, *others], change)
    known, pool = space.seen(base, texts), space.seen(base, others[:POOL])
    cost = time.process_time() - began
    counts = np.bincount(stances, minlength=len(STANCES))
    counted = np.flatnonzero(counts >= FEWEST).tolist()
    found: dict[str, Any] = {"rows": len(rows), "cpu_s": cost, "by_stance": counts.tolist()}
    found[CONTROL] = counted_f1(stances, np.full(len(rows), counts.argmax()), counted)
    found["0 labels, all rows"] = counted_f1(stances, known.scores.argmax(1), counted)
    one = _Study(space, known, stances, pool, counted, plain(texts, others))
    for labels in LABELS[1:]:
        if len(rows) >= labels + LEFT:
            drawn = np.array([one.draw(labels, seed) for seed in draws]).T.tolist()
            for name, values in zip(("", ", plain", ", unused"), drawn, strict=True):
                found[f"{labels} labels{name}"] = values
    return found


@dataclass(frozen=True)
class _Study:
    """What all draws of a study share."""

    space: Space
    known: Seen
    stances: NDArray[Any]
    others: Seen
    counted: list[int]
    view: Array

    def draw(self, labels: int, seed: int) -> tuple[float, float, float]:
        """Macro-F1 on the rows that a draw of labels leaves: adapted, of the plain baseline, and without labels."""
        order = np.random.default_rng(seed).permutation(len(self.stances))
        seen, asked = order[:labels], order[labels:]
        made = learned(self.space, self.known.only(seen), self.stances[seen], self.others)
        adapted = self.known.only(asked).after(made).argmax(1)
        bare = plainly(self.view, self.stances, seen, asked)
        codings = (adapted, bare, self.known.scores[asked].argmax(1))
        first, second, third = (counted_f1(self.stances[asked], coded, self.counted) for coded in codings)
        return first, second, third


def plain(texts: list[str], others: list[str]) -> Array:
    """The baseline's view: TF-IDF of character n-grams, and directions of these with the other comments."""
    from scipy.sparse import csr_matrix, hstack  # only this needs it
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    grams = TfidfVectorizer(analyzer="char", ngram_range=(1, 4), min_df=2, sublinear_tf=True, max_features=60_000)
    both = grams.fit_transform([*texts, *others])
    topics = TruncatedSVD(100, random_state=0).fit_transform(both)[: len(texts)]
    return csr_matrix(hstack([both[: len(texts)], topics * 1.5]))


def plainly(view: Array, stances: NDArray[Any], seen: NDArray[Any], asked: NDArray[Any]) -> NDArray[np.int64]:
    """What a linear support vector machine says of some rows after others: a model of the target alone."""
    from sklearn.svm import LinearSVC  # only this needs it

    return np.asarray(LinearSVC(C=0.7).fit(view[seen], stances[seen]).predict(view[asked]))


def f_avg(truth: NDArray[Any], coded: NDArray[Any]) -> float:
    """The task's measure: the mean of F1(FAVOR) and F1(AGAINST), all rows pooled."""
    return counted_f1(truth, coded, [0, 1])


def nlpcc(bench: Bench, test: Path | None) -> dict[str, Any]:
    """F_avg on a test file, or in five folds over the training rows; with the intervals of a bootstrap over rows."""
    train = list(_rows(SHARED / "data" / "nlpcc2016" / "taskA_train.csv"))
    asked = list(_rows(test)) if test else train
    spare = list(_rows(SHARED / "data" / "nlpcc2016" / "taskA_unlabelled.csv.gz"))
    truth, codings, began = [], [], time.process_time()
    for name, (act, sign) in NLPCC_ACTS.items():
        known, wanted = ([row for row in rows if row["target"] == name] for rows in (train, asked))
        if wanted:
            truth.append(_stances(wanted))
            others = [row["text"] for row in spare if row["target"].replace("在", "").replace("的", "")[:3] == name[:3]]
            target = _Target(bench, act, sign, known, others)
            codings.append({"f_avg": target.of([row["text"] for row in wanted])} if test else target.in_folds())
    coded = {name: np.concatenate([coding[name] for coding in codings]) for name in codings[0]}
    return {**_favg_table(np.concatenate(truth), coded), "cpu_s": time.process_time() - began}


class _Target:
    """One target of the task."""

    def __init__(self, bench: Bench, act: str, sign: int, known: list[dict[str, str]], others: list[str]) -> None:
        self.texts, self.stances = [row["text"] for row in known], _stances(known)
        self.base, self.sign, self.others = unseen(bench, act), sign, sampled(others)
        self.space = Space([*self.texts, *self.others], change_of(act))
        self.known, self.pool = self._seen(self.texts), self._seen(self.others[:POOL])

    def of(self, texts: list[str]) -> NDArray[np.int64]:
        """Codes of texts after all that is known."""
        return _three(self._seen(texts).after(learned(self.space, self.known, self.stances, self.pool)))

    def in_folds(self) -> dict[str, NDArray[np.int64]]:
        """Codes of the known texts, each after four fifths of the others; the plain baseline's beside them."""
        coded, bare, view = self.stances.copy(), self.stances.copy(), plain(self.texts, self.others)
        fold = np.random.default_rng(0).permutation(len(coded)) % 5
        for held in range(5):
            seen, left = np.flatnonzero(fold != held), np.flatnonzero(fold == held)
            made = learned(self.space, self.known.only(seen), self.stances[seen], self.pool)
            coded[left] = _three(self.known.only(left).after(made))
            bare[left] = plainly(view, self.stances, seen, left)
        return {"f_avg": coded, "plain, the same folds": bare, "0 labels": _three(self.known.scores)}

    def _seen(self, texts: list[str]) -> Seen:
        """Comments in the space, with scores towards the target that the task names."""
        seen = self.space.seen(self.base, texts)
        return seen._replace(scores=seen.scores[:, [1, 0, 2, 3]]) if self.sign < 0 else seen


def _stances(rows: list[dict[str, str]]) -> NDArray[np.int64]:
    return np.array([_AS_STANCE[row["stance"]] for row in rows])


def _three(logits: NDArray[Any]) -> NDArray[np.int64]:
    """The task knows no suggestion."""
    return np.array([0, 1, 3])[logits[:, [0, 1, 3]].argmax(1)]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    yield from csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))


def _favg_table(truth: NDArray[Any], codings: dict[str, NDArray[Any]]) -> dict[str, Any]:
    drawn = np.random.default_rng(0).integers(0, len(truth), (1000, len(truth)))
    table: dict[str, Any] = {"rows": len(truth), "all AGAINST": f_avg(truth, np.ones(len(truth), np.int64))}
    for name, coded in codings.items():
        low, high = np.quantile([f_avg(truth[rows], coded[rows]) for rows in drawn], [0.025, 0.975])
        table[name] = [f_avg(truth, coded), float(low), float(high)]
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nlpcc", action="store_true", help="NLPCC-2016 Task A")
    parser.add_argument("--test", type=Path, help="a file to score on, for --nlpcc")
    parser.add_argument("--first", type=int, default=0, help="the first draw; settings were chosen on 100 to 119")
    chosen = parser.parse_args()
    bench = Bench()
    if chosen.nlpcc:
        print(json.dumps(nlpcc(bench, chosen.test), indent=2))
        return
    draws = range(chosen.first, chosen.first + DRAWS)
    found = {name: study(bench, *places, draws) for name, places in STUDIES.items()}
    for name, scores in found.items():
        print(name, json.dumps({what: np.mean(value) if "labels" in what else value for what, value in scores.items()}))
    print(f"{CONTROL}: {np.mean([scores[CONTROL] for scores in found.values()]):.3f}")
    for labels in LABELS[1:]:
        both = [scores for scores in found.values() if f"{labels} labels" in scores]
        print(f"{labels} labels, {len(both)} changes: {_mean_of([scores[f'{labels} labels'] for scores in both])}")
        print(f"    plain: {_mean_of([scores[f'{labels} labels, plain'] for scores in both])}")
        print(f"    0 labels: {_mean_of([scores[f'{labels} labels, unused'] for scores in both])}")


def _mean_of(by_study: list[list[float]]) -> str:
    """The mean over changes and draws, its interval over the draws, and between what single draws lie."""
    of_draws = np.mean(by_study, axis=0)
    random = np.random.default_rng(0)
    means = of_draws[random.integers(0, len(of_draws), (2000, len(of_draws)))].mean(1)
    (low, high), (least, most) = np.quantile(means, [0.025, 0.975]), (of_draws.min(), of_draws.max())
    return f"{of_draws.mean():.3f} [{low:.3f}, {high:.3f}], single draws {least:.3f} to {most:.3f}"


if __name__ == "__main__":
    main()
