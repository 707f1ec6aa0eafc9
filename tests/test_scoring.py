"""The report of 04_score, from literal rows."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from gosales_lib.learning import scoring


def test_the_report_says_in_a_sentence_who_will_buy_and_how_many_for_the_first_time():
    scores = pl.DataFrame(
        {
            "probability": [0.9, 0.8, 0.3],
            "purchase_type": ["repeat", "new to division", "new to division"],
            "expected_gp": [900.0, 400.0, 30.0],
        }
    )
    report = scoring.report(scores, "A", date(2024, 12, 31))
    assert report.sentence == (
        "Of 3 customers known on 2024-12-31 about 2 will buy A in the window, 1 of them for the "
        "first time; 1,330 gross profit is expected."
    )
    assert report.expected_buyers_low is None


def test_the_number_of_buyers_has_an_interval_of_chance_and_of_the_level():
    """Of 400 at even odds 200 buy, chance alone gives 180.4 to 219.6."""
    even = [0.5] * 400
    low, high = scoring.total_interval(even, 0.0)
    assert (round(low, 1), round(high, 1)) == (180.4, 219.6)
    wide = scoring.total_interval(even, 0.2)
    assert wide[0] < 180
    assert wide[1] > 220
    assert wide[1] - wide[0] == pytest.approx(2 * 1.96 * np.hypot(10, 19.93), rel=0.01)
    assert scoring.total_interval([0.01], 3.0)[0] == 0.0


def test_the_customers_own_pace_is_weighed_against_two_orders_of_the_average_buyer():
    features = pl.DataFrame(
        {
            "own_orders_12m": [4, 0, None],
            "own_gp_12m": [1200.0, 0.0, None],
            "own_days_since_order": [10, 400, None],
        }
    )
    labelled = pl.DataFrame(
        {
            "own_days_since_order": [5, 5, None, None],
            "bought": [1, 0, 1, 0],
            "gp_window": [300.0, 999.0, 60.0, 999.0],
        }
    )
    gp = scoring.gp_if_bought(features, labelled, window_months=6)
    # four orders of 600 in half a year, against two of 300; no order of their own; a first one
    assert gp.tolist() == [(2 * 300 + 4 * 600) / 6, 300.0, 60.0]


def test_a_kind_without_buyers_takes_the_mean_of_all_of_them():
    rows = pl.DataFrame({"bought": [1, 1, 0], "gp_window": [10.0, 30.0, 500.0]})
    assert scoring.mean_of_buyers(rows.head(0), rows) == 20.0
    assert scoring.mean_of_buyers(rows.head(0), rows.tail(1)) == 0.0


def test_where_everybody_has_bought_before_nobody_buys_for_the_first_time():
    scores = pl.DataFrame(
        {"purchase_type": ["repeat"], "probability": [0.9], "expected_gp": [10.0]},
    )
    report = scoring.report(scores, "A", date(2024, 12, 31))
    assert "0 of them for the first time" in report.sentence
