from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

import scrapers.sites
from scrapers.errors import (
    Blocked,
    BlockedAddress,
    CollectorFault,
    LocalFileError,
    NotFound,
    SchemaDrift,
    Transient,
    Truncated,
)
from scrapers.fetch import Network
from scrapers.local import local_path
from scrapers.protocol import Ask, Collector, Cursor, Options, Parsed, Query, Raw, Request
from scrapers.results import Saved, SourceResult
from scrapers.runner import collect
from scrapers.sites import collector, kinds, options_model
from storage.errors import MinyiError
from storage.nouns import Capture, Change, Page, Reject, SourceSpec, Study, Wording
from storage.state import SourceState, Step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from scrapers.fetch import FetchSettings

NOW = datetime(2025, 6, 1, tzinfo=UTC)
CSV = "text,time,author\n支持这个办法,2025-03-01 10:00,u1\n担心停车,2025-03-02 10:00,u2\n".encode()
ARTICLE = (Path(__file__).parent.parent / "fixtures" / "pages" / "notice_zh.html").read_bytes()


def study(*sources: SourceSpec) -> Study:
    words = Wording(en="Parking fee")
    return Study(id="parking", change=Change(name=words, statement=words), sources=sources)


def source(name: str, kind: str, **options: object) -> SourceSpec:
    return SourceSpec(name=name, kind=kind, options=options)


@dataclass
class Shelf:
    """A keeper that remembers, as a store does: pages, captures, and where each source stands."""

    kept: list[tuple[str, Page, Capture | None]] = field(default_factory=list)
    cut: list[Capture] = field(default_factory=list)
    states: dict[str, SourceState] = field(default_factory=dict)
    fails: Callable[[Page], None] | None = None

    def begin(self, source: SourceSpec, _digest: str) -> SourceState:
        return self.states.setdefault(source.name, SourceState())

    def keep(self, source: SourceSpec, page: Page, step: Step, capture: Capture | None, _ask: Ask) -> Saved:
        if self.fails:
            self.fails(page)
        state = self.states[source.name]
        left = [waiting for waiting in state.waiting if waiting.key != step.done]
        left = [waiting._replace(tries=waiting.tries + (waiting.key == step.tried)) for waiting in left]
        fetched = {step.fetched.url: step.fetched} if step.fetched else {}
        self.states[source.name] = SourceState(
            cursor=step.cursor or state.cursor,
            waiting=(*left, *step.waiting),
            fetched=state.fetched | fetched,
            had_items=state.had_items or page.items > 0,
        )
        if capture is not None and not capture.complete:
            self.cut.append(capture)
        if page == Page():
            return Saved(0, 0)
        self.kept.append((source.name, page, capture))
        return Saved(len(page.articles) + len(page.comments), 0)


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


@pytest.fixture
def run(quick: FetchSettings, tmp_path: Path, shelf: Shelf) -> Callable[..., dict[str, SourceResult]]:
    def run_all(*sources: SourceSpec, settings: FetchSettings = quick, **more: Any) -> dict[str, SourceResult]:
        more = {"keeper": shelf, "environment": {}, "folder": tmp_path, "reference": NOW} | more
        return {result.name: result for result in collect(study(*sources), settings, **more)}

    return run_all


ODD: dict[str, Any] = {
    "no page": {"comments": []},
    "a number for a cursor": Parsed(cursor=5),  # type: ignore[arg-type]
    "a secret in a request": Parsed(next=(Request("https://a.example/", secrets={"authorization": "x"}),)),
    "a tag JSON does not know": Parsed(next=(Request("https://a.example/", tag={1, 2}),)),  # type: ignore[arg-type]
}


class Paged(Collector):
    """A collector of numbered pages, for the runner's own tests."""

    name: ClassVar[str] = "paged"
    summary: ClassVar[str] = "Numbered pages."

    class options(Options):  # noqa: N801  the protocol's name
        url: str
        last: int = 3
        fault: str = ""

    def start(self, query: Query, cursor: Cursor | None) -> Sequence[Ask]:
        return [Request(f"{query.options.url}/{cursor or 1}")]  # type: ignore[attr-defined]

    def parse(self, raw: Raw, query: Query) -> Iterable[Parsed]:
        options: Any = query.options
        assert raw.capture
        number = int(raw.capture.url.rpartition("/")[2])
        if options.fault == "drift":
            raise SchemaDrift("No items.", path="items[]", sample="{}")
        if options.fault == "bug":
            raise IndexError(number)
        if options.fault in ODD:
            yield ODD[options.fault]
            return
        after = 1 if options.fault == "loop" else number + 1
        page = Page(
            comments=[{"ext_id": str(number), "text": "x"}], rejects=(Reject("row 1", "empty"),), declared_total=9
        )
        yield Parsed(
            page, next=(Request(f"{options.url}/{after}"),) if number < options.last else (), cursor=str(after)
        )


@pytest.fixture
def paged(monkeypatch: pytest.MonkeyPatch, site: Any, say: Any) -> str:
    monkeypatch.setattr(
        "scrapers.source_run.collector", lambda kind: Paged() if kind == "paged" else scrapers.sites.collector(kind)
    )
    site.pages |= {f"/{number}": say() for number in range(1, 6)}
    return str(site.url)


def test_articles_and_files_from_the_web_and_from_the_folder(
    run: Any, shelf: Shelf, site: Any, say: Any, tmp_path: Path
) -> None:
    site.pages |= {
        "/a.html": say(ARTICLE),
        "/c.csv": say(gzip.compress(CSV), media="text/csv", Content_Encoding="gzip"),
    }
    (tmp_path / "c.csv").write_bytes(CSV)
    (tmp_path / "a.html").write_bytes(ARTICLE)
    results = run(
        source("page", "article", url=f"{site.url}/a.html"),
        source("table", "files", url=f"{site.url}/c.csv"),
        source("local page", "article", path="a.html"),
        source("local table", "files", path="c.csv"),
    )
    assert list(results) == ["page", "table", "local page", "local table"]
    assert [result.error for result in results.values()] == [None] * 4
    assert [(result.articles, result.comments) for result in results.values()] == [(1, 0), (0, 2), (1, 0), (0, 2)]
    captures = {name: capture for name, _, capture in shelf.kept}
    assert captures["table"].body == CSV
    assert captures["page"].complete
    assert captures["local page"].url == "file:a.html"
    assert captures["local table"] is None


def test_a_source_that_fails_stops_no_other(
    run: Any, shelf: Shelf, site: Any, other: Any, say: Any, tmp_path: Path
) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    site.pages["/a"] = say(ARTICLE)
    site.pages["/cut"] = (
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\nX-Cut: 1\r\nContent-Type: text/html\r\n\r\n" + ARTICLE
    )
    results = run(
        source("gone", "article", url=f"{site.url}/missing"),
        source("cut", "article", url=f"{site.url}/cut"),
        source("private", "article", url="http://10.0.0.1/"),
        source("no file", "files", path="missing.csv"),
        source("empty file", "files", path="empty.csv"),
        source("no kind", "telepathy"),
        source("bad options", "article", uri="x"),
        source("good", "article", url=f"{site.url}/a"),
    )
    expected = [NotFound, Truncated, BlockedAddress, LocalFileError, MinyiError, CollectorFault, CollectorFault]
    for result, error in zip(results.values(), expected, strict=False):
        assert isinstance(result.error, error), result
    assert results["good"].new == 1
    assert [name for name, *_ in shelf.kept] == ["good"]


def test_one_dead_page_does_not_stop_the_others_of_its_source(run: Any, site: Any, say: Any) -> None:
    site.pages["/a"] = say(ARTICLE)
    result = run(source("news", "article", urls=[f"{site.url}/missing", f"{site.url}/a"]))["news"]
    assert (result.asked, result.fetched, result.articles) == (2, 1, 1)
    assert isinstance(result.error, NotFound)


def test_robots_txt_stops_a_page_with_a_receipt(
    run: Any, site: Any, say: Any, quick: FetchSettings, replaced: Any
) -> None:
    site.pages |= {"/robots.txt": say(b"User-agent: *\nDisallow: /\n"), "/a": say(ARTICLE)}
    result = run(source("news", "article", url=f"{site.url}/a"), settings=replaced(quick, obey_robots=True))["news"]
    assert isinstance(result.error, Blocked)


def test_pages_follow_one_another_to_the_last(run: Any, shelf: Shelf, paged: str) -> None:
    result = run(source("forum", "paged", url=paged))["forum"]
    assert [page.comments[0]["ext_id"] for _, page, _ in shelf.kept] == ["1", "2", "3"]
    assert (result.asked, result.fetched, result.pages, result.new, result.rejects) == (3, 3, 3, 3, 3)
    assert (result.declared_total, result.cursor) == (9, "4")


def test_a_later_run_goes_on_from_its_cursor(run: Any, shelf: Shelf, paged: str) -> None:
    shelf.states["forum"] = SourceState(cursor="3")
    run(source("forum", "paged", url=paged))
    assert [page.comments[0]["ext_id"] for _, page, _ in shelf.kept] == ["3"]


def test_a_circle_of_next_pages_ends(run: Any, paged: str) -> None:
    result = run(source("forum", "paged", url=paged, fault="loop"))["forum"]
    assert result.asked == 1
    assert "asked for twice" in result.warnings[0]


def test_a_failure_keeps_the_cursor_of_the_last_page_kept(run: Any, site: Any, paged: str, say: Any) -> None:
    site.pages["/3"] = say(b"", status="500 Internal Server Error")
    result = run(source("forum", "paged", url=paged))["forum"]
    assert isinstance(result.error, Transient)
    assert (result.new, result.cursor) == (2, "3")


@pytest.mark.parametrize(
    ("fault", "error"), [("drift", SchemaDrift), ("bug", CollectorFault), *((fault, CollectorFault) for fault in ODD)]
)
def test_what_a_collector_raises_ends_its_source_only(
    run: Any, site: Any, paged: str, say: Any, fault: str, error: Any
) -> None:
    site.pages["/a"] = say(ARTICLE)
    results = run(source("forum", "paged", url=paged, fault=fault), source("news", "article", url=f"{paged}/a"))
    assert isinstance(results["forum"].error, error)
    assert results["news"].new == 1


def test_sources_run_side_by_side(
    run: Any, site: Any, other: Any, behaviours: Any, say: Any, quick: FetchSettings, replaced: Any
) -> None:
    site.pages["/"] = behaviours["silent"]
    other.pages["/a"] = say(ARTICLE)
    seen: list[tuple[str, int]] = []
    run(
        source("silent", "article", url=f"{site.url}/"),
        source("quick", "article", url=f"{other.url}/a"),
        settings=replaced(quick, total_s=1.5),
        progress=lambda result: seen.append((result.name, result.new + len(result.failures))),
    )
    assert list(dict.fromkeys(name for name, done in seen if done)) == ["quick", "silent"]


def test_only_the_sources_named_are_asked(run: Any, site: Any, say: Any) -> None:
    site.pages["/a"] = say(ARTICLE)
    sources = [source(name, "article", url=f"{site.url}/a") for name in ("one", "two")]
    assert list(run(*sources, sources=["two"])) == ["two"]


def test_what_the_store_raises_ends_the_run_as_itself(run: Any, shelf: Shelf, site: Any, say: Any) -> None:
    site.pages["/a"] = say(ARTICLE)

    def full(_: Page) -> None:
        raise MinyiError("The disk is full.")

    shelf.fails = full
    with pytest.raises(MinyiError, match="disk is full"):
        run(source("news", "article", url=f"{site.url}/a"))


def test_ctrl_c_ends_the_run_and_keeps_what_was_kept(
    run: Any, site: Any, other: Any, behaviours: Any, say: Any, shelf: Shelf
) -> None:
    site.pages["/"] = behaviours["silent"]
    other.pages["/a"] = say(ARTICLE)

    timer = threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT))

    def interrupt(result: SourceResult) -> None:
        if result.new and not timer.ident:
            timer.start()

    with pytest.raises(KeyboardInterrupt):
        run(
            source("silent", "article", url=f"{site.url}/"),
            source("quick", "article", url=f"{other.url}/a"),
            progress=interrupt,
        )
    assert [name for name, *_ in shelf.kept] == ["quick"]


def test_names_are_resolved_by_the_run_and_checked(
    run: Any, site: Any, say: Any, quick: FetchSettings, replaced: Any
) -> None:
    site.pages["/a"] = say(ARTICLE)

    async def lookup(host: str, port: int) -> Sequence[str]:
        return ["127.0.0.1"]

    settings = replaced(quick, allow=(f"news.example:{site.port}",))
    results = run(
        source("named", "article", url=f"http://news.example:{site.port}/a"),
        source("rebound", "article", url=f"http://evil.example:{site.port}/a"),
        settings=settings,
        network=Network(lookup=lookup),
    )
    assert results["named"].new == 1
    assert isinstance(results["rebound"].error, BlockedAddress)
    assert len(site.seen) == 1


@pytest.mark.parametrize(
    "given",
    [
        "http://a.example/x",
        "s3://bucket/x",
        "file:///etc/passwd",
        "~/x",
        "../x",
        "a/../../x",
        "a\0b",
        "missing.csv",
        "",
        ".",
    ],
)
def test_only_a_regular_file_of_the_folder_is_read(tmp_path: Path, given: str) -> None:
    with pytest.raises(LocalFileError) as caught:
        local_path(tmp_path, Path(given))
    assert caught.value.remedy


def test_a_device_or_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in ("pipe", "/dev/zero"):
        with pytest.raises(LocalFileError):
            local_path(tmp_path, Path(path))


def test_a_whole_path_is_read_only_where_it_lies_in_the_folder(tmp_path: Path) -> None:
    folder, other = tmp_path / "study", tmp_path / "secret.txt"
    folder.mkdir()
    for file in (folder / "a.txt", other):
        file.write_text("x", encoding="utf-8")
    assert local_path(folder, folder / "a.txt") == folder / "a.txt"
    (folder / "link.txt").symlink_to(other)
    (folder / "up").symlink_to(tmp_path)
    (folder / "inner.txt").symlink_to(folder / "a.txt")
    assert local_path(folder, Path("inner.txt")).read_text(encoding="utf-8") == "x"
    for given in (other, Path("link.txt"), Path("up/secret.txt"), Path("/proc/self/environ")):
        with pytest.raises(LocalFileError, match="out of the study's folder") as caught:
            local_path(folder, given)
        assert caught.value.remedy == "Copy the file into it."


def test_a_local_page_over_the_cap_is_refused(run: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"a" * 200_000)
    assert isinstance(run(source("big", "article", path="a.txt"))["big"].error, LocalFileError)


# -- every collector there is -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", kinds())
def test_every_collector_keeps_the_protocol(kind: str) -> None:
    found = collector(kind)
    assert found.name == kind
    assert found.access in {"public", "token", "file"}
    assert found.min_interval_s >= 0
    assert found.schema_version
    assert options_model(kind) is found.options
    assert found.options.model_config["extra"] == "forbid"
    assert found.__doc__


def test_listing_the_collectors_is_light() -> None:
    code = "import sys; from scrapers.sites import collector, kinds; [*map(collector, kinds())]; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"trafilatura", "lxml", "readability", "htmldate", "pandas", "bs4"}
