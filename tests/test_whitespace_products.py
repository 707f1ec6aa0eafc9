"""Lead products: learned from first purchases up to the cutoff, judged on what was bought."""

from datetime import date

import polars as pl
import pytest
from sales_rows import random_sales, sales_rows

from gosales_lib.core.columns import WHITESPACE
from gosales_lib.core.timeline import Window
from gosales_lib.whitespace import judging, products

CUTOFF = date(2024, 12, 31)
WINDOW = Window(CUTOFF, 6)


def offers(*rows):
    return pl.DataFrame(rows, ["customer_id", "division", "motion"], orient="row")


def two_tastes():
    """Who had p first bought x; who had q first bought y; one customer has p, one q."""
    rows = []
    for n in range(12):
        had, then = ("p", "x") if n % 2 else ("q", "y")
        rows.append((f"c{n}", "2024-03-01", "Other", had, 1, 1))
        rows.append((f"c{n}", "2024-08-01", "D", then, 30, 3))
    rows += [("like p", "2024-05-01", "Other", "p", 1, 1)]
    rows += [("like q", "2024-05-01", "Other", "q", 1, 1)]
    return sales_rows(*rows)


def test_lead_products_follow_what_similar_customers_bought_first():
    lines = products.lines(two_tastes(), CUTOFF)
    pairs = offers(("like p", "D", "cross-sell"), ("like q", "D", "cross-sell"))
    lead = products.leads(pairs, lines, CUTOFF)
    first = lead.filter(place=1).select("customer_id", "product", "quantity", "unit_price")
    assert first.rows() == [("like p", "x", 3.0, 20.0), ("like q", "y", 3.0, 20.0)]
    assert lead.filter(place=1)["unit_gp"].to_list() == [10.0, 10.0]
    chance = lead.filter(customer_id="like p")["probability"].to_list()
    assert chance[0] > 0.5 > chance[1] > 0
    assert lead["source"][0] == "12 first purchases, similar customers with more weight"


def test_too_few_first_purchases_and_a_single_product_are_named_as_the_source():
    rows = [(f"c{n}", "2024-03-01", "D", "xy"[n % 2], 1, 1) for n in range(3)]
    rows += [("a", "2024-03-01", "Only", "z", 1, 1), ("b", "2024-03-01", "Other", "o", 1, 1)]
    pairs = offers(("b", "D", "cross-sell"), ("b", "Only", "cross-sell"))
    lead = products.leads(pairs, products.lines(sales_rows(*rows), CUTOFF), CUTOFF)
    assert dict(lead.filter(place=1).select("division", "source").iter_rows()) == {
        "D": products.BEST_SELLERS,
        "Only": products.ONLY,
    }
    assert lead.filter(division="D", place=1)["product"].item() == "x"  # two of three


def test_lead_products_of_an_owner_come_from_their_own_orders():
    rows = [("a", f"2024-0{m}-01", "D", "mine", 1, 1) for m in (1, 2, 3)]
    rows += [(f"c{n}", "2024-03-01", "D", "usual", 1, 1) for n in range(20)]
    lead = products.leads(
        offers(("a", "D", "renewal")), products.lines(sales_rows(*rows), CUTOFF), CUTOFF
    )
    assert lead["product"].to_list() == ["mine", "usual"]
    prior = products.PRIOR_OWN  # usual order days: 3 of 23 hold the one, 20 the other
    chances = [(3 + prior * 3 / 23) / (3 + prior), prior * 20 / 23 / (3 + prior)]
    assert lead["probability"].to_list() == pytest.approx(chances)
    assert lead["source"][0] == products.OWN_ORDERS


def test_a_division_without_a_sale_has_no_lead_product():
    rows = sales_rows(("a", "2024-01-01", "Other", "o", 1, 1))
    lead = products.leads(offers(("a", "D", "cross-sell")), products.lines(rows, CUTOFF), CUTOFF)
    assert lead.is_empty()


def test_rows_after_the_cutoff_change_no_lead_product():
    sales = random_sales()
    later = pl.col("order_day") > WINDOW.cutoff_day
    poisoned = sales.with_columns(
        pl.when(later).then(pl.lit("poison")).otherwise("product").alias("product"),
        pl.when(later).then(1e6).otherwise("quantity").alias("quantity"),
    )
    people = sales["customer_id"].unique().sort()
    pairs = people.to_frame().join(pl.DataFrame({"division": ["Solid", "Sim"]}), how="cross")
    pairs = pairs.with_columns(motion=pl.lit("cross-sell"))
    one, two = (products.leads(pairs, products.lines(s, CUTOFF), CUTOFF) for s in (sales, poisoned))
    assert one.equals(two)
    assert one["probability"].is_between(0, 1).all()


def test_the_list_holds_three_lead_products():
    ranked = pl.DataFrame(
        [{"customer_id": "like p", "division": "D", "motion": "cross-sell"}], schema=WHITESPACE
    )
    lead = products.leads(ranked, products.lines(two_tastes(), CUTOFF), CUTOFF)
    row = products.beside(ranked, lead).row(0, named=True)
    assert (row["product_1"], row["product_2"], row["product_3"]) == ("x", "y", None)
    assert row["product_1_quantity"] == 3.0


def test_hits_are_counted_among_buyers_beside_two_baselines():
    lines = products.lines(two_tastes(), CUTOFF)
    pairs = offers(("like p", "D", "cross-sell"), ("like q", "D", "cross-sell"))
    after = sales_rows(("like q", "2025-02-01", "D", "y", 1, 1))
    table = judging.hits(products.leads(pairs, lines, CUTOFF), lines, after, CUTOFF)
    found = {row["list"]: row for row in table.rows(named=True)}
    assert found["lead products"]["buyers"] == 1
    assert found["lead products"]["hit_1"] == 1.0
    assert found["best sellers"]["hit_1"] == 0.0  # x comes first by name
    assert found["best sellers"]["hit_3"] == 1.0
    nobody = judging.hits(products.leads(pairs, lines, CUTOFF), lines, after.head(0), CUTOFF)
    assert nobody.is_empty()


def test_a_best_seller_is_one_of_the_last_twelve_months():
    old = [(f"c{n}", "2023-12-31", "D", "old", 1, 1) for n in range(5)]
    new = [("a", "2024-01-01", "D", "new", 1, 1), ("b", "2024-01-01", "D", "third", 1, 1)]
    bought = products.lines(sales_rows(*old, *new), CUTOFF)
    buyers = pl.DataFrame({"customer_id": ["z"], "division": ["D"]})
    best = judging.best_sellers(buyers, bought, CUTOFF)
    assert best.sort("place").select("place", "product").rows() == [(1, "new"), (2, "third")]


def test_a_purchase_without_an_interval_is_not_counted():
    ranked = pl.DataFrame({"customer_id": ["a", "b"], "division": "D"}).with_columns(
        gp_if_sold_low=pl.Series([1.0, None]), gp_if_sold_high=pl.Series([5.0, None])
    )
    outcome = ranked.select("customer_id", "division", bought=1, gp_window=3.0)
    assert judging.coverage(ranked, outcome) == {"buyers": 1, "inside": 1.0}


def test_money_is_judged_in_total_and_by_tenth():
    ranked = pl.DataFrame(
        {
            "customer_id": [f"c{n}" for n in range(10)],
            "division": ["D"] * 10,
            "probability": [0.5] * 10,
            "expected_gp": [float(10 - n) for n in range(10)],
        }
    )
    outcome = pl.DataFrame(
        {"customer_id": ["c0"], "division": ["D"], "bought": [1], "gp_window": [30.0]}
    )
    table = judging.money(ranked, outcome)
    assert table["decile"].to_list() == list(range(11))
    assert table.row(0)[1:6] == (10, 5.0, 1, 55.0, 30.0)
    assert table.row(1)[1:6] == (1, 0.5, 1, 10.0, 30.0)
    assert judging.money(ranked.head(0), outcome).is_empty()


@pytest.mark.parametrize(("low", "inside"), [(10.0, 1.0), (31.0, 0.0)])
def test_the_interval_of_a_first_purchase_is_counted(low, inside):
    ranked = pl.DataFrame({"customer_id": ["a"], "division": ["D"], "gp_if_sold_low": [low]})
    ranked = ranked.with_columns(gp_if_sold_high=pl.lit(50.0))
    outcome = pl.DataFrame(
        {"customer_id": ["a"], "division": ["D"], "bought": [1], "gp_window": [30.0]}
    )
    assert judging.coverage(ranked, outcome) == {"buyers": 1, "inside": inside}
