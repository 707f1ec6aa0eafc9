"""Pictures of the log and of the matrix: what they show, from literal rows."""

from datetime import date

import polars as pl

from gosales_lib.charts import sales as pictures


def test_a_file_is_shown_with_what_was_kept_and_rejected():
    parts = {"in": [200.0], "kept": [150.0], "rejected": [50.0], "left_out": [0.0]}
    table = pl.DataFrame({"file": ["<b>.csv"]} | {f"gross_profit_{n}": v for n, v in parts.items()})
    bars = {bar.name: bar for bar in pictures.reconciliation(table, "USD").data}
    assert bars["in"].text == ("200",)
    assert bars["kept"].text == ("75.0% kept",)
    assert bars["rejected"].text == ("25.0% rejected",)
    assert bars["in"].x == ("&lt;b&gt;.csv",)
    assert "left out" not in bars
    assert bars["kept"].offsetgroup == bars["rejected"].offsetgroup != bars["in"].offsetgroup


def test_money_that_a_rule_leaves_out_closes_the_account_of_a_file():
    parts = {"in": [200.0], "kept": [150.0], "rejected": [0.0], "left_out": [50.0]}
    table = pl.DataFrame({"file": ["a.csv"]} | {f"gross_profit_{n}": v for n, v in parts.items()})
    bars = {bar.name: bar for bar in pictures.reconciliation(table, "USD").data}
    assert bars["left out"].text == ("25.0% left out",)
    assert sum(bars[n].y[0] for n in ("kept", "rejected", "left out")) == bars["in"].y[0]


def test_small_divisions_share_one_colour():
    rows = pl.DataFrame(
        {
            "order_date": [date(2024, 1, 5)] * 9,
            "division": list("ABCDEFGHI"),
            "gross_profit": [float(9 - i) for i in range(9)],
        }
    )
    bars = pictures.monthly(rows, "USD").data
    assert [bar.name for bar in bars] == [*"ABCDEF", "all others"]
    assert bars[-1].y == (6.0,)
    assert len({bar.marker.color for bar in bars}) == 7
    assert [bar.name for bar in pictures.monthly(rows.head(7), "USD").data] == list("ABCDEFG")


def test_the_map_shows_who_bought_and_hides_what_is_too_few():
    day = date(2024, 6, 30)
    people = [f"c{i}" for i in range(12)]
    features = pl.DataFrame(
        {
            "customer_id": people,
            "cutoff_date": [day] * 12,
            "days_since_order": [30.0] * 10 + [31.0, 400.0],
            "orders_12m": [5.0] * 10 + [1.0, 0.0],
        }
    )
    bought = pl.DataFrame(
        {"customer_id": people, "cutoff_date": [day] * 12, "bought": [True] * 3 + [False] * 9}
    )
    field = pictures.recency_frequency(features, bought, "Solid").data[0]
    assert field.x[0] == "30 days"
    row = field.y.index("5 to 9")
    assert field.z[row][0] == 0.3
    assert field.text[row][0] == "30%<br>of 10"
    assert field.z[field.y.index("1")][1] is None
    assert field.z[field.y.index("none")][4] is None
