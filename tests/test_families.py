"""Feature families on the literal purchases of one customer, worked out by hand."""

from __future__ import annotations

from datetime import date

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from scipy import sparse

from gosales_lib import features
from gosales_lib.core.columns import ASSETS
from gosales_lib.features.families.affinity import log_lift
from tests.sales_rows import CUTOFF, DIVISIONS, sales_rows

NEEDED = ["recency", "frequency_monetary"]
SALES = sales_rows(
    ("a", "2023-11-15", "Solid", "Core", 7, 3),
    ("a", "2024-01-10", "Solid", "Core", 10, 1),
    ("a", "2024-03-01", "Sim", "Simulation", 5, 1),
    ("a", "2024-07-15", "Solid", "Pro", 20, 2),
    ("a", "2024-12-01", "Solid", "Core", 40, 4),
)
MONTHS = np.array([40, 0, 0, 0, 0, 20, 0, 0, 0, 0, 0, 10.0])
"""Gross profit in Solid of the twelve months up to the cutoff, the newest first."""


def row(
    *families: str, sales: pl.DataFrame = SALES, division: str = "Solid", **more: object
) -> dict[str, object]:
    """Return the features of the first customer for a division."""
    lazy = nw.from_native(sales.lazy())
    tables = {name: more.pop(name) for name in ("customers", "assets") if name in more}
    options = features.Options(DIVISIONS, 6, families=[*NEEDED, *families], **more)
    built = features.build(lazy, [CUTOFF], division, options, **tables).sort("customer_id")
    return built.row(0, named=True)


def test_recency_is_of_the_last_and_the_first_purchase():
    found = row()
    assert (found["days_since_order"], found["own_days_since_order"]) == (30, 30)
    assert found["own_days_since_first"] == 412
    assert (found["days_since_order__Solid"], found["days_since_order__Sim"]) == (30, 305)


def test_frequency_and_monetary_value_of_windows_and_orders():
    found = row()
    assert [found[f"own_orders_{span}"] for span in ("3m", "6m", "12m", "24m", "all")] == [
        1, 2, 3, 4, 4,
    ]  # fmt: skip
    assert [found[f"gp_{span}"] for span in ("3m", "6m", "12m", "all")] == [40, 60, 75, 82]
    assert (found["largest_order_gp"], found["own_largest_order_gp"]) == (40, 40)
    assert found["own_average_order_gp"] == pytest.approx(77 / 4)


def test_trend_is_up_where_the_newest_months_are_larger():
    found = row("trend")
    slope = (40 * 5.5 + 20 * 0.5 - 10 * 5.5) / 143
    assert found["own_gp_slope_12m"] == pytest.approx(slope)
    assert slope == pytest.approx(-np.polyfit(range(12), MONTHS, 1)[0])
    assert found["own_gp_variation_12m"] == pytest.approx(MONTHS.std() / MONTHS.mean())
    assert found["own_gp_quarter_change"] == pytest.approx(40 - 30 / 3)
    assert found["own_gp_quarter_change_1y"] == pytest.approx(40 - 7)
    assert found["own_gp_half_year_change"] == pytest.approx(60 - 10)
    assert found["own_orders_slope_12m"] == pytest.approx((5.5 + 0.5 - 5.5) / 143)


MONTHLY = sales_rows(
    *[
        ("a", f"{2023 + (8 + n) // 12}-{(8 + n) % 12 + 1:02}-15", "Solid", "Core", 2 ** (15 - n), 1)
        for n in range(16)
    ]
)
"""An order in each of sixteen months: gross profit 1 in the newest, twice as much in each before.
"""


def test_a_change_is_of_its_own_months_and_of_no_other():
    found = row("trend", sales=MONTHLY)
    month = [2.0**back for back in range(16)]
    for prefix in ("", "own_"):
        assert found[f"{prefix}gp_quarter_change"] == pytest.approx(
            sum(month[:3]) - sum(month[3:12]) / 3
        )
        assert found[f"{prefix}gp_quarter_change_1y"] == sum(month[:3]) - sum(month[12:15])
        assert found[f"{prefix}gp_half_year_change"] == sum(month[:6]) - sum(month[6:12])
        assert found[f"{prefix}gp_slope_12m"] == pytest.approx(
            -np.polyfit(range(12), month[:12], 1)[0]
        )
        assert found[f"{prefix}orders_slope_12m"] == pytest.approx(0, abs=1e-9)
        assert found[f"{prefix}orders_variation_12m"] == pytest.approx(0, abs=1e-9)
    assert row("lifecycle", sales=MONTHLY)["own_active_months_12m"] == 12
    few = row("trend")  # three orders of a division in twelve months: a mean of a quarter
    assert few["own_orders_variation_12m"] == pytest.approx(np.sqrt(0.25 * 0.75) / 0.25)


def test_a_return_is_no_order_of_a_month_and_takes_its_money_off():
    sales = sales_rows(
        ("a", "2024-11-05", "Solid", "Core", 9, 1), ("a", "2024-12-05", "Solid", "Core", -4, -1)
    )
    found = row("trend", "lifecycle", "recency", sales=sales)
    assert found["own_orders_quarter_change"] == 1
    assert found["own_gp_quarter_change"] == 5
    assert found["own_active_months_12m"] == 1
    assert (found["own_days_since_order"], found["days_since_order__Solid"]) == (56, 56)


def test_what_was_never_bought_has_counts_of_nothing_and_no_days():
    families = ("trend", "lifecycle", "money", "products", "division_mix")
    found = row(*families, division="CAM")
    own = {name: value for name, value in found.items() if name.startswith("own_")}
    counted = ("orders", "gp", "revenue", "quantity", "capped", "active", "products")
    kept = ("variation", "average", "largest")
    none = {n for n, value in own.items() if value is None}
    assert {n for n in own if "days" in n and "order_days" not in n} <= none
    assert own["own_order_days"] == 0
    for name, value in own.items():
        if name.startswith(tuple(f"own_{word}" for word in counted)):
            assert value == (None if any(word in name for word in kept) else 0), name


def test_the_rhythm_is_of_the_gaps_between_order_days():
    found = row("lifecycle")
    assert (found["own_order_days"], found["own_tenure_days"]) == (4, 412)
    assert found["own_mean_gap_days"] == pytest.approx(382 / 3)
    assert (found["own_median_gap_days"], found["own_longest_gap_days"]) == (139, 187)
    assert found["own_gap_over_median"] == pytest.approx(30 / 139)
    assert (found["active_months_12m"], found["own_active_months_12m"]) == (4, 3)


@pytest.mark.parametrize(("day", "months"), [("2023-12-31", 0), ("2024-01-01", 1)])
def test_an_active_month_is_one_of_the_last_twelve(day, months):
    found = row("lifecycle", sales=sales_rows(("a", day, "Solid", "Core", 1, 1)))
    assert (found["active_months_12m"], found["own_active_months_12m"]) == (months, months)


def test_growth_is_the_last_year_less_the_one_before():
    found = row("products")
    assert (found["own_quantity_growth_1y"], found["quantity_growth_1y"]) == (7 - 3, 8 - 3)
    assert (found["own_products_all"], found["own_products_12m"], found["products_all"]) == (
        2,
        2,
        3,
    )
    assert found["own_days_since_new_product"] == (CUTOFF - date(2024, 7, 15)).days


def test_money_of_an_order_is_capped_at_the_99th_percentile():
    found = row("money")
    top = 20 + 0.96 * 20  # of 5, 7, 10, 20, 40: the orders of all divisions
    assert found["own_capped_gp_all"] == pytest.approx(37 + top)
    assert found["own_capped_gp_12m"] == pytest.approx(30 + top)


def test_the_cap_comes_from_orders_and_a_return_does_not_move_it():
    more = [("a", "2024-12-02", "Solid", "Core", 9, 1), ("a", "2024-12-03", "Solid", "Core", 1, 1)]
    back = sales_rows(("a", "2024-12-04", "Solid", "Core", -40, -4))
    found = [row("money", sales=pl.concat([sales_rows(*more), back][:n])) for n in (1, 2)]
    top = 1 + 0.99 * 8  # of 1 and 9
    assert found[0]["own_capped_gp_all"] == pytest.approx(1 + top)
    assert found[1]["own_capped_gp_all"] == pytest.approx(1 + top - 40)


def test_the_mix_counts_orders_by_division():
    found = row("division_mix")
    assert (found["orders_all__Solid"], found["orders_12m__Solid"], found["orders_all__Sim"]) == (
        4, 3, 1,
    )  # fmt: skip
    assert found["first_division"] == "Solid"
    assert found["days_since_new_division"] == 305
    shares = np.array([0.8, 0.2])
    assert found["division_entropy"] == pytest.approx(-(shares * np.log(shares)).sum())


@pytest.mark.parametrize(
    ("left", "owned", "ended", "soon"),
    [(-1, 0, 2, 0), (0, 2, 0, 2), (30, 2, 0, 2), (31, 2, 0, 0), (None, 2, 0, 0)],
)
def test_an_asset_is_owned_up_to_the_day_on_which_it_expires(left, owned, ended, soon):
    day = (CUTOFF - date(1970, 1, 1)).days
    end = None if left is None else day + left
    installed = pl.DataFrame([("a", "Solid", "Core", 2.0, day - 99, end)], ASSETS, orient="row")
    found = row("assets", assets=nw.from_native(installed.lazy()))
    assert (found["own_assets"], found["own_assets_ended"]) == (owned, ended)
    assert found["own_assets_expiring_30d"] == soon
    later = installed.with_columns(start_day=pl.lit(day + 1, pl.Int32))
    assert row("assets", assets=nw.from_native(later.lazy()))["own_assets"] == 0


@pytest.mark.parametrize(("year", "age"), [(2024, 0), (2004, 20), (2025, None)])
def test_a_year_is_an_age_on_the_cutoff(year, age):
    customers = pl.DataFrame({"customer_id": ["a"], "Founded": [year]})
    found = row("attributes", customers=nw.from_native(customers.lazy()),
                attributes=[("Founded", "year")])  # fmt: skip
    assert found["attribute__Founded"] == age


def test_a_lift_is_drawn_to_none_by_twenty_average_customers():
    """Of 40 customers 10 own the product, 8 of them bought; 20 bought: a lift of 0.8 / 0.5."""
    owners = sparse.csr_array((np.arange(40) < 10).astype(float)[:, None])
    bought = np.r_[np.ones(8), np.zeros(2), np.ones(12), np.zeros(18)][:, None]
    [[lift]] = log_lift(owners, bought)
    assert lift == pytest.approx(np.log((8 + 20 * 0.5) / (10 + 20) / 0.5))


WINDOW_BEFORE = [("a", "2024-08-01"), ("b", "2024-08-01"), ("c", "2024-08-01")]
OTHERS = sales_rows(
    *[(name, day, "Sim", "Simulation", 1, 1) for name, day in WINDOW_BEFORE],
    ("d", "2024-08-01", "CAM", "CAM", 1, 1),
    *[(name, "2022-05-01", "Solid", "Core", 1, 1) for name in "bd"],
    ("c", "2024-10-01", "Solid", "Core", 1, 1),
)


def test_affinity_is_learned_from_what_was_bought_in_the_last_window_of_other_divisions():
    """Three own Simulation, one of them bought Solid lately, as one of the four customers did."""
    found = row("affinity", sales=OTHERS)
    lift = np.log((1 + 20 * 0.25) / (3 + 20) / 0.25)
    assert found["affinity_recent_lift"] == pytest.approx(lift, abs=1e-6)
    assert found["affinity_owned_lift"] == pytest.approx(lift, abs=1e-6)
    assert (
        row("affinity", sales=OTHERS, division="Sim")["affinity_recent_lift"] == 0
    )  # only its own


def test_a_customer_belongs_to_the_rep_of_the_newest_order_and_is_left_out_of_the_share():
    """The other customer of Bob bought; of three customers one did, and ten of them are added."""
    sales = sales_rows(
        ("a", "2023-02-01", "Sim", "Simulation", 1, 1),
        ("a", "2024-11-01", "Sim", "Simulation", 1, 1),
        ("b", "2024-11-01", "Solid", "Core", 1, 1),
        ("c", "2024-11-01", "Sim", "Simulation", 1, 1),
    ).with_columns(rep=pl.Series(["Ann", "Bob", "Bob", "Ann"]))
    share = (1 + 10 / 3) / (1 + 10)
    expected = np.log((share + 1e-3) / (1 / 3 + 1e-3))
    assert row("context", sales=sales)["rep_buyer_lift"] == pytest.approx(expected, abs=1e-6)


def test_the_next_purchase_is_learned_from_what_was_owned_when_the_window_began():
    """Who bought which product of the division within the window says nothing of a third one."""
    before = [("a", "Sim", "Simulation"), ("a", "Solid", "Core"), ("c", "Sim", "Simulation")]
    before += [("d", "Solid", "Pro"), ("e", "Sim", "Simulation"), ("e", "Solid", "Core")]
    old = [(name, "2023-05-01", *sold, 1, 1) for name, *sold in before]
    found = []
    for first, second in (("Core", "Pro"), ("Pro", "Core")):
        new = [
            ("c", "2024-09-01", "Solid", first, 1, 1),
            ("d", "2024-09-01", "Solid", second, 1, 1),
        ]
        found.append(row("next_purchases", sales=sales_rows(*old, *new))["next_purchases_lift"])
    assert found[0] == pytest.approx(found[1], abs=1e-6)
    assert found[0] != 0
