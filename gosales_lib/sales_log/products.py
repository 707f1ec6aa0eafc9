"""The product of every order line, and the division that the layout gives it."""

from __future__ import annotations

import polars as pl

from gosales_lib.core.spelling import hint
from gosales_lib.layout import Layout

MOST_NAMED = 50
"""Values in no division that one message names."""


def no_division(sold: pl.DataFrame, layout: Layout) -> pl.Series | pl.Expr:
    """Return the reason where an order line names no division at all, else null."""
    column, names = _named(sold, layout)
    if layout.shape == "wide" or column is None:
        return pl.lit(None, pl.String)
    return pl.when(names.is_null()).then(pl.lit(f"no division in {column!r}"))


def _named(sold: pl.DataFrame, layout: Layout) -> tuple[str | None, pl.Series]:
    """Return the column by which order lines tell their division, and its values."""
    key = "division" if layout.columns.division else "product"
    return getattr(layout.columns, key), sold[key]


def divisions_of(sold: pl.DataFrame, layout: Layout) -> pl.Series:
    """Return the division of every order line; a value in none is refused, or goes to `other`.

    `sold` holds the product and the division as the file names them.
    """
    column, names = _named(sold, layout)
    if column is None:
        division = layout.division_of[str(layout.product)]
        return pl.repeat(division, sold.height, dtype=pl.String, eager=True)
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


def products_of(sold: pl.DataFrame, layout: Layout) -> pl.Series:
    """Return the product of every order line, by its short name where the layout has one."""
    product = sold["product"]
    if layout.columns.product is None:
        return pl.repeat(layout.product, sold.height, dtype=pl.String, eager=True)
    return product.replace(layout.short_names) if layout.short_names else product
