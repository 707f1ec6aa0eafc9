"""Finds similar customers: those who own most of the same products."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from gosales_lib.core import terms
from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.render.columns import Column
from gosales_lib.dashboard.tabs.bought import known_sales, lately

LIKE = 5
ALIKE = (
    Column("customer", "Customer", link="customer", key="customer_id", wide=True),
    Column("shared", "Products in common", "number"),
    Column("likeness", "Likeness", "percent"),
    Column("bought", "Bought in the last year, and this one never", wide=True),
)


def similar(shown: Shown, customer_id: str) -> pl.DataFrame:
    """Return the customers who share most products, by Jaccard's index of what was ever bought.

    With each: the divisions bought in the last year that this customer never bought.
    Source: Jaccard, "The distribution of the flora in the alpine zone" (1912).
    """
    bought = known_sales(shown).filter(terms.purchased(shown.purchase)).to_native()
    owned = bought.select("customer_id", "product").unique()
    mine = owned.filter(customer_id=customer_id)
    size = owned.group_by("customer_id").len("size")
    same = owned.join(mine.select("product"), "product", "semi")
    shared = same.group_by("customer_id").len("shared")
    near, count = pl.collect_all([shared.join(size, "customer_id"), mine.select(pl.len())])
    total = count.item()
    near = (
        near.filter(pl.col("customer_id") != customer_id)
        .with_columns(likeness=pl.col("shared") / (pl.col("size") + total - pl.col("shared")))
        .sort("likeness", "customer_id", descending=[True, False])
        .head(LIKE)
    )
    return _with_news(shown, near, bought, customer_id)


def _with_news(
    shown: Shown, near: pl.DataFrame, bought: pl.LazyFrame, customer_id: str
) -> pl.DataFrame:
    mine = bought.filter(customer_id=customer_id).select("division").unique()
    year = nw.from_native(bought).filter(lately(shown)).to_native()
    news = (
        year.join(near.lazy().select("customer_id"), "customer_id", "semi")
        .join(mine, "division", "anti")
        .group_by("customer_id")
        .agg(pl.col("division").unique().sort().str.join(", ").alias("bought"))
        .collect()
    )
    named = shown.customers.select("customer_id", "customer_name")
    return (
        near.join(news, "customer_id", "left", maintain_order="left")
        .join(named, "customer_id", "left", maintain_order="left")
        .select(
            "customer_id",
            customer=pl.coalesce("customer_name", "customer_id"),
            shared="shared",
            likeness="likeness",
            bought=pl.col("bought").fill_null("nothing else"),
        )
    )
