"""People read words, not the names of classes."""

from __future__ import annotations

import inspect

import pytest

from minyi.outcomes import FAILURES, REASONS, WORDS, in_words
from scrapers import errors
from storage.errors import MinyiError

KINDS = [
    kind
    for _, kind in inspect.getmembers(errors, inspect.isclass)
    if issubclass(kind, errors.CollectorError) and kind is not errors.CollectorError
]


def test_every_kind_of_failure_has_words_of_its_own() -> None:
    assert WORDS.keys() == set(KINDS)
    assert len(set(WORDS.values())) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_a_reason_in_both_languages(kind: type[errors.CollectorError]) -> None:
    failing, reason = FAILURES[kind], REASONS[kind.__name__]

    assert (reason.zh, reason.en) == (failing.zh, failing.en)
    assert failing.zh.isascii() is False
    assert failing.en.isascii()
    assert len({one.zh for one in FAILURES.values()}) == len(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_the_words_hold_no_name_of_a_class(kind: type[errors.CollectorError]) -> None:
    said = in_words(kind("What.", where="https://a.example/b"))

    assert said == WORDS[kind]
    assert said == said.lower()
    assert len(said) <= 20


def test_a_host_that_nobody_has_is_told_from_a_page_that_is_gone() -> None:
    assert in_words(errors.NotFound("No host has this name.", where="nowhere.example")) == "no such host"
    assert in_words(errors.NotFound("HTTP 404.", where="https://a.example/gone")) == "not there"


def test_a_class_of_another_package_goes_by_what_it_stands_on() -> None:
    class Melted(errors.Transient):
        pass

    assert in_words(Melted("Too hot.")) == "not reachable"
    assert in_words(MinyiError("Something.")) == "failed"
