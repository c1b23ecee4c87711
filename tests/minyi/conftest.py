"""What the application's tests share."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _copied_databases(copied_databases: None) -> None:
    """Every new study's database."""
