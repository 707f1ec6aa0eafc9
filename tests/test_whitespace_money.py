"""The value of a first purchase: units at today's prices, and how far it can be trusted."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest

from gosales_lib.core import timeline
from gosales_lib.core.timeline import Window
from gosales_lib.whitespace import closed, priced, value

CUTOFF = date(2024, 12, 31)
THEN = date(2023, 12, 31)
LIST = Window(CUTOFF, 6)


def lines(*rows: tuple[str, str, date, float, float]) -> pl.DataFrame:
    """Return rows of a division: customer, product, day, quantity, gross profit."""
    names = ["customer_id", "product", "order_date", "quantity", "gross_profit"]
    table = pl.DataFrame(list(rows), names, orient="row")
    return table.with_columns(order_day=pl.col("order_date").cast(pl.Int32))


def of(buyers: list[tuple[str, date, float, float]], rows: pl.DataFrame) -> closed.FirstBuyers:
    """Return first-time buyers: customer, cutoff, size, gross profit of the window."""
    names = ["customer_id", "cutoff_date", "size", "gp_window"]
    return closed.FirstBuyers.of(pl.DataFrame(buyers, names, orient="row"), rows, LIST)


def test_units_of_then_count_at_the_gross_profit_per_unit_of_today():
    sales = lines(
        ("a", "P", date(2024, 3, 1), 10.0, 500.0),  # 50 a unit then
        ("a", "P", date(2024, 4, 1), -2.0, -100.0),  # sent back
        ("a", "P", date(2024, 9, 1), 7.0, 70.0),  # after the window of THEN
        ("z", "P", date(2024, 10, 1), 3.0, 30.0),
        ("a", "Fee", date(2024, 3, 1), 0.0, 5.0),  # sold by amount
    )
    held = priced.baskets(
        pl.DataFrame({"customer_id": ["a"], "cutoff_date": [THEN], "size": [1.0]}),
        sales,
        [Window(THEN, 6, anchor=CUTOFF)],
    )
    assert dict(held.select("product", "units").iter_rows()) == {"P": 8.0, "Fee": 0.0}
    today = priced.unit_profits(sales, CUTOFF)
    assert today.rows() == [("P", 30.0)]  # 600 for 20 units of 12 months
    assert priced.worth(held, today)["gp_window"].to_list() == [8 * 30.0 + 5.0]


def test_a_product_without_recent_sales_keeps_its_last_known_gross_profit_per_unit():
    sales = lines(("a", "Old", date(2022, 3, 1), 2.0, 80.0), ("a", "New", CUTOFF, 1.0, 7.0))
    today = dict(priced.unit_profits(sales, CUTOFF).iter_rows())
    assert today == {"Old": 40.0, "New": 7.0}


def quarters(profit: dict[date, float], buyers: int = 12) -> closed.FirstBuyers:
    """Return `buyers` first-time buyers in the window of each cutoff, with a profit each."""
    people, rows = [], []
    for n, (day, each) in enumerate(profit.items()):
        for i in range(buyers):
            name = f"{n}-{i:02d}"
            people.append((name, day, 1.0, each))
            rows.append((name, f"P{n}", timeline.add_months(day, 2), 1.0, each))
    return of(people, lines(*rows))


def test_a_closed_window_is_predicted_from_those_before_it_alone():
    days = [date(2023, 6, 30), date(2023, 12, 31), date(2024, 6, 30)]
    buyers = {"D": quarters(dict(zip(days, [100.0, 50.0, 1e6], strict=True)))}
    found = closed.windows(closed.predicted(buyers))
    assert found["cutoff"].to_list() == days[1:]  # nothing had closed before the first
    assert found["predicted_gp"].to_list() == pytest.approx([12 * 100.0, 12 * 75.0], rel=0.2)
    assert found["observed_gp"].to_list() == [600.0, 12e6]


def test_money_that_was_far_off_before_has_a_wide_interval_and_says_so():
    days = [date(2023, 6, 30), date(2023, 12, 31), date(2024, 6, 30)]
    steady = {"D": quarters(dict.fromkeys(days, 100.0))}
    wild = {"D": quarters(dict(zip(days, [100.0, 30.0, 300.0], strict=True)))}
    sure, unsure = (
        closed.report(closed.predicted(buyers), LIST, 1000.0) for buyers in (steady, wild)
    )
    assert 990 < sure["low"] <= 1000 <= sure["high"] < 1010
    assert unsure["low"] < 200
    assert unsure["high"] > 5000
    assert unsure["sentence"] == (
        "No profit is given for these offers: on 2 earlier windows first-time buyers brought 30%, "
        "462% of the predicted gross profit. The list is ranked by the probability of a purchase, "
        "unless the rules give weights."
    )
    assert "ranked" not in sure["sentence"]
    assert (sure["trusted"], unsure["trusted"]) == (True, False)
    assert [closed.trusted(closed.predicted(buyers), LIST) for buyers in (steady, wild)] == [
        True,
        False,
    ]


def test_money_that_cannot_be_checked_says_so():
    buyers = {"D": quarters({date(2024, 6, 30): 100.0})}
    found = closed.report(closed.predicted(buyers), LIST, 1000.0)
    assert found["trusted"], "nothing speaks against it"
    assert closed.widening(closed.predicted(buyers)) is None
    assert (found["low"], found["high"], found["windows"]) == (None, None, [])
    assert "not measurable here" in found["sentence"]


def test_windows_that_overlap_count_once():
    days = [date(2023, 12, 31), date(2024, 3, 31), date(2024, 6, 30)]
    assert closed.apart(pl.DataFrame({"cutoff": days}), LIST) == 2


def intervals(*profits: float) -> pl.DataFrame:
    """Return buyers of a closed window whose interval was 100 to 200, with what they brought."""
    table = pl.DataFrame({"gp_window": profits}, {"gp_window": pl.Float64})
    return table.with_columns(gp_if_sold_low=pl.lit(100.0), gp_if_sold_high=pl.lit(200.0))


def test_an_interval_is_widened_until_it_holds_eight_in_ten_of_earlier_buyers():
    past = intervals(*[150.0] * 14, *[50.0] * 3, *[300.0] * 3)
    assert closed.widening(past) == pytest.approx((0.5, 1.0))
    values = {"expected_gp_if_sold": [150.0, 60.0, 80.0, 120.0]}
    values |= {"gp_if_sold_low": [100.0, 10.0, 100.0, 100.0]}
    sold = pl.DataFrame(values | {"gp_if_sold_high": [200.0, 110.0, 100.0, 100.0]})
    wide = value.widened(sold, (0.5, 1.0)).drop("expected_gp_if_sold")
    assert wide.rows()[:2] == [(50.0, 300.0), (0.0, 210.0)]  # no loss does not become one
    assert wide.rows()[2:] == [(80.0, 100.0), (100.0, 120.0)]  # nearly all brought 100


def test_an_interval_that_held_enough_is_left_and_one_tried_on_nothing_is_not_available():
    assert closed.widening(intervals(*[150.0] * 20)) == (0.0, 0.0)
    assert closed.widening(intervals(*[150.0] * 19)) is None
    table = pl.DataFrame([{name: None for name in value.VALUES}], value.VALUES)
    sold = table.with_columns(gp_if_sold_low=pl.lit(1.0), gp_if_sold_high=pl.lit(2.0))
    assert value.widened(sold, None).select("gp_if_sold_low", "gp_if_sold_high").rows() == [
        (None, None)
    ]
