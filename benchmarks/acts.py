"""How well dated acts of the policy side are found: precision and recall on passages written for it.

    python benchmarks/acts.py [PASSAGES.jsonl] [--held-out] [--errors]
    python benchmarks/acts.py --texts ../shared [--list]     (real texts, judged by a person)

The passages were written before the rules, and every third was held out until the rules were done: its first run, on
2026-11-25, found 20 of 21 acts, 20 of 20 of them right, and rules were mended after it. A found act counts
when its date, precision and kind are those of a labelled one; each label counts once. Beside the rules stands a trivial
baseline: every sentence with a date is an act on the first one, of whatever kind. Intervals are Wilson's, 95 %.

Real texts carry no labels: what is found in the recorded articles and in the posts and messages on real changes was
read and judged right or wrong. The verdicts stand in `acts_verdicts.json` by a digest of sentence, date, precision and
kind; the texts stay where they are. The rules were fitted on half of the posts, those whose id's digest is even.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import math
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from nlp.acts import chinese, english, find_acts
from nlp.acts.days import Almanac
from nlp.acts.reading import Rule, readings
from scrapers.pages.fragments import text_of
from scrapers.protocol import Query, Raw, Request
from scrapers.sites.article import COLLECTOR
from scrapers.times import parse_time
from storage.nouns import Article, Capture
from storage.text import clean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from storage.nouns import Act

HERE = Path(__file__).parent
ZONE = ZoneInfo("Asia/Shanghai")
SHORTEST_POST = 60
Key = tuple[str, str, str | None]


@dataclass
class Score:
    """Acts found that are labelled, acts found, acts labelled."""

    hits: int = 0
    found: int = 0
    labelled: int = 0

    def line(self, name: str) -> str:
        """Precision and recall with their intervals, and the three counts."""
        return (
            f"{name:24} precision {share(self.hits, self.found)}   recall {share(self.hits, self.labelled)}"
            f"   {self.hits:3} right, {self.found:3} found, {self.labelled:3} labelled"
        )


def wilson(hits: int, n: int, z: float = 1.96) -> tuple[float, float]:
    """The interval of a share (Wilson 1927), in which 95 % of the time the true one lies."""
    if n == 0:
        return 0.0, 1.0
    middle = (hits / n + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(hits * (n - hits) / n**3 + z * z / (4 * n * n)) / (1 + z * z / n)
    return middle - half, middle + half


def share(hits: int, n: int) -> str:
    low, high = wilson(hits, n)
    return f"{hits / n if n else 0:.2f} [{low:.2f}, {high:.2f}]"


def article_of(row: dict[str, Any]) -> Article:
    at = datetime.fromisoformat(row["published"]).replace(hour=12, tzinfo=ZONE)
    return Article(id=row["id"], text=row["text"], lang=row["lang"], published_at=int(at.timestamp() * 1000))


def by_rules(row: dict[str, Any]) -> list[Key]:
    return [key_of(act) for act in find_acts(article_of(row), zone=ZONE)]


def key_of(act: Act) -> Key:
    return str(act.date), act.precision, act.kind


def by_baseline(row: dict[str, Any]) -> list[Key]:
    """Every sentence with a date that can be told, on the first one."""
    language = (chinese if row["lang"] == "zh" else english).LANGUAGE
    every = type(language)(
        language.sentences, language.date, language.suffix, language.day_of, language.tense, (Rule("announced"),)
    )
    first: dict[int, Key] = {}
    for found in readings(row["text"], every, Almanac(datetime.fromisoformat(row["published"]).date())):
        if found.mark.day:
            first.setdefault(found.sentence.start, (str(found.mark.day.date), found.mark.day.precision, "announced"))
    return list(first.values())


def score(
    rows: list[dict[str, Any]],
    method: Callable[[dict[str, Any]], list[Key]],
    *,
    kinds: bool = True,
    errors: bool = False,
) -> Score:
    """Finds against labels, each used once; without `kinds` a find need only have the right day."""
    total = Score()
    compared = 3 if kinds else 2
    for row in rows:
        labels = [(one["date"], one["precision"], one["kind"])[:compared] for one in row["acts"]]
        missed, extra = list(labels), []
        for one in (found[:compared] for found in method(row)):
            if one in missed:
                missed.remove(one)
            else:
                extra.append(one)
        total.hits += len(labels) - len(missed)
        total.found += len(labels) - len(missed) + len(extra)
        total.labelled += len(labels)
        if errors and (missed or extra):
            print(f"{row['id']}: missed {missed}, in vain {extra}")
    return total


def print_passages(path: Path, *, held_out: bool, errors: bool) -> None:
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    chosen = [row for row in rows if held_out or not row["held_out"]]
    start = time.process_time()
    for row in chosen:
        by_rules(row)
    spent = time.process_time() - start
    parts = [("seen", [row for row in chosen if not row["held_out"]])]
    if held_out:
        parts += [("once held out, since known", [row for row in rows if row["held_out"]]), ("all", rows)]
    for name, part in parts:
        print(score(part, by_rules, errors=errors and name != "all").line(f"{name}: rules"))
        for language in ("zh", "en"):
            some = [row for row in part if row["lang"] == language]
            print(score(some, by_rules).line(f"{name}, {language}: rules"))
        print(score(part, by_baseline, kinds=False).line(f"{name}: every date"))
        traps = [row for row in part if not row["acts"]]
        alarmed = sum(bool(by_rules(row)) for row in traps)
        print(f"{name}: acts found in {alarmed} of {len(traps)} passages without one")
    print(f"{1000 * spent / max(1, len(chosen)):.2f} CPU-ms a passage")


def articles_under(folder: Path) -> Iterator[Article]:
    """Texts of news pages with the pages' own dates, and bodies of GOV.UK items."""
    for name in ("news_zh", "news_en"):
        for page, entry in json.loads((folder / name / "gold_text.json").read_text(encoding="utf-8")).items():
            yield Article(
                id=f"{name}/{page}",
                text=clean(entry["text"]),
                lang=name[-2:],
                published_at=date_of(folder / name / page),
            )
    for path in sorted((folder / "news_en").glob("*expected.html")):
        yield Article(id=f"news_en/{path.name}", text=clean(text_of(path.read_text(encoding="utf-8"))), lang="en")
    for path in sorted((folder / "govuk").glob("*.json")):
        item = json.loads(path.read_text(encoding="utf-8"))
        at = parse_time(item.get("public_updated_at") or item.get("first_published_at") or "", zone=ZoneInfo("UTC"))
        details = item.get("details") or {}
        for number, part in enumerate([details, *(details.get("parts") or [])]):
            if text := clean(text_of(part.get("body"))):
                yield Article(id=f"govuk/{path.name}#{number}", text=text, published_at=at.ms if at else None)


def posts_of(path: Path, *, even: bool) -> Iterator[Article]:
    """Half of the longer posts and messages on real changes."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            half = int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 2 == 0
            if len(row["text"]) < SHORTEST_POST or half != even:
                continue
            at = parse_time(str(row["created_at"] or ""), zone=ZONE)
            known = at is not None and at.precision not in {"month", "year"}
            lang = row["lang"] if row["lang"] in {"zh", "en"} else ""
            yield Article(
                id=row["id"], text=clean(row["text"]), lang=lang, published_at=at.ms if at and known else None
            )


def date_of(page: Path) -> int | None:
    """The day a page says it appeared, as the article collector reads it."""
    data = page.read_bytes()
    body = gzip.decompress(data) if page.suffix == ".gz" else data
    url = f"https://news.example/{page.name}"
    capture = Capture(url, url, 200, {"content-type": "text/html"}, body, int(time.time() * 1000))
    query = Query(COLLECTOR.options.model_validate({"url": url}), ZONE, datetime.now(UTC))
    parsed = list(COLLECTOR.parse(Raw(Request(url), capture), query))
    return parsed[0].page.articles[0].published_at


def digest_of(act: Act) -> str:
    return hashlib.sha256(f"{act.sentence}|{act.date}|{act.precision}|{act.kind}".encode()).hexdigest()[:16]


def print_texts(name: str, articles: Iterable[Article], *, listed: bool) -> None:
    verdicts = json.loads((HERE / "acts_verdicts.json").read_text(encoding="utf-8"))
    texts = 0
    found: dict[str, tuple[str, Act]] = {}
    for article in articles:
        texts += 1
        found |= {digest_of(act): (article.id, act) for act in find_acts(article, zone=ZONE)}
    counts = Counter(verdicts.get(digest, "not judged") for digest in found)
    judged = counts["right"] + counts["wrong"]
    print(f"{name:24} precision {share(counts['right'], judged)}   {texts} texts, {dict(counts)}")
    for digest, (ident, act) in found.items() if listed else ():
        print(f"{digest} {verdicts.get(digest)} {act.date} {act.precision} {act.kind} | {act.who} | {act.title}")
        print(f"    {ident}: {act.sentence[:400]}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("passages", type=Path, nargs="?", default=HERE / "acts_passages.jsonl")
    parser.add_argument("--held-out", action="store_true", help="measure the passages held out as well")
    parser.add_argument("--errors", action="store_true", help="list what was missed and what was found in vain")
    parser.add_argument("--texts", type=Path, help="a folder with fixtures/ and data/ of real texts to read instead")
    parser.add_argument("--list", action="store_true", help="show what was found there, to be judged by a person")
    chosen = parser.parse_args()
    if chosen.texts:
        posts = chosen.texts / "data" / "changes.jsonl.gz"
        print_texts("recorded articles", articles_under(chosen.texts / "fixtures"), listed=chosen.list)
        print_texts("posts, seen half", posts_of(posts, even=True), listed=chosen.list)
        print_texts("posts, other half (since known)", posts_of(posts, even=False), listed=chosen.list)
    else:
        print_passages(chosen.passages, held_out=chosen.held_out, errors=chosen.errors)


if __name__ == "__main__":
    main()
