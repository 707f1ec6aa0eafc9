"""Reasons in plain words."""

from __future__ import annotations

import pytest

from gosales_lib.learning.wording import say


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("own_orders_12m", 4, "bought PDM 4 times in the last 12 months"),
        ("own_orders_all", 1, "bought PDM once so far"),
        ("own_orders_all", 0, "never bought PDM"),
        ("own_orders_3m", 0, "did not buy PDM in the last 3 months"),
        ("orders_all", 12, "12 orders so far"),
        ("quantity_6m", -0.2, "no units in the last 6 months"),
        ("quantity_6m", 20, "20 units in the last 6 months"),
        ("own_quantity_growth_1y", 0.0, "as many units of PDM as the year before"),
        ("flag_seat_growth_1y", 0, "as many units of seat products as the year before"),
        ("orders_12m__0 units", 0, "no orders of 0 units in the last 12 months"),
        ("attribute__Term", "1 days", "Term: 1 days"),
        ("own_gp_24m", 2357.4, "2,357 gross profit from PDM in the last 24 months"),
        ("own_largest_order_gp", 8895.4, "largest order of PDM: 8,895 gross profit"),
        ("average_order_gp", 1602, "1,602 gross profit per order"),
        ("own_days_since_order", 75, "last bought PDM 75 days ago"),
        ("own_days_since_order", None, "never bought PDM"),
        ("days_since_order", 0, "last order on the cutoff day"),
        ("days_since_order", 10, "last order 10 days ago"),
        ("days_since_order__Road Bikes", 1, "last bought Road Bikes 1 day ago"),
        ("days_since_order__Road Bikes", None, "never bought Road Bikes"),
        ("share__Lighting & Candles", 0.25, "Lighting & Candles is 25% of its orders"),
        ("affinity_owned_lift", 1.4, "what it owns goes well with PDM"),
        ("own_gap_over_median", 1.25, "1.2 of its usual gaps of PDM since the last order"),
        ("first_division", "Solidworks", "began with Solidworks"),
        ("own_days_since_new_product", 40, "last took up a new product of PDM 40 days ago"),
        ("quantity_growth_1y", -3, "-3 units against the year before"),
        ("flag_seat_quantity_12m", 5, "5 units of seat products in the last 12 months"),
        ("flag_seat_attached", 1, "has bought something among the seat products"),
        ("flag_seat_attached", 0, "never bought anything among the seat products"),
        ("flag_seat_growth_1y", -2, "-2 units of seat products against the year before"),
        ("flag_seat_days_since", None, "never bought seat products"),
        ("attribute__Employees", None, None),
        ("attribute__Industry", "Medical", "Industry: Medical"),
        ("attribute__Employees", 1200.0, "Employees: 1,200"),
        ("attribute__StateProvinceName", "Texas", "State province name: Texas"),
        ("a_family_of_your_own", 3, None),
    ],
)
def test_a_feature_says_what_a_rep_would(name, value, said):
    assert say(name, {name: value}, "PDM") == said


@pytest.mark.parametrize("name", ["own_gap_over_median", "own_median_gap_days"])
def test_the_usual_gap_stands_beside_the_current_one(name):
    row = {"own_gap_over_median": 1.25, "own_median_gap_days": 60.0}
    assert say(name, row, "PDM") == "usual gap between orders of PDM 60 days, now 75 days"
    everywhere = {"median_gap_days": 1.0, "gap_over_median": 30.0}
    assert (
        say("gap_over_median", everywhere, "PDM") == "usual gap between orders 1 day, now 30 days"
    )
    once = {"own_gap_over_median": None, "own_median_gap_days": None}
    assert say(name, once, "PDM") == "no usual gap between orders of PDM yet"


def test_braces_in_a_name_from_data_are_text():
    assert say("share__{n}{x}", {"share__{n}{x}": 0.5}, "P{0}") == "{n}{x} is 50% of its orders"
