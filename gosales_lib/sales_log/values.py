"""The numbers of a file's records: by product of a wide log, by our names of order lines."""

from __future__ import annotations

import polars as pl

from gosales_lib.layout import Layout
from gosales_lib.sales_log import cleaning

Values = dict[str, pl.Series]


def numbers(rows: pl.DataFrame, layout: Layout, decimal: str) -> tuple[Values, pl.Series]:
    """Return the numeric columns by `<product>|gp` and `|qty` (wide) or by our name (long).

    The second is the reason where a record holds a number that cannot be read, else null.
    """
    values: Values = {}
    reason = pl.Series("number", [None] * rows.height, dtype=pl.String)
    columns = numeric_columns(layout)
    plain = rows.select(
        pl.col(*dict.fromkeys(columns.values())).cast(pl.Float64, strict=False)
    )  # parallel
    for key, column in columns.items():
        found = cleaning.number(rows[column], decimal, plain[column])
        values[key] = found.alias(key)
        if found.null_count() == rows[column].null_count():
            continue
        if (bad := cleaning.unreadable(rows[column], found)).any():
            said = rows[column].cast(pl.String).str.slice(0, 40)
            text = pl.select(pl.format("unreadable number {}: {}", pl.lit(repr(column)), said))
            reason = pl.select(
                pl.when(bad)
                .then(pl.concat_str([reason, text.to_series()], separator="; ", ignore_nulls=True))
                .otherwise(reason)
            ).to_series()
    if layout.shape == "long":
        values = long_values(values, layout)
    return values, reason


def numeric_columns(layout: Layout) -> dict[str, str]:
    """Return the columns of the file that must be numbers, by our name."""
    if layout.shape == "wide":
        found = {f"{p.product}|gp": str(p.gross_profit) for p in layout.products}
        found |= {f"{p.product}|qty": str(p.quantity) for p in layout.products}
        return found
    names = ("quantity", "unit_price", "revenue", "gross_profit")
    return {name: c for name in names if (c := getattr(layout.columns, name))}


def long_values(values: Values, layout: Layout) -> Values:
    """Return quantity, revenue and gross profit of order lines."""
    revenue = values.get("revenue")
    if revenue is None and "unit_price" in values:
        revenue = values["quantity"] * values["unit_price"]
    found = {"quantity": values["quantity"]}
    if revenue is not None:
        found["revenue"] = revenue.alias("revenue")
    profit = found["revenue"] if layout.gross_profit == "revenue" else values["gross_profit"]
    return found | {"gross_profit": profit.alias("gross_profit")}


def sum_of_rows(values: Values, height: int) -> pl.Series:
    """Return the gross profit that can be read in each record, over all its products."""
    profits = [v for key, v in values.items() if key.endswith("|gp") or key == "gross_profit"]
    total = pl.Series("gross_profit", [0.0]).new_from_index(0, height)
    for profit in profits:
        total = total + profit.fill_null(0.0)
    return total.alias("gross_profit")
