"""The customers: those who ordered, with their columns of the customers file."""

from __future__ import annotations

from pathlib import Path

import narwhals as nw
import polars as pl

from gosales_lib.core import keys, terms
from gosales_lib.core.columns import DIM_CUSTOMER, REJECTED_ROWS
from gosales_lib.core.spelling import hint
from gosales_lib.core.terms import Purchase
from gosales_lib.layout import Attribute, Customers, Layout
from gosales_lib.sales_log import cleaning, files, inventory, merging, numbers, spellings, tables
from gosales_lib.sales_log.matches import Matches
from gosales_lib.sales_log.records import LINE
from gosales_lib.sales_log.text import Text

NAMES = {"customer_id": pl.String, "first": pl.String, "other": pl.String}
"""Customers under two names that share no word."""


def dimension(
    orders: pl.DataFrame,
    facts: pl.DataFrame,
    layout: Layout,
    beside: Path | None,
    matches: Matches,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return `dim_customer` and the rows of the customers file that were rejected.

    Parameters
    ----------
    orders
        Customer, date, name, rep and branch of every record with facts, in the order of the files.
    facts
        `fact_transactions`, for the dates of the first and last order.
    beside
        The folder that holds the customers file.
    matches
        Counts the numbers among the attributes that cannot be read.
    """
    ordered = newest(orders).join(first_and_last(facts, layout.purchase), "customer_id", "left")
    described, rejected = attributes(layout, beside, matches)
    if described is not None and layout.keys == "alike":
        spelling = spellings.chosen(ordered["customer_id"])
        same = described.with_columns(spellings.unified(described["customer_id"], spelling))
        described = same.unique("customer_id", keep="first", maintain_order=True)
    if described is not None:
        ordered = ordered.join(described, on="customer_id", how="full", coalesce=True)
        name = pl.coalesce("customer_name", "__name__")
        ordered = ordered.with_columns(customer_name=name).drop("__name__")
    ordered = ordered.select(*DIM_CUSTOMER, pl.exclude(*DIM_CUSTOMER)).sort("customer_id")
    return ordered.cast(DIM_CUSTOMER), rejected


def newest(orders: pl.DataFrame) -> pl.DataFrame:
    """Return one row per customer: the newest name, rep and branch.

    Of lines on one day the last one counts. Its position is a number, so no text is sorted.
    """
    described = ("customer_name", "rep", "branch")
    row = pl.int_range(pl.len()) + pl.col("order_date").to_physical().cast(pl.Int64) * orders.height
    last = [pl.when(pl.col(name).is_not_null()).then(row).alias(name) for name in described]
    newest_rows = (
        orders.select("customer_id", "order_date", *last)
        .group_by("customer_id")
        .agg(*[pl.col(name).max() for name in described])
    )
    return newest_rows.with_columns(
        orders[name].gather(newest_rows[name] % max(orders.height, 1)).alias(name)
        for name in described
    )


def two_names(orders: pl.DataFrame) -> pl.DataFrame:
    """Return customers with a name that shares no word with their first one: see NAMES."""
    words = pl.col("customer_name").str.to_lowercase().str.extract_all(r"[\p{L}\p{N}]+")
    names = orders.select("customer_id", "customer_name").drop_nulls().unique(maintain_order=True)
    names = names.filter(pl.len().over("customer_id") > 1).with_columns(words=words)
    first = pl.col("words", "customer_name").first().over("customer_id").name.prefix("first_")
    common = pl.col("words").list.set_intersection("first_words").list.len()
    apart = names.with_columns(first).filter(common == 0)
    apart = apart.unique("customer_id", keep="first", maintain_order=True).sort("customer_id")
    return apart.select("customer_id", first="first_customer_name", other="customer_name")


def first_and_last(facts: pl.DataFrame, purchase: Purchase) -> pl.DataFrame:
    """Return customer_id, first_order_date, last_order_date: of orders, returns are none."""
    lines = nw.from_native(facts.lazy()).filter(terms.purchased(purchase)).to_native()
    day = pl.col("order_date")
    ends = {"first_order_date": day.min(), "last_order_date": day.max()}
    return lines.group_by("customer_id").agg(**ends).collect()


def attributes(
    layout: Layout, beside: Path | None, matches: Matches
) -> tuple[pl.DataFrame | None, pl.DataFrame]:
    """Return customer_id, `__name__` and the attributes; and the rows that were rejected.

    Without a customers file the attributes of all customers are unknown.
    """
    nothing = pl.DataFrame(schema=REJECTED_ROWS)
    source = layout.customers
    if source is None:
        return None, nothing
    if source.source is None and not inventory.holds(beside, str(source.file)):
        schema: dict[str, pl.DataType] = {"customer_id": pl.String(), "__name__": pl.String()}
        schema |= {a.column: dtype(a) for a in source.attributes}
        return pl.DataFrame(schema=schema), nothing
    text, accounts = records(source, layout, beside), merging.read(layout, beside)
    refuse_header(text.file, text.rows.columns, source, layout.name)
    named = cleaning.text(source.name) if source.name else pl.lit(None, pl.String)
    rows = text.rows.select(
        LINE,
        keys.normal(source.key).alias("__id__"),
        named.alias("__name__"),
        *[value(text, layout.decimal, a, matches) for a in source.attributes],
        pl.struct(pl.exclude(LINE)).struct.json_encode().alias("__row__"),
    )
    rows = rows.with_columns(
        merging.belonging("__id__", accounts, layout.keys).alias("customer_id")
    )
    rows, key = rows.rechunk(), pl.col("customer_id")
    own = pl.col("__id__") == key
    first = pl.when(own.any().over(key)).then(own).otherwise(True)
    counts = first & pl.when(first).then(key).is_first_distinct()
    second = pl.format("second row of customer {}: the first one counts", key)
    merged = pl.format("{} belongs to account {}, of which another row counts", "__id__", key)
    reason = (
        pl.when(key.is_null())
        .then(pl.lit("no customer"))
        .when(~counts)
        .then(pl.when(own).then(second).otherwise(merged))
    )
    judged = rows.with_columns(reason=reason)
    lost = judged.filter(pl.col("reason").is_not_null()).select(
        file=pl.lit(text.file),
        line=pl.col(LINE).cast(pl.Int64),
        reason="reason",
        gross_profit=pl.lit(None, pl.Float64),
        row="__row__",
    )
    kept = judged.filter(pl.col("reason").is_null()).drop(LINE, "__id__", "__row__", "reason")
    return kept, pl.concat([lost.cast(REJECTED_ROWS), text.ragged])


def records(source: Customers, layout: Layout, beside: Path | None) -> Text:
    """Return the records of the customers file, or of their table or query."""
    if source.source is not None:
        return tables.whole(source.source)
    columns = [source.key, *(a.column for a in source.attributes)]
    return files.read(beside or Path(), str(source.file), layout, columns)


def dtype(attribute: Attribute) -> pl.DataType:
    """Return the type of an attribute's column."""
    return pl.Float64() if attribute.is_number else pl.String()


def value(
    text: Text, decimal: numbers.Sign | None, attribute: Attribute, matches: Matches
) -> pl.Expr | pl.Series:
    """Return an attribute's values; a number that cannot be read is unknown, and counted."""
    if attribute.is_number:
        column = text.rows[attribute.column]
        sign = numbers.sign_of(column, decimal, text.delimiter)
        values = numbers.number(column, sign).alias(attribute.column)
        matches.read(attribute.column, keys.normalised(column), values)
        return values
    return cleaning.text(attribute.column).alias(attribute.column)


def refuse_header(file: str, header: list[str], source: Customers, layout: str) -> None:
    """Refuse a customers file that lacks a column of the layout."""
    wanted = {source.key: "customers.key"}
    wanted |= {source.name: "customers.name"} if source.name else {}
    wanted |= {a.column: "customers.attributes" for a in source.attributes}
    for column, key in wanted.items():
        if column not in header:
            key_path = f"key {key!r} of layout {layout!r}"
            raise ValueError(
                f"{file}: column {column!r} ({key_path}) is missing{hint(column, header)}"
            )
