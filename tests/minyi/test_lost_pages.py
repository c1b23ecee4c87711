"""Pages that failed in one run and that no other run had are counted, however well the later runs go."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from minyi.lost_pages import failed_pages, forms_among, pages_lost
from storage.records import RunRecord

if TYPE_CHECKING:
    from collections.abc import Sequence

GONE, ODD = "https://town.example/7", "https://town.example/odd"


def run(number: int, *failures: tuple[str, str], command: str = "collect") -> RunRecord:
    failed = [{"source": "town", "type": kind, "what": "", "where": where, "remedy": ""} for kind, where in failures]
    return RunRecord(str(number), command, "ok", number, number, {}, "", {}, failed)


def lost(runs: Sequence[RunRecord], **had: set[str]) -> Any:
    return pages_lost(failed_pages(runs), {"town": {GONE: had.get("gone", set()), ODD: had.get("odd", set())}})


def test_a_page_that_is_gone_is_remembered_when_later_runs_go_well() -> None:
    assert lost([run(1, ("NotFound", GONE)), run(2)]) == {"town": [GONE]}


def test_a_page_counts_once_however_often_it_failed() -> None:
    assert lost([run(1, ("NotFound", GONE)), run(2, ("Blocked", GONE), ("NotFound", ODD))]) == {"town": [GONE, ODD]}


def test_a_page_that_another_run_had_is_not_lost() -> None:
    assert lost([run(1, ("NotFound", GONE)), run(2)], gone={"2"}) == {}
    assert lost([run(1), run(2, ("NotFound", GONE))], gone={"1"}) == {}


def test_bytes_that_could_not_be_read_are_not_the_page() -> None:
    assert lost([run(1, ("SchemaDrift", ODD)), run(2)], odd={"1"}) == {"town": [ODD]}
    assert lost([run(1, ("SchemaDrift", ODD)), run(2)], odd={"1", "2"}) == {}


@pytest.mark.parametrize("kind", ["Transient", "Deadline", "RateLimited", "AuthNeeded", "Interrupted"])
def test_a_server_that_does_not_answer_says_nothing_of_a_page(kind: str) -> None:
    assert lost([run(1, (kind, GONE))]) == {}


def test_only_pages_of_collect_runs_count() -> None:
    assert lost([run(1, ("NotFound", GONE), command="report"), run(2, ("SchemaDrift", "posts.csv"))]) == {}


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://a.example/p?page=2", "https://a.example/p?page=2"),
        ("https://a.example/p?api_key=5&page=2", "https://a.example/p?api_key=***&page=2"),
        ("https://me:pw@a.example/p", "https://***@a.example/p"),
        (f"https://a.example/{'x' * 400}", f"https://a.example/{'x' * 282}…"),
    ],
)
def test_a_page_that_failed_is_known_by_its_address_as_messages_show_it(url: str, said: str) -> None:
    assert forms_among({said}, [url, "https://a.example/p?page=3", "https://b.example/"]) == {url: {said}}
