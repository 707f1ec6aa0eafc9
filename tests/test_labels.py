"""Labels: who bought, on which side of the boundary, by which measure."""

from datetime import date
from types import SimpleNamespace

import polars as pl
import pytest

from gosales_lib.core.timeline import Window
from gosales_lib.features import labels
from tests.sales_rows import CUTOFF, random_sales, sales_rows

NET = SimpleNamespace(measure="quantity", aggregate="net", above=0.0)
WINDOW = Window(CUTOFF, 6)
KNOWN = [(c, "2024-05-01", "Sim", "Simulation", 1, 1) for c in "ab"]


def bought(*rows, purchase=NET, windows=(WINDOW,)):
    answer = labels.at(sales_rows(*KNOWN, *rows), "Solid", windows, purchase)
    return dict(answer.select("customer_id", "bought").iter_rows())


def test_the_day_after_the_cutoff_counts_and_the_cutoff_does_not():
    on_it = ("a", "2024-12-31", "Solid", "Core", 1, 1)
    after = ("b", "2025-01-01", "Solid", "Core", 1, 1)
    assert bought(on_it, after) == {"a": 0, "b": 1}


def test_the_last_day_of_the_window_counts_and_the_next_does_not():
    inside = ("a", "2025-06-30", "Solid", "Core", 1, 1)
    outside = ("b", "2025-07-01", "Solid", "Core", 1, 1)
    assert bought(inside, outside) == {"a": 1, "b": 0}


def test_customers_first_seen_after_the_cutoff_are_not_in_the_population():
    assert "new" not in bought(("new", "2025-01-01", "Solid", "Core", 1, 1))


def test_another_division_is_no_purchase():
    assert bought(("a", "2025-02-01", "Sim", "Simulation", 1, 1)) == {"a": 0, "b": 0}


@pytest.mark.parametrize(("aggregate", "expected"), [("net", 0), ("any", 1)])
def test_a_purchase_sent_back_counts_only_where_any_line_is_enough(aggregate, expected):
    rows = [
        ("a", "2025-02-01", "Solid", "Core", 9, 3),
        ("a", "2025-03-01", "Solid", "Core", -9, -3),
    ]
    purchase = SimpleNamespace(measure="quantity", aggregate=aggregate, above=0.0)
    assert bought(*rows, purchase=purchase)["a"] == expected


def test_the_threshold_is_exclusive():
    rows = [
        ("a", "2025-02-01", "Solid", "Core", 100, 1),
        ("b", "2025-02-01", "Solid", "Core", 101, 1),
    ]
    purchase = SimpleNamespace(measure="gross_profit", aggregate="net", above=100.0)
    assert bought(*rows, purchase=purchase) == {"a": 0, "b": 1}


def test_a_division_sold_at_a_loss_is_still_bought():
    assert bought(("a", "2025-02-01", "Solid", "Core", -50, 1))["a"] == 1


def test_cents_that_cancel_are_nothing():
    rows = [("a", "2025-02-01", "Solid", "Core", gp, 1) for gp in (0.1, 0.2, -0.3)]
    purchase = SimpleNamespace(measure="gross_profit", aggregate="net", above=0.0)
    assert bought(*rows, purchase=purchase)["a"] == 0


def test_gross_profit_of_the_window_is_the_division_s():
    sales = sales_rows(
        *KNOWN,
        ("a", "2025-02-01", "Solid", "Core", 50, 1),
        ("a", "2025-03-01", "Solid", "Core", -20, 1),
        ("a", "2025-03-01", "Sim", "Simulation", 999, 1),
    )
    answer = labels.at(sales, "Solid", [WINDOW], NET)
    assert answer["gp_window"].to_list() == [30, 0]


def test_several_windows_are_each_its_own():
    sales = random_sales()
    windows = [Window(date(2023, 12, 31), 6), Window(date(2024, 6, 30), 6)]
    together = labels.at(sales, "Solid", windows, NET)
    alone = pl.concat([labels.at(sales, "Solid", [w], NET) for w in windows])
    assert together.equals(alone)
    assert 0 < together["bought"].mean() < 1


def test_sellable_divisions_look_at_known_rows_only():
    rows = [(f"c{i}", "2024-09-01", "Solid", "Core", 1, 1) for i in range(3)]
    later = [(f"c{i}", "2025-02-01", "CAM", "CAM", 1, 1) for i in range(9)]
    returned = [(f"c{i}", "2024-09-01", "Sim", "Simulation", -1, -1) for i in range(9)]
    sales = sales_rows(*rows, *later, *returned)
    assert labels.sellable_divisions(sales, CUTOFF, 6, minimum=3) == ["Solid"]
    assert labels.sellable_divisions(sales, CUTOFF, 6, minimum=4) == []


def test_divisions_that_are_left_out_are_named_with_the_reason():
    sales = sales_rows(
        *[(f"c{i}", "2024-09-01", "Solid", "Core", 1, 1) for i in range(20)],
        *[(f"c{i}", "2024-09-01", "Sim", "Simulation", 1, 1) for i in range(3)],
    )
    few, none = labels.left_out(sales, ["Solid", "Sim", "CAM"], CUTOFF, 6)
    assert (few.division, few.buyers, none.division, none.buyers) == ("Sim", 3, "CAM", 0)
    assert few.reason == (
        "3 customers bought it in the 6 months up to 2024-12-31, a model needs 20"
    )


def test_the_newest_window_ends_on_the_cutoff_itself_and_counts_by_the_layouts_purchase():
    cutoff = date(2024, 12, 30)  # half a year earlier is the end of a month, 2024-06-30
    sales = sales_rows(
        ("a", "2024-12-31", "Solid", "Core", 1, 1), ("b", "2024-12-30", "Solid", "Core", 1, 1)
    )
    services = sales.with_columns(quantity=pl.lit(0.0))
    revenue = SimpleNamespace(measure="revenue", aggregate="net", above=0.0)
    assert labels.buyers(sales, cutoff, 6, NET) == {"Solid": 1}
    assert labels.sellable_divisions(services, cutoff, 6, revenue, 1) == ["Solid"]
    assert labels.sellable_divisions(services, cutoff, 6, NET, 1) == []
    [few] = labels.left_out(services, ["Solid"], cutoff, 6, revenue)
    assert few.buyers == 1
