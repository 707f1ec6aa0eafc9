"""Rows that are not sales by what they name: totals of other rows, charges."""

from __future__ import annotations

from itertools import permutations

import polars as pl

from gosales_lib.core import sums as added
from gosales_lib.core.spelling import counted
from gosales_lib.layout_init import evidence, words
from gosales_lib.layout_init.evidence import Table
from gosales_lib.layout_init.roles import MONEY, Roles
from gosales_lib.layout_init.states import ask_left_out, rows_of, settle
from gosales_lib.sales_log import cleaning, no_records

FEW_KINDS = 4
"""Kinds of lines that a column tells apart: kits, their parts, other lines."""
FEWEST_SUMS = 4
"""Orders of several lines that a sum must be right in."""
BESIDE = words.spelled("beside_charge")
"""What stands beside a charge in a product's name: `Shipping and Handling`."""


def totals(roles: Roles, log: Table) -> None:
    """Leave out the rows of a product, or of none, whose money is the sum of an order's others.

    Rows without an order's number are left out where they sum up those above them.
    """
    invoice, thing, name = *map(roles.column, ("invoice", "product")), roles.first(*MONEY[:2])
    if invoice and name:
        _sums_without_an_order(roles, log, invoice, name)
    orders = roles.columns.get("invoice", [])
    orders = [orders] if isinstance(orders, str) else orders
    if not orders or not thing or not name:
        return
    frame = log.rows.select(
        order=pl.concat_str(map(cleaning.text, orders), separator="\t"),
        thing=cleaning.text(thing).fill_null(""),
        money=log.numbers(name).cast(pl.Float64),
    ).drop_nulls()
    each = frame.group_by("order", "thing", maintain_order=True).agg(
        added.total("money"), rows=pl.len()
    )
    rest = pl.col("money").sum().over("order") - pl.col("money")
    judged = (
        each.with_columns(is_sum=(pl.col("money") - rest).abs() < 0.02)
        .filter(pl.col("rows").sum().over("order") - pl.col("rows") > 1)
        .group_by("thing", maintain_order=True)
        .agg(share=pl.col("is_sum").mean(), orders=pl.len())
    )
    sums = judged.filter(pl.col("share") >= evidence.MOST, pl.col("orders") >= FEWEST_SUMS)
    if named := sums["thing"].to_list():
        counts = dict(frame["thing"].value_counts().iter_rows())
        what = f"{rows_of(thing, named, counts)} are the sums of their orders' other rows"
        settle(roles, {"column": thing, "leave_out": named}, what)


def ask_for_kits(roles: Roles, log: Table) -> None:
    """Ask about lines whose money stands again on lines of another kind below them, as of a kit."""
    invoice, name = roles.column("invoice"), roles.first(*MONEY[:2])
    several = [e for e in roles.free if e.is_text and 1 < e.distinct <= FEW_KINDS]
    if not invoice or not name or not several:
        return
    lines = log.rows.select(order=cleaning.text(invoice), money=log.numbers(name).cast(pl.Float64))
    for e in several:
        kinds = lines.with_columns(kind=log.texts(e.name)).drop_nulls()
        for whole, part in permutations(sorted(log.counts(e.name)), 2):
            kit = kinds.with_columns(kit=(pl.col("kind") == whole).cum_sum())
            is_part, is_whole = pl.col("kind") == part, pl.col("kind") == whole
            kits = (
                kit.group_by("order", "kit")
                .agg(
                    parts=pl.col("money").filter(is_part).sum(),
                    number=is_part.sum(),
                    whole=pl.col("money").filter(is_whole).first(),
                )
                .filter(pl.col("number") > 1, pl.col("whole") != 0)
            )
            agreed = evidence.share((kits["parts"] - kits["whole"]).abs() < 0.02)
            if kits.height >= FEWEST_SUMS and agreed >= evidence.MOST:
                rows = rows_of(e.name, [whole], log.counts(e.name))
                asks = f"{rows}: their money is the sum of the lines {part!r} below them; "
                asks += "which of both are the sales?"
                return ask_left_out(roles, e.name, asks, [whole], [[whole], [part], []])


def _sums_without_an_order(roles: Roles, log: Table, invoice: str, money: str) -> None:
    blank = log.texts(invoice).is_null()
    number = int(no_records.sums(log.numbers(money), blank).sum())
    if number >= max(FEWEST_SUMS, evidence.MOST * int(blank.sum())):
        what = f"the sums of the rows above stand in {counted(number, 'row')} without {invoice!r}"
        settle(roles, {"column": invoice, "leave_out": [""]}, what)


def ask(roles: Roles) -> None:
    """Ask whether lines that are called like a charge are no sale, where others name products.

    Charges that the log itself puts into a division are for the person who chooses the divisions.
    """
    column, division, rows = roles.column("product"), roles.column("division"), roles.log.rows
    if not column:
        return
    if division:
        rows = rows.filter(cleaning.text(division).is_null())
    values = evidence.texts(rows, column).drop_nulls()
    named = values.unique().sort()
    charged = [value for value in named if _is_charge(value)]
    if charged and (division or len(charged) < named.len()):
        listed = ", ".join(map(repr, charged[:6]))
        asks = f"{values.is_in(charged).sum():,} lines of {column!r} are called {listed}: charges "
        ask_left_out(roles, column, f"{asks}that are not sales?", charged)


def _is_charge(value: str) -> bool:
    """Return whether a product's name says nothing but a charge: `Freight`, `VAT 20%`."""
    parts = {word for word in words.parts(value[:60]) if not word.isdigit() and word != "%"}
    return bool(parts & words.CHARGE) and parts <= words.CHARGE | BESIDE
