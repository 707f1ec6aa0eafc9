"""What was known on one cutoff: the log cut there, at the few grains that every family shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import narwhals as nw

from gosales_lib import timeline

CUSTOMER = "customer_id"
DIVISION = "division"


def day_grain(sales: nw.LazyFrame) -> nw.LazyFrame:
    """Return the log summed to customer, division, invoice and day: the only pass over its lines.

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
    return sales.group_by(CUSTOMER, DIVISION, "invoice", "order_day").agg(
        nw.col("gross_profit").fill_null(0.0).sum().alias("gp"),
        nw.col("revenue").fill_null(0.0).sum().alias("revenue"),
        quantity.sum().alias("quantity"),
        nw.when(quantity > 0).then(quantity).otherwise(0.0).sum().alias("bought_quantity"),
        nw.when(quantity < 0).then(1).otherwise(0).sum().alias("return_lines"),
        nw.len().alias("lines"),
    )


@dataclass(frozen=True)
class Known:
    """All that was known on `cutoff`, as lazy frames of the caller's engine.

    Parameters
    ----------
    days
        `day_grain` of the whole log; what lies after the cutoff is cut off here, once.
    products
        The log's lines (customer_id, division, product, order_day, gross_profit, quantity).
    customers
        `dim_customer`, or None where no family needs it.
    cutoff, window_months
        Last known day, and the months after it that will be predicted.
    divisions
        All divisions of the layout, in its order.
    attributes
        Names of the customers' attributes: (column, "category" or "number").
    """

    days: nw.LazyFrame
    products: nw.LazyFrame
    customers: nw.LazyFrame | None
    cutoff: date
    window_months: int
    divisions: Sequence[str]
    attributes: Sequence[tuple[str, str]] = ()

    @property
    def cutoff_day(self) -> int:
        """The cutoff as a day number."""
        return timeline.to_day(self.cutoff)

    @cached_property
    def division_days(self) -> nw.LazyFrame:
        """Customer, division, invoice and day, up to the cutoff."""
        return self.days.filter(timeline.known(self.cutoff_day))

    @cached_property
    def lines(self) -> nw.LazyFrame:
        """The log's lines up to the cutoff."""
        return self.products.filter(timeline.known(self.cutoff_day))

    @cached_property
    def orders(self) -> nw.LazyFrame:
        """Customer, invoice and day up to the cutoff: one row an order, over all divisions."""
        return self.division_days.group_by(CUSTOMER, "invoice", "order_day").agg(
            nw.col("gp", "revenue", "quantity", "bought_quantity", "return_lines", "lines").sum()
        )

    @cached_property
    def population(self) -> nw.LazyFrame:
        """The customers known on the cutoff: one row each."""
        return self.division_days.select(CUSTOMER).unique()

    def within(self, months: int, value: nw.Expr | str, back: int = 0) -> nw.Expr:
        """Return `value` where the row lies in the last `months` (set back by `back`), else 0."""
        value = nw.col(value) if isinstance(value, str) else value
        return (
            nw.when(timeline.last_months(self.cutoff, months, back=back)).then(value).otherwise(0)
        )

    def days_since(self, day: nw.Expr) -> nw.Expr:
        """Return the days from `day` to the cutoff; 0 is the cutoff itself."""
        return nw.lit(self.cutoff_day) - day


def ratio(numerator: nw.Expr, denominator: nw.Expr) -> nw.Expr:
    """Return numerator / denominator, null where the denominator is 0 (Spark raises otherwise)."""
    safe = nw.when(denominator != 0).then(denominator)
    return numerator / safe


def distinct(value: nw.Expr) -> nw.Expr:
    """Return the count of distinct values; null is none of them (every engine counts it)."""
    return value.n_unique() - nw.when(value.is_null()).then(1).otherwise(0).max()


def join_all(base: nw.LazyFrame, frames: Iterable[nw.LazyFrame], on: Sequence[str]) -> nw.LazyFrame:
    """Return `base` with every frame joined to its left on the keys `on`."""
    for frame in frames:
        base = base.join(frame, on=list(on), how="left")
    return base
