"""Timing: the likely month of each offer, its chances in 30 and 90 days, and the call order.

The curve (`curve`) distributes the calibrated probability of the window over its months, so the
chances for 30 or 90 days can never contradict that of the window.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import polars as pl

from gosales_lib.core import timeline
from gosales_lib.core.arrays import Floats
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.core.timeline import Window
from gosales_lib.whitespace.timing.curve import (
    DUE_DAYS,
    EVEN,
    HAZARD,
    SEASON,
    Curve,
    brier_by_pair,
    buyers,
    learn,
)
from gosales_lib.whitespace.timing.months import Months, order_days, season

__all__ = [
    "EVEN", "HAZARD", "SEASON", "Curve", "Months", "brier_by_pair", "buyers", "order_days",
    "season",
]  # fmt: skip

STANDS_OUT = 1.15
"""A month is named if its share is this multiple of an even one."""


def timed(
    ranked: pl.DataFrame,
    sales: pl.DataFrame,
    window: Window,
    closed: Sequence[date],
    purchase: Purchase = UNITS,
) -> tuple[pl.DataFrame, Curve]:
    """Return the ranked list with months and the order of the calls (see `beside`), and the curve.

    `closed` are earlier cutoffs whose windows had closed by the cutoff; rows of `sales` after it
    are not looked at.
    """
    days = order_days(sales, window.cutoff, purchase)
    curve = learn(days, ranked, window, closed)
    return call_order(beside(ranked, curve.spread(ranked, days, window), window)), curve


def beside(ranked: pl.DataFrame, spread: Floats, window: Window) -> pl.DataFrame:
    """Return the ranked list with likely_month, probability_30d, probability_90d and due_now.

    `likely_month` is null where no month stands out (`STANDS_OUT`), a probability of more days than
    the window has is null, and `due_now` says that the next purchase by the customer's own rhythm
    falls into the next 30 days or is late.
    """
    months, names = Months(window), pl.Series("likely_month", [], dtype=pl.String)
    if ranked.height:
        top, best = spread.max(axis=1), spread.argmax(axis=1)
        texts = [months.name(k) for k in range(window.whole_months)]
        clear = top >= STANDS_OUT / window.whole_months if window.whole_months > 1 else top > 0
        named = [texts[k] if c else None for k, c in zip(best, clear, strict=True)]
        names = pl.Series("likely_month", named, dtype=pl.String)
    chance = ranked["probability"].to_numpy()
    upto = np.column_stack([np.zeros(len(spread)), np.cumsum(spread, axis=1)])
    edges = np.array(months.edges, float)
    shares = {
        n: pl.Series(chance * _within(upto, edges, window.cutoff_day + n), dtype=pl.Float64)
        for n in (30, 90)
        if window.cutoff_day + n <= window.end_day
    }
    columns = {f"probability_{n}d": shares.get(n, pl.lit(None, pl.Float64)) for n in (30, 90)}
    late = pl.col("due_date") <= timeline.to_date(window.cutoff_day + DUE_DAYS)
    due = (late & (pl.col("state") == "active")).fill_null(False)
    return ranked.with_columns(names, **columns, due_now=due)


def _within(upto: Floats, edges: Floats, day: int) -> Floats:
    """Return the share of the purchases up to a day, interpolated between the months' ends."""
    return np.array([np.interp(day, edges, row) for row in upto]) if len(upto) else np.array([])


def call_order(ranked: pl.DataFrame) -> pl.DataFrame:
    """Return the ranked list with `call_order`: the order of a rep's calls, 1 is the first.

    Offers that are due now come first, then those with the largest part of their score in the next
    30 days (in the window, if that is shorter): with the most expected gross profit, unless the
    list is ranked by something else. Null where an offer is not chosen.
    """
    share = pl.coalesce("probability_30d", "probability") / pl.col("probability")
    soon = pl.when(pl.col("probability") > 0).then(share * pl.col("score")).otherwise(0.0)
    order = ranked.with_columns(soon=soon).sort(
        ["chosen", "due_now", "soon", "rank"], descending=[True, True, True, False]
    )
    number = pl.when("chosen").then(pl.col("rank").cum_count().over("rep").cast(pl.Int32))
    return order.with_columns(call_order=number).sort("rank").select(ranked.columns)
