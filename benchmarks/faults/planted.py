"""Faults that can be planted: for each promise one line of the program that is broken, and the tests that turn red.

`benchmarks/operate.py` runs the tests sound and once more with the fault. It is planted from outside, by
`planting/sitecustomize.py`, in every Python process of that run, before anything else imports the broken name: the
program itself knows nothing of it.
"""

from __future__ import annotations

import codecs
import json
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


class Plant(NamedTuple):
    """One fault.

    Attributes:
        promise: what has to hold: a row of docs/threats.md, or a promise in words.
        fault: what is broken, in words.
        target: the name that is broken, as module:attribute.
        broken: what takes its place, made of the sound one.
        tests: what has to turn red, each by its file under tests/ and its name.
    """

    promise: str
    fault: str
    target: str
    broken: Callable[[Any], Any]
    tests: tuple[str, ...]


def plant(fault: Plant, module: ModuleType) -> None:
    """Breaks it in this process, for good; the module is the one that its target names."""
    owner: Any = module
    *owners, name = fault.target.partition(":")[2].split(".")
    for one in owners:
        owner = getattr(owner, one)
    sound = owner.__dict__[name]
    if isinstance(sound, classmethod | staticmethod):
        setattr(owner, name, type(sound)(fault.broken(sound.__func__)))
    else:
        setattr(owner, name, fault.broken(sound))


def _always(value: object) -> Callable[[Any], Any]:
    return lambda _sound: lambda *_, **__: value


def _as_given(_sound: object) -> Callable[..., Any]:
    return lambda given, *_, **__: given


def _names_not_addresses(sound: Any) -> Any:
    async def checked_addresses(self: Any, host: str, port: int) -> list[str]:
        await sound(self, host, port)
        return [host]

    return checked_addresses


def _takes_all_along(_sound: object) -> Any:
    from dataclasses import replace

    return lambda request, url, target: replace(request, url=str(url.join(target)))


def _hundredfold_cap(sound: Any) -> Any:
    return lambda self, headers, cap, **more: sound(self, headers, 100 * cap, **more)


def _any_codec(_sound: object) -> Any:
    def codec_of(label: str | None) -> str | None:
        try:
            return codecs.lookup((label or "").strip()).name
        except (LookupError, ValueError):
            return None

    return codec_of


def _unescaped(sound: Any) -> Any:
    def environment() -> Any:
        made = sound()
        made.autoescape = False
        return made

    return environment


def _compiles_texts(sound: Any) -> Any:
    from jinja2 import Environment

    def environment() -> Any:
        made = sound()
        made.finalize = lambda value: Environment().from_string(value).render() if type(value) is str else value  # noqa: S701
        return made

    return environment


def _attaches(sound: Any) -> Any:
    link = '<link rel="attachment" href="file:///etc/hosts">'
    return lambda *given: sound(*given).replace("</head>", f"{link}</head>")


def _takes_any_answer(_sound: object) -> Any:
    from nlp.coders.llm.answers import CODES, Answer, Stance

    def checked(entry: dict[str, Any], _item: object) -> Any:
        try:
            return Answer(tuple(entry[code] for code in CODES), Stance(entry["primary"]), (0, 0))
        except (KeyError, ValueError):
            return "outside"

    return checked


def _eight_to_a_request(sound: Any) -> Any:
    return lambda self, items, _batch, concurrency: sound(self, items, 8, concurrency)


def _sent_as_html(sound: Any) -> Any:
    return type("Html", (sound,), {"media_type": "text/html"})


def _outside_documents(_sound: object) -> Any:
    from xml.etree.ElementTree import iterparse

    return iterparse


def _named_as_the_source(_sound: object) -> Any:
    return lambda cls, workspace, stamp, source: cls(workspace.data / "rejects" / f"{stamp}-{source}.csv")


def _by_universal_time(_sound: object) -> Any:
    from datetime import UTC

    return lambda moment, _zone, _every: moment.astimezone(UTC).date().isoformat()


def _forgets_what_was_told(sound: Any) -> Any:
    return lambda _known, *rest: sound([], *rest)


def _the_name_itself(_sound: object) -> Any:
    return lambda _self, _scope, author: author


THREATS = (
    Plant("T1", "every address counts as public", "scrapers.guard:danger", _always(""), (
        "scrapers/test_guard.py::test_an_address_off_the_public_internet_is_refused",
        "scrapers/test_fetch.py::test_a_redirect_to_a_private_address_opens_no_connection",
    )),
    Plant("T2", "the name is connected to, not the address that was checked",
          "scrapers.guard:GuardedBackend.checked_addresses", _names_not_addresses, (
        "scrapers/test_guard.py::test_the_address_checked_is_the_address_connected_to",
    )),
    Plant("T3", "a redirect takes keys and headers along", "scrapers.fetch:_redirected", _takes_all_along, (
        "scrapers/test_fetch_secrets.py::test_secrets_never_travel_to_another_host_scheme_or_port",
    )),
    Plant("T4", "nine hops are followed", "scrapers.fetch:MAX_HOPS", lambda _sound: 9, (
        "scrapers/test_fetch.py::test_a_redirect_loop_ends_after_five_hops",
    )),
    Plant("T5", "the cap is a hundred times what it says", "scrapers.body:Body.__init__", _hundredfold_cap, (
        "scrapers/test_fetch.py::test_a_gzip_bomb_stops_at_the_cap",
    )),
    Plant("T6", "whatever came is taken for the whole", "scrapers.body:Body._check_end", _always(None), (
        "scrapers/test_fetch_body.py::test_no_part_of_a_gzip_body_passes_for_the_whole",
    )),
    Plant("T7", "any codec of Python's may be named", "scrapers.encodings:codec_of", _any_codec, (
        "scrapers/test_encodings.py::test_labels_follow_the_standard",
    )),
    Plant("T8", "however deep, a page is parsed", "scrapers.pages.html:sound", _always(True), (
        "scrapers/test_article.py::test_a_hostile_page_costs_little_and_loses_nothing_silently",
    )),
    Plant("T9", "entities are read", "scrapers.pages.listing:iterparse", _outside_documents, (
        "scrapers/sites/test_article.py::test_a_sitemap_with_entities_is_refused",
    )),
    Plant("T10", "pages do not escape", "reports.page:_environment", _unescaped, (
        "reports/test_hostile.py::test_a_study_of_hostile_strings_makes_a_page_of_ours_alone",
    )),
    Plant("T11", "cells stay as they are", "reports.tables:formula_safe", _as_given, (
        "reports/test_files.py::test_csv_is_for_people",
    )),
    Plant("T12", "nothing is taken out at the text door", "storage.text:_without_dirt",
          lambda _sound: lambda text: (text, 0), (
        "storage/test_text.py::test_every_code_point_has_the_fate_it_is_promised",
    )),
    Plant("T13", "workbooks are not measured before they are read", "scrapers.files.sheets:check_size", _always(0), (
        "scrapers/test_files_bad_packing.py::test_a_workbook_that_inflates_beyond_its_cap_is_refused",
        "scrapers/test_files_bad_packing.py::test_a_sheet_with_cells_in_opposite_corners_is_refused",
    )),
    Plant("T14", "pickles are opened like any file", "scrapers.files.blobs:_PROGRAMS", lambda _sound: set(), (
        "scrapers/test_files_bad_input.py::test_only_regular_local_files_are_opened",
    )),
    Plant("T15", "texts are compiled as templates", "reports.page:_environment", _compiles_texts, (
        "reports/test_hostile.py::test_own_hostile_strings_stay_text",
    )),
    Plant("T16", "nobody is refused", "minyi.labelling.gate:Gate._refused", _always(None), (
        "minyi/labelling/test_gate.py::test_only_the_page_itself_may_read",
        "minyi/labelling/test_gate.py::test_only_the_page_itself_may_write",
        "security/test_own_pages.py::test_nobody_else_reads_or_writes",
    )),
    Plant("T17", "data may end its element", "minyi.labelling.page:_inert", lambda _sound: json.dumps, (
        "minyi/labelling/test_page.py::test_hostile_data_cannot_leave_its_element",
    )),
    Plant("T17", "what others wrote is sent as HTML", "minyi.settling.app:JSONResponse", _sent_as_html, (
        "security/test_own_pages.py::test_what_others_wrote_comes_as_json_and_never_as_html",
    )),
    Plant("T18", "an answer that contradicts itself is taken", "nlp.coders.llm.answers:_checked", _takes_any_answer, (
        "nlp/llm/test_llm_hostile.py::test_whatever_is_answered_what_is_read_keeps_the_codebook",
    )),
    Plant("T18", "eight comments share a request", "nlp.coders.llm.asking:Asking.about", _eight_to_a_request, (
        "nlp/llm/test_llm_injections.py::test_an_order_sways_its_own_comment_at_most_and_to_a_stance_alone",
    )),
    Plant("T19", "names and numbers are sent as they are", "nlp.coders.llm.masking:sendable", _as_given, (
        "nlp/llm/test_llm_request.py::test_names_numbers_and_addresses_stay_here",
    )),
    Plant("T19", "nobody asks how a model did", "minyi.analysing:_account", _always(None), (
        "security/test_endpoints.py::test_a_cascade_goes_on_with_the_local_coder_and_says_so[off]",
    )),
    Plant("T20", "a key that a service repeats is kept", "scrapers.wire:_hide", _as_given, (
        "scrapers/test_fetch_secrets.py::test_no_log_capture_or_message_holds_a_secret",
    )),
    Plant("T21", "the page on paper names an attachment", "reports.editions.pdf:_for_paper", _attaches, (
        "reports/editions/test_files_of_editions.py::test_paper_loads_nothing_and_names_what_it_is",
    )),
    Plant("T22", "a file of refusals is named as its source", "minyi.refusals:Refusals.of", _named_as_the_source, (
        "security/test_names.py::test_a_file_of_refusals_lies_where_it_belongs",
    )),
)  # fmt: skip

PROMISES = (
    Plant("SQLite is opened for safety", "no PRAGMA is said", "storage.database:_PRAGMAS", lambda _sound: (), (
        "storage/test_database.py::test_sqlite_is_opened_for_safety",
    )),
    Plant("a value that turned into another is found", "no hash is compared", "storage.row_hashes:rows_altered",
          _always(()), (
        "storage/test_integrity.py::test_a_value_that_turned_into_another_is_found",
    )),
    Plant("a commit that was cut is done once", "what landed is taken for lost", "storage.database:_landed",
          _always(False), ("storage/test_retrying.py::test_a_commit_that_is_cut_is_done_once",)),
    Plant("a copy is made before every upgrade", "none is made", "storage.backups:copy_before_upgrade", _always(None), (
        "storage/test_backups.py::test_a_database_is_copied_before_its_shape_changes",
    )),
    Plant("one job at a time; a second ends with 75", "the lock is not looked at", "minyi.lock:_taken_soon",
          _always(True), ("jobs/test_lock.py::test_a_second_job_ends_at_once_and_names_who_is_at_work",)),
    Plant("a window is done once", "a window that is done is free", "storage.job_windows:_free", _always(True), (
        "jobs/test_windows.py::test_a_window_that_is_done_is_not_taken_again_unless_asked",
    )),
    Plant("days are those of the study's own clock", "days are those of universal time",
          "minyi.jobs.windows:window_at", _by_universal_time, (
        "jobs/test_windows.py::test_the_night_when_clocks_go_back_has_25_hours_and_one_day",
    )),
    Plant("nothing is told twice", "the book of what was told is not read", "minyi.jobs.notice_book:merged",
          _forgets_what_was_told, ("jobs/test_notices.py::test_a_cause_is_told_once_and_once_more_when_it_is_over",)),
    Plant("a silent source is told", "it is not looked for", "minyi.jobs.alerts:_silent", _always(()), (
        "jobs/test_alerts.py::test_silent_sources_and_spikes_are_told_of_a_good_job",
    )),
    Plant("below its floor a report is held", "no floor is looked at", "minyi.publishing:gate_of", _always(None), (
        "journeys/test_publishing.py::test_below_the_floor_nothing_is_published_until_it_is_reached_again",
    )),
    Plant("authors are pseudonyms", "the name itself is kept", "storage.pseudonyms:Pseudonyms.of", _the_name_itself, (
        "storage/test_workspace_files.py::test_a_pseudonym_is_an_hmac_of_the_key",
    )),
    Plant("numbers and addresses are masked where texts are shown", "texts are shown as they are",
          "reports.masking:masked", _as_given, ("reports/test_masking.py",)),
    Plant("what is forgotten is nowhere", "traces outside of the comments stay", "storage.privacy.residue:sweep",
          _always(None), (
        "privacy/test_forget.py::test_afterwards_no_byte_of_any_file_gives_it_away",
    )),
    Plant("old comments leave when their time is over", "none leaves", "minyi.privacy.retention:_let_go", _always({}), (
        "privacy/test_retention.py::test_old_comments_leave_every_file_and_new_ones_stay",
    )),
    Plant("SIGTERM ends a command in order, with 143", "nobody listens", "minyi.stopping:Stop.terminate",
          _always(None), ("journeys/test_stopped.py::test_a_stopped_command_says_so_and_keeps_its_receipt",)),
)  # fmt: skip

PLANTS = (*THREATS, *PROMISES)
