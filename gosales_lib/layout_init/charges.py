"""Rows that are not sales by what they name: totals of other rows, charges."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from gosales_lib.core import sums as added
from gosales_lib.core.spelling import counted
from gosales_lib.layout_init import evidence, words
from gosales_lib.layout_init.evidence import MOST_VALUES, Evidence, Table
from gosales_lib.layout_init.roles import MONEY, Roles
from gosales_lib.layout_init.states import ask_left_out, ask_rules, rows_of, settle
from gosales_lib.sales_log import cleaning, no_records

FEWEST_SUMS = 4
"""Orders of several lines that a sum must be right in."""
TAXES = 0.01, 0.3
"""Lowest and highest share of an order's other rows that a row of its tax may be."""
BESIDE = words.spelled("beside_charge")
"""What stands beside a charge in a product's name: `Shipping and Handling`."""


def totals(roles: Roles, log: Table, free: Iterable[Evidence]) -> None:
    """Leave out rows whose money is the sum of an order's others, and ask about a share of it.

    Such rows have one product, none, or one value of another column, such as an account. Rows
    without an order's number are left out where they sum up those above them.
    """
    invoice, name = roles.column("invoice"), roles.first(*MONEY[:2])
    if invoice and name:
        _sums_without_an_order(roles, log, invoice, name)
    orders = roles.columns.get("invoice", [])
    orders = [orders] if isinstance(orders, str) else orders
    things = [e.name for e in free if 1 < e.distinct <= MOST_VALUES and not e.is_date]
    product = roles.column("product")
    for thing in filter(None, [product, *things]) if orders and name else ():
        frame = log.rows.select(
            order=pl.concat_str(map(cleaning.text, orders), separator="\t"),
            thing=cleaning.text(thing).fill_null(""),
            money=log.numbers(name).cast(pl.Float64),
        ).drop_nulls()
        shares = _shares(frame if thing == product else frame.head(evidence.SOME))
        counts = dict(frame["thing"].value_counts().iter_rows())
        if named := [value for value, share in shares.items() if share == 1]:
            what = f"{rows_of(thing, named, counts)} are the sums of their orders' other rows"
            return settle(roles, {"column": thing, "leave_out": named}, what)
        for value in (value for value in shares if not _is_charge(value)):
            what = f"{rows_of(thing, [value], counts)} are {shares[value]:.1%} of their orders'"
            return ask_left_out(roles, thing, f"{what} other rows: are they a tax?", [value])


def _shares(frame: pl.DataFrame) -> dict[str, float]:
    """Return what share of an order's other rows a thing always is: 1, or that of a tax.

    `frame` holds columns order, thing and money.
    """
    each = frame.group_by("order", "thing", maintain_order=True).agg(
        added.total("money"), rows=pl.len()
    )
    rest = pl.col("money").sum().over("order") - pl.col("money")
    rate = (pl.col("money") / pl.col("rest")).median().round(3).over("thing")
    judged = (
        each.with_columns(rest=rest)
        .filter(pl.col("rows").sum().over("order") - pl.col("rows") > 1, pl.col("rest") != 0)
        .with_columns(rate=rate)
        .with_columns(fits=(pl.col("money") - pl.col("rate") * pl.col("rest")).abs() < 0.02)
        .group_by("thing", maintain_order=True)
        .agg(pl.col("rate").first(), pl.col("fits").mean(), orders=pl.len())
        .filter(pl.col("fits") >= evidence.MOST, pl.col("orders") >= FEWEST_SUMS)
        .filter((pl.col("rate") == 1) | pl.col("rate").is_between(*TAXES))
    )
    return dict(judged.select("thing", "rate").iter_rows())


def measures(roles: Roles, log: Table, free: Iterable[Evidence]) -> None:
    """Ask which rows hold the money where each sale stands once per value of a column.

    Tableau writes so, under `Measure Names` and `Measure Values`.
    """
    name, ruled = roles.first(*MONEY), {rule["column"] for rule in roles.keys.get("where", [])}
    for e in free:
        counts = log.counts(e.name) if name and e.is_text and e.name not in ruled else {}
        if len(counts) < 2 or min(counts.values()) < evidence.MOST * max(counts.values()):
            continue
        same = [column for column in log.rows.columns if column not in (e.name, name)]
        each = log.rows.group_by(same).agg(pl.len(), pl.col(e.name).n_unique().alias("values"))
        whole = each.filter(pl.col("values") == e.distinct)["len"].sum()
        if whole >= evidence.MOST * log.rows.height and not e.says(words.CURRENCY):
            values = sorted(counts, key=lambda v: not words.REVENUE & {*words.parts(v)})
            rules = [{"column": e.name, "keep": [value]} for value in values]
            asks = f"each sale stands once per value of {e.name!r}: which one is the money?"
            return ask_rules(roles, [*rules, None], asks, values)


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
