"""How well the embedded coder does on changes it never saw, how fast it is, and whether it still does both.

    python benchmarks/stance.py            # every topic left out in turn, with the baselines: about four CPU-minutes
    python benchmarks/stance.py --curve    # the same with fewer real rows, and with fewer written changes
    python benchmarks/stance.py --quick    # one refit without any topic of the gold set, speed, and the floors

Topics, not names, are left out: all rows on a topic go together, whichever set they are from and whatever the change
is called there. Needs the extra `train` and the data folder beside the repository. Exit code 1 when a floor is missed.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nlp.coders.embedded import EmbeddedCoder, Model, log_scores
from nlp.evaluate import Evaluation, class_f1, confusion, score
from nlp.examples import REAL, Example, change_of, labels, read_examples
from nlp.features import group_of
from nlp.train import SETTINGS, Settings, design, fit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[Any]

HERE = Path(__file__).resolve().parent
SHARED = HERE.parent.parent / "shared"
FLOORS = HERE / "stance_floors.json"
HELD_OUT = HERE.parent / "nlp" / "model" / "held_out.json"

# Words by which the changes of one topic are known. What matches none is a topic of its own.
TOPICS = {
    "closed campus": ("高校", "天津大学", "离校"),
    "e-bikes": ("禁摩", "摩托车", "电动自行车"),
    "epidemic": ("封控", "核酸", "行程码", "隔离政策", "疫苗接种政策", "口罩"),
    "housing tax": ("房产税", "小产权房"),
    "messages to a city": ("本市现行",),
    "smog": ("雾霾", "尾号限行"),
    "thrift": ("节俭",),
    "phone": ("iPhone",),
    "schools": ("中考", "双减", "学科类补课", "高考"),
    "migration": ("移民",),
    "social network": ("推特",),
    "voting system": ("Canada",),
    "policing": ("London",),
    "under-16 ban": ("Australia",),
    "Brexit": ("European Union",),
    "concussion": ("Football",),
    "New Zealand": ("Zealand",),
    "local services": ("city changes",),
    "land bank": ("land bank",),
}
# Topics that share one refit, to save time: leaving more out only makes the task harder.
FOLDS = (
    ("closed campus",),
    ("e-bikes",),
    ("epidemic",),
    ("housing tax",),
    ("messages to a city",),
    ("smog", "thrift", "phone", "migration", "social network"),
    ("voting system", "policing"),
    ("under-16 ban", "Brexit", "concussion"),
    ("New Zealand",),
    ("local services", "land bank", "schools"),
)
FAVOUR, AGAINST = 0, 1


def topic(change: str) -> str:
    """The topic of a change, or the change itself."""
    return next((name for name, words in TOPICS.items() if any(word in change for word in words)), change)


class Bench:
    """The examples, their features and the rows that count."""

    def __init__(self) -> None:
        self.examples = read_examples(SHARED / "data")
        self.matrix = design(self.examples)
        self.labels = labels(self.examples)
        self.source = np.array([example.source for example in self.examples])
        self.lang = np.array([example.lang for example in self.examples])
        self.topic = np.array([topic(example.change) for example in self.examples])
        self.real = np.isin(self.source, REAL)

    def fit(self, seen: Array, settings: Settings = SETTINGS) -> Model:
        """A model of these rows."""
        return fit(self.matrix[seen], [self.examples[row] for row in seen], settings)

    def left_out(
        self, topics: tuple[str, ...], settings: Settings = SETTINGS, known: Array | None = None
    ) -> tuple[Array, Array]:
        """Logits for the real rows on these topics from a model that saw no row on them, and `known` ones only."""
        held = np.isin(self.topic, topics)
        model = self.fit(np.flatnonzero(~held if known is None else ~held & known), settings)
        asked = np.flatnonzero(held & self.real)
        return asked, logits(model, self.matrix[asked])

    def all_left_out(self, settings: Settings = SETTINGS, known: Array | None = None) -> Array:
        """Logits for every real row, each from a model that saw no row on its topic, and `known` ones only."""
        result = np.full((len(self.examples), 4), np.nan)
        for topics in FOLDS:
            asked, found = self.left_out(topics, settings, known)
            result[asked] = found
        return result

    def tfidf(self) -> Array:
        """The plain baseline under the same rules: character n-grams, TF-IDF, logistic regression."""
        from sklearn.feature_extraction.text import TfidfVectorizer  # only this run needs it
        from sklearn.linear_model import LogisticRegression
        from sklearn.multiclass import OneVsRestClassifier

        texts = np.array([example.text for example in self.examples], dtype=object)
        result = np.full((len(texts), 4), np.nan)
        for topics in FOLDS:
            held = np.isin(self.topic, topics)
            seen = ~held & np.isin(self.source, (*REAL, "coded", "corpus", "written"))
            grams = TfidfVectorizer(
                analyzer="char", ngram_range=(1, 3), min_df=2, sublinear_tf=True, max_features=200_000
            )
            plain = LogisticRegression(C=3, class_weight="balanced", solver="liblinear")
            model = OneVsRestClassifier(plain).fit(grams.fit_transform(texts[seen]), self.labels[seen])
            asked = held & self.real
            result[asked] = model.decision_function(grams.transform(texts[asked]))
        return result

    def subsets(self) -> dict[str, Array]:
        """The rows of each line of the table."""
        gold, train = self.source == "gold", self.source == "train"
        rows = {"gold": gold, "gold zh": gold & (self.lang == "zh"), "gold en": gold & (self.lang == "en")}
        return {
            **rows,
            "train": train,
            "both zh": self.real & (self.lang == "zh"),
            "both en": self.real & (self.lang == "en"),
        }

    def score(self, rows: Array, coded: Array) -> Evaluation:
        """The scores of a coding on some rows."""
        changes = [self.examples[row].change for row in np.flatnonzero(rows)]
        return score(self.labels[rows], coded[rows], changes)


def logits(model: Model, matrix: Any) -> Array:  # noqa: ANN401  a SciPy matrix
    """Log-scores of rows of a design matrix, as the coder would give them."""
    table, group = model.table(), group_of(np.arange(matrix.shape[1]))
    sums = np.stack([matrix @ np.where((group == part)[:, None], table, 0) for part in range(group[-1] + 1)])
    return np.asarray((log_scores(sums).sum(0) + model.bias) * model.temperature)


def print_table(bench: Bench, codings: dict[str, Array]) -> None:
    head = (
        f"{'left out':10} {'n':>5}  {'coder':12} {'macro-F1':>8}  {'95 % interval':15} {'supp   conc   sugg   neut':28}"
    )
    print(f"{head} mean per change")
    for name, rows in bench.subsets().items():
        for coder, coded in codings.items():
            result = bench.score(rows, coded)
            classes = "  ".join(f"{value.f1:.3f}" for value in result.per_class.values())
            mean = np.mean([change.macro_f1 for change in result.per_change.values()])
            low, high = result.interval
            line = f"{name:10} {result.n:5}  {coder:12} {result.macro_f1:8.3f}  [{low:.3f}, {high:.3f}] "
            print(f"{line} {classes:28} {mean:.3f}")


def print_changes(bench: Bench, coded: Array) -> None:
    print("\nper change, real rows of both sets: n, accuracy, macro-F1 over the stances found")
    for change, result in bench.score(bench.real, coded).per_change.items():
        print(f"{result.n:5} {result.accuracy:.3f} {result.macro_f1:.3f}  {change}")


def print_curve(bench: Bench) -> None:
    """Learning curves: fewer real rows, and fewer written changes."""
    random = np.random.default_rng(0)
    row = random.random(len(bench.examples))
    changes = {name: random.random() for name in sorted({example.change for example in bench.examples})}
    change = np.array([changes[example.change] for example in bench.examples])
    real = np.isin(bench.source, (*REAL, "coded"))
    written = np.isin(bench.source, ("corpus", "written"))
    print("learning curves, macro-F1: gold zh, gold en, both zh, both en")
    for share in (0.0, 0.25, 0.5):
        print_kept(bench, f"{share:4.0%} of real rows", ~real | (row < share))
        print_kept(bench, f"{share:4.0%} of written changes", ~written | (change < share))
    print_kept(bench, "everything", row >= 0)


def print_kept(bench: Bench, name: str, known: Array) -> None:
    """One line of the learning curves: scores when only these rows are learned from."""
    coded = np.nan_to_num(bench.all_left_out(SETTINGS, known), nan=-1).argmax(1)
    rows = bench.subsets()
    scores = [bench.score(rows[part], coded).macro_f1 for part in ("gold zh", "gold en", "both zh", "both en")]
    print(f"{name:24} {known.sum():6} rows  {'  '.join(f'{score:.3f}' for score in scores)}", flush=True)


def nlpcc(bench: Bench) -> dict[str, float]:
    """F_avg on NLPCC-2016 A, its own rows: five-fold within its topics, and each topic left out."""
    rows = np.flatnonzero(bench.source == "nlpcc")
    fold = np.random.default_rng(0).permutation(len(rows)) % 5
    names = np.array([bench.examples[row].change for row in rows])
    inside = _favour_against(bench, rows, [rows[fold == part] for part in range(5)])
    outside = _favour_against(bench, rows, [rows[names == name] for name in dict.fromkeys(names)], whole=True)
    return {"within topics": inside, "topic left out": outside}


def _favour_against(bench: Bench, rows: Array, parts: list[Array], *, whole: bool = False) -> float:
    answers = np.zeros(len(bench.examples), int)
    settings = replace(SETTINGS, sets=(0.3, 0.3, 0.2, 0.2, 0.2, 1.0))  # NLPCC's own rows lead
    for part in parts:
        held = np.isin(np.arange(len(bench.examples)), part)
        if whole:
            held |= bench.topic == bench.topic[part[0]]
        found = logits(bench.fit(np.flatnonzero(~held), settings), bench.matrix[part])
        found[:, 2] = -np.inf  # the task has no suggestions
        answers[part] = found.argmax(1)
    f1 = class_f1(confusion(bench.labels[rows], answers[rows]))
    return float((f1[FAVOUR] + f1[AGAINST]) / 2)


def speed(examples: list[Example]) -> dict[str, float]:
    """Comments per CPU-second of the shipped coder on real short posts, and CPU-seconds to load it."""
    texts = [example.text for example in examples if example.source == "nlpcc"] * 7
    began = time.process_time()
    coder = EmbeddedCoder()
    change = change_of("深圳禁摩限电：严查摩托车、限制电动车上路")
    coder.code(["好"], change)
    loaded = time.process_time()
    coder.code(texts, change)
    return {"comments_per_second": len(texts) / (time.process_time() - loaded), "load_seconds": loaded - began}


def quick(bench: Bench) -> dict[str, float]:
    """The frozen check: one refit that saw no topic of the gold set, and the shipped coder's speed."""
    topics = tuple(dict.fromkeys(bench.topic[bench.source == "gold"]))
    asked, found = bench.left_out(topics)
    coded = np.zeros(len(bench.examples), int)
    coded[asked] = found.argmax(1)
    scores = {
        name.replace(" ", "_"): bench.score(rows, coded).macro_f1
        for name, rows in bench.subsets().items()
        if "gold" in name
    }
    return {**scores, "comments_per_second": speed(bench.examples)["comments_per_second"]}


def write_held_out(bench: Bench, coded: Array) -> None:
    """What reports say about the coder's error: its agreement with people on the gold set's topics, each left out."""
    found: dict[str, Any] = {"coder": EmbeddedCoder().version}
    for language in ("zh", "en"):
        result = bench.score((bench.source == "gold") & (bench.lang == language), coded)
        found[language] = {
            "agreement": round(result.accuracy, 3),
            "macro_f1": round(result.macro_f1, 3),
            "n": result.n,
        }
    HELD_OUT.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"wrote {HELD_OUT.name}: {found}")


def check(found: dict[str, float]) -> int:
    """Print each figure beside its floor; 1 when one is below."""
    floors = json.loads(FLOORS.read_text(encoding="utf-8"))
    missed = [name for name, floor in floors.items() if found[name] < floor]
    for name, floor in floors.items():
        print(f"{name:20} {found[name]:10.3f}  floor {floor:10.3f}  {'MISSED' if name in missed else 'ok'}")
    return 1 if missed else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one refit and the floors")
    parser.add_argument("--curve", action="store_true", help="learning curves")
    parser.add_argument("--held-out", action="store_true", help="only write what reports say about the coder's error")
    given = parser.parse_args()
    if not (SHARED / "data").is_dir():
        print("The data folder beside the repository is absent: nothing measured.")
        return 0
    bench = Bench()
    if given.curve:
        print_curve(bench)
        return 0
    if given.held_out:
        write_held_out(bench, np.nan_to_num(bench.all_left_out(), nan=-1).argmax(1))
        return 0
    if given.quick:
        return check(quick(bench))
    majority = np.full(len(bench.examples), 1)
    ours = np.nan_to_num(bench.all_left_out(), nan=-1).argmax(1)
    plain = np.nan_to_num(bench.tfidf(), nan=-1).argmax(1)
    write_held_out(bench, ours)
    print_table(bench, {"embedded": ours, "TF-IDF + LR": plain, "all concern": majority})
    print_changes(bench, ours)
    print("\nNLPCC-2016 A, training rows only, F_avg:", {name: round(value, 3) for name, value in nlpcc(bench).items()})
    print("speed of the shipped coder:", {name: round(value, 3) for name, value in speed(bench.examples).items()})
    return 0


if __name__ == "__main__":
    sys.exit(main())
