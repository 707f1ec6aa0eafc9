"""The fact that the months of the window are the season of a division."""

from __future__ import annotations

import narwhals as nw
import polars as pl

from gosales_lib.core import terms, timeline
from gosales_lib.core.columns import KEYS
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.core.timeline import Window
from gosales_lib.learning.metrics import wilson
from gosales_lib.whitespace.facts.words import ABOVE, percent, told

YEAR = 12


def ahead(
    offers: pl.DataFrame, sales: pl.DataFrame, window: Window, purchase: Purchase = UNITS
) -> pl.DataFrame:
    """Return the fact that a division sells best in the months of the window.

    Rows of `sales` after the cutoff are not looked at.
    """
    first = timeline.to_date(window.label_start_day + 1)
    months = f"{first:%B} to {window.end:%B}" if first.month != window.end.month else f"{first:%B}"
    rows = offers.join(of_divisions(sales, window, purchase), "division")
    reason = pl.format(
        "{} is the season of {}: {}% of the past year's orders of it fell into these months, "
        "compared with {}% of all orders.",
        pl.lit(months), "division", percent("share"), percent("base"),
    )  # fmt: skip
    opener = pl.format(
        "{} is the season of {}; shall we plan ahead together?", pl.lit(months), "division"
    )
    return told(rows, "season", (pl.col("share") / pl.col("base")).log(), reason, opener)


def of_divisions(sales: pl.DataFrame, window: Window, purchase: Purchase = UNITS) -> pl.DataFrame:
    """Return the divisions whose season the window is: division, share, base.

    `share` is the part of the last 12 months' order days that fell into the same months a year
    before, `base` that of all divisions. Its 95% interval must lie above `ABOVE` times the base and
    above an even share of the year. Without a whole year of sales there is none.
    """
    bought = terms.purchases(sales, window.cutoff, purchase)
    a_year_ago = Window(timeline.add_months(window.cutoff, -YEAR), window.length)
    begins = bought.select(pl.col("order_day").min()).item()
    if begins is None or begins > a_year_ago.label_start_day:
        return pl.DataFrame(schema={"division": pl.String, "share": pl.Float64, "base": pl.Float64})
    days = nw.from_native(bought.select(*KEYS, "order_day").unique())
    year = days.filter(timeline.last_months(window.cutoff, YEAR))
    marked = year.with_columns(inside=a_year_ago.labelled()).to_native()
    base = float(marked.select(pl.col("inside").mean()).item() or 0)
    table = marked.group_by("division").agg(share=pl.col("inside").mean(), days=pl.len())
    low, _ = wilson(table["share"].to_numpy(), table["days"].to_numpy())
    even = timeline.months_of(window.length) / YEAR
    sure = table.filter(pl.Series(low > max(ABOVE * base, even))).sort("division")
    return sure.select("division", "share", base=pl.lit(base))
