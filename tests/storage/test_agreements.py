"""Agreement is kept each time it is worked out, and the last time is what is read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select

from storage.agreements import AGREEMENT, AgreementRecord
from storage.database import reading

if TYPE_CHECKING:
    from storage.store import Store

STUDY = "ebikes"
ALPHA = AgreementRecord("primary", "alpha", ("李", "Ann|Bo"), 0.743, 0.61, 0.85, 40)
UNDEFINED = AgreementRecord("support", "kappa", ("李", "Ann|Bo"), None, None, None, 0)


def test_the_last_run_is_read_and_the_earlier_ones_stay(store: Store, run: str) -> None:
    later = store.begin_run(STUDY, "labels", {}, "digest")
    store.agreements.put(STUDY, run, [replace(ALPHA, value=0.5)])
    assert store.agreements.put(STUDY, later, [ALPHA, UNDEFINED]) == 2
    assert store.agreements.latest(STUDY) == [ALPHA, UNDEFINED]
    with reading(store._engine) as connection:
        kept = connection.execute(select(AGREEMENT.c.value).order_by(AGREEMENT.c.key)).scalars().all()
    assert [value and round(value, 3) for value in kept] == [0.5, 0.743, None]


def test_nothing_found_is_nothing_kept(store: Store, run: str) -> None:
    assert store.agreements.put(STUDY, run, []) == 0
    assert store.agreements.latest(STUDY) == []
