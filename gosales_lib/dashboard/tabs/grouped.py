"""The list in sums: one row per account with its offers inside, or per rep, branch or division."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import polars as pl

from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.read.view import View
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.render.blocks import Section, Table
from gosales_lib.dashboard.render.columns import Column, priced
from gosales_lib.whitespace.reps import UNASSIGNED

SUMS = (
    Column("offers", "Offers", "number"),
    Column("customers", "Customers", "number"),
    Column("purchases", "Expected purchases", "number"),
    Column("expected", "Expected profit", "money"),
    Column("divisions", "Most of it in", wide=True),
)
MOST_DIVISIONS = 3


def table(rows: pl.DataFrame, view: View, label: str, shown: Shown) -> Section:
    """Return the offers of a view by rep, branch or division, the most expected profit first.

    Where the money is not trusted, the most expected purchases first.
    """
    name = pl.col(view.by).cast(pl.String).fill_null(UNASSIGNED).alias("name")
    keyed = rows.select(
        name, "customer_id", "probability", "expected_gp", pl.col("division").cast(pl.String)
    )
    inside = keyed.group_by("name", "division").agg(pl.sum("expected_gp"))
    largest = inside.sort(["expected_gp", "division"], descending=[True, False])
    most = largest.group_by("name").agg(pl.col("division").head(MOST_DIVISIONS).str.join(", "))
    summed = keyed.group_by("name").agg(
        offers=pl.len(),
        customers=pl.col("customer_id").n_unique(),
        purchases=pl.sum("probability"),
        expected=pl.sum("expected_gp"),
    )
    joined = summed.join(most.rename({"division": "divisions"}), "name")
    worth = "expected" if shown.is_priced else "purchases"
    joined = joined.sort([worth, "name"], descending=[True, False])
    named = Column("name", label, link="whitespace", sets=view.by)
    columns = SUMS if view.by != "division" else SUMS[:-1]
    kept = priced((named, *columns), shown.is_priced)
    return Section([Table(kept, joined, f"Offers by {label.lower()}", shown.currency)])


def accounts(rows: pl.DataFrame, view: View) -> pl.DataFrame:
    """Return the customers of some offers (`customer_id`), each where its first offer stands.

    Expected profit sorts them by the sum of their offers.
    """
    order = rows.group_by("customer_id", maintain_order=True).agg(pl.sum("expected_gp"))
    name, down = view.sorts[0]
    if name == "expected":
        order = order.sort("expected_gp", descending=down, maintain_order=True)
    return order.select("customer_id")


def folded(part: pl.DataFrame, rows: list[dict[str, Any]], unit: str) -> list[dict[str, Any]]:
    """Return a row per account: its sums, and its offers as the list shows them.

    `part` holds the offers, those of one account together (probability, expected_gp), `rows` the
    same in words.
    """
    pairs = zip(rows, part.select("probability", "expected_gp").rows(), strict=True)
    made = []
    for _, group in groupby(pairs, key=lambda pair: pair[0]["customer_id"]):
        offers, figures = zip(*group, strict=True)
        best = max(chance or 0.0 for chance, _ in figures)
        made.append(
            {
                **offers[0],
                "offers": offers,
                "probability": words.percent(best),
                "filled": round(100 * best),
                "expected": words.money(sum(worth or 0.0 for _, worth in figures), unit),
                "divisions": ", ".join(str(offer["division"]) for offer in offers),
            }
        )
    return made
