"""The customers: those who ordered, with their columns of the customers file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from gosales_lib.core import keys, terms
from gosales_lib.core.columns import DIM_CUSTOMER, REJECTED_ROWS
from gosales_lib.core.terms import Purchase
from gosales_lib.layout import Attribute, Layout
from gosales_lib.sales_log import beside, cleaning, merging, numbers, spellings
from gosales_lib.sales_log.log import Matches
from gosales_lib.sales_log.text import Text

COMMON, FEW_NAMES = 0.1, 5
"""Share and number of customers with two names up to which a word tells one from another."""


def dimension(
    orders: pl.DataFrame, facts: pl.DataFrame, layout: Layout, folder: Path | None, matches: Matches
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return `dim_customer` and the rows of the customers file that were rejected.

    Parameters
    ----------
    orders
        Customer, date, name, rep and branch of every record with facts, in the order of the files.
    facts
        `fact_transactions`, for the dates of the first and last order.
    folder
        The folder that holds the customers file.
    matches
        Counts the numbers among the attributes that cannot be read.
    """
    ordered = newest(orders).join(first_and_last(facts, layout.purchase), "customer_id", "left")
    ordered = ordered.cast({"customer_id": pl.String})
    described, rejected = attributes(layout, folder, matches)
    if described is not None:
        if layout.keys == "alike":
            spelling = spellings.chosen(ordered["customer_id"])
            same = described.with_columns(spellings.unified(described["customer_id"], spelling))
            described = same.unique("customer_id", keep="first", maintain_order=True)
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
    known = [name for name in described if orders[name].null_count() < orders.height]
    row = pl.int_range(pl.len()) + pl.col("order_date").to_physical().cast(pl.Int64) * orders.height
    last = [pl.when(pl.col(name).is_not_null()).then(row).alias(name) for name in known]
    rows = orders.select("customer_id", *last).group_by("customer_id").agg(pl.col(known).max())
    values = {name: orders[name].gather(rows[name] % orders.height) for name in known}
    nothing = pl.lit(None, pl.String)
    return rows.select("customer_id", **{name: values.get(name, nothing) for name in described})


def two_names(orders: pl.DataFrame) -> pl.DataFrame:
    """Return customers with a name that shares no word with their first one: see `log.NAMES`.

    A word of many names, such as a legal form, is no word that two names share.
    """
    words = pl.col("customer_name").str.to_lowercase().str.extract_all(r"[\p{L}\p{N}]+")
    names = orders.select("customer_id", "customer_name").drop_nulls().unique(maintain_order=True)
    names = names.filter(pl.len().over("customer_id") > 1).with_columns(words=words)
    each = names.select("customer_id", pl.col("words")).explode("words").unique()
    counts = each["words"].value_counts()
    most = max(FEW_NAMES, COMMON * names["customer_id"].n_unique())
    usual = counts.filter(pl.col("count") > most)["words"]
    names = names.with_columns(pl.col("words").list.set_difference(usual.implode()))
    names = names.filter(pl.col("words").list.len() > 0)
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
    layout: Layout, folder: Path | None, matches: Matches
) -> tuple[pl.DataFrame | None, pl.DataFrame]:
    """Return customer_id, `__name__` and the attributes; and the rows that were rejected.

    Without a customers file the attributes of all customers are unknown.
    """
    nothing, source = pl.DataFrame(schema=REJECTED_ROWS), layout.customers
    if source is None:
        return None, nothing
    wanted = {a.column: "customers.attributes" for a in source.attributes}
    names = {source.name: "customers.name"} if source.name else {}
    wanted = {source.key: "customers.key"} | names | wanted
    text = beside.records(source, layout, folder, wanted)
    if text is None:
        schema: dict[str, Any] = {"customer_id": pl.String, "__name__": pl.String}
        kinds = {a.column: pl.Float64 if a.is_number else pl.String for a in source.attributes}
        return pl.DataFrame(schema=schema | kinds), nothing
    name = cleaning.text(source.name) if source.name else pl.lit(None, pl.String)
    rows = text.rows.select(
        keys.normal(source.key).alias("__id__"),
        name.alias("__name__"),
        *[_value(text, layout.decimal, a, matches) for a in source.attributes],
    )
    account = merging.belonging("__id__", merging.read(layout, folder), layout.keys)
    rows, key = rows.with_columns(account.alias("customer_id")).rechunk(), pl.col("customer_id")
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
    reasons = rows.select(reason.alias("reason")).to_series()
    kept = rows.filter(reasons.is_null()).drop("__id__")
    return kept, text.rejected(reasons.is_not_null(), reasons.drop_nulls())


def _value(
    text: Text, decimal: numbers.Sign | None, attribute: Attribute, matches: Matches
) -> pl.Expr | pl.Series:
    """Return an attribute's values; a number that cannot be read is unknown, and counted."""
    if not attribute.is_number:
        return cleaning.text(attribute.column).alias(attribute.column)
    column = text.rows[attribute.column]
    values = numbers.number(column, numbers.sign_of(column, decimal, text.delimiter))
    matches.read(attribute.column, keys.normalised(column), values)
    return values.alias(attribute.column)
