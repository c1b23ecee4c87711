"""Pages of GOV.UK: their text, and the acts their fields state, on the days of London."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import ValidationError

from scrapers.errors import NotFound, SchemaDrift
from scrapers.protocol import Request
from scrapers.sites.govuk import GovukOptions

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from scrapers.protocol import Parsed

SHARED = Path(__file__).parents[4] / "shared" / "fixtures" / "govuk"
CONTENT = "https://www.gov.uk/api/content"
CHARGE = "/government/consultations/harbour-crossing-charge"


def page(path: str = "/x", **more: Any) -> dict[str, Any]:
    """A page of the content API, with an own body."""
    usual = {"base_path": path, "schema_name": "publication", "title": "X", "details": {"body": "<p>words</p>"}}
    return {**usual, **more}


def results(*found: Any, total: int | None = None) -> bytes:
    return json.dumps({"results": found, "total": len(found) if total is None else total}).encode()


@pytest.fixture
def read(parse: Callable[..., Any]) -> Callable[..., Parsed]:
    def one(body: Any, path: str = "/x", tag: str = "") -> Parsed:
        (parsed,) = parse("govuk", body, url=CONTENT + path, tag=tag, options={"paths": [path]})
        return parsed

    return one


@pytest.fixture
def looked(played: Callable[..., Any]) -> Callable[..., Any]:
    """A search of which each listing page is given; pages it leads to are the same short one."""

    def run(*listings: bytes, cursor: str | None = None, **options: Any) -> Any:
        given = {"search": "ferry", **options}
        by = "" if given.get("order") == "relevance" else "&order=-public_timestamp"
        base = "https://www.gov.uk/api/search.json?q=ferry&count=50&fields=link&fields=public_timestamp"
        answers = {f"{base}&start={50 * at}{by}": listing for at, listing in enumerate(listings)}
        answers |= {f"{CONTENT}/p{number}": json.dumps(page(f"/p{number}")).encode() for number in range(120)}
        return played("govuk", options=given, cursor=cursor, answers=answers)

    return run


def hit(number: int, day: int = 1) -> dict[str, str]:
    return {"link": f"/p{number}", "public_timestamp": f"2026-03-{day:02}T10:00:00Z"}


def test_a_run_gives_pages_with_their_acts(played: Callable[..., Any]) -> None:
    run = played("govuk")
    assert [article.title for article in run.articles] == [
        "Harbour crossing charge",
        "Get a harbour crossing permit",
        "Harbour charges",
        "Treial croesi'r harbwr",
    ]
    assert (len(run.acts), len(run.rejects), run.comments) == (10, 3, [])
    assert run.problems == ["/government/news/harbour-charges has moved to /government/publications/harbour-charges."]
    assert sorted({act.who for act in run.acts}) == ["Department for Crossings"]


def test_a_consultation_states_its_days(played: Callable[..., Any]) -> None:
    acts = [act for act in played("govuk").acts if act.url.endswith(CHARGE)]
    assert [(act.date, act.kind, act.sentence) for act in acts] == [
        (date(2026, 5, 5), "announced", "Consultation opens: 5 May 2026 at 10am"),
        (date(2026, 6, 2), "clarified", "Corrected the table of charges."),  # 23:30 UTC is the next day in London
        (date(2026, 6, 30), None, "Consultation closes: 30 June 2026 at 11:45pm"),
        (date(2026, 9, 14), "announced", "Consultation outcome published: 14 September 2026 at 9:30am"),
        (date(2026, 9, 14), "clarified", "Outcome added."),
    ]
    assert acts[2].title == "Consultation closes: Harbour crossing charge"
    assert acts[2].article_id == "11111111-aaaa-4aaa-8aaa-000000000001"
    assert {act.precision for act in acts} == {"day"}


def test_the_text_is_all_that_a_reader_sees(played: Callable[..., Any]) -> None:
    consultation, guide, _, withdrawn = played("govuk").articles
    assert consultation.text.split("\n") == [
        "We want to hear what you think of a charge for the Larkmouth harbour crossing.",
        "The charge would be £2 a crossing between 7am and 7pm.",
        "Residents of Larkmouth would pay half.",
        "The charge will begin, and residents will not pay it.",
    ]
    assert guide.text == (
        "How residents get a permit.\nOverview\nA permit is free.\nApply\nSend a bill that shows your address."
    )
    assert (consultation.published_at, consultation.published_raw) == (1_777_971_600_000, "2026-05-05T10:00:00+01:00")
    assert consultation.url == f"https://www.gov.uk{CHARGE}"
    assert (withdrawn.lang, withdrawn.id) == ("cy", "11111111-aaaa-4aaa-8aaa-000000000004:cy")


def test_a_withdrawal_is_a_reversal(played: Callable[..., Any]) -> None:
    (act,) = [act for act in played("govuk").acts if act.kind == "reversed"]
    assert (act.date, act.sentence) == (
        date(2026, 9, 1),
        "Withdrawn: 1 September 2026 at 12:10am. The trial has ended.",
    )


def test_what_cannot_be_used_is_told(played: Callable[..., Any]) -> None:
    assert [(reject.where, reject.reason) for reject in played("govuk").rejects] == [
        ("results[3]", "https://harbour.example/board is not a page of www.gov.uk"),
        ("https://www.gov.uk/government/publications/harbour-charges change_history[1]", "a change without a date"),
        ("https://www.gov.uk/search/harbour-notices", "a page of the kind finder without text of its own"),
    ]


def test_a_page_is_asked_for_only_if_it_has_changed(asks: Callable[..., Sequence[Request]]) -> None:
    ask, *_ = asks("govuk")
    assert (ask.url, ask.again, ask.alone) == (CONTENT + CHARGE, "if changed", True)


def test_a_later_run_asks_for_what_changed_since(looked: Callable[..., Any]) -> None:
    first = looked(results(hit(1, 20), hit(2, 10)))
    assert len(first.articles) == 2
    again = looked(results(hit(3, 25), hit(1, 20), hit(2, 10)), cursor=first.cursor)
    assert [article.url[-3:] for article in again.articles] == ["/p3", "/p1"]  # a day's overlap
    quiet = looked(results(hit(2, 10)), cursor=again.cursor)
    assert len(quiet.asked) == 1
    assert quiet.cursor == again.cursor  # it never goes back


def test_a_search_goes_down_to_what_is_known_and_no_further(looked: Callable[..., Any]) -> None:
    full, more = [hit(number, 20) for number in range(50)], [hit(number, 5) for number in range(50, 70)]
    everything = looked(results(*full, total=70), results(*more, total=70))
    assert len(everything.articles) == 70
    known = str(1_773_000_000_000)  # 8 March 2026
    assert len(looked(results(*full, total=70), results(*more, total=70), cursor=known).articles) == 50
    cut = looked(results(*full, total=9_000), pages=1)
    assert cut.problems == ["The search finds more; 50 results were looked through."]


def test_a_search_that_repeats_itself_ends(looked: Callable[..., Any]) -> None:
    same = results(*[hit(number) for number in range(50)], total=100_000)
    run = looked(*[same] * 3, pages=3)
    assert len(run.asked) == 53


def test_the_best_pages_are_looked_at_again_in_every_run(looked: Callable[..., Any]) -> None:
    first = looked(results(hit(1), hit(2)), order="relevance")
    assert first.cursor is None
    assert len(looked(results(hit(1), hit(2)), order="relevance", cursor="1790000000000").articles) == 2


def test_a_date_in_the_far_future_hides_nothing(looked: Callable[..., Any]) -> None:
    wrong = {"link": "/p1", "public_timestamp": "2099-01-01T00:00:00Z"}
    assert int(looked(results(wrong)).cursor) < 1_800_000_000_000


def test_an_outcome_without_a_date_came_with_the_last_update(read: Callable[..., Parsed]) -> None:
    details = {"body": "b", "final_outcome_detail": "<p>Yes.</p>"}
    parsed = read(page(schema_name="consultation", details=details, public_updated_at="2026-10-18T09:30:00Z"))
    (act,) = parsed.page.acts
    assert (act.date, act.sentence) == (
        date(2026, 10, 18),
        "Consultation outcome published by the update of 18 October 2026 at 10:30am",
    )


def test_a_call_for_evidence_is_called_so(read: Callable[..., Parsed]) -> None:
    details = {"body": "b", "opening_date": "2026-01-05T00:00:00Z", "outcome_publication_date": "2026-02-01"}
    acts = read(page(schema_name="call_for_evidence", details=details)).page.acts
    assert [act.sentence for act in acts] == [
        "Call for evidence opens: 5 January 2026",
        "Call for evidence outcome published: 1 February 2026",
    ]


def test_travel_advice_tells_its_last_update(read: Callable[..., Parsed]) -> None:
    details = {"summary": "<p>Go.</p>", "change_description": "The border opens.", "parts": []}
    parsed = read(page(schema_name="travel_advice", details=details, public_updated_at="2026-01-02T00:00:00Z"))
    assert [(act.kind, act.sentence) for act in parsed.page.acts] == [("clarified", "The border opens.")]
    assert parsed.page.articles[0].text == "Go."


def test_a_first_publication_is_told_once(read: Callable[..., Parsed]) -> None:
    history = [{"public_timestamp": "2026-01-05T10:00:00Z", "note": "First published."}]
    known = page(first_published_at="2026-01-05T10:00:00Z", details={"body": "b", "change_history": history})
    assert [act.sentence for act in read(known).page.acts] == ["First published."]
    alone = page(first_published_at="2026-01-05T10:00:00Z")
    assert [act.sentence for act in read(alone).page.acts] == ["First published: 5 January 2026 at 10am"]


def test_a_page_taken_down_says_why(read: Callable[..., Parsed]) -> None:
    with pytest.raises(NotFound, match=r"taken down\. Wrong title"):
        read(page(schema_name="gone", title=None, details={"explanation": "<p>Wrong title</p>"}))


def test_moves_come_to_an_end(read: Callable[..., Parsed]) -> None:
    def moved(to: Any) -> dict[str, Any]:
        return {"base_path": "/x", "schema_name": "redirect", "redirects": [{"destination": to}]}

    (ask,) = read(moved("/y")).next
    assert isinstance(ask, Request)
    assert (ask.url, ask.tag) == (f"{CONTENT}/y", "1")
    assert read(moved("/y"), tag="5").next == ()
    assert read(moved("https://elsewhere.example/")).next == ()
    assert read({"base_path": "/x", "schema_name": "redirect"}).problems == ("/x has moved to an unknown place.",)


@pytest.mark.parametrize(
    "odd",
    [
        {"details": None},
        {"details": []},
        {"details": {"body": 7, "parts": [None, "x", {"title": None}], "change_history": "none"}},
        {"details": {"body": "b", "change_history": [None, "x", {}]}},
        {"links": [], "withdrawn_notice": "yes", "locale": 3, "content_id": None, "title": 5, "description": []},
        {"details": {"opening_date": 5, "closing_date": "soon", "delivered_on": "9999-12-31T23:59:59-12:00"}},
    ],
)
def test_an_odd_page_is_never_a_fault(read: Callable[..., Parsed], odd: dict[str, Any]) -> None:
    parsed = read(page(**odd))
    assert parsed.page.items > 0


@pytest.mark.parametrize("body", [[], {}, {"base_path": 5, "schema_name": "answer"}, {"schema_name": "answer"}])
def test_something_else_than_a_page_is_drift(read: Callable[..., Parsed], body: Any) -> None:
    with pytest.raises(SchemaDrift):
        read(body)


@pytest.mark.parametrize("body", [{"results": "none"}, {"error": "x"}])
def test_a_search_without_results_is_drift(looked: Callable[..., Any], body: Any) -> None:
    with pytest.raises(SchemaDrift):
        looked(json.dumps(body).encode())


def test_a_search_that_finds_nothing_any_more_is_drift(looked: Callable[..., Any], asks: Callable[..., Any]) -> None:
    assert looked(results()).parsed[0].problems == ()  # it may be too early for a first page
    with pytest.raises(SchemaDrift, match="nothing any more"):
        looked(results(), cursor="1773000000000")
    (ask,) = asks("govuk", options={"search": "ferry", "order": "relevance"})
    assert ask.expects


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({}, "give paths, or search"),
        ({"paths": ["https://example.org/x"]}, "is not a page of www.gov.uk"),
        ({"paths": ["https://www.gov.uk.example.org/x"]}, "is not a page of www.gov.uk"),
        ({"paths": ["/"]}, "names no page"),
        ({"search": "x", "document_types": ["Open consultation"]}, "is no name of GOV.UK"),
        ({"paths": ["/x"], "organisations": ["home-office"]}, "give search too"),
        ({"search": "x", "pages": 0}, "greater than or equal to 1"),
    ],
)
def test_wrong_options_are_refused_in_words(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        GovukOptions.model_validate(wrong)


def test_any_way_to_write_an_address_is_the_same_page() -> None:
    ways = ["/a/b", "a/b/", "www.gov.uk/a/b", "https://www.gov.uk/a/b?x=1#y", "https://www.gov.uk/api/content/a/b"]
    assert GovukOptions.model_validate({"paths": ways}).paths == ("/a/b",)


# Articles and acts of every recorded page.
RECORDED = {
    "case_study__frontend__translated": 2,
    "consultation__frontend__open_consultation": 3,
    "news_article__frontend__news_article": 1,
    "publication__frontend__best-practice-impact-assessment": 1,
    "publication__frontend__best-practice-independent-report": 2,
    "publication__frontend__best-practice-national-statistics": 1,
    "publication__frontend__best-practice-notice": 1,
    "publication__frontend__best-practice-official-statistics": 4,
    "publication__frontend__best-practice-transparency-data": 1,
    "publication__frontend__political_publication": 2,
    "publication__frontend__scheduled_publication": 1,
    "publication__frontend__tagged_to_two_coronavirus_taxons": 17,
    "service_manual_guide__frontend__service_manual_guide_community": 3,
    "speech__frontend__best-practice-oral-statement": 2,
    "speech__frontend__speech-oral-statement-parliament": 2,
    "speech__frontend__speech-speaking-notes": 2,
    "speech__frontend__speech-translated": 2,
    "travel_advice__frontend__alt-country": 2,
}


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the recorded pages lie beside the repository")
@pytest.mark.parametrize(("name", "acts"), RECORDED.items())
def test_recorded_pages_lose_nothing(read: Callable[..., Parsed], name: str, acts: int) -> None:
    body = (SHARED / f"examples__{name}.json").read_bytes()
    parsed = read(body, json.loads(body)["base_path"])
    (article,) = parsed.page.articles
    assert (len(parsed.page.acts), parsed.page.rejects) == (acts, ())
    assert article.published_at is not None
    history = json.loads(body)["details"].get("change_history", [])
    assert len([act for act in parsed.page.acts if act.kind == "clarified"]) >= len(history) - 1


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the recorded pages lie beside the repository")
def test_every_recorded_page_is_tried() -> None:
    assert {path.stem.removeprefix("examples__") for path in SHARED.glob("*.json")} == set(RECORDED)
