"""The product of every order line, and the division that the layout gives it."""

from __future__ import annotations

import polars as pl

from gosales_lib.core.spelling import hint
from gosales_lib.layout import Layout
from gosales_lib.sales_log import cleaning

MOST_NAMED = 50
"""Values in no division that one message names."""


def no_division(layout: Layout) -> pl.Expr:
    """Return the reason where an order line names no division at all, else null."""
    column = layout.columns.division or layout.columns.product
    if layout.shape == "wide" or column is None:
        return pl.lit(None, pl.String)
    return pl.when(cleaning.text(column).is_null()).then(pl.lit(f"no division in {column!r}"))


def divisions_of(rows: pl.DataFrame, layout: Layout) -> pl.Series:
    """Return the division of every order line; a value in none is refused, or goes to `other`."""
    column = layout.columns.division or layout.columns.product
    if column is None:
        division = layout.division_of[str(layout.product)]
        return pl.repeat(division, rows.height, dtype=pl.String, eager=True)
    names = rows.select(cleaning.text(column)).to_series()
    divisions = names.replace_strict(layout.division_of, default=None, return_dtype=pl.String)
    unknown = names.filter(divisions.is_null())
    if unknown.len() and layout.other == "ask":
        raise ValueError(_unknown(column, unknown, layout))
    return divisions.fill_null(layout.other) if unknown.len() else divisions


def _unknown(column: str, names: pl.Series, layout: Layout) -> str:
    """Return which values are in no division, with their numbers of rows, and what to do."""
    counts = names.rename("value").value_counts(name="rows")
    counts = counts.sort("rows", "value", descending=[True, False])
    listed = [f"{name!r} ({rows:,})" for name, rows in counts.head(MOST_NAMED).iter_rows()]
    more = f" and {counts.height - len(listed):,} more" if counts.height > len(listed) else ""
    return (
        f"column {column!r} holds {counts.height:,} value{'s' * (counts.height > 1)} in no "
        f"division of layout {layout.name!r}, with their rows: {', '.join(listed)}{more}: add them "
        "to `divisions`, or write `other: leave out` or `other: DIVISION`"
        f"{hint(counts['value'][0], layout.division_of)}"
    )


def products_of(rows: pl.DataFrame, layout: Layout) -> pl.Series:
    """Return the product of every order line, by its short name where the layout has one."""
    if layout.columns.product is None:
        return pl.repeat(layout.product, rows.height, dtype=pl.String, eager=True)
    product = rows.select(cleaning.text(layout.columns.product)).to_series()
    return product.replace(layout.short_names) if layout.short_names else product
