"""The commercial terms on literal rows: purchase, return, order, bought, owner, lapsed, new."""

from datetime import date

import narwhals as nw
import polars as pl
import pytest

from gosales_lib.core import matching, terms
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.core.timeline import Window
from gosales_lib.sales_log.customers import first_and_last
from tests.sales_rows import CUTOFF, sales_rows

WINDOW = Window(CUTOFF, 6)
REVENUE = Purchase(measure="revenue")
PROFIT = Purchase(measure="gross_profit")
A_LINE_OVER_100 = Purchase(measure="gross_profit", aggregate="any", above=100.0)


def line(gp: float, quantity: float | None, day: str = "2025-02-01", product: str = "Core"):
    """Return one line of customer a; revenue is twice the gross profit."""
    rows = sales_rows(("a", day, "Solid", product, gp, 0 if quantity is None else quantity))
    return rows if quantity is not None else rows.with_columns(quantity=pl.lit(None, pl.Float64))


def lines(*rows: tuple[str, float], product: str = "Core") -> pl.DataFrame:
    """Return lines of customer a from (day, quantity)."""
    return sales_rows(*[("a", day, "Solid", product, 10 * n, n) for day, n in rows])


@pytest.mark.parametrize(
    ("gp", "quantity", "purchase", "kind"),
    [
        (10, 1, UNITS, "purchase"),
        (-10, 1, UNITS, "purchase"),  # sold at a loss
        (-10, -1, UNITS, "return"),
        (10, 0, UNITS, "neither"),
        (10, None, UNITS, "neither"),
        (10, None, REVENUE, "purchase"),
        (10, -1, REVENUE, "purchase"),  # a log that writes sales with a minus
        (-10, None, REVENUE, "return"),
        (10, None, PROFIT, "purchase"),
        (-10, None, PROFIT, "return"),
        (-10, -1, PROFIT, "return"),
        (-10, 1, PROFIT, "neither"),  # goods went out: a sale at a loss
        (100, 1, A_LINE_OVER_100, "neither"),
        (101, 1, A_LINE_OVER_100, "purchase"),
        (
            0.5,
            1,
            Purchase(measure="gross_profit", aggregate="net", above=100.0),
            "purchase",
        ),  # 100 is asked of all lines
        (
            -5,
            -1,
            Purchase(measure="gross_profit", aggregate="net", above=-10.0),
            "purchase",
        ),  # never both
    ],
)
def test_a_line_is_a_purchase_a_return_or_neither(gp, quantity, purchase, kind):
    rows, returned = nw.from_native(line(gp, quantity)), terms.returned(purchase).alias("returned")
    row = rows.select(terms.purchase_lines(purchase), returned).to_native().row(0)
    assert row == {"purchase": (1, False), "return": (0, True), "neither": (0, False)}[kind]


def bought(sales: pl.DataFrame, purchase: terms.Purchase = UNITS) -> int:
    """Return the label of customer a."""
    return terms.bought(sales, WINDOW, purchase).filter(customer_id="a")["bought"].item()


@pytest.mark.parametrize(
    ("rows", "label"),
    [
        ([("2024-12-20", 5), ("2025-01-05", -5), ("2025-03-01", 3)], 1),  # the 5 went back
        ([("2024-12-20", 5), ("2025-03-01", 3), ("2025-04-01", -5)], 1),  # the same, later
        ([("2024-12-20", 5), ("2025-03-01", 3), ("2025-04-01", -3)], 0),  # the 3 went back
        ([("2024-12-20", 5), ("2025-03-01", 3), ("2025-04-01", -4)], 1),  # of the oldest
        ([("2024-12-20", 2), ("2025-03-01", 3), ("2025-04-01", -4), ("2025-04-02", -1)], 0),
        ([("2025-01-05", -5), ("2025-03-01", 3)], 1),  # bought before the log began
        ([("2025-03-01", 3), ("2025-04-01", -2)], 1),
        ([("2025-03-01", 3), ("2025-03-01", -3)], 0),  # of one day: bought, then returned
        ([("2025-03-01", 1), ("2025-04-01", -1)], 0),  # a single unit
        ([("2025-03-01", 3), ("2025-04-01", -3), ("2025-05-01", 3)], 1),
        ([("2025-03-01", 3), ("2025-08-01", -3)], 1),  # sent back when the window was over
        ([("2024-12-20", 5), ("2025-01-05", -5)], 0),
    ],
)
def test_a_return_cancels_only_what_it_can_have_been_bought_as(rows, label):
    assert bought(lines(*rows)) == label
    assert bought(lines(*rows).reverse()) == label


def test_a_return_of_another_product_cancels_nothing():
    sales = pl.concat([lines(("2025-03-01", 3)), lines(("2025-04-01", -5), product="Pro")])
    assert bought(sales) == 1


@pytest.mark.parametrize("purchase", [UNITS, REVENUE, PROFIT])
def test_all_measures_match_returns_alike(purchase):
    sales = lines(("2024-12-20", 5), ("2025-01-05", -5), ("2025-03-01", 3))
    assert bought(sales, purchase) == 1
    assert bought(lines(("2025-03-01", 3), ("2025-03-02", -3)), purchase) == 0


def test_a_loss_is_taken_off_the_gross_profit_of_the_window():
    sales = pl.concat([line(30, 1), line(-50, 1, "2025-03-01"), line(90, 1, "2024-11-01")])
    assert bought(sales, PROFIT) == 0
    assert bought(sales.head(1), PROFIT) == 1
    assert bought(pl.concat([line(30, 1), line(-50, 1, "2024-11-01")]), PROFIT) == 1  # before it


def test_what_was_bought_within_the_buffer_is_no_purchase_of_the_window():
    sales = lines(("2025-01-05", 5), ("2025-02-01", -1))
    answer = terms.bought(sales, Window(CUTOFF, 6, buffer_days=10), UNITS)
    assert answer["bought"].to_list() == [0]


@pytest.mark.parametrize(("purchase_lines", "order"), [(0, False), (1, True), (2, True)])
def test_an_order_has_at_least_one_purchase_line(purchase_lines, order):
    rows = pl.DataFrame({"purchase_lines": [purchase_lines]})
    assert nw.from_native(rows).select(o=terms.ordered()).to_native()["o"].to_list() == [order]


def test_with_any_one_line_is_enough_even_if_it_was_returned():
    sales = lines(("2025-03-01", 3), ("2025-03-02", -3))
    assert bought(sales, Purchase(measure="quantity", aggregate="any")) == 1


def test_the_gross_profit_of_the_window_has_every_line_of_it():
    sales = lines(("2024-12-20", 5), ("2025-01-05", -5), ("2025-03-01", 3))
    assert terms.bought(sales, WINDOW, UNITS)["gp_window"].to_list() == [-20]


def test_two_customers_and_two_products_are_kept_apart():
    rows = [("a", "p", 10, 5.0), ("a", "q", 10, 2.0), ("b", "p", 10, 1.0), ("a", "p", 11, -2.0)]
    columns = ["customer_id", "product", "order_day", "amount"]
    kept = matching.kept(pl.DataFrame(rows, schema=columns, orient="row"), 9)
    assert sorted(kept.rows()) == [("a", "p", 3.0), ("a", "q", 2.0), ("b", "p", 1.0)]


def test_a_return_takes_back_no_other_customers_purchase_of_the_same_size():
    rows = [("a", "p", 10, 2.0), ("b", "p", 10, 3.0), ("b", "p", 11, -2.0), ("a", "p", 12, -2.0)]
    columns = ["customer_id", "product", "order_day", "amount"]
    kept = matching.kept(pl.DataFrame(rows, schema=columns, orient="row"), 9)
    assert kept.rows() == [("b", "p", 1.0)]  # nothing is left of what a bought


@pytest.mark.parametrize(
    ("bought_and_returned", "kept"),
    [
        ([(4, 1.0), (4, -1.0), (2, -1.0), (4, 1.0)], 1.0),  # the return of day 2 takes back nothing
        ([(3, 2.0), (1, 1.0), (3, 0.5), (3, -2.0)], 0.5),  # on one day, purchases come first
        ([(4, -0.5), (1, -3.0), (2, -2.0), (4, 2.0)], 1.5),
        ([(4, -1.0), (3, 3.0)], 2.0),
        ([(4, 3.0), (2, -1.0), (4, -3.0)], 0.0),
        ([(1, 2.0), (3, 2.0), (4, -1.0)], 2.0),  # the oldest goes back first
        ([(2, 3.0), (3, 1.0)], 1.0),  # the window begins after day 2
        ([(1, -1.0), (3, 1.0), (4, -1.0)], 0.0),  # only the first return takes back nothing
        ([(1, 5.0), (3, 2.0000001), (4, -2.0)], 0.0),  # one size, but for a rounding
        ([(1, 5.0), (3, 2.000001), (4, -2.0)], 2.000001),  # another size: the oldest goes back
    ],
)
def test_what_one_customer_kept_of_one_product_after_day_2(bought_and_returned, kept):
    rows = [("a", "p", day, amount) for day, amount in bought_and_returned]
    columns = ["customer_id", "product", "order_day", "amount"]
    found = matching.kept(pl.DataFrame(rows, schema=columns, orient="row"), 2)
    assert found.rows() == [("a", "p", kept)]


def test_purchases_end_with_the_cutoff_and_leave_returns_out():
    sales = lines(("2024-12-31", 1), ("2025-01-01", 1), ("2024-12-30", -1))
    assert terms.purchases(sales, CUTOFF, UNITS)["order_date"].to_list() == [date(2024, 12, 31)]


@pytest.mark.parametrize(
    ("last", "months", "standing"),
    [
        (None, 18, "new"),
        ("2024-12-31", 18, "active"),
        ("2023-07-01", 18, "active"),
        ("2023-06-30", 18, "lapsed"),
        ("2024-12-01", 1, "active"),
        ("2024-11-30", 1, "lapsed"),
    ],
)
def test_an_owner_lapses_after_whole_calendar_months(last, months, standing):
    day = None if last is None else (date.fromisoformat(last) - date(1970, 1, 1)).days
    frame = nw.from_native(pl.DataFrame({"last_day": [day]}, schema={"last_day": pl.Int32}))
    assert frame.select(s=terms.standing(CUTOFF, months)).to_native()["s"].to_list() == [standing]


def test_by_default_an_owner_lapses_after_a_year_and_a_half():
    days = [(date(2023, month, day) - date(1970, 1, 1)).days for month, day in ((7, 1), (6, 30))]
    frame = nw.from_native(pl.DataFrame({"last_day": days}, schema={"last_day": pl.Int32}))
    usual = terms.standing(CUTOFF, terms.LAPSED_MONTHS)
    assert frame.select(s=usual).to_native()["s"].to_list() == ["active", "lapsed"]


def test_first_and_last_order_are_of_purchases():
    sales = lines(("2024-01-05", -1), ("2024-02-01", 1), ("2024-03-01", 1), ("2024-04-01", -1))
    row = first_and_last(sales, UNITS).row(0)
    assert row == ("a", date(2024, 2, 1), date(2024, 3, 1))
