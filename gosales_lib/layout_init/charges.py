"""Lines of an order that name no product but a charge, such as freight, tax or a fee."""

from __future__ import annotations

import polars as pl

from gosales_lib.layout_init import states, words
from gosales_lib.layout_init.roles import Roles
from gosales_lib.sales_log import cleaning

BESIDE = words.spelled("beside_charge")
"""What stands beside a charge: `Shipping and Handling`."""


def ask(roles: Roles, rows: pl.DataFrame) -> None:
    """Ask whether lines that are called like a charge are no sale, where others name products.

    Charges that the log itself puts into a division are for the person who chooses the divisions.
    """
    column, division = roles.columns.get("product"), roles.columns.get("division")
    if not isinstance(column, str):
        return
    if isinstance(division, str):
        rows = rows.filter(cleaning.text(division).is_null())
    values = rows.select(cleaning.text(column).alias("value")).to_series().drop_nulls()
    named = values.unique().sort()
    charged = [value for value in named if _is_charge(value)]
    if not charged or (len(charged) == named.len() and division is None):
        return
    number = int(values.is_in(charged).sum())
    listed = ", ".join(map(repr, charged[:6]))
    asks = f"{number:,} lines of {column!r} are called {listed}: charges that are not sales?"
    states.ask_left_out(roles, column, asks, charged)


def _is_charge(value: str) -> bool:
    """Return whether a product's name says nothing but a charge: `Freight`, `VAT 20%`."""
    parts = [word for word in words.parts(value[:60]) if not word.isdigit() and word != "%"]
    return bool(set(parts) & words.CHARGE) and set(parts) <= words.CHARGE | BESIDE
