"""The report of 04_score, from literal rows."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from gosales_lib.learning import scoring


def test_the_report_says_in_a_sentence_who_will_buy_and_how_many_for_the_first_time():
    scores = pl.DataFrame(
        {
            "probability": [0.9, 0.8, 0.8],
            "purchase_type": ["repeat", "new to division", "new to division"],
            "expected_gp": [900.0, 400.0, 30.0],
        }
    )
    report = scoring.report(scores, "A", date(2024, 12, 31))
    assert report.sentence == (
        "Of 3 customers known on 2024-12-31 about 2 will buy A in the window, 2 of them for the "
        "first time; 1,330 gross profit is expected."
    )
    assert report.expected_buyers_low is None


def test_the_report_adds_up_and_gives_the_interval_of_the_number_of_buyers():
    scores = pl.DataFrame(
        {
            "probability": [0.9, 0.8, 0.1],
            "purchase_type": ["repeat", "repeat", "lapsed"],
            "expected_gp": [90.0, 40.0, -30.0],
        }
    )
    report = scoring.report(scores, "A", date(2024, 12, 31), level_error=0.0)
    assert report.mean_probability == pytest.approx(0.6)
    assert report.expected_buyers == pytest.approx(1.8)
    assert (report.customers, report.expected_gp) == (3, 100.0)
    kinds = [
        (kind.purchase_type, kind.customers, kind.mean_probability, kind.expected_gp)
        for kind in report.purchase_types
    ]
    assert kinds == [
        ("lapsed", 1, pytest.approx(0.1), -30.0),
        ("repeat", 2, pytest.approx(0.85), 130.0),
    ]
    error = 1.96 * np.sqrt(0.9 * 0.1 + 0.8 * 0.2 + 0.1 * 0.9)
    assert report.expected_buyers_low == pytest.approx(1.8 - error)
    assert report.expected_buyers_high == pytest.approx(1.8 + error)
    assert "(95% interval 1 to 3)" in report.sentence


def test_the_best_has_the_percentile_of_a_hundred_and_so_has_the_only_one():
    assert scoring.percentile([0.3]).tolist() == [100.0]
    assert scoring.percentile([0.3, 0.9]).tolist() == [50.0, 100.0]


def test_no_interval_holds_more_buyers_than_customers():
    assert scoring.total_interval([0.99, 0.98], 3.0)[1] == 2.0


def test_an_uncertain_level_reaches_as_far_as_it_moves_the_probabilities():
    low, high = scoring.total_interval([0.1] * 1000, 0.5)  # 63 and 155 where the level is off
    wide = [np.hypot(1000 / (1 + 9 * np.exp(side)) - 100, np.sqrt(90)) for side in (0.5, -0.5)]
    assert (low, high) == pytest.approx((100 - 1.96 * wide[0], 100 + 1.96 * wide[1]))


def scores_of(*customers: tuple[str, float, float, int | None], **more: object) -> pl.DataFrame:
    """Return the scores from (customer, probability, gp if bought, days since the last order)."""
    names, p, gp, days = zip(*customers, strict=True)
    features = pl.DataFrame(
        {"customer_id": names, "own_days_since_order": days},
        schema_overrides={"own_days_since_order": pl.Int64},
    )
    asked = {"division": "PDM", "cutoff": date(2024, 12, 31)}
    return scoring.build(features, list(p), list(gp), **asked, **more)


def test_scores_are_ranked_by_probability_and_equal_ones_by_customer():
    found = scores_of(("b", 0.5, 10, 5), ("c", 0.2, 900, 5), ("a", 0.5, 40, 5), ("d", 0.9, 1, 5))
    shown = ["customer_id", "probability", "percentile", "expected_gp", "decile"]
    assert found.select(shown).rows() == [
        ("d", 0.9, 100.0, 0.9, 1),
        ("a", 0.5, 62.5, 20.0, 3),
        ("b", 0.5, 62.5, 5.0, 6),
        ("c", 0.2, 25.0, 180.0, 8),
    ]
    assert set(found["division"]) == {"PDM"}
    assert set(found["cutoff_date"]) == {date(2024, 12, 31)}


def test_twenty_customers_are_two_in_each_decile_and_the_best_are_in_the_first():
    found = scores_of(*[(f"c{n:02d}", n / 100, 1, 5) for n in range(20)])
    assert found["decile"].to_list() == [n // 2 + 1 for n in range(20)]
    assert found["customer_id"][0] == "c19"


def test_an_owner_has_lapsed_after_eighteen_months_or_as_many_as_the_layout_says():
    customers = [("a", 0.3, 1, None), ("b", 0.2, 1, 549), ("c", 0.1, 1, 550)]
    assert scores_of(*customers)["purchase_type"].to_list() == [
        "new to division", "repeat", "lapsed",
    ]  # fmt: skip
    shorter = scores_of(*customers, lapsed_months=12)["purchase_type"]
    assert shorter.to_list() == ["new to division", "lapsed", "lapsed"]


def test_one_very_large_buyer_counts_no_more_than_the_largest_usual_one():
    spent = [10.0] * 199 + [1e6]
    rows = pl.DataFrame({"bought": [1] * 200, "gp_window": spent})
    assert scoring.mean_of_buyers(rows, rows) == pytest.approx(10.0, abs=60)
    uneven = pl.DataFrame({"bought": [1, 1, 1, 1], "gp_window": [0.0, 0.0, 0.0, 40.0]})
    assert 9 < scoring.mean_of_buyers(uneven, uneven) < 10  # a mean, no median


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
            "own_orders_12m": [4, 0, None, 1],
            "own_gp_12m": [1200.0, 0.0, None, None],
            "own_days_since_order": [10, 400, None, 9],
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
    assert gp.tolist() == [(2 * 300 + 4 * 600) / 6, 300.0, 60.0, 200.0]


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
