"""Rejected rows and their money, as alarms count them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from gosales_lib.sales_log import SalesLog

FAR = "^dated .* (before the log begins|after the log ends): "
"""The reasons of rows that lie too far from the rest: `dated 17 years after the log ends: …`."""
COPY = "exact duplicate of an earlier row"


def lost(log: SalesLog) -> pl.DataFrame:
    """Return the rejected rows of the sales files, without dropped copies and rows set aside.

    The latter have an alarm of their own.
    """
    sales = log.rejected.filter(pl.col("file").is_in(log.reconciliation["file"].implode()))
    reason = pl.col("reason")
    return sales.filter(~reason.str.contains(COPY, literal=True) & ~reason.str.contains(FAR))


def size(rows: pl.DataFrame) -> float:
    """Return the money of rows, returns counted as positive: a loss must not cancel out."""
    return round(float(rows["gross_profit"].abs().sum()), 2)


def first_reason(rejected: pl.DataFrame) -> str | None:
    """Return file, line and reason of the first rejected row, None where there is none."""
    if rejected.is_empty():
        return None
    file, line, reason = rejected.select("file", "line", "reason").row(0)
    return f"{file}, line {line}: {reason}"
