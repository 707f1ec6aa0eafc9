"""The optional assets: what customers have installed or under subscription, one row per term."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gosales_lib.core import keys
from gosales_lib.core.columns import ASSETS, REJECTED_ROWS
from gosales_lib.core.spelling import hint
from gosales_lib.layout import Assets, Layout
from gosales_lib.sales_log import cleaning, dates, files, inventory, merging, numbers, tables
from gosales_lib.sales_log.records import LINE
from gosales_lib.sales_log.text import Text


def installed(layout: Layout, beside: Path | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the assets as `columns.ASSETS`, and the rows that were rejected.

    Both are empty where the layout names no assets, or their file is not beside the log.

    Raises
    ------
    ValueError
        A column of the layout is missing in the file.
    """
    nothing = pl.DataFrame(schema=ASSETS), pl.DataFrame(schema=REJECTED_ROWS)
    source = layout.assets
    if source is None:
        return nothing
    if source.source is None and not inventory.holds(beside, str(source.file)):
        return nothing
    text = records(source, layout, beside)
    refuse_header(text, source, layout.name)
    rows = read(text, source, layout)
    bad = pl.col("reason") != ""
    lost = rows.filter(bad).select(
        file=pl.lit(text.file),
        line=pl.col(LINE).cast(pl.Int64),
        reason="reason",
        gross_profit=pl.lit(None, pl.Float64),
        row="__row__",
    )
    own = merging.belonging("customer_id", merging.read(layout, beside), layout.keys)
    kept = rows.filter(~bad).with_columns(own).select(*ASSETS).cast(ASSETS)
    return kept.sort(*ASSETS), pl.concat([lost.cast(REJECTED_ROWS), text.ragged])


def records(source: Assets, layout: Layout, beside: Path | None) -> Text:
    """Return the records of the assets' file, or of their table or query."""
    if source.source is not None:
        return tables.whole(source.source)
    columns = list(source.given().values())
    return files.read(beside or Path(), str(source.file), layout, columns)


def refuse_header(text: Text, source: Assets, layout: str) -> None:
    """Refuse a file that lacks a column of the layout."""
    for key, column in source.given().items():
        if column not in text.rows.columns:
            key_path = f"key 'assets.{key}' of layout {layout!r}"
            near = hint(column, text.rows.columns)
            raise ValueError(f"{text.file}: column {column!r} ({key_path}) is missing{near}")


def read(text: Text, source: Assets, layout: Layout) -> pl.DataFrame:
    """Return every record with our columns, its reason to be rejected (or none), and its text."""
    rows = text.rows
    quantity = pl.repeat(1.0, rows.height, eager=True)
    if source.quantity:
        sign = numbers.sign_of(rows[source.quantity], layout.decimal, text.delimiter)
        quantity = numbers.number(rows[source.quantity], sign)
    start = dates.days(rows[source.start], layout.date_formats)
    ends = pl.repeat(None, rows.height, dtype=pl.String, eager=True)
    expiry = ends.cast(pl.Date)
    if source.expiry:
        ends = keys.normalised(rows[source.expiry])
        ends = ends.set(dates.endless(ends), None)
        expiry = dates.days(rows[source.expiry], layout.date_formats)
    assets = rows.select(
        LINE,
        keys.normal(source.customer_id).alias("customer_id"),
        cleaning.text(source.product).alias("product"),
        pl.struct(pl.exclude(LINE)).struct.json_encode().alias("__row__"),
    ).with_columns(
        ends.alias("said"),
        quantity.alias("quantity"),
        start.cast(pl.Int32).alias("start_day"),
        expiry.cast(pl.Int32).alias("expiry_day"),
    )
    division = pl.col("product").replace_strict(
        layout.sold_in, default=None, return_dtype=pl.String
    )
    return assets.with_columns(division=division).rechunk().with_columns(reason=reason())


def reason() -> pl.Expr:
    """Return why a record cannot be an asset; empty if it can."""
    product = pl.col("product")
    checks = {
        "no customer": pl.col("customer_id").is_null(),
        "unreadable start": pl.col("start_day").is_null(),
        "unreadable expiry": pl.col("said").is_not_null() & pl.col("expiry_day").is_null(),
        "expiry before start": pl.col("expiry_day") < pl.col("start_day"),
        "unreadable quantity": pl.col("quantity").is_null(),
        "no product": product.is_null(),
    }
    parts = [pl.when(bad).then(pl.lit(sentence)) for sentence, bad in checks.items()]
    stranger = product.is_not_null() & pl.col("division").is_null()
    parts.append(pl.when(stranger).then(pl.format("product {} is in no division", product)))
    return pl.concat_str(parts, separator="; ", ignore_nulls=True)
