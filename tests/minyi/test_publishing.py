"""What the gate measures."""

from __future__ import annotations

import numpy as np
import pytest

from minyi.publishing import COUNTED, macro_f1


def test_f1_is_the_mean_over_stances_with_labels_enough() -> None:
    people = np.array([0] * 10 + [1] * 10 + [2] * (COUNTED - 1))
    coded = np.array([0] * 5 + [1] * 5 + [1] * 10 + [2] * (COUNTED - 1))
    assert macro_f1(people, coded) == pytest.approx((2 * 5 / 15 + 2 * 10 / 25) / 2)


def test_a_coder_that_always_answers_the_same_gets_little_of_it() -> None:
    people = np.array([1] * 14 + [0] * 6)
    assert macro_f1(people, np.ones(20, np.int64)) == pytest.approx(28 / 34 / 2)


def test_where_no_stance_has_labels_enough_the_commonest_counts_alone() -> None:
    assert macro_f1(np.array([0, 0, 1, 2]), np.array([0, 0, 3, 3])) == 1
