"""An owner of a division: who has bought it, and whether they are active or have lapsed."""

from __future__ import annotations

from datetime import date
from typing import Literal

import narwhals as nw
import polars as pl

from gosales_lib.core import timeline
from gosales_lib.core.terms.purchase import Purchase, purchased

Standing = Literal["new", "active", "lapsed"]
LAPSED_MONTHS = 18
"""An owner without a purchase in this number of months has lapsed; the layout may change it."""


def purchases(sales: pl.DataFrame, cutoff: date, purchase: Purchase) -> pl.DataFrame:
    """Return the purchase lines known on the cutoff: what makes a customer an owner."""
    by_then = timeline.known(timeline.to_day(cutoff))
    return nw.from_native(sales).filter(by_then, purchased(purchase)).to_native()


def standing(cutoff: date, lapsed_months: int) -> nw.Expr:
    """Return "active" or "lapsed" by `last_day`, the last purchase; "new" where it is null.

    With a cutoff of 2024-12-31 and 18 months, a last purchase on 2023-07-01 is active and one on
    2023-06-30 has lapsed.
    """
    lately = timeline.last_months(cutoff, lapsed_months, day="last_day")
    owner = nw.when(lately).then(nw.lit("active")).otherwise(nw.lit("lapsed"))
    return nw.when(nw.col("last_day").is_null()).then(nw.lit("new")).otherwise(owner)
