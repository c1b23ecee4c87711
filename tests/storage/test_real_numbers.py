"""A score is hashed alike whether a database gives it back in full or with as few digits as tell it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from storage.database import reading
from storage.integrity.checking import damaged_rows
from storage.queries import ANNOTATION

if TYPE_CHECKING:
    from collections.abc import Callable

    from storage.nouns import Page
    from storage.store import Store

STUDY = "ebikes"


def test_scores_of_every_size_are_what_was_written(store: Store, run: str, page: Callable[..., Page]) -> None:
    """Of scores that PostgreSQL writes with seven digits, one in ten ends in the 5 that six digits are rounded at."""
    store.add_page(STUDY, "forum", page(600), run_id=run)
    keys = store.comments(STUDY, columns=["key"])["key"].to_numpy()
    scores = np.random.default_rng(1).random((len(keys), 4), np.float32)
    scores[0] = [0, 1, 1e-30, 0.1234565]
    scores[1] = [0.6484375, 0.6484375, 0, 0]  # of which SQLite says 0.648437, and Python 0.648438
    store.add_annotations(STUDY, "t", "embedded@1", "1", run, keys, np.arange(len(keys)) % 4, scores)
    with reading(store._engine) as connection:
        assert damaged_rows(connection, [ANNOTATION]) == []
