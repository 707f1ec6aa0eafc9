"""The numbers of a file's records: by product of a wide log, by our names of order lines."""

from __future__ import annotations

import polars as pl

from gosales_lib.layout import Layout
from gosales_lib.sales_log import cleaning
from gosales_lib.sales_log.files import Text

Values = dict[str, pl.Series]


def numbers(text: Text, layout: Layout) -> tuple[Values, pl.Series]:
    """Return the numeric columns by `<product>|gp` and `|qty` (wide) or by our name (long).

    The second is the reason where a record holds a number that cannot be read, else null.
    """
    rows, decimal = text.rows, cleaning.decimal_sign(layout.decimal, text.delimiter)
    values: Values = {}
    reason = pl.Series("number", [None] * rows.height, dtype=pl.String)
    columns = numeric_columns(layout)
    plain = rows.select(
        pl.col(*dict.fromkeys(columns.values())).cast(pl.Float64, strict=False)
    )  # parallel
    for key, column in columns.items():
        found = cleaning.number(rows[column], decimal, plain[column])
        values[key] = (-found if column in layout.negate else found).alias(key)
        if found.null_count() == rows[column].null_count():
            continue
        if (bad := cleaning.unreadable(rows[column], found)).any():
            said = text.written(bad)[column].cast(pl.String).str.slice(0, 40)
            more = pl.format("unreadable number {}: {}", pl.lit(repr(column)), said)
            both = pl.concat_str([reason.filter(bad), more], separator="; ", ignore_nulls=True)
            reason = reason.scatter(bad.arg_true(), pl.select(both).to_series())
    if layout.shape == "long":
        values = long_values(values, layout)
    return values, reason


def plain_columns(layout: Layout, delimiter: str) -> list[str]:
    """Return the columns that a CSV may be read with as numbers: `1,5` is none, a key neither."""
    if cleaning.decimal_sign(layout.decimal, delimiter) != ".":
        return []
    numeric = numeric_columns(layout)
    given = layout.columns.given().items()
    keys = {column for key, columns in given if key not in numeric for column in columns}
    return [column for column in dict.fromkeys(numeric.values()) if column not in keys]


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


def sum_of_rows(values: Values) -> pl.Series:
    """Return the gross profit that can be read in each record, over all its products."""
    total = pl.lit(0.0)
    for key in values:
        if key.endswith("|gp") or key == "gross_profit":
            total = total + pl.col(key).fill_null(0.0)
    return pl.DataFrame(values).select(gross_profit=total).to_series()
