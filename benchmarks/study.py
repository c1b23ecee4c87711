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
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from stance import SHARED, Bench, topic

from nlp.adapt import Space, base_scores, learned, sampled
from nlp.adapted_score import counted_f1
from nlp.coders.embedded import EmbeddedCoder
from nlp.examples import NLPCC_ACTS, change_of
from storage.nouns import STANCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

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
FAVG = ("FAVOR", "AGAINST", "NONE")
_AS_STANCE = {"FAVOR": 0, "AGAINST": 1, "NONE": 3}


def unlabelled(targets: tuple[str, ...]) -> list[str]:
    with gzip.open(SHARED / "data" / "changes.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = map(json.loads, lines)
        return [row["text"] for row in rows if row["target"] in targets]


def unseen(bench: Bench, change: str) -> EmbeddedCoder:
    """The embedded coder trained without any row on the topic of a change."""
    return EmbeddedCoder(bench.fit(np.flatnonzero(bench.topic != topic(change))))


def study(bench: Bench, begins: tuple[str, ...], targets: tuple[str, ...]) -> dict[str, Any]:
    """Mean scores over the draws by number of labels, and what they cost."""
    rows = [row for row in np.flatnonzero(bench.real) if bench.examples[row].change.startswith(begins)]
    texts, stances = [bench.examples[row].text for row in rows], bench.labels[rows]
    act = max((bench.examples[row].change for row in rows), key=len)
    change, base = change_of(act), unseen(bench, act)
    others, began = unlabelled(targets), time.process_time()
    space = Space([*texts, *sampled(others)], change)
    matrix, scores = space.rows(texts), base_scores(base, texts, change)
    cost = time.process_time() - began
    counts = np.bincount(stances, minlength=len(STANCES))
    counted = np.flatnonzero(counts >= FEWEST).tolist()
    found: dict[str, Any] = {"rows": len(rows), "cpu_s": cost, "by_stance": counts.tolist()}
    found[CONTROL] = counted_f1(stances, np.full(len(rows), counts.argmax()), counted)
    for labels in LABELS:
        drawn = [_draw(space, base, (matrix, scores, stances), labels, seed, counted) for seed in range(DRAWS)]
        found[str(labels)] = float(np.mean(drawn)) if len(rows) >= labels + LEFT else None
    return found


def _draw(
    space: Space, base: EmbeddedCoder, known: tuple[Any, Any, Any], labels: int, seed: int, counted: list[int]
) -> float:
    matrix, scores, stances = known
    order = np.random.default_rng(seed).permutation(len(stances))
    seen, asked = order[:labels], order[labels:]
    if not labels:
        return counted_f1(stances, scores.argmax(1), counted)
    made = learned(space, base, matrix[seen], scores[seen], stances[seen])
    return counted_f1(
        stances[asked], (matrix[asked] @ made.weights + made.bias + made.trust * scores[asked]).argmax(1), counted
    )


def f_avg(truth: NDArray[Any], coded: NDArray[Any]) -> float:
    """The task's measure: the mean of F1(FAVOR) and F1(AGAINST), all rows pooled."""
    return counted_f1(truth, coded, [0, 1])


def nlpcc(bench: Bench, test: Path | None) -> dict[str, Any]:
    """F_avg on a test file, or in five folds over the training rows; with the intervals of a bootstrap over rows."""
    train = list(_rows(SHARED / "data" / "nlpcc2016" / "taskA_train.csv"))
    asked = list(_rows(test)) if test else train
    spare = list(_rows(SHARED / "data" / "nlpcc2016" / "taskA_unlabelled.csv.gz"))
    truth, coded, began = [], [], time.process_time()
    for name, (act, _) in NLPCC_ACTS.items():
        known, wanted = ([row for row in rows if row["target"] == name] for rows in (train, asked))
        if wanted:
            truth.append(np.array([_AS_STANCE[row["stance"]] for row in wanted]))
            others = [row["text"] for row in spare if row["target"].replace("在", "").replace("的", "")[:3] == name[:3]]
            coded.append(_target(bench, act, known, wanted if test else None, others))
    return _favg_table(np.concatenate(truth), np.concatenate(coded), time.process_time() - began)


def _target(
    bench: Bench, act: str, known: list[dict[str, str]], wanted: list[dict[str, str]] | None, others: list[str]
) -> NDArray[np.int64]:
    sign = next(sign for stated, sign in NLPCC_ACTS.values() if stated == act)
    texts, stances = [row["text"] for row in known], np.array([_AS_STANCE[row["stance"]] for row in known])
    change, base = change_of(act), unseen(bench, act)
    space = Space([*texts, *sampled(others)], change)
    matrix, scores = space.rows(texts), _turned(base_scores(base, texts, change), sign)
    if wanted is not None:
        new = [row["text"] for row in wanted]
        made = learned(space, base, matrix, scores, stances)
        return _three(
            space.rows(new) @ made.weights + made.bias + made.trust * _turned(base_scores(base, new, change), sign)
        )
    coded, fold = np.zeros(len(texts), np.int64), np.random.default_rng(0).permutation(len(texts)) % 5
    for held in range(5):
        seen, left = np.flatnonzero(fold != held), np.flatnonzero(fold == held)
        made = learned(space, base, matrix[seen], scores[seen], stances[seen])
        coded[left] = _three(matrix[left] @ made.weights + made.bias + made.trust * scores[left])
    return coded


def _turned(scores: NDArray[Any], sign: int) -> NDArray[Any]:
    """Scores towards the act as scores towards the target that the task names."""
    return scores[:, [1, 0, 2, 3]] if sign < 0 else scores


def _three(logits: NDArray[Any]) -> NDArray[np.int64]:
    """The task knows no suggestion."""
    return np.array([0, 1, 3])[logits[:, [0, 1, 3]].argmax(1)]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    yield from csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""))


def _favg_table(truth: NDArray[Any], coded: NDArray[Any], seconds: float) -> dict[str, Any]:
    random = np.random.default_rng(0)
    draws = [f_avg(truth[rows], coded[rows]) for rows in random.integers(0, len(truth), (1000, len(truth)))]
    return {
        "rows": len(truth),
        "f_avg": f_avg(truth, coded),
        "interval": [float(edge) for edge in np.quantile(draws, [0.025, 0.975])],
        "all AGAINST": f_avg(truth, np.ones(len(truth), np.int64)),
        "cpu_s": seconds,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nlpcc", action="store_true", help="NLPCC-2016 Task A")
    parser.add_argument("--test", type=Path, help="a file to score on, for --nlpcc")
    chosen = parser.parse_args()
    bench = Bench()
    if chosen.nlpcc:
        print(json.dumps(nlpcc(bench, chosen.test), indent=2))
        return
    found = {name: study(bench, *places) for name, places in STUDIES.items()}
    for name, scores in found.items():
        print(name, json.dumps(scores))
    for labels in (CONTROL, *map(str, LABELS)):
        means = [scores[labels] for scores in found.values() if scores[labels] is not None]
        print(f"{labels:>22} labels: {np.mean(means):.3f} over {len(means)} changes")


if __name__ == "__main__":
    main()
