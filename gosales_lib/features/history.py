"""The history known on one cutoff: the grains of the log up to that day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

import narwhals as nw
import polars as pl

from gosales_lib.core import terms, timeline
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.features import engines
from gosales_lib.features.grains import CUSTOMER, DECIMALS, DIVISION, PRODUCT, Grains
from gosales_lib.features.owned import Owned


@dataclass(frozen=True)
class Options:
    """What a layout and a run decide about the features.

    Parameters
    ----------
    divisions
        All divisions of the layout, in its order.
    window_months
        Months that will be predicted; what was bought lately is what was bought in as many.
    attributes
        The attribute columns of `dim_customer`: (column, "category", "number" or "year").
    families
        Names; see `family.choose`.
    purchase
        What counts as a purchase.
    flags, products, winsor
        Settings of the families `products` and `money`: products by flag, single products, and the
        share of orders that are not capped.
    """

    divisions: Sequence[str]
    window_months: int
    attributes: Sequence[tuple[str, str]] = ()
    families: Sequence[str] | None = None
    purchase: Purchase = UNITS
    flags: Mapping[str, Sequence[str]] = field(default_factory=dict)
    products: Sequence[str] = ()
    winsor: float = 0.99


@dataclass(frozen=True)
class History:
    """The history known on `cutoff`, as lazy frames of the caller's engine.

    Parameters
    ----------
    grains
        The whole log; what lies after the cutoff is cut off here, once.
    cutoff
        Last known day.
    options
        What the layout decides, for the families that ask.
    """

    grains: Grains
    cutoff: date
    options: Options

    @property
    def divisions(self) -> Sequence[str]:
        """All divisions of the layout, in its order."""
        return self.options.divisions

    @property
    def cutoff_day(self) -> int:
        """The cutoff as a day number."""
        return timeline.to_day(self.cutoff)

    @property
    def customers(self) -> nw.LazyFrame[Any] | None:
        """The customers file; it carries no date."""
        return self.grains.customers

    @cached_property
    def division_days(self) -> nw.LazyFrame[Any]:
        """Customer, division, invoice and day, up to the cutoff."""
        return self.grains.days.filter(timeline.known(self.cutoff_day))

    @cached_property
    def lines(self) -> nw.LazyFrame[Any]:
        """The log's lines up to the cutoff."""
        return self.grains.lines.filter(timeline.known(self.cutoff_day))

    @cached_property
    def orders(self) -> nw.LazyFrame[Any]:
        """Customer, invoice and day up to the cutoff, over all divisions.

        A row is an order if `terms.ordered()` holds; otherwise it holds returns only.
        """
        return self.grains.orders.filter(timeline.known(self.cutoff_day))

    @property
    def purchased(self) -> nw.Expr:
        """The condition that one of `lines` is a purchase line."""
        return terms.purchased(self.options.purchase)

    @property
    def views(self) -> list[tuple[str, nw.LazyFrame[Any], tuple[str, ...]]]:
        """The customer, and the customer in a division: prefix, grain and keys of each."""
        return [("", self.orders, (CUSTOMER,)), ("own_", self.division_days, (CUSTOMER, DIVISION))]

    @cached_property
    def division_sums(self) -> nw.LazyFrame[Any]:
        """Customer and division up to the cutoff: orders, first and last day, gross profit.

        Orders are 0 and the days null for a customer with returns only. The result leaves the
        engine, because it is as small as the matrix.
        """
        bought, day = terms.ordered(), nw.col("order_day")
        order = nw.when(bought).then(1).otherwise(0)
        sums = self.division_days.group_by(CUSTOMER, DIVISION).agg(
            order.sum().alias("orders"),
            self.within(12, order).sum().alias("orders_12m"),
            nw.when(bought).then(day).min().alias("first_day"),
            nw.when(bought).then(day).max().alias("last_day"),
            nw.col("gp").sum().round(DECIMALS).alias("gp"),
        )
        return nw.from_native(engines.fetch([sums])[0].lazy())

    @cached_property
    def population(self) -> nw.LazyFrame[Any]:
        """The customers known on the cutoff: one row each."""
        return self.orders.select(CUSTOMER).unique()

    @cached_property
    def products(self) -> pl.DataFrame:
        """Customer, division and product bought by the cutoff, with its first and last day.

        The result leaves the engine, because families that learn from all customers at once use it.
        """
        bought = self.lines.filter(self.purchased)
        day = nw.col("order_day")
        frame = bought.group_by(CUSTOMER, DIVISION, PRODUCT).agg(
            day.min().alias("first_day"), day.max().alias("last_day")
        )
        return engines.fetch([frame])[0]

    @cached_property
    def owned(self) -> Owned:
        """The products of each customer as matrices, for families that learn from all customers."""
        newest, first = (
            timeline.last_months(self.cutoff, self.options.window_months, day=day)
            for day in ("last_day", "first_day")
        )
        products = nw.from_native(self.products).with_columns(recent=newest, earlier=~first)
        return Owned(products.to_native(), self.divisions)

    def within(self, months: int, value: nw.Expr | str, back: int = 0) -> nw.Expr:
        """Return `value` for rows in the `months` up to `back` months before the cutoff, else 0."""
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
