"""The account of each file: its columns, its sums over pieces, and whether it closes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from gosales_lib.core import sums
from gosales_lib.sales_log import copies

if TYPE_CHECKING:
    from gosales_lib.sales_log.unpivot import Tidy

CENT = 0.005
RECONCILIATION = {
    "file": pl.String,
    "rows_in": pl.Int64,
    "rows_kept": pl.Int64,
    "rows_rejected": pl.Int64,
    "rows_empty": pl.Int64,  # a customer and a date, but no product with a value
    "gross_profit_in": pl.Float64,  # summed over the file's own columns, before anything else
    "gross_profit_kept": pl.Float64,
    "gross_profit_rejected": pl.Float64,
    "duplicates": pl.Int64,  # exact copies of an earlier row; kept unless the layout drops them
    "fact_rows": pl.Int64,
    "rows_left_out": pl.Int64,  # by a rule of the layout, see `left_out_rows`
    "gross_profit_left_out": pl.Float64,
}


def of_files(parts: list[Tidy]) -> pl.DataFrame:
    """Return the accounts of pieces as one row per file; copies are counted over all of them."""
    duplicates = copies.counted([part.hashes for part in parts])
    counted = [
        part.reconciliation | {"duplicates": copied}
        for part, copied in zip(parts, duplicates, strict=True)
    ]
    pieces = pl.DataFrame(counted, schema=RECONCILIATION)
    return (
        pieces.group_by("file", maintain_order=True).agg(sums.all_columns()).select(*RECONCILIATION)
    )


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
