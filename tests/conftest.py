"""What every test obeys: no network but loopback, and no skip of what the machine was told to have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pytest_socket import socket_allow_hosts

if TYPE_CHECKING:
    from collections.abc import Generator

REPOSITORY = Path(__file__).parent.parent
SHARED = REPOSITORY.parent / "shared"
# Markers whose tests may not be skipped here, as in MINYI_MUST_RUN=postgres,browser.
MUST_RUN = frozenset(filter(None, os.environ.get("MINYI_MUST_RUN", "").split(",")))


@pytest.fixture(autouse=True)
def _loopback_only() -> None:
    socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A developer's own database or terminal changes no test."""
    monkeypatch.delenv("MINYI_DATABASE_URL", raising=False)
    monkeypatch.setenv("COLUMNS", "200")


@pytest.fixture(scope="session")
def shared() -> Path:
    """The data folder beside the repository, where there is one."""
    if not SHARED.is_dir():
        pytest.skip("needs the data folder beside the repository")
    return SHARED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    marked = {mark.name for mark in item.iter_markers()} & MUST_RUN
    if report.skipped and marked and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        reason: Any = report.longrepr
        report.longrepr = (
            f"{', '.join(sorted(marked))} may not be skipped here: {reason[2] if reason else call.excinfo}"
        )
    return report
