"""Labels: who bought the division in the window after a cutoff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import narwhals as nw
import polars as pl

from gosales_lib.core import terms, timeline
from gosales_lib.core.spelling import counted
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.core.timeline import Length, Window

MINIMUM_BUYERS = 20
SUMMARY = (pl.len().alias("customers"), pl.col("bought").sum().alias("buyers"))
"""The sizes of labels: the number of customers, and how many of them bought."""


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
    rows = sales.filter(division=division)
    frames = [
        known_customers(sales, window.cutoff)
        .join(terms.bought(rows, window, purchase), "customer_id", "left")
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
    until_cutoff = timeline.known(timeline.to_day(cutoff))
    return nw.from_native(sales).filter(until_cutoff).to_native().select("customer_id").unique()


@dataclass(frozen=True)
class LeftOut:
    """A division that a run has no model for, and why."""

    division: str
    cutoff: date
    buyers: int
    reason: str


def sellable_divisions(
    sales: pl.DataFrame,
    cutoff: date,
    window_months: Length,
    purchase: Purchase = UNITS,
    minimum: int = MINIMUM_BUYERS,
) -> list[str]:
    """Return the divisions with enough purchases to learn from, by name.

    Enough means `minimum` customers who bought in the newest window that had closed by the cutoff;
    only rows up to the cutoff count.
    """
    counts = buyers(sales, cutoff, window_months, purchase)
    return sorted(division for division, count in counts.items() if count >= minimum)


def left_out(
    sales: pl.DataFrame,
    divisions: Sequence[str],
    cutoff: date,
    window_months: Length,
    purchase: Purchase = UNITS,
) -> list[LeftOut]:
    """Return those of the divisions that `sellable_divisions` does not, with the reason."""
    counts = buyers(sales, cutoff, window_months, purchase)
    few = {name: counts.get(name, 0) for name in divisions}
    span = f"in the {timeline.in_words(window_months)} up to {cutoff}"
    needs = f"a model needs {MINIMUM_BUYERS}"
    return [
        LeftOut(name, cutoff, count, f"{counted(count, 'customer')} bought it {span}, {needs}")
        for name, count in few.items()
        if count < MINIMUM_BUYERS
    ]


def buyers(
    sales: pl.DataFrame, cutoff: date, window_months: Length, purchase: Purchase
) -> dict[str, int]:
    """Return how many customers bought each division in the newest window closed by the cutoff."""
    newest = Window(timeline.moved(cutoff, window_months, -1), window_months, anchor=cutoff)
    parts = sales.partition_by("division", as_dict=True).items()
    return {
        str(division): int(terms.bought(rows, newest, purchase)["bought"].sum())
        for (division,), rows in parts
    }
