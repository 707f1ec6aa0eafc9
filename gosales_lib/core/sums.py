"""Sums that are equal to the last bit on every call.

Polars adds the floats of a group in an order of its own, and the last bits of a float sum depend on
the order. Whole numbers do not: each value counts in millionths, far below a cent.
"""

from __future__ import annotations

import polars as pl
import polars.selectors as cs

SCALE, LARGEST = 1_000_000, 1e24


def total(values: pl.Expr | str) -> pl.Expr:
    """Return the sum of a column in each group, to a millionth per value; nulls add nothing.

    Values that are not finite, or too large for money, are added as floats: the last bits of such a
    sum do not matter.
    """
    column = pl.col(values) if isinstance(values, str) else values
    odd = (~(column.abs() < LARGEST)).any()
    return pl.when(odd).then(column.sum()).otherwise(of_whole(whole(column)))


def whole(values: pl.Expr | str) -> pl.Expr:
    """Return the sum of a column in each group in millionths; such sums may be added up again.

    Values that are not finite, or too large for money, add nothing.
    """
    column = pl.col(values) if isinstance(values, str) else values
    usual = pl.when(column.abs() < LARGEST).then(column)
    return (usual * SCALE).round().cast(pl.Int128).sum()


def of_whole(millionths: pl.Expr) -> pl.Expr:
    """Return sums in millionths as floats."""
    return millionths.cast(pl.Float64) / SCALE


def mean(values: pl.Expr | str) -> pl.Expr:
    """Return the mean of a column in each group, null where no value is known."""
    column = pl.col(values) if isinstance(values, str) else values
    return pl.when(column.count() > 0).then(total(column) / column.count())


def all_columns() -> list[pl.Expr]:
    """Return the sum of every column of numbers in each group."""
    return [cs.integer().sum(), total(cs.float())]
