"""Labels: who bought the division in the window after a cutoff."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal, Protocol

import narwhals as nw
import polars as pl

from gosales_lib.core import timeline
from gosales_lib.core.timeline import Window

MINIMUM_BUYERS = 20
DECIMALS = 6  # 0.1 + 0.2 bought and 0.3 returned is nothing, not 5e-17
SUMMARY = (pl.len().alias("customers"), pl.col("bought").sum().alias("buyers"))
"""What to say of labels: how many customers, and how many of them bought."""


class Purchase(Protocol):
    """What counts as a purchase: `aggregate` of `measure` over the window, above `above`.

    "net" sums the window's lines, returns taken off; "any" asks for one line that is above.
    """

    @property
    def measure(self) -> Literal["quantity", "revenue", "gross_profit"]:
        """What is summed."""

    @property
    def aggregate(self) -> Literal["net", "any"]:
        """Over all lines of the window, or line by line."""

    @property
    def above(self) -> float:
        """The threshold, itself not enough."""


def at(
    sales: pl.DataFrame, division: str, windows: Sequence[Window], purchase: Purchase
) -> pl.DataFrame:
    """Return who bought `division` in each window, of the customers known on its cutoff.

    Parameters
    ----------
    sales
        `fact_transactions`, later rows included: the rows after a cutoff are its labels.

    Returns
    -------
    pl.DataFrame
        customer_id, cutoff_date, bought (0 or 1), gp_window (the division's gross profit in the
        window, in the layout's currency), sorted by cutoff and customer.
    """
    frames = [
        known_customers(sales, window.cutoff)
        .join(bought_in(sales.filter(division=division), window, purchase), "customer_id", "left")
        .select(
            "customer_id",
            pl.lit(window.cutoff).alias("cutoff_date"),
            pl.col("bought").fill_null(0).cast(pl.Int8),
            pl.col("gp_window").fill_null(0.0),
        )
        for window in windows
    ]
    return pl.concat(frames).sort("cutoff_date", "customer_id")


def known_customers(sales: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the customers with a row up to the cutoff: column customer_id."""
    known = timeline.known(timeline.to_day(cutoff))
    return nw.from_native(sales).filter(known).to_native().select("customer_id").unique()


def bought_in(sales: pl.DataFrame, window: Window, purchase: Purchase) -> pl.DataFrame:
    """Return who has a row in the window: customer_id, bought, gp_window."""
    rows = nw.from_native(sales).filter(window.labelled()).to_native()
    measure = pl.col(purchase.measure).fill_null(0.0)
    total = measure.sum() if purchase.aggregate == "net" else measure.max()
    return rows.group_by("customer_id").agg(
        bought=(total.round(DECIMALS) > purchase.above).cast(pl.Int8),
        gp_window=pl.col("gross_profit").fill_null(0.0).sum(),
    )


def sellable_divisions(
    sales: pl.DataFrame, cutoff: date, window_months: int, minimum: int = MINIMUM_BUYERS
) -> list[str]:
    """Return the divisions with enough purchases to learn from, by name.

    Enough is `minimum` customers who bought in the newest window that had closed by the cutoff;
    only rows up to the cutoff are looked at.
    """
    newest = Window(timeline.add_months(cutoff, -window_months), window_months, anchor=cutoff)
    rows = nw.from_native(sales).filter(newest.labelled(), nw.col("quantity") > 0).to_native()
    buyers = rows.group_by("division").agg(pl.col("customer_id").n_unique().alias("buyers"))
    return sorted(buyers.filter(pl.col("buyers") >= minimum)["division"].to_list())
