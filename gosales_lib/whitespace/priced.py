"""The baskets of first purchases, priced at today's gross profit per unit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import narwhals as nw
import polars as pl

from gosales_lib.core import sums, timeline
from gosales_lib.core.timeline import Window

BUYER = ["customer_id", "cutoff_date", "size"]
MONTHS = 12
"""Months for a unit's gross profit; all time if nothing was sold in them."""


def baskets(buyers: pl.DataFrame, lines: pl.DataFrame, windows: Sequence[Window]) -> pl.DataFrame:
    """Return what buyers bought in their windows, by product.

    customer_id, cutoff_date, size, product, units, gross_profit; returns are taken off, purchases
    outside the windows left out. `buyers` has the first three, `lines` are the division's.
    """
    keys = [*BUYER, "product"]
    types = {**buyers.select(BUYER).schema, "product": pl.String(), "units": pl.Float64()}
    frames = [pl.DataFrame(schema=types | {"gross_profit": pl.Float64()})]
    for window in windows:
        mine = buyers.filter(cutoff_date=window.cutoff).select(BUYER)
        inside = nw.from_native(lines).filter(window.labelled()).to_native()
        held = inside.join(mine, "customer_id").group_by(keys)
        frames.append(
            held.agg(units=sums.total("quantity"), gross_profit=sums.total("gross_profit"))
        )
    return pl.concat(frames).sort(keys)


def unit_profits(lines: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the gross profit of one unit of each product as sold lately: product, unit_gp."""
    until_cutoff = timeline.known(timeline.to_day(cutoff))
    sold = nw.from_native(lines).filter(until_cutoff, nw.col("quantity") > 0).to_native()
    year = nw.from_native(sold).filter(timeline.last_months(cutoff, MONTHS)).to_native()
    lately, ever = (_per_unit(rows) for rows in (year, sold))
    return pl.concat([lately, ever.join(lately, "product", "anti")])


def _per_unit(sold: pl.DataFrame) -> pl.DataFrame:
    totals = sold.group_by("product").agg(sums.total("gross_profit"), sums.total("quantity"))
    return totals.select("product", unit_gp=pl.col("gross_profit") / pl.col("quantity"))


def worth(held: pl.DataFrame, profits: pl.DataFrame) -> pl.DataFrame:
    """Return each buyer's basket at today's gross profit per unit: gp_window, sorted.

    A product without units (it is sold by amount) or without a gross profit per unit keeps the
    gross profit of that time. `held` comes from `baskets`, `profits` of `unit_profits`.
    """
    today = pl.col("units") * pl.col("unit_gp")
    by_units = (pl.col("units") != 0) & pl.col("unit_gp").is_finite()
    earned = pl.when(by_units).then(today).otherwise("gross_profit")
    rows = held.join(profits, "product", "left").with_columns(gp_window=earned)
    return rows.group_by(BUYER).agg(sums.total("gp_window")).sort(BUYER)
