"""The columns that the files must have for a layout."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gosales_lib.core.spelling import hint, refuse_missing
from gosales_lib.layout import Layout

MONTH, VALUE = "month", "value"
"""Columns of a log whose months were columns."""
HEADING = "heading"
"""Column that `fill_down` makes of lines that hold one value, and name the rows below them."""


def needed(layout: Layout) -> dict[str, str]:
    """Return every column that a file must have, and the layout's key that names it."""
    named = {
        column: f"columns.{key}"
        for key, columns in layout.columns.given().items()
        for column in columns
    }
    if layout.shape == "wide":
        for product in layout.products:
            for column in (product.gross_profit, product.quantity):
                named.setdefault(str(column), f"divisions.{product.division}.{product.product}")
    for rule in layout.where:
        named.setdefault(rule.column, "where")
    if layout.returns and layout.returns.column:
        named.setdefault(layout.returns.column, "returns.column")
    return named


def refuse_header(file: str, header: list[str], layout: Layout) -> None:
    """Refuse a file that lacks a column, or a wide one with a column that the layout lacks."""
    wanted = needed(layout)
    refuse_missing(file, header, wanted, layout.name)
    section = "divisions" if layout.shape == "wide" else "columns"
    for column in header:
        if column not in wanted and column not in layout.ignore and not column.startswith("__"):
            raise ValueError(
                f"{file}: column {column!r} is nowhere in layout {layout.name!r}: "
                f"add it to `{section}` or to `ignore`{hint(column, wanted)}"
            )


def stored(layout: Layout) -> list[str]:
    """Return the columns that a sales file itself must hold, before rows are joined or melted."""
    if layout.join:
        return list(layout.join[0].on)
    by_month = months_of(layout.months).values()
    made = {measure for columns in by_month for measure in (MONTH, *columns)}
    made |= {HEADING} & set(layout.fill_down) | {str(layout.name_as)}
    columns = [column for of_month in by_month for column in of_month.values()]
    return [*(name for name in needed(layout) if name not in made), *columns]


def months_of(months: Sequence[str] | Mapping[str, Sequence[str]]) -> dict[str, dict[str, str]]:
    """Return the columns of each month by their measure: `Qty Jan 2024` is the `Qty` of `Jan 2024`.

    Parameters
    ----------
    months
        As the layout lists them: columns that are called like the month, or columns by measure.
    """
    by_month: dict[str, dict[str, str]] = {}
    for measure, columns in (months if isinstance(months, Mapping) else {"": months}).items():
        for column in columns:
            month = column.replace(measure, "", 1).strip(" _-:/") if measure else column
            by_month.setdefault(month, {})[measure or VALUE] = column
    return by_month
