"""Documents of one sale in a log: its quotation, order, delivery note and invoice."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from gosales_lib.layout_init import words
from gosales_lib.layout_init.roles import Roles
from gosales_lib.sales_log import cleaning

INVOICE = words.spelled("invoice")
STEPS = (words.ORDER | words.spelled("open")) - INVOICE
MOST = 0.9
"""Share of the rows of the rarer kind of document that the other kind holds as well."""


def before_invoices(
    column: str, cut: Mapping[str, set[str]], roles: Roles, rows: pl.DataFrame
) -> list[str]:
    """Return the values of documents whose rows the invoices hold again; empty without any.

    Parameters
    ----------
    column
        A column of kinds or states.
    cut
        Its values, and the words of each.
    """
    invoices = [value for value, in_it in cut.items() if in_it & INVOICE]
    others = [value for value, in_it in cut.items() if in_it & STEPS and value not in invoices]
    roles_of_lines = ("customer_id", "product", "quantity", "revenue", "unit_price", "gross_profit")
    names = list(filter(None, map(roles.column, roles_of_lines)))
    if not invoices or not others or len(names) < 3:
        return []
    lines = rows.select(
        cleaning.text(column).alias("of"), *map(cleaning.text, dict.fromkeys(names))
    )
    counts = lines.group_by(lines.columns).len()
    own = counts.filter(pl.col("of").is_in(invoices)).drop("of")
    steps = []
    for value in others:
        there = counts.filter(of=value).drop("of")
        both = own.join(there, lines.columns[1:], nulls_equal=True)
        again = both.select(pl.min_horizontal("len", "len_right").sum()).item()
        if again >= MOST * min(int(own["len"].sum()), int(there["len"].sum())):
            steps.append(value)
    return steps
