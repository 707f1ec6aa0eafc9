"""The value of a first purchase: gross profit if it sells, from customers of similar size.

A first purchase counts with its units at today's gross profit per unit (`priced`). On windows that
had closed before the cutoffs of four data sets its sum came nearer to the observed one than that
of the gross profit of then: the mean error of the log of their ratio went from 0.73 to 0.65, 0.27
to 0.25 and 0.08 to 0.05, and stayed at 0.05.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gosales_lib.core.arrays import Floats

SIZE = "quantity_12m"
"""A customer's size: units bought in 12 months, in all divisions. It separated first purchases
better than gross profit or orders, on windows that closed before the cutoff."""
NEAREST = (10, 30)
"""Bounds for the number of nearest first purchases, which is a third of the division's."""
PRIOR = 10.0
"""Prior weight of the division's mean, in first purchases, against the nearest ones."""
PRIOR_DIVISION = 5.0
"""Prior weight of the mean of all divisions, in first purchases, against a division's own."""
CAP = (0.01, 0.99)
OWN_PACE = "own pace and earlier buyers (04_score)"
VALUES: dict[str, pl.DataType] = {"customer_id": pl.String(), "division": pl.String()}
VALUES |= {"expected_gp_if_sold": pl.Float64(), "gp_source": pl.String()}
VALUES |= dict.fromkeys(("gp_if_sold_low", "gp_if_sold_high"), pl.Float64())
SPREAD = (0.1, 0.9)
"""The interval holds the gross profit of eight in ten of the nearest first purchases; those to come
are fewer, so `widened` moves its ends."""
FEWEST = 10
"""With fewer first purchases there is no interval."""


def first_buyers(labels: pl.DataFrame, features: pl.DataFrame) -> pl.DataFrame:
    """Return the first-time buyers of windows that had closed.

    customer_id, cutoff_date, size, gp_window (of the whole window, so that it means what the
    probability does), sorted. One row per customer and cutoff after which somebody who had never
    bought the division did.
    """
    keys = ["customer_id", "cutoff_date"]
    size = _size(features)
    rows = labels.join(features.select(*keys, "own_orders_all", size=size), on=keys)
    never = pl.col("own_orders_all").fill_null(0) == 0
    bought = rows.filter(never, pl.col("bought") == 1).sort(keys)
    return bought.select(*keys, "size", "gp_window")


def first_purchases(buyers: pl.DataFrame) -> pl.DataFrame:
    """Return the first purchase of each customer, at the earliest cutoff: id, size, gp_window.

    Gross profit is capped at the 1st and 99th percentile. `buyers` comes from `first_buyers`, or of
    `priced.worth` on it.
    """
    order = buyers.sort("customer_id", "cutoff_date")
    first = order.unique("customer_id", keep="first", maintain_order=True)
    capped = pl.col("gp_window").clip(*[pl.col("gp_window").quantile(q, "linear") for q in CAP])
    return first.select("customer_id", "size", gp_window=capped)


def sizes(now: pl.DataFrame) -> pl.DataFrame:
    """Return the customers of the scoring cutoff with their size: customer_id, size."""
    return now.select("customer_id", size=_size(now))


def _size(features: pl.DataFrame) -> pl.Expr:
    """Return the size; 0 if the feature was not built, so that all customers are equal."""
    size = pl.col(SIZE) if SIZE in features.columns else pl.lit(0.0)
    return size.fill_null(0.0).cast(pl.Float64)


def if_sold(first: Mapping[str, pl.DataFrame], now: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the value of a first purchase, with its source, for every customer and division.

    `first` and `now` come from `first_purchases` and `sizes`, by division. The mean of the nearest
    first purchases by size (by rank: as many smaller as larger) is shrunk to the division's mean,
    which is shrunk to that of all divisions: both by empirical-Bayes weights n / (n + prior)
    (Casella, An introduction to empirical Bayes, 1985).
    """
    every = [rows["gp_window"].to_numpy() for rows in first.values()]
    overall = float(np.concatenate(every).mean()) if any(map(len, every)) else 0.0
    frames = [pl.DataFrame(schema=VALUES)]
    for division, customers in now.items():
        purchases = first[division].sort("size", "customer_id")
        size = customers["size"].to_numpy()
        value, source = _estimate(purchases, size, overall)
        low, high = _interval(purchases, size)
        named = customers.select("customer_id", division=pl.lit(division))
        ends = {"gp_if_sold_low": pl.Series(low), "gp_if_sold_high": pl.Series(high)}
        valued = named.with_columns(expected_gp_if_sold=pl.Series(value), gp_source=pl.lit(source))
        frames.append(valued.with_columns(**ends).fill_nan(None).select(*VALUES))
    return pl.concat(frames)


def _estimate(purchases: pl.DataFrame, size: Floats, overall: float) -> tuple[Floats, str]:
    """Return the value for customers of each size, and its source."""
    profit, count = purchases["gp_window"].to_numpy(), purchases.height
    if not count:
        return np.full(len(size), overall), "no first purchase yet: the mean of all divisions"
    mean = (profit.sum() + PRIOR_DIVISION * overall) / (count + PRIOR_DIVISION)
    start, nearest = _nearest(purchases, size)
    total = np.append(0.0, np.cumsum(profit))
    near = total[start + nearest] - total[start]
    source = f"{nearest} of {count} first purchases, by customers of like size, at today's prices"
    return (near + PRIOR * mean) / (nearest + PRIOR), source


def _nearest(purchases: pl.DataFrame, size: Floats) -> tuple[NDArray[np.int64], int]:
    """Return where the nearest first purchases by size begin, and how many they are."""
    count = purchases.height
    nearest = min(count, int(np.clip(count // 3, *NEAREST)))
    position = sum(
        np.searchsorted(purchases["size"].to_numpy(), size, side) for side in ("left", "right")
    )
    return np.clip(position // 2 - nearest // 2, 0, count - nearest), nearest


def _interval(purchases: pl.DataFrame, size: Floats) -> tuple[Floats, Floats]:
    """Return the interval of a first purchase's gross profit for each size; NaN where unknown."""
    if purchases.height < FEWEST:
        return np.full(len(size), np.nan), np.full(len(size), np.nan)
    start, nearest = _nearest(purchases, size)
    windows = np.lib.stride_tricks.sliding_window_view(purchases["gp_window"].to_numpy(), nearest)
    low, high = np.quantile(windows, SPREAD, axis=1)
    return low[start], high[start]


def widened(sold: pl.DataFrame, ends: tuple[float, float] | None) -> pl.DataFrame:
    """Return the values with the ends of their intervals moved out, in widths of the interval.

    A lower end that is no loss does not become one, and the interval holds the value itself: where
    nearly all bought the same, the mean lies outside the range of eight in ten. Without `ends`
    (`closed.widening`) the interval was tried on nothing and is null.
    """
    low, high = pl.col("gp_if_sold_low"), pl.col("gp_if_sold_high")
    if ends is None:
        nothing = pl.lit(None, pl.Float64)
        return sold.with_columns(gp_if_sold_low=nothing, gp_if_sold_high=nothing)
    floor, value = pl.min_horizontal(low, pl.lit(0.0)), pl.col("expected_gp_if_sold")
    least = pl.max_horizontal(low - ends[0] * (high - low), floor)
    most = high + ends[1] * (high - low)
    return sold.with_columns(  # null ends stay null
        gp_if_sold_low=pl.when(value < least).then(value).otherwise(least),
        gp_if_sold_high=pl.when(value > most).then(value).otherwise(most),
    )
