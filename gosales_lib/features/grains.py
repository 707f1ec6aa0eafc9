"""The log at the few grains that every family shares, read once for all cutoffs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import narwhals as nw
import polars as pl

from gosales_lib.columns import FACT_TRANSACTIONS
from gosales_lib.features import engines

CUSTOMER = "customer_id"
DIVISION = "division"
PRODUCT = "product"
DECIMALS = 8
"""Sums are rounded to these: engines and threads add up in any order, and the last bit tells."""


def day_grain(sales: nw.LazyFrame) -> nw.LazyFrame:
    """Return the log summed to customer, division, invoice and day: the widest pass over its lines.

    Parameters
    ----------
    sales
        `fact_transactions`; a line counts as a purchase where its quantity is above 0 and as a
        return where it is below.

    Returns
    -------
    nw.LazyFrame
        customer_id, division, invoice, order_day; gp, revenue, quantity (sums, returns taken off),
        bought_quantity (purchases only), return_lines, lines.
    """
    quantity = nw.col("quantity").fill_null(0.0)
    bought = nw.when(quantity > 0).then(quantity).otherwise(0.0)
    return sales.group_by(CUSTOMER, DIVISION, "invoice", "order_day").agg(
        nw.col("gross_profit").fill_null(0.0).sum().round(DECIMALS).alias("gp"),
        nw.col("revenue").fill_null(0.0).sum().round(DECIMALS).alias("revenue"),
        quantity.sum().round(DECIMALS).alias("quantity"),
        bought.sum().round(DECIMALS).alias("bought_quantity"),
        nw.when(quantity < 0).then(1).otherwise(0).sum().alias("return_lines"),
        nw.len().alias("lines"),
    )


def order_grain(days: nw.LazyFrame) -> nw.LazyFrame:
    """Return the day grain summed to customer, invoice and day: one row an order."""
    return days.group_by(CUSTOMER, "invoice", "order_day").agg(
        nw.col("gp", "revenue", "quantity", "bought_quantity").sum().round(DECIMALS),
        nw.col("return_lines", "lines").sum(),
    )


@dataclass(frozen=True)
class Grains:
    """The log at its shared grains, whole: each `Known` cuts them at its own cutoff.

    Parameters
    ----------
    days, orders
        `day_grain` and `order_grain`.
    lines
        customer_id, division, product, order_day, gross_profit, quantity, rep, branch.
    customers
        `dim_customer`, or None where no family needs it.
    assets
        What is installed or under subscription (customer_id, division, product, quantity,
        start_day, expiry_day), or None.
    """

    days: nw.LazyFrame
    orders: nw.LazyFrame
    lines: nw.LazyFrame
    customers: nw.LazyFrame | None = None
    assets: nw.LazyFrame | None = None


@contextmanager
def grains(
    sales: nw.LazyFrame,
    customers: nw.LazyFrame | None = None,
    assets: nw.LazyFrame | None = None,
) -> Iterator[Grains]:
    """Read the log once and keep its grains until the end of the `with`, for all cutoffs."""
    by_division, by_customer = (CUSTOMER, DIVISION, "order_day"), (CUSTOMER, "order_day")
    with (
        engines.keeping([day_grain(sales)], by_division) as [days],
        engines.keeping([order_grain(days)], by_customer) as [orders],
    ):
        yield Grains(days, orders, sales, customers, assets)


def no_grains() -> Grains:
    """Return the grains of an empty log: to ask families for names, not for values."""
    sales = nw.from_native(pl.LazyFrame(schema=FACT_TRANSACTIONS))
    days = day_grain(sales)
    customers = nw.from_native(pl.LazyFrame(schema={CUSTOMER: pl.String}))
    assets = {
        **{c: pl.String() for c in (CUSTOMER, DIVISION, "product")},
        **{"quantity": pl.Float64(), "start_day": pl.Int32(), "expiry_day": pl.Int32()},
    }
    return Grains(
        days, order_grain(days), sales, customers, nw.from_native(pl.LazyFrame(schema=assets))
    )
