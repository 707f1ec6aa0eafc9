"""Numbers by the lines around them: totals of orders, numbers of lines, running totals."""

from __future__ import annotations

import numpy as np
import polars as pl

from gosales_lib.layout_init.arithmetic import CENT, ENOUGH, MOST, Numbers, agree, ratio, varies
from gosales_lib.layout_init.evidence import share

RISING, FEWEST_RISES = 0.15, 20
"""Share and number of the steps of a running total that rise where most stay as they are.

The price of a subscription rises less often.
"""


def repeats(numbers: np.ndarray, orders: pl.Series) -> bool:
    """Return whether a column is equal on all lines of an order: the order's total."""
    frame = pl.DataFrame({"order": orders.head(len(numbers)), "one": numbers}).drop_nulls("order")
    groups = frame.group_by("order").agg(lines=pl.len(), values=pl.col("one").n_unique())
    several = groups.filter(pl.col("lines") > 1)
    many = frame["one"].n_unique() > max(2, 0.3 * several.height)  # one fee for all is no total
    return several.height >= ENOUGH and many and share(several["values"] == 1) >= MOST


def sum_up(money: np.ndarray, units: np.ndarray, total: np.ndarray, orders: pl.Series) -> bool:
    """Return whether a total of orders is the sum of their lines' money, at one rate of tax.

    `units` are the quantities, by which money may be off that was computed of a rounded price.
    """
    frame = pl.DataFrame({"order": orders.head(len(money)), "money": money, "units": units})
    frame = frame.with_columns(total=pl.Series(total)).drop_nulls("order").fill_nan(None)
    by_order = frame.group_by("order").agg(pl.col("money", "units").sum(), pl.col("total").first())
    sums, units, totals = (by_order[n].to_numpy() for n in ("money", "units", "total"))
    rate = float(np.nanmedian(ratio(totals, sums)))
    return repeats(total, orders) and agree(totals, rate * sums, rate * units)


def counts_lines(numbers: np.ndarray, orders: pl.Series) -> bool:
    """Return whether a column numbers the rows, or the lines of each order from one number on."""
    keys = orders.head(len(numbers)).fill_null("").to_numpy()
    steps, same = np.diff(numbers), keys[1:] == keys[:-1]
    begins = np.unique(numbers[np.append(True, ~same)])
    within = same.sum() >= ENOUGH and np.all(steps[same] > 0) and begins.size == 1
    whole = np.all(np.isnan(numbers) | (numbers == np.round(numbers)))
    return bool(whole and (within or np.mean(steps == 1) >= MOST))


def stands_first(numbers: np.ndarray, orders: pl.Series) -> bool:
    """Return whether a column is filled only on the first line of each order."""
    frame = pl.DataFrame({"order": orders.head(len(numbers)), "here": np.isfinite(numbers)})
    groups = (
        frame.drop_nulls("order")
        .group_by("order", maintain_order=True)
        .agg(first=pl.col("here").first(), number=pl.col("here").sum(), lines=pl.len())
    )
    several = groups.filter(pl.col("lines") > 1)
    alone = several["first"] & (several["number"] == 1) if several.height else several["first"]
    return several.height >= ENOUGH and share(alone) >= MOST


def follows(numbers: np.ndarray, by: pl.Series, others: Numbers) -> bool:
    """Return whether a column is the running sum of another, over all rows or per customer.

    Rows are taken in the order of the file; the sum may restart, such as each year.
    """
    frame = pl.DataFrame({"by": by.head(len(numbers)), "one": numbers})
    whole, each = frame["one"].diff(), frame.select(pl.col("one").diff().over("by")).to_series()
    for other in others.values():
        for step in (whole.to_numpy(), each.to_numpy()):
            near = np.abs(step - other) <= CENT
            begun = np.where(~near & (np.abs(numbers - other) <= CENT), other, step)
            if varies(other) and np.mean(near) > 0.5 and agree(begun, other):
                return True
    return False


def rises(numbers: np.ndarray, by: pl.Series, days: pl.Series) -> bool:
    """Return whether a column never falls from day to day within `by`, as a running total.

    Where days are unknown, the order of the file counts.
    """
    frame = pl.DataFrame(
        {"by": by.head(len(numbers)), "day": days.head(len(numbers)), "one": numbers}
    )
    frame = frame.filter(pl.col("one").is_finite())
    if frame["day"].null_count() < frame.height:
        frame = frame.drop_nulls("day").group_by("by", "day").agg(pl.col("one").max())
        frame = frame.sort("by", "day")
    steps = frame.select(pl.col("one").diff().over("by")).to_series().drop_nulls()
    groups = frame.group_by("by").len().filter(pl.col("len") > 1).height
    rising = share(steps > 0)
    is_chance = rising <= 0.5 and (rising <= RISING or rising * len(steps) < FEWEST_RISES)
    never_falls = share(steps >= 0) >= 0.99 and not is_chance
    return groups >= ENOUGH and len(steps) >= 12 and never_falls
