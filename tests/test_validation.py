"""Which cutoffs train and validate, and the measures that candidates are chosen by."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from gosales_lib.core.timeline import add_months
from gosales_lib.learning import selection, validation
from gosales_lib.learning.rows import Span, is_new, rarer
from gosales_lib.learning.validation import OUT_OF_TIME, Validation

QUARTERS = [add_months(date(2024, 6, 30), -3 * n) for n in range(5, -1, -1)]


def test_the_newest_validation_cutoff_is_that_of_the_reports_whatever_order_cutoffs_come_in():
    span = Span.of(QUARTERS[::-1], 6)
    assert span.closed == tuple(QUARTERS)
    assert span.validation == QUARTERS[-1]
    assert span.training == tuple(QUARTERS[:4])  # the window of the fifth ends three months later
    assert [fold.validation for fold in span.folds] == QUARTERS[-3:]


def test_who_never_ordered_the_division_is_new_to_it_known_or_not():
    rows = pl.DataFrame({"own_orders_all": [None, 0, 2], "orders_all": [3, 3, 3]})
    assert is_new(rows).to_list() == [True, True, False]
    assert (rarer([1, 0, 0]), rarer([1, 1, 0]), rarer([0, 0])) == (1, 1, 0)


def of(bought: dict[date, list[int]], odds: list[float]) -> Validation:
    """Return a validation of one candidate from the outcomes of each cutoff."""
    outcome = np.concatenate(list(bought.values()))
    cutoffs = [cutoff for cutoff, values in bought.items() for _ in values]
    rows = pl.DataFrame({"cutoff_date": cutoffs, "bought": outcome})
    rows = rows.with_columns(own_orders_all=pl.int_range(pl.len()) % 2)
    trained = dict.fromkeys(bought, 2)
    return Validation(OUT_OF_TIME, rows, {"a": np.asarray(odds)}, {}, trained, 0.3)


def test_a_cutoff_on_which_nobody_or_everybody_bought_has_no_measure():
    first, second = QUARTERS[:2]
    ranked = [float(n) for n in range(20, 0, -1)]
    found = of({first: [1, 0, 1, 0, 0, 0, 0, 0, 0, 0], second: [1] * 10}, ranked)
    assert found.cutoffs == [first, second]
    [row] = found.table().rows(named=True)
    assert row[str(first)] == pytest.approx((1 + 2 / 3) / 2)
    assert row[str(second)] is None
    assert row["mean"] == row[str(first)]
    assert row["new"] == pytest.approx(1.0)  # of those in even places the two buyers stand first
    odds = found.odds["a"]
    assert selection.mean_of(found, odds, "average_precision") == row["mean"]
    assert selection.mean_of(found, odds, "capture_10") == pytest.approx(0.5)  # one of two buyers


def test_the_mean_of_measures_leaves_out_those_that_are_not_there():
    assert validation.mean([None, 0.25, 0.75]) == 0.5
    assert validation.mean([None]) is None
