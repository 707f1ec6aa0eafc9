"""Rows and gross profit of each file, in and out: they must close to the cent."""

from __future__ import annotations

import polars as pl

from gosales_lib.core import sums
from gosales_lib.sales_log import copies
from gosales_lib.sales_log.log import RECONCILIATION
from gosales_lib.sales_log.unpivot import Tidy

CENT = 0.005


def of_files(parts: list[Tidy]) -> pl.DataFrame:
    """Return the accounts of pieces as one row per file; copies are counted over all of them."""
    duplicates = copies.counted([part.hashes for part in parts])
    pieces = pl.DataFrame([part.account for part in parts], schema=RECONCILIATION)
    pieces = pieces.with_columns(duplicates=pl.Series(duplicates, dtype=pl.Int64))
    by_file = pieces.group_by("file", maintain_order=True)
    return by_file.agg(sums.all_columns()).select(*RECONCILIATION)


def check(reconciliation: pl.DataFrame) -> None:
    """Raise ValueError unless rows and gross profit in equal those out, to the cent.

    Rows out are kept, rejected, left out by rule, or without a product.
    """
    for row in reconciliation.iter_rows(named=True):
        rows_out = sum(row[f"rows_{part}"] for part in ("kept", "rejected", "left_out", "empty"))
        if row["rows_in"] != rows_out:
            raise ValueError(f"{row['file']}: {row['rows_in']} rows in, {rows_out} out")
        profit_out = sum(row[f"gross_profit_{part}"] for part in ("kept", "rejected", "left_out"))
        if abs(row["gross_profit_in"] - profit_out) >= CENT:
            raise ValueError(
                f"{row['file']}: gross profit {row['gross_profit_in']:.2f} in, {profit_out:.2f} out"
            )
