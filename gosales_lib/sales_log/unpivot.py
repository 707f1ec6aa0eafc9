"""Turns the records of a file into tidy rows: one per invoice line and product with a value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from gosales_lib.core import keys
from gosales_lib.core.columns import FACT_TRANSACTIONS
from gosales_lib.layout import Layout
from gosales_lib.sales_log import (
    cleaning,
    copies,
    dates,
    day_orders,
    left_out_rows,
    no_records,
    values,
)
from gosales_lib.sales_log.extent import Extent
from gosales_lib.sales_log.products import divisions_of, no_division, products_of
from gosales_lib.sales_log.records import LINE
from gosales_lib.sales_log.required_columns import refuse_header
from gosales_lib.sales_log.text import Text
from gosales_lib.sales_log.values import Evidence, Values, sum_of_rows

ORDER = ("customer_id", "order_date", "invoice", "customer_name", "rep", "branch")
"""What all products of a record have in common."""
SOLD = ("product", "division")
"""What an order line names; a wide log has columns for each product instead."""


@dataclass(frozen=True)
class Tidy:
    """The result of one piece of a file; `orders` are the keys of the records with facts."""

    file: str
    rows_in: int
    rows_empty: int
    gross_profit_in: float  # summed over the file's own columns, before anything else
    facts: pl.DataFrame  # FACT_TRANSACTIONS, but customer_id is categorical, as of orders
    orders: pl.DataFrame
    rejected: pl.DataFrame
    left_out: pl.DataFrame  # left_out_rows.LEFT_OUT
    hashes: pl.Series
    changed: keys.Changed  # of the customers' keys
    evidence: Evidence  # of the decimal signs, up to this piece
    renamed: Mapping[str, str]  # the file's own headers: the layout's names
    blank: pl.Series  # whether each fact has a quantity and no amount, which counts as 0
    is_open: bool  # no row tells day and month apart

    @property
    def account(self) -> dict[str, object]:
        """Its part of the file's row in `log.RECONCILIATION`, without duplicates."""
        return {
            "file": self.file,
            "rows_in": self.rows_in,
            "rows_kept": self.orders.height,
            "rows_rejected": self.rejected.height,
            "rows_empty": self.rows_empty,
            "gross_profit_in": self.gross_profit_in,
            "gross_profit_kept": float(self.facts["gross_profit"].sum()),
            "gross_profit_rejected": float(self.rejected["gross_profit"].fill_null(0.0).sum()),
            "rows_left_out": int(self.left_out["rows"].sum()),
            "gross_profit_left_out": float(self.left_out["gross_profit"].sum()),
            "fact_rows": self.facts.height,
        }


def tidy(
    text: Text,
    layout: Layout,
    seen: Sequence[pl.Series],
    before: Evidence | None = None,
    extent: Extent | None = None,
) -> Tidy:
    """Return the facts, rejected rows and sums of one piece of a file.

    Parameters
    ----------
    seen
        Hashes of the records of earlier pieces, where exact copies are dropped.
    before
        The evidence of earlier pieces of the same file on its decimal signs.
    extent
        The covered days; rows beyond them are rejected.
    """
    rows = text.rows
    refuse_header(text.file, [c for c in rows.columns if c != LINE], layout)
    read = values.read(text, layout, before or Evidence())
    formats = layout.formats_of(text.file)
    identity, changed = identity_of(rows, layout, formats)
    hashes = copies.hashes(text)
    reasons = reasons_of(rows, identity, read.reason, layout)
    if layout.duplicates == "drop":
        copy = pl.when(copies.repeated(hashes, seen)).then(pl.lit(copies.COPY))
        reasons = reasons.with_columns(copy=copy)
    if extent is not None:
        reasons = reasons.with_columns(extent.reason(identity["order_date"]).alias("extent"))
    rule = left_out_rows.of(rows, layout)
    bad = reasons.select(pl.any_horizontal(pl.all().is_not_null())).to_series() & rule.is_null()
    profit = sum_of_rows(read.values)
    known = (
        profit.set(read.values["gross_profit"].is_null(), None)
        if layout.shape == "long"
        else profit
    )
    undated = bad & identity["order_date"].is_null()
    countless = bad & read.values["quantity"].is_null() if "quantity" in read.values else bad
    rule = rule.scatter(_are_comments(rows, countless.arg_true(), layout), no_records.TEXT)
    bad &= rule.is_null()
    keyless = bad & identity["customer_id"].is_null() & (identity["invoice"].fill_null("") == "")
    rule = with_no_records(rows, rule, undated, keyless, read.values.get("revenue", profit))
    bad &= rule.is_null()
    good = ~bad & rule.is_null()
    facts, orders, blank = unpivot(identity, read.values, good, layout)
    reason = pl.concat_str(pl.all(), separator="; ", ignore_nulls=True)
    return Tidy(
        text.file,
        rows.height + text.ragged.height + len(text.titles),
        int(good.sum()) - orders.height,
        float(profit.sum()),
        facts,
        orders,
        text.rejected(bad, reasons.filter(bad).select(reason).to_series(), known),
        left_out_rows.account(text.file, rule, profit, len(text.titles)),
        hashes,
        changed,
        read.evidence,
        text.renamed,
        blank,
        day_orders.is_open(written_date(rows, layout), identity["order_date"], formats),
    )


def with_no_records(
    rows: pl.DataFrame, rule: pl.Series, undated: pl.Series, keyless: pl.Series, money: pl.Series
) -> pl.Series:
    """Return the rules, with those of rows without a date that are totals, headers or text.

    Rows without customer and order are totals only where their money is the sum of those above.
    """
    may_be = (undated | keyless) & rule.is_null()
    if not may_be.any():
        return rule
    usual = no_records.usual(rows.filter(~undated))
    at = undated.arg_true()
    marked = rule.scatter(at, no_records.rules(rows[at], usual)) if len(at) else rule
    known = undated & marked.is_not_null()
    apart = known | (may_be & no_records.narrow(rows, usual))
    sums = no_records.sums(money, apart, known) & ~known
    return marked.set(sums, no_records.SUM)


def _are_comments(rows: pl.DataFrame, at: pl.Series, layout: Layout) -> pl.Series:
    """Return which rows `at` some places are text: no number, and other values too few, too."""
    names = set(values.numeric_columns(layout).values())
    others = [name for name in rows.columns if name not in names]
    if layout.shape != "long" or not names or at.is_empty():
        return at.clear()
    for name in names:
        blank = rows.select(name)[at].select(cleaning.text(name).is_null())
        at = at.filter(blank.to_series())
    if at.is_empty():
        return at
    usual = no_records.usual(rows.select(others))
    return at.filter(no_records.narrow(rows.select(others)[at], usual))


def identity_of(
    rows: pl.DataFrame, layout: Layout, formats: Sequence[str]
) -> tuple[pl.DataFrame, keys.Changed]:
    """Return customer, date, invoice, name, rep, branch, product and division of every record.

    The division is as the file names it. The second is what was changed in the customers' keys.
    """
    columns = layout.columns
    customers, changed = keys.read(rows[columns.customer_key])
    names = {key: getattr(columns, key) for key in (*ORDER[3:], *SOLD)}
    texts = {k: cleaning.text(c) if c else pl.lit(None, pl.String) for k, c in names.items()}
    invoice = [cleaning.text(column) for column in columns.given()["invoice"]]
    identity = rows.select(
        customers.cast(pl.Categorical).alias("customer_id"),  # numbers are quick to compare
        dates.days(written_date(rows, layout), formats).alias("order_date"),
        pl.concat_str(invoice, separator=" ", ignore_nulls=True).alias("invoice"),
        **texts,
    )
    return identity, changed


def reasons_of(
    rows: pl.DataFrame, identity: pl.DataFrame, unreadable: pl.Series, layout: Layout
) -> pl.DataFrame:
    """Return why each record cannot be kept, one column per reason; all are null if it can."""
    nobody = pl.when(identity["customer_id"].is_null()).then(pl.lit("no customer"))
    rate = pl.lit(None, pl.String)
    if values.RATE in rows.columns:
        reason = pl.format("no rate for currency: {}", values.currency_of_row(layout))
        rate = pl.when(pl.col(values.RATE).is_null()).then(reason)
        rows = rows.rechunk()
    return rows.select(
        customer=nobody,
        date=bad_date(rows, identity["order_date"], layout),
        number=unreadable,
        division=no_division(identity, layout),
        rate=rate,
    )


def written_date(rows: pl.DataFrame, layout: Layout) -> pl.Series:
    """Return the dates as the file writes them; parts in several columns as one text."""
    columns = layout.columns.given()["order_date"]
    if len(columns) == 1:
        return rows[columns[0]]
    return rows.select(dates.together(columns).alias("order_date")).to_series()


def bad_date(rows: pl.DataFrame, days: pl.Series, layout: Layout) -> pl.Series:
    """Return the reason where a date cannot be read, else null."""
    bad = days.is_null()
    nothing = pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    if not bad.any():
        return nothing
    column = " and ".join(layout.columns.given()["order_date"])
    texts = written_date(rows, layout).filter(bad).rechunk().cast(pl.String).fill_null("")
    reason = pl.format("unreadable date {}: {}", pl.lit(repr(column)), texts.str.slice(0, 40))
    return nothing.scatter(bad.arg_true(), pl.select(reason).to_series())


def unpivot(
    identity: pl.DataFrame, values: Values, good: pl.Series, layout: Layout
) -> tuple[pl.DataFrame, pl.DataFrame, pl.Series]:
    """Return the facts of the good records, the keys of those that have any, and blank amounts.

    A blank amount beside a quantity counts as 0; the third says which facts have one.
    """
    is_long = layout.shape == "long"
    long = lines(identity, values, good, layout) if is_long else pairs(values, good, layout)
    at = long["at"]
    identity = identity.select(ORDER).rechunk()  # a reader's pieces are slow to gather from
    named = identity.drop("customer_name")[at]
    blank = (long["gross_profit"].is_null() & (long["quantity"] != 0)).fill_null(False)
    facts = pl.concat([named, long.drop("at")], how="horizontal").rechunk()
    facts = facts.with_columns(
        pl.col("gross_profit").fill_null(0.0), order_day=pl.col("order_date").cast(pl.Int32)
    )
    orders = identity[at.filter((at.diff() != 0).fill_null(True))]
    return facts.select(*FACT_TRANSACTIONS), orders, blank


def lines(identity: pl.DataFrame, values: Values, good: pl.Series, layout: Layout) -> pl.DataFrame:
    """Return the order lines that have a value, and `at` which record."""
    filled = pl.DataFrame(values).select(has_value(pl.col("gross_profit"), pl.col("quantity")))
    here = good & filled.to_series().fill_null(False)
    sold = identity.select(SOLD).filter(here)
    nothing = pl.lit(None, pl.Float64).alias("revenue")
    return pl.DataFrame({"at": here.arg_true()}).with_columns(
        divisions_of(sold, layout).alias("division"),
        products_of(sold, layout).alias("product"),
        values["gross_profit"].filter(here),
        values["quantity"].filter(here),
        values["revenue"].filter(here) if "revenue" in values else nothing,
    )


def pairs(values: Values, good: pl.Series, layout: Layout) -> pl.DataFrame:
    """Return one row per record and product that has a value, in the order of record and product.

    Only whole numbers are sorted.
    """
    cells = pl.DataFrame(values).with_columns(good=good).with_row_index("at").lazy()
    parts, products = [], layout.products
    for order, product in enumerate(products):
        profit, quantity = pl.col(f"{product.product}|gp"), pl.col(f"{product.product}|qty")
        place = pl.col("at").cast(pl.Int64) * len(products) + order
        here = cells.filter("good", has_value(profit, quantity))
        parts.append(here.select(gross_profit=profit, quantity=quantity, place=place))
    long = pl.concat(pl.collect_all(parts)).sort("place")
    number, names = long["place"] % len(products), ("division", "product")
    return long.select(
        pl.col("place") // len(products),
        "gross_profit",
        "quantity",
        *[pl.Series(n, [getattr(p, n) for p in products], pl.String).gather(number) for n in names],
        revenue=pl.lit(None, pl.Float64),
    ).rename({"place": "at"})


def has_value(profit: pl.Expr, quantity: pl.Expr) -> pl.Expr:
    """Return where a product has a value: its gross profit or its quantity is not 0."""
    return (profit != 0) | (quantity != 0)  # null where both are
