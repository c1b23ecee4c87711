"""Articles measured: main text, dates and CPU time, of minyi and of the libraries under it, on recorded pages.

    python benchmarks/articles.py [FOLDER]    # a folder with news_en/ and news_zh/; default ../shared/fixtures

Text: multiset overlap of shingles of 4 tokens, a token being one Han character or one word; precision and recall
averaged over pages, F1 of the two means, with a 95 % interval from 2,000 bootstrap resamples of the pages. Dates: the
share of pages whose visible date (article_dates.json, read by a person) is the day found. CPU: process time a page, the
median of three runs, mean and 95th percentile over pages. The pages are saved ones, so no rule is told their address.
Exit code 1 where a floor (articles_floors.json) is missed, or a library does better.
"""

from __future__ import annotations

import gzip
import json
import random
import re
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean, median
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

import htmldate
import lxml.html
import trafilatura
from readability import Document

from scrapers.encodings import decode
from scrapers.pages.head import published
from scrapers.pages.html import WebPage, every_line, lines_of
from scrapers.pages.maintext import main_text, text_of_page
from scrapers.pages.rules import date_of, rule_for
from scrapers.protocol import LocalFile, Query, Raw
from scrapers.sites.article import COLLECTOR, ArticleOptions
from storage.nouns import Capture

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HERE = Path(__file__).resolve().parent
SETS = ("news_en", "news_zh")
ZONES = {"news_en": ZoneInfo("UTC"), "news_zh": ZoneInfo("Asia/Shanghai")}
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TOKEN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]|[^\W\u3400-\u9fff]+")
ISO_DAY = re.compile(r"(20\d\d)-(\d\d)-(\d\d)")
RESAMPLES = 2_000
RUNS = 3


class Scored(NamedTuple):
    """One extractor on one set: precision, recall and F1, and the interval of F1."""

    precision: float
    recall: float
    f1: float
    low: float
    high: float


# -- extractors -------------------------------------------------------------------------------------------------------


def with_minyi(html: str) -> str:
    return main_text(html).text


def with_minyi_without_rules(html: str) -> str:
    return text_of_page(WebPage.of(html), None).text


def with_trafilatura(html: str) -> str:
    return trafilatura.extract(html, include_comments=False) or ""


def with_trafilatura_fast(html: str) -> str:
    return trafilatura.extract(html, include_comments=False, fast=True) or ""


def with_readability(html: str) -> str:
    summary = Document(html).summary(html_partial=True)
    return "\n".join(lines_of(lxml.html.fromstring(summary))) if summary.strip() else ""


def with_all_text(html: str) -> str:
    return "\n".join(every_line(html))


LIBRARIES = (with_trafilatura, with_trafilatura_fast, with_readability)
EXTRACTORS = (with_minyi, with_minyi_without_rules, *LIBRARIES, with_all_text)


# -- main text --------------------------------------------------------------------------------------------------------


def shingles(text: str) -> Counter[tuple[str, ...]]:
    tokens = TOKEN.findall(text.lower())
    return Counter(tuple(tokens[at : at + 4]) for at in range(max(1, len(tokens) - 3)))


def score(text: str, gold: str) -> tuple[float, float]:
    """Precision and recall of one page."""
    found, wanted = shingles(text), shingles(gold)
    common = (found & wanted).total()
    return common / max(1, found.total()), common / max(1, wanted.total())


def f1_of(scores: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    precision, recall = (mean(column) for column in zip(*scores, strict=True))
    return precision, recall, 2 * precision * recall / max(precision + recall, 1e-9)


def scored(scores: list[tuple[float, float]]) -> Scored:
    draw = random.Random(1)
    drawn = sorted(f1_of(draw.choices(scores, k=len(scores)))[2] for _ in range(RESAMPLES))
    return Scored(*f1_of(scores), drawn[int(0.025 * RESAMPLES)], drawn[int(0.975 * RESAMPLES)])


def body_of(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def read_page(path: Path) -> str:
    return decode(body_of(path), html=True).text


def main_texts(folder: Path) -> bool:
    """Print the table of main texts; whether minyi is at its floors and at least as good as every library."""
    floors, good = json.loads((HERE / "articles_floors.json").read_text("utf-8")), True
    print(f"{'pages':9}{'extractor':22}{'P':>7}{'R':>7}{'F1':>7}  95 % interval")
    for name in SETS:
        golds = json.loads((folder / name / "gold_text.json").read_text("utf-8"))
        pages = [(read_page(folder / name / page), gold["text"]) for page, gold in golds.items()]
        found = {extract: scored([score(extract(html), gold) for html, gold in pages]) for extract in EXTRACTORS}
        for extract, row in found.items():
            label = extract.__name__.removeprefix("with_").replace("_", " ")
            numbers = f"{row.precision:7.3f}{row.recall:7.3f}{row.f1:7.3f}"
            print(f"{name:9}{label:22}{numbers}  {row.low:.3f}-{row.high:.3f}")
        best = max(found[library].f1 for library in LIBRARIES)
        good &= found[with_minyi].f1 >= max(best, floors[f"f1_{name}"])
    return good


# -- dates ------------------------------------------------------------------------------------------------------------


def day_by_minyi(html: str, zone: ZoneInfo) -> str:
    page = WebPage.of(html)
    when = published(page, "", zone, NOW, date_of(page, rule_for(page, "")))
    if when is None:
        return ""
    written = ISO_DAY.match(when.raw)  # the day in the page's own zone
    return written[0] if written else datetime.fromtimestamp(when.moment.ms / 1000, zone).strftime("%Y-%m-%d")


def day_by_htmldate(html: str, zone: ZoneInfo) -> str:  # noqa: ARG001  it knows no zones
    return htmldate.find_date(lxml.html.fromstring(html.encode()), original_date=True) or ""


def dates(folder: Path) -> bool:
    """Print the share of exact days; whether minyi is at its floor."""
    facts = json.loads((HERE / "article_dates.json").read_text("utf-8"))
    floor, good = json.loads((HERE / "articles_floors.json").read_text("utf-8"))["exact_days"], True
    print(f"\n{'pages':9}{'dates':12}{'exact day':>10}")
    for name in SETS:
        pages = {page: read_page(folder / name / page) for page in facts[name] if (folder / name / page).is_file()}
        for find in (day_by_minyi, day_by_htmldate):
            right = [find(html, ZONES[name]) == facts[name][page] for page, html in pages.items()]
            label = find.__name__.removeprefix("day_by_")
            print(
                f"{name:9}{label:12}{sum(right):5} of {len(right):2} = {mean(right):.3f}"
                if right
                else f"{name:9}none known"
            )
            good &= not right or find is not day_by_minyi or mean(right) >= floor
    return good


# -- CPU time ---------------------------------------------------------------------------------------------------------


def whole_page(path: Path) -> Callable[[], object]:
    """All of what collecting an article does with a body: decoding, text, head, date."""
    query = Query(ArticleOptions(path="page.html"), ZONES["news_zh"], NOW)
    capture = Capture("page.html", "page.html", 200, {"content-type": "text/html"}, body_of(path), 0)
    return lambda: list(COLLECTOR.parse(Raw(LocalFile(Path("page.html")), capture), query))


def milliseconds(work: Callable[[], object]) -> float:
    spent = []
    for _ in range(RUNS):
        begun = time.process_time()
        work()
        spent.append((time.process_time() - begun) * 1000)
    return median(spent)


def cpu(folder: Path) -> bool:
    """Print CPU time a page; whether the mean over both sets is under its floor."""
    paths = [
        folder / name / page
        for name in SETS
        for page in json.loads((folder / name / "gold_text.json").read_text("utf-8"))
    ]
    for path in paths[:2] + paths[-2:]:
        whole_page(path)()  # imports and tables are read once
    minyi = [milliseconds(whole_page(path)) for path in paths]
    texts = {path: read_page(path) for path in paths}
    rows = {"minyi, all of an article": minyi}
    for library in LIBRARIES:
        label = f"{library.__name__.removeprefix('with_').replace('_', ' ')}, text only"
        rows[label] = [milliseconds(lambda html=html, library=library: library(html)) for html in texts.values()]
    print(f"\n{'CPU ms a page':30}{'mean':>7}{'p95':>7}{'minyi/it':>10}")
    for label, spent in rows.items():
        p95 = sorted(spent)[int(0.95 * (len(spent) - 1))]
        print(f"{label:30}{mean(spent):7.1f}{p95:7.1f}{mean(minyi) / mean(spent):10.2f}")
    for name in SETS:
        part = [spent for path, spent in zip(paths, minyi, strict=True) if path.parent.name == name]
        print(f"  minyi on {name:19}{mean(part):7.1f}{max(part):7.1f}  (max)")
    return mean(minyi) <= json.loads((HERE / "articles_floors.json").read_text("utf-8"))["cpu_ms"]


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent.parent / "shared" / "fixtures"
    results = {"main text": main_texts(where), "dates": dates(where), "CPU time": cpu(where)}
    missed = [name for name, good in results.items() if not good]
    print(f"\nmissed: {', '.join(missed)}" if missed else "\nall floors held")
    sys.exit(bool(missed))
