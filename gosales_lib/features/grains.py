"""The log at the grains that all families share, read once for all cutoffs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import polars as pl

from gosales_lib.core import terms
from gosales_lib.core.columns import ASSETS, FACT_TRANSACTIONS
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.features import engines

CUSTOMER = "customer_id"
DIVISION = "division"
PRODUCT = "product"
DECIMALS = 8
"""Decimals of sums: engines and threads add up in any order, which changes the last bits."""


DAY = (CUSTOMER, DIVISION, "order_day", "invoice")
"""Keys of what a customer ordered in a division: one row per invoice and day."""
ORDER = (CUSTOMER, "order_day", "invoice")
"""Keys of a customer's orders."""


MEASURES = ("gross_profit", "revenue", "quantity")


def day_sums(purchase: Purchase) -> list[nw.Expr]:
    """Return the columns of `fact_transactions` that are summed by `DAY`.

    gp, revenue, quantity (returns taken off), purchase_lines (see `core.terms`).
    """
    return [
        nw.col("gross_profit").fill_null(0.0).alias("gp"),
        nw.col("revenue").fill_null(0.0),
        nw.col("quantity").fill_null(0.0),
        terms.purchase_lines(purchase),
    ]


def order_sums() -> list[nw.Expr]:
    """Return the columns that are summed by `ORDER`: the sums of `DAY`."""
    return [nw.col("gp", "revenue", "quantity", terms.PURCHASE_LINES)]


@dataclass(frozen=True)
class Grains:
    """The whole log at its shared grains; each `History` cuts them at its own cutoff.

    Parameters
    ----------
    days, orders
        The log summed by `DAY`, and by `ORDER`; the columns are those of `day_sums`.
    lines
        customer_id, division, product, order_day, gross_profit, quantity, rep, branch.
    customers
        `dim_customer`, or None where no family needs it.
    assets
        What is installed or under subscription (customer_id, division, product, quantity,
        start_day, expiry_day), or None.
    """

    days: nw.LazyFrame[Any]
    orders: nw.LazyFrame[Any]
    lines: nw.LazyFrame[Any]
    customers: nw.LazyFrame[Any] | None = None
    assets: nw.LazyFrame[Any] | None = None


@contextmanager
def grains(
    sales: nw.LazyFrame[Any],
    customers: nw.LazyFrame[Any] | None = None,
    assets: nw.LazyFrame[Any] | None = None,
    purchase: Purchase = UNITS,
) -> Iterator[Grains]:
    """Read the log once and keep its grains until the end of the `with`, for all cutoffs."""
    sales = engines.keyed(sales, (CUSTOMER, DIVISION, PRODUCT))
    with (
        engines.summing(sales.select(*DAY, *MEASURES), DAY, day_sums(purchase), DECIMALS) as days,
        engines.summing(days.drop(DIVISION), ORDER, order_sums(), DECIMALS) as orders,
    ):
        yield Grains(days, orders, sales, customers, assets)


def no_grains() -> Grains:
    """Return the grains of an empty log, from which families give names without values."""
    sales = nw.from_native(pl.LazyFrame(schema=FACT_TRANSACTIONS))
    days = sales.select(*DAY, *day_sums(UNITS))
    customers = nw.from_native(pl.LazyFrame(schema={CUSTOMER: pl.String}))
    assets = nw.from_native(pl.LazyFrame(schema=ASSETS))
    return Grains(days, days, sales, customers, assets)
