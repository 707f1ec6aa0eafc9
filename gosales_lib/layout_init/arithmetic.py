"""Relations between numbers: price times quantity, net plus tax, totals and running sums."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl

from gosales_lib.layout_init.evidence import share
from gosales_lib.sales_log import numbers as reading
from gosales_lib.sales_log.numbers import Sign

Numbers = dict[str, np.ndarray]
ENOUGH, MOST = 4, 0.95
"""Rows that a relation needs, and the share of them that must agree."""
SOME = 20_000
CENT = 0.011
NEAR_ONE = 0.25
"""Relative spread below which the values of a product are prices of it."""


def numbers(rows: pl.DataFrame, columns: Iterable[str], usual: Sign) -> Numbers:
    """Return columns as numbers, each by its own decimal sign; at most the first rows, in order."""
    some = rows.head(SOME)
    return {
        name: reading.number(some[name], reading.judge(rows[name]).sign or usual)
        .cast(pl.Float64)
        .to_numpy()
        for name in columns
    }


def agree(numbers: np.ndarray, other: np.ndarray, per_unit: np.ndarray | float = 0.0) -> bool:
    """Return whether two columns are the same to the cent; a rounded price errs per unit."""
    both = np.isfinite(numbers) & np.isfinite(other)
    if both.sum() < ENOUGH or not np.any(numbers[both]):
        return False
    slack = CENT + 0.0051 * np.abs(np.broadcast_to(per_unit, numbers.shape)[both])
    return bool(np.mean(np.abs(numbers[both] - other[both]) <= slack) >= MOST)


def varies(numbers: np.ndarray) -> bool:
    """Return whether a column holds more than one number."""
    return len(np.unique(numbers[np.isfinite(numbers)])) > 1


def filled(numbers: np.ndarray) -> np.ndarray:
    """Return a column where a blank is 0: no discount, no tax."""
    answer: np.ndarray = np.nan_to_num(numbers, nan=0.0)
    return answer


def is_unit(numbers: np.ndarray, quantity: np.ndarray, products: pl.Series) -> bool | None:
    """Return whether a column is per unit rather than per line; None if nothing shows it.

    Of one product the price per unit varies less from line to line than the line's total does.
    """
    frame = pl.DataFrame({"by": products.head(len(numbers)), "one": numbers, "q": quantity}).filter(
        pl.col("one").is_finite() & pl.col("q").is_finite() & (pl.col("q") != 0)
    )
    spread = pl.col("one").std() / pl.col("one").mean().abs()
    per = (pl.col("one") / pl.col("q")).std() / (pl.col("one") / pl.col("q")).mean().abs()
    groups = frame.group_by("by").agg(as_it_is=spread, per_unit=per, q=pl.col("q").n_unique())
    groups = groups.filter(pl.col("q") > 1).drop_nulls()
    groups = groups.filter(pl.col("as_it_is").is_finite() & pl.col("per_unit").is_finite())
    if groups.is_empty():
        return None
    plain, divided = (float(np.median(groups[name])) for name in ("as_it_is", "per_unit"))
    if max(plain, divided) < 1e-9 or min(plain, divided) > 0.5 * max(plain, divided):
        return None
    return plain < divided


def keeps(numbers: np.ndarray, products: pl.Series) -> bool:
    """Return whether a product's values stay near one value, as a price's do."""
    frame = pl.DataFrame({"by": products.head(len(numbers)), "one": numbers}).filter(
        pl.col("one").is_finite()
    )
    spread = pl.col("one").std() / pl.col("one").mean().abs()
    groups = frame.group_by("by").agg(spread=spread).drop_nulls()
    return groups.height > 0 and float(np.median(groups["spread"])) < NEAR_ONE


def repeats(numbers: np.ndarray, orders: pl.Series) -> bool:
    """Return whether a column is equal on all lines of an order: the order's total."""
    frame = pl.DataFrame({"order": orders.head(len(numbers)), "one": numbers}).drop_nulls("order")
    groups = frame.group_by("order").agg(
        lines=pl.len(), values=pl.col("one").n_unique(), blank=pl.col("one").is_nan().any()
    )
    several = groups.filter(pl.col("lines") > 1)
    many = frame["one"].n_unique() > max(2, 0.3 * several.height)  # one fee for all is no total
    return several.height >= ENOUGH and many and share(several["values"] == 1) >= MOST


def stands_first(numbers: np.ndarray, orders: pl.Series) -> bool:
    """Return whether a column is filled on the first line of an order alone."""
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
    """Return whether the steps of a column are another column, over all rows or per customer.

    Steps go in the order of the file; a running total may begin anew each year.
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
    never_falls = share(steps >= 0) >= 0.99 and share(steps > 0) > 0.5
    return groups >= ENOUGH and len(steps) >= 12 and never_falls
