"""When: months of the window, learned from closed windows, consistent with the probability."""

from datetime import date

import numpy as np
import polars as pl
import pytest
from sales_rows import random_sales, sales_rows

from gosales_lib.core import timeline
from gosales_lib.core.columns import WHITESPACE
from gosales_lib.core.timeline import Window, to_day
from gosales_lib.whitespace import judging, timing

WINDOW = Window(date(2024, 12, 31), 6)
CLOSED = [timeline.add_months(WINDOW.cutoff, -6 - 3 * n) for n in range(4)]


def ranked(*rows, **columns):
    """Return offers from (customer, division, rep, probability)."""
    names = ("customer_id", "division", "rep", "probability")
    table = pl.DataFrame([dict(zip(names, row, strict=True)) for row in rows], schema=WHITESPACE)
    place = pl.int_range(1, pl.len() + 1, dtype=pl.Int32)
    usual = {"motion": pl.lit("cross-sell"), "state": pl.lit("whitespace"), "rank": place}
    usual |= {"expected_gp_if_sold": pl.lit(100.0), "chosen": pl.lit(True)}
    usual |= {"score": pl.col("probability") * 100.0}
    return table.with_columns(**usual).with_columns(**columns)


def test_a_day_lies_in_its_month_and_a_month_has_its_name():
    months = timing.Months(WINDOW)
    days = pl.Series([to_day(d) for d in ("2025-01-01", "2025-01-31", "2025-02-01", "2025-06-30")])
    assert months.of(days).tolist() == [0, 0, 1, 5]
    assert months.name(0) == "January 2025"
    odd = timing.Months(Window(date(2025, 1, 15), 2))
    assert odd.name(0) == "16 Jan to 15 Feb 2025"
    weeks = timing.Months(Window(WINDOW.cutoff, timeline.Days(56)))
    assert (weeks.name(0), weeks.name(1)) == ("1 Jan to 28 Jan 2025", "29 Jan to 25 Feb 2025")
    assert weeks.edges[-1] == weeks.window.end_day


def test_the_season_is_that_of_the_same_months_of_earlier_years():
    rows = [(f"c{n}", "2024-03-10", "D", "p", 1, 1) for n in range(24)]
    rows += [(f"c{n}", "2025-02-10", "D", "p", 1, 1) for n in range(50)]  # after the cutoff
    share = timing.season(timing.order_days(sales_rows(*rows), date(2025, 6, 30)), WINDOW)["D"]
    assert share.tolist() == pytest.approx([1 / 12, 1 / 12, 7 / 12, 1 / 12, 1 / 12, 1 / 12])


def test_thirty_and_ninety_days_agree_with_the_window():
    one = ranked(("a", "D", "Ann", 0.6))
    spread = np.array([[0.5, 0.1, 0.1, 0.1, 0.1, 0.1]])
    told = timing.beside(one, spread, WINDOW).row(0, named=True)
    assert told["likely_month"] == "January 2025"
    assert told["probability_30d"] == pytest.approx(0.6 * 0.5 * 30 / 31)
    assert told["probability_30d"] < told["probability_90d"] < told["probability"]
    flat = timing.beside(one, np.full((1, 6), 1 / 6), WINDOW).row(0, named=True)
    assert flat["likely_month"] is None
    short = timing.beside(one, np.array([[1.0]]), Window(WINDOW.cutoff, 1)).row(0, named=True)
    assert short["probability_90d"] is None
    assert short["probability_30d"] is not None


def test_what_is_due_comes_first_then_what_brings_most_soon():
    rows = [(f"c{n}", "D", "Ann", 0.5) for n in range(3)] + [("x", "D", None, 0.5)]
    soon = pl.Series([0.1, 0.3, 0.2, 0.1])
    due = pl.Series([True, False, False, False])
    table = ranked(*rows, probability_30d=soon, due_now=due)
    told = timing.call_order(table.with_columns(chosen=pl.Series([True, True, True, False])))
    assert told["call_order"].to_list() == [1, 2, 3, None]
    assert told["rank"].to_list() == [1, 2, 3, 4]


def test_due_now_is_of_an_active_customer_s_own_rhythm():
    days = pl.Series([date(2025, 1, 30), date(2025, 1, 31), date(2024, 12, 1), None])
    rows = [(f"c{n}", "D", "Ann", 0.5) for n in range(4)]
    table = ranked(*rows, due_date=days, state=pl.lit("active"))
    told = timing.beside(table, np.full((4, 6), 1 / 6), WINDOW)
    assert told["due_now"].to_list() == [True, False, True, False]


def test_without_months_that_stand_out_the_probability_is_spread_evenly():
    sales = sales_rows(("a", "2024-01-01", "D", "p", 1, 1))
    pairs = ranked(("a", "E", "Ann", 0.5))
    told, curve = timing.timed(pairs, sales, WINDOW, CLOSED)
    assert curve.method == timing.EVEN
    assert "No month stood out" in curve.sentence()
    assert told["likely_month"].to_list() == [None]


def seasonal_sales():
    """Return 60 first purchases each February and each August, and each customer's first order."""
    rows = []
    for year in (2021, 2022, 2023, 2024):
        for month in (2, 8):
            for n in range(60):
                name = f"{year}-{month}-{n}"
                rows.append((name, "2020-06-01", "Other", "o", 1, 1))
                rows.append((name, f"{year}-{month:02}-{1 + n % 27:02}", "D", "p", 1, 1))
    rows += [(f"new{n}", "2020-06-01", "Other", "o", 1, 1) for n in range(40)]
    return sales_rows(*rows)


def test_a_strong_season_is_learned_and_judged():
    sales = seasonal_sales()
    pairs = ranked(*[(f"new{n}", "D", "Ann", 0.5) for n in range(40)])
    told, curve = timing.timed(pairs, sales, WINDOW, CLOSED)
    assert curve.method != timing.EVEN
    assert set(told["likely_month"]) == {"February 2025"}
    assert curve.brier[curve.method] < curve.brier[timing.EVEN]
    spread = curve.spread(pairs, timing.order_days(sales, WINDOW.cutoff), WINDOW)
    assert spread.sum(axis=1) == pytest.approx(np.ones(40))
    later = sales_rows(*[(f"new{n}", "2025-02-05", "D", "p", 1, 1) for n in range(30)])
    days = timing.order_days(pl.concat([sales, later]), WINDOW.end)
    even = timing.Curve(timing.EVEN).spread(pairs, days, WINDOW)
    season = timing.Curve(timing.SEASON).spread(pairs, days, WINDOW)
    spreads = {timing.SEASON: season, timing.EVEN: even}
    table = judging.timing_scores(pairs, days, WINDOW, spreads)
    assert table["buyers"].to_list() == [30, 30]
    assert table["brier"][0] < table["brier"][1]
    assert table["gain_high"][1] < 0


def test_rows_after_the_cutoff_change_no_time():
    sales = random_sales(lines=3000, customers=150)
    later = pl.col("order_day") > WINDOW.cutoff_day
    kept = sales.filter(~later)
    people = kept["customer_id"].unique().sort()
    pairs = ranked(*[(name, d, "Ann", 0.5) for name in people for d in ("Solid", "Sim")])
    moved = (pl.col("order_day") % 7 + WINDOW.cutoff_day + 1).cast(pl.Int32)
    poisoned = sales.with_columns(
        pl.when(later).then(moved).otherwise("order_day").alias("order_day")
    )
    one, curve = timing.timed(pairs, sales, WINDOW, CLOSED)
    two, other = timing.timed(pairs, poisoned, WINDOW, CLOSED)
    three, _ = timing.timed(pairs, kept, WINDOW, CLOSED)
    assert curve.brier == other.brier
    assert one.equals(two)
    assert one.equals(three)


def test_the_c_index_counts_pairs_in_the_observed_order():
    assert judging.c_index(np.array([0.0, 1.0, 1.0]), np.array([0, 1, 2])) == pytest.approx(2.5 / 3)
    assert judging.c_index(np.array([0.0]), np.array([0])) is None
