"""Prospects: companies without orders, ranked only where first orders show that it works."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest

from gosales_lib.core import settings, timeline
from gosales_lib.core.columns import ACCOUNTS
from gosales_lib.core.timeline import Window
from gosales_lib.layout import Attribute, Layout
from gosales_lib.whitespace import prospects
from gosales_lib.whitespace.prospects import quality

CUTOFF = date(2024, 12, 31)
WINDOWS = [Window(timeline.add_months(CUTOFF, -6 * n), 6, anchor=CUTOFF) for n in (3, 2, 1)]
WINDOWS += [Window(CUTOFF, 6)]
SECTOR = [Attribute(column="Sector")]
NOBODY = pl.DataFrame(schema={"customer_id": pl.String})


def log(chance: dict[str, float], each: int = 300) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return companies by sector and their first orders, with a chance per half year."""
    draw = np.random.default_rng(3)
    people, rows = [], []
    for sector, share in chance.items():
        for n in range(each):
            name = f"{sector}{n:03d}"
            people.append((name, f"Name of {name}", sector))
            for window in WINDOWS:
                if draw.random() < share:
                    day = window.cutoff + timedelta(days=int(draw.integers(1, 180)))
                    rows.append((name, day, name, "D", "P", 10.0, 1.0))
                    break
    names = ["customer_id", "order_date", "invoice", "division", "product"]
    names += ["gross_profit", "quantity"]
    sales = pl.DataFrame(rows, names, orient="row").with_columns(
        order_day=pl.col("order_date").cast(pl.Int32), revenue=pl.lit(None, pl.Float64)
    )
    people = pl.DataFrame(people, ["customer_id", "customer_name", "Sector"], orient="row")
    return people, sales


def ranked(people: pl.DataFrame, sales: pl.DataFrame) -> tuple[pl.DataFrame, dict]:
    every = prospects.companies(people, NOBODY, SECTOR)
    found, (quality,) = prospects.rank(every, sales, WINDOWS, SECTOR, ["D"])
    return found, quality


def test_prospects_are_ranked_where_first_orders_of_such_companies_say_so():
    people, sales = log({"likely": 0.3, "unlikely": 0.05})
    found, quality = ranked(people, sales)
    assert quality["measured"] == prospects.FIRST_ORDERS
    assert quality["ranked"]
    assert quality["low"] > 0.5
    known = set(sales.filter(pl.col("order_date") <= CUTOFF)["customer_id"])
    assert not known & set(found["customer_id"])  # no customer among them
    assert found.height == quality["prospects"] == people.height - len(known)
    assert found["customer_id"][0].startswith("likely")
    assert found["probability"].is_sorted(descending=True)
    assert set(found["chance_of"]) == {"a purchase in the window"}


def test_companies_that_must_not_be_called_are_learned_from_and_not_ranked():
    people, sales = log({"likely": 0.3, "unlikely": 0.05})
    every = prospects.companies(people, NOBODY, SECTOR)
    free, quality = prospects.rank(every, sales, WINDOWS, SECTOR, ["D"])
    everywhere, here = free["customer_id"][:2]
    held = pl.DataFrame(
        [(everywhere, None), (here, "D"), (free["customer_id"][2], "another")],
        {"customer_id": pl.String, "division": pl.String},
        orient="row",
    )
    fewer, less = prospects.rank(every, sales, WINDOWS, SECTOR, ["D"], held=held)
    assert fewer["customer_id"].to_list() == free["customer_id"].to_list()[2:]
    assert fewer["probability"].equals(free["probability"][2:])
    assert fewer["rank"].to_list() == list(range(1, fewer.height + 1))
    assert less[0]["prospects"] == quality[0]["prospects"] - 2 == fewer.height
    assert less[0]["expected_buyers"] == pytest.approx(fewer["probability"].sum())


def test_later_orders_change_no_rank():
    people, sales = log({"likely": 0.3, "unlikely": 0.05})
    later = sales.filter(pl.col("order_date") > CUTOFF)
    assert later.height
    without = ranked(people, sales.filter(pl.col("order_date") <= CUTOFF))
    assert ranked(people, sales)[0].equals(without[0])


def test_attributes_without_information_rank_no_company_and_too_few_buyers_are_not_measurable():
    found, quality = ranked(*log({"one": 0.15, "other": 0.15}))
    assert found.is_empty()
    assert "no better than chance, so no prospect is ranked" in quality["sentence"]
    found, quality = ranked(*log({"one": 0.1, "other": 0.1}, each=20))
    assert found.is_empty()
    assert quality["measured"] == prospects.NOTHING
    assert quality["auc"] is None
    assert "not measurable here" in quality["sentence"]


def test_a_ranking_that_one_test_in_forty_would_pass_is_not_shown_beside_many_others():
    draw = np.random.default_rng(11)
    bought = np.repeat([1.0, 0.0], [20, 180])
    noise = draw.normal(size=200)
    skill = noise + 0.4 * bought  # above chance by its own interval, not beyond doubt
    figures, p = quality.judged("x", (bought, skill))
    assert figures["low"] > 0.5
    assert 0.0025 < p < 0.025
    assert quality.better_than_chance([figures], np.array([p])) == [True]
    others = [quality.judged("x", (bought, draw.normal(size=200))) for _ in range(9)]
    rows = [figures, *(row for row, _ in others)]
    values = np.array([p, *(value for _, value in others)])
    assert quality.better_than_chance(rows, values) == [False] * 10
    row = {"division": "D", "measured": "x", "ranked": False, **figures}
    assert "too weak for one of several rankings, so no prospect" in quality.sentence(row)
    nothing, one = quality.judged("x", None)
    assert quality.better_than_chance([nothing, figures], np.array([one, p])) == [False, True]
    assert quality.better_than_chance([], np.array([])) == []


def test_of_rankings_without_skill_few_tables_show_any(monkeypatch):
    monkeypatch.setattr(quality, "DRAWS", 1)  # the p-values alone decide
    draw = np.random.default_rng(2)
    bought = np.repeat([1.0, 0.0], [25, 75])
    tables = [
        [quality.judged("x", (bought, draw.random(100))) for _ in range(10)] for _ in range(40)
    ]
    assert sum(p <= 0.025 for table in tables for _, p in table) >= 8  # pass by themselves
    shown = [
        any(quality.better_than_chance([row for row, _ in table], np.array([p for _, p in table])))
        for table in tables
    ]
    assert sum(shown) <= 2


def test_without_such_history_new_customers_are_cross_validated_and_it_says_so():
    people, sales = log({"likely": 0.0, "unlikely": 0.0})
    day = date(2022, 1, 10)  # everybody began long before the oldest window
    names = people["customer_id"].head(280).to_list() + people["customer_id"].tail(280).to_list()
    draw = np.random.default_rng(5)
    rows = [
        (n, day, n, "D" if draw.random() < (0.7 if n[0] == "l" else 0.1) else "E", "P", 1.0, 1.0)
        for n in names
    ]
    columns = ["customer_id", "order_date", "invoice", "division", "product"]
    sales = pl.DataFrame(rows, [*columns, "gross_profit", "quantity"], orient="row").with_columns(
        order_day=pl.col("order_date").cast(pl.Int32), revenue=pl.lit(None, pl.Float64)
    )
    found, quality = ranked(people, sales)
    assert quality["measured"] == prospects.NEW_CUSTOMERS
    assert "which ones do is not measurable here" in quality["sentence"]
    assert quality["ranked"]
    assert set(found["chance_of"]) == {"a purchase once it is a customer"}
    assert quality["expected_buyers"] is None  # chances once they are customers do not add up
    assert found.height == 40


def test_later_buyers_among_prospects_are_counted_where_sales_are_known():
    people, sales = log({"likely": 0.3, "unlikely": 0.05})
    found, quality = ranked(people, sales)
    after = sales.filter(pl.col("order_date") > CUTOFF).select("customer_id", "division")
    (row,) = prospects.checked(found, [quality], after.with_columns(bought=pl.lit(1)))
    assert row["later_buyers"] == after.height
    assert row["later_auc"] > 0.6
    (row,) = prospects.checked(found, [quality], None)
    assert (row["later_buyers"], row["later_auc"]) == (None, None)


def test_a_list_of_companies_adds_to_those_of_the_customers_file(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "project_root", lambda: tmp_path)
    text = 'customer_id,customer_name,Sector,Staff,Comment\nold,Old,b,"1,200",x\nnew,New,a,7,y\n'
    (tmp_path / "p.csv").write_text(text)
    layout = Layout.model_validate(
        {
            "name": "t",
            "shape": "wide",
            "columns": {"customer_id": "c", "order_date": "d", "invoice": "i"},
            "divisions": ["P"],
            "customers": {
                "file": "c.csv",
                "key": "c",
                "attributes": [{"column": "Sector"}, {"column": "Staff", "kind": "number"}],
            },
        }
    )
    merged = pl.DataFrame({"id": ["old"], "customer_id": ["a"], "parent": [None]}, ACCOUNTS)
    known = pl.DataFrame({"customer_id": ["a"], "customer_name": ["A"], "Sector": ["z"]})
    found = prospects.listed("p.csv", layout, known, merged)
    assert found.rows() == [("a", "Old", "b", 1200.0), ("new", "New", "a", 7.0)]
    every = prospects.companies(known, found, layout.attributes)
    assert every.select("customer_id", "Sector").rows() == [("a", "z"), ("new", "a")]
    with pytest.raises(FileNotFoundError, match=r"prospects none\.csv does not exist"):
        prospects.listed("none.csv", layout, known, merged)


def test_their_probabilities_are_at_the_level_of_the_same_season_a_year_before():
    people, sales = log({"likely": 0.3, "unlikely": 0.05})
    year_ago = WINDOWS[1]
    inside = (pl.col("order_date") > year_ago.cutoff) & (pl.col("order_date") <= year_ago.end)
    level = {}
    for name, rows in (("busy", sales), ("quiet", sales.filter(~inside))):
        found, quality = ranked(people, rows)
        assert quality["expected_buyers"] == pytest.approx(found["probability"].sum())
        level[name] = found["probability"].mean()
    assert level["quiet"] < level["busy"] / 3
    assert prospects.year_before(WINDOWS) == 1
    assert prospects.year_before([WINDOWS[0], *WINDOWS[2:]]) == 1  # the newest that had closed
