"""Main-text extraction measured: F1 of minyi and of the libraries under it, on recorded pages with gold texts.

Usage: python benchmarks/articles.py [FOLDER]   (a folder with news_en/ and news_zh/; default ../shared/fixtures)

Metric: multiset overlap of shingles of 4 tokens, a token being one Han character or one word; precision and recall
averaged over pages, F1 of the two means. `ms` is CPU time a page.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import lxml.html
import trafilatura
from readability import Document

from scrapers.encodings import decode
from scrapers.html import lines_of, main_text

if TYPE_CHECKING:
    from collections.abc import Callable

TOKEN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]|[^\W\u3400-\u9fff]+")


def with_minyi(html: str) -> str:
    return main_text(html).text


def with_trafilatura(html: str) -> str:
    return trafilatura.extract(html, include_comments=False) or ""


def with_readability(html: str) -> str:
    summary = Document(html).summary(html_partial=True)
    return "\n".join(lines_of(lxml.html.fromstring(summary))) if summary.strip() else ""


def shingles(text: str) -> Counter[tuple[str, ...]]:
    tokens = TOKEN.findall(text.lower())
    return Counter(tuple(tokens[at : at + 4]) for at in range(max(1, len(tokens) - 3)))


def score(text: str, gold: str) -> tuple[float, float]:
    """Precision and recall of one page."""
    found, wanted = shingles(text), shingles(gold)
    common = (found & wanted).total()
    return common / max(1, found.total()), common / max(1, wanted.total())


def read_page(path: Path) -> str:
    data = path.read_bytes()
    return decode(gzip.decompress(data) if path.suffix == ".gz" else data, html=True).text


def measure(folder: Path, extract: Callable[[str], str]) -> tuple[float, float, float, float]:
    """Mean precision, mean recall, their F1, and milliseconds of CPU a page."""
    golds = json.loads((folder / "gold_text.json").read_text("utf-8"))
    pages = [(read_page(folder / name), gold["text"]) for name, gold in golds.items()]
    begun = time.process_time()
    texts = [extract(html) for html, _ in pages]
    spent = (time.process_time() - begun) * 1000 / len(pages)
    scores = [score(text, gold) for text, (_, gold) in zip(texts, pages, strict=True)]
    precision, recall = (sum(column) / len(scores) for column in zip(*scores, strict=True))
    return precision, recall, 2 * precision * recall / (precision + recall), spent


def main(folder: Path) -> None:
    print(f"{'pages':10}{'extractor':15}{'P':>7}{'R':>7}{'F1':>7}{'ms':>7}")
    for name in ("news_en", "news_zh"):
        for extract in (with_minyi, with_trafilatura, with_readability):
            precision, recall, f1, spent = measure(folder / name, extract)
            label = extract.__name__.removeprefix("with_")
            print(f"{name:10}{label:15}{precision:7.3f}{recall:7.3f}{f1:7.3f}{spent:7.0f}")


if __name__ == "__main__":
    default = Path(__file__).resolve().parents[2] / "shared" / "fixtures"
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
