"""The grid, the ranking and the capacity of a list, each on a few rows by hand."""

from __future__ import annotations

from datetime import date

import polars as pl
import pytest
from sales_rows import sales_rows

from gosales_lib.core.columns import WHITESPACE
from gosales_lib.core.terms import Purchase
from gosales_lib.core.timeline import Window
from gosales_lib.whitespace import capacity, grid, ranking

WINDOW = Window(date(2024, 12, 31), 6)


def bought_on(*days: int, quantity: int = 1) -> pl.DataFrame:
    """Return what a customer bought of Solid so many days before the cutoff, by the grid."""
    sales = pl.concat(
        sales_rows(
            ("a", str(date.fromordinal(WINDOW.cutoff.toordinal() - day)), "Solid", "p", 1, q)
        )
        for day in days
        for q in [quantity]
    )
    return grid.purchases(sales, WINDOW.cutoff)


def days_to(due: pl.DataFrame) -> int | None:
    """Return the days from the cutoff to the day on which the next purchase is due."""
    day = due["due_day"].item()
    return None if day is None else day - WINDOW.cutoff_day


@pytest.mark.parametrize(
    ("days", "due"),
    [
        ((100, 0), None),  # two purchases are no rhythm
        ((200, 100, 0), 100),
        ((210, 100, 0), 105),  # a median of 105
        ((211, 100, 0), 106),  # 105.5, to the next even day
        ((400, 300, 0), 200),  # gaps of 100 and 300: 300 is one and a half times 200
        ((401, 301, 0), None),  # a day longer is no regular rhythm any more
        ((200, 200, 100), None),  # two orders of one day count once
    ],
)
def test_a_rhythm_takes_three_days_and_a_longest_gap_of_at_most_one_and_a_half_medians(days, due):
    found = bought_on(*days)
    assert days_to(found) == due
    assert found["last_day"].item() == WINDOW.cutoff_day - min(days)


def test_nobody_owns_what_was_only_sent_back_or_bought_after_the_cutoff():
    assert bought_on(5, quantity=-1).is_empty()
    assert bought_on(-1).is_empty()


def cells(sales: pl.DataFrame, scored: pl.DataFrame, **more: object) -> list[tuple]:
    """Return the grid of customers a, b and the never seen c, for Solid."""
    people = pl.DataFrame(
        {"customer_id": ["a", "b", "c"], "first_order_date": [date(2024, 1, 1)] * 2 + [None]}
    )
    found = grid.cells(sales, people, scored, ["Solid"], WINDOW, **more)
    return found.select("customer_id", "state", "motion", "last_bought").rows()


def scored(*customers: str) -> pl.DataFrame:
    """Return a score of Solid for each customer."""
    rows = [(customer, "Solid", 0.1, 10.0) for customer in customers]
    names = ["customer_id", "division", "probability", "expected_gp"]
    kinds = dict(zip(names, (pl.String, pl.String, pl.Float64, pl.Float64), strict=True))
    return pl.DataFrame(rows, kinds, orient="row")


def test_who_is_not_scored_is_not_eligible_and_who_never_ordered_is_in_the_grid():
    sales = sales_rows(("a", "2024-12-01", "Sim", "p", 1, 1), ("b", "2024-12-01", "Sim", "p", 1, 1))
    assert cells(sales, scored("a")) == [
        ("a", "whitespace", "cross-sell", None),
        ("b", "not eligible", None, None),
        ("c", "not eligible", None, None),
    ]


def test_an_owner_lapses_after_eighteen_months_or_as_many_as_the_layout_says():
    day = date(2023, 7, 1)
    sales = sales_rows(("a", str(day), "Solid", "p", 1, 1))
    assert cells(sales, scored())[0] == ("a", "active", "up-sell", day)
    assert cells(sales, scored(), lapsed_months=17)[0] == ("a", "lapsed", "win-back", day)
    services = Purchase(measure="revenue")
    unpriced = sales.with_columns(revenue=pl.lit(0.0))
    assert cells(unpriced, scored("a"), purchase=services)[0][1] == "whitespace"


def ranked(*rows: tuple[str, str, float, float | None], **more: object) -> pl.DataFrame:
    """Return the list of offers from (customer, division, probability, gp if sold)."""
    names = ["customer_id", "division", "probability", "expected_gp_if_sold"]
    offers = pl.DataFrame(rows, names, orient="row").with_columns(
        cutoff_date=pl.lit(WINDOW.cutoff), state=pl.lit("whitespace"), motion=pl.lit("cross-sell"),
        gp_source=pl.lit("test"), affinity=pl.lit(1.0), similarity=pl.lit(1.0),
    )  # fmt: skip
    people = pl.DataFrame(
        {"customer_id": ["a", "b"], "customer_name": ["Al", "Bo"], "rep": ["Kim", None]}
    ).with_columns(branch=pl.lit("North"))
    return ranking.rank(offers, people, **more)


def test_ranks_are_counted_from_one_and_nothing_is_chosen_yet():
    found = ranked(("a", "X", 0.5, 10.0), ("b", "X", 0.5, 30.0))
    shown = ["rank", "customer_id", "expected_gp", "score", "grade", "chosen", "rep", "branch"]
    assert found.select(shown).rows() == [
        (1, "b", 15.0, 15.0, "B", False, None, "North"),
        (2, "a", 5.0, 5.0, "D", False, "Kim", "North"),
    ]
    assert found.schema == pl.Schema(WHITESPACE)
    assert found["reason_1"].to_list() == [None, None]


def test_ties_are_ordered_by_probability_then_customer_then_division():
    rows = [("b", "X", 0.5, 10.0), ("a", "Y", 0.5, 10.0), ("a", "X", 0.5, 10.0)]
    found = ranked(*rows, ("b", "Y", 0.25, 20.0), ("a", "Z", 0.05, 200.0))
    assert found.select("customer_id", "division").rows() == [
        ("a", "Z"), ("a", "X"), ("a", "Y"), ("b", "X"), ("b", "Y"),
    ]  # fmt: skip


def test_with_weights_the_score_is_the_blend_and_the_expected_profit_stays():
    rows = [("a", "X", 0.9, 1.0), ("b", "X", 0.1, 100.0)]
    found = ranked(*rows, weights={"probability": 3.0, "expected_gp": 1.0})
    assert found.select("customer_id", "score", "expected_gp").rows() == [
        ("a", pytest.approx((3 * 0.75 + 0.25) / 4), 0.9),
        ("b", pytest.approx((3 * 0.25 + 0.75) / 4), 10.0),
    ]


def test_a_weight_may_be_nothing_and_must_be_finite():
    table = ranked(("a", "X", 0.9, 1.0))
    weights = {"probability": 1.0, "affinity": 0.0}
    assert ranking.blend(table, weights).to_list() == [0.5]
    with pytest.raises(ValueError, match="affinity inf is not a weight"):
        ranking.blend(table, {"affinity": float("inf")})


def test_a_signal_is_known_for_a_share_of_the_offers_and_for_none_of_an_empty_list():
    table = ranked(("a", "X", 0.9, 1.0), ("b", "X", 0.5, None))
    found = {name: (n, share) for name, n, share in ranking.coverage(table).rows()}
    assert found["probability"] == (2, 1.0)
    assert found["expected_gp_if_sold"] == (1, 0.5)
    assert set(ranking.coverage(table.head(1))["share"]) == {1.0, 0.0}
    assert ranking.coverage(table.clear())["share"].to_list() == [0.0] * 8


def test_a_list_of_one_stands_in_the_middle():
    assert ranking.grades(1).to_list() == ["C"]


def listed(*rows: tuple[str, str | None]) -> pl.DataFrame:
    """Return ranked offers of different customers from (division, rep), best first."""
    table = pl.DataFrame(rows, {"division": pl.String, "rep": pl.String}, orient="row")
    return table.with_columns(
        rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int32),
        customer_id=pl.format("c{}", pl.int_range(pl.len())),
        branch=pl.lit("North"),
    )


def places(chosen: pl.DataFrame) -> list[int]:
    return chosen["rank"].to_list()


def test_a_rep_has_twenty_offers_and_a_log_without_reps_five_hundred():
    assert capacity.total(listed(("A", "Ann"), ("A", "Ann"), ("A", None))) == 40
    assert capacity.total(listed(("A", "Ann")), top_n=7) == 7
    assert capacity.total(listed(("A", None), ("B", None))) == 500
    many = listed(*[("A", "Ann")] * 25)
    assert len(places(capacity.choose(many, 100, "each_rep"))) == 20
    assert len(places(capacity.choose(many, 100))) == 25


def test_the_share_of_a_division_is_rounded_down_and_leaves_one_at_least():
    table = listed(*[("A", None)] * 9, ("B", None))
    assert places(capacity.choose(table, 5, max_share=0.5)) == [1, 2, 10]
    assert places(capacity.choose(table, 5, max_share=0.1)) == [1, 10]
    assert places(capacity.choose(table, 5, most={"division": 1})) == [1, 10]
    assert places(capacity.choose(table, 5, max_share=0.4, most={"division": 3})) == [1, 2, 10]


def test_even_shares_are_rounded_down_and_a_smaller_limit_counts():
    table = listed(*[("A", "Ann")] * 3, *[("A", "Bob")] * 3)
    assert places(capacity.choose(table, 5, "rep")) == [1, 2, 4, 5]
    assert places(capacity.choose(table, 5, "rep", most={"rep": 1})) == [1, 4]
    assert places(capacity.choose(table, 3, "rep")) == [1, 4]
    assert places(capacity.choose(table, 1, "rep")) == [1]
    assert places(capacity.choose(listed(*[("A", "Ann")] * 3), 3, "rep")) == [1, 2, 3]
    assert places(capacity.choose(table, 5, "each_rep", per_rep=2, most={"rep": 1})) == [1, 4]
    assert places(capacity.choose(table, 5, "each_rep", per_rep=1, most={"rep": 2})) == [1, 4]


def test_the_first_half_of_a_hybrid_list_is_rounded_up():
    table = listed(*[("A", None)] * 4, ("B", None), ("B", None))
    assert places(capacity.choose(table, 3, "hybrid")) == [1, 2, 3]
    assert places(capacity.choose(table, 4, "hybrid")) == [1, 2, 3, 5]
    assert places(capacity.choose(table, 5, "hybrid")) == [1, 2, 3, 4, 5]
    assert places(capacity.choose(table, 1, "hybrid")) == [1]


def test_what_was_passed_over_stands_before_the_last_offer_that_was_chosen():
    table = listed(("A", None), ("A", None), ("B", None), ("B", None), ("B", None))
    marked = capacity.mark(table.reverse(), table.filter(pl.col("rank").is_in([1, 3])))
    assert marked.select("rank", "chosen", "rep_rank").rows() == [
        (1, True, 1), (2, False, 2), (3, True, 3), (4, False, 4), (5, False, 5),
    ]  # fmt: skip
    assert capacity.cuts(marked).select("cut", "left").rows() == [(1, 4), (2, 2)]


def test_a_list_of_no_length_is_refused():
    with pytest.raises(ValueError, match="per_rep 0 must be at least 1"):
        capacity.choose(listed(("A", "Ann")), 1, "each_rep", per_rep=0)
    assert places(capacity.choose(listed(("A", "Ann")), 1, "each_rep", per_rep=1)) == [1]


def test_longer_lists_bring_what_they_add():
    worth = [40.0, 30.0, 20.0, 10.0, 5.0]
    table = listed(*[("A", "Ann")] * 5).with_columns(
        probability=pl.lit(0.5), expected_gp=pl.Series(worth)
    )
    table = table.with_columns(rep=pl.Series(["Bob", "Ann", "Ann", "Ann", "Ann"]))
    found = capacity.what_if(table, (1, 2, 9))
    shown = ["per_rep", "offers", "reps", "full_lists", "expected_buyers", "expected_gp", "last_gp"]
    assert found.select(shown).rows() == [
        (1, 2, 2, 2, 1.0, 70.0, 35.0),
        (2, 3, 2, 1, 1.5, 90.0, 20.0),
        (9, 5, 2, 0, 2.5, 105.0, 7.5),
    ]
    assert capacity.what_if(table, (9, 10))["last_gp"].to_list() == [21.0, None]  # nothing added
    assert capacity.what_if(table)["per_rep"].to_list() == [5, 10, 20, 30, 50]
    half = capacity.what_if(table, (2,), max_share=0.5)
    assert half["offers"].to_list() == [2]
