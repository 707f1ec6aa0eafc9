"""The columns that the files must have for a layout."""

from __future__ import annotations

from gosales_lib.core.spelling import hint
from gosales_lib.layout import Layout


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
    if layout.returns:
        named.setdefault(layout.returns.column, "returns.column")
    return named


def refuse_header(file: str, header: list[str], layout: Layout) -> None:
    """Refuse a file that lacks a column, or a wide one with a column that the layout lacks."""
    wanted = needed(layout)
    for column, key in wanted.items():
        if column not in header:
            free = [name for name in header if name not in wanted]
            section = f"key {key!r} of layout {layout.name!r}"
            raise ValueError(
                f"{file}: column {column!r} ({section}) is missing{hint(column, free)}"
            )
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
    made = {"month", "value"} if layout.months else set()
    return [*(name for name in needed(layout) if name not in made), *layout.months]
