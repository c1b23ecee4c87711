"""Wilson's interval and the quantiles, against figures from books of tables."""

from __future__ import annotations

import numpy as np
import pytest

from reports.intervals import normal_quantile, student_quantile, wilson

# Two-sided 95 % and 99 % points of Student's t as printed in tables, by degrees of freedom.
TABLE = {
    1: (12.706, 63.657),
    2: (4.303, 9.925),
    3: (3.182, 5.841),
    4: (2.776, 4.604),
    5: (2.571, 4.032),
    9: (2.262, 3.250),
    10: (2.228, 3.169),
    15: (2.131, 2.947),
    28: (2.048, 2.763),
    29: (2.045, 2.756),
    30: (2.042, 2.750),
    60: (2.000, 2.660),
    120: (1.980, 2.617),
    1000: (1.962, 2.581),
}


@pytest.mark.parametrize("freedom", TABLE)
def test_student_s_quantiles_are_those_of_the_tables(freedom: int) -> None:
    found = (student_quantile(0.95, freedom), student_quantile(0.99, freedom))
    assert found == pytest.approx(TABLE[freedom], abs=5e-4)


def test_student_s_quantile_has_closed_forms_for_one_and_two_degrees() -> None:
    assert student_quantile(0.5, 1) == pytest.approx(1.0, rel=1e-12)
    assert student_quantile(0.95, 2) == pytest.approx(0.95 * (2 / (1 - 0.95**2)) ** 0.5, rel=1e-12)


def test_student_s_quantile_falls_to_the_normal_one() -> None:
    found = [student_quantile(0.95, freedom) for freedom in (3, 10, 98, 99, 500, 19_999, 20_000, 10**9)]
    assert found == sorted(found, reverse=True)
    assert found[-1] == normal_quantile(0.95) == pytest.approx(1.959964, abs=1e-6)


def test_no_degree_of_freedom_is_refused() -> None:
    with pytest.raises(ValueError, match="degree"):
        student_quantile(0.95, 0)


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_s_interval_is_the_one_newcombe_printed(found: int, of: int, low: float, high: float) -> None:
    """The four examples of Newcombe (1998), Statistics in Medicine 17, table I, method 3."""
    assert wilson(found / of, of, normal_quantile(0.95)) == pytest.approx((low, high), abs=5e-5)


def test_infinitely_many_draws_leave_no_doubt() -> None:
    low, high = wilson(np.array([0.0, 0.3, 1.0]), np.inf, 1.96)
    assert low.tolist() == high.tolist() == [0.0, 0.3, 1.0]
