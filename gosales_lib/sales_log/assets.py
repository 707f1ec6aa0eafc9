"""The optional assets: what customers have installed or under subscription, one row per term."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gosales_lib.core import keys
from gosales_lib.core.columns import ASSETS, REJECTED_ROWS
from gosales_lib.layout import Assets, Layout
from gosales_lib.sales_log import beside, cleaning, dates, merging, numbers
from gosales_lib.sales_log.text import Text


def installed(layout: Layout, folder: Path | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the assets as `columns.ASSETS`, and the rows that were rejected.

    Both are empty where the layout names no assets, or their file is not beside the log; a file
    without a column of the layout is a ValueError.
    """
    source = layout.assets
    wanted = {c: f"assets.{key}" for key, c in source.given().items()} if source else {}
    text = beside.records(source, layout, folder, wanted) if source else None
    if source is None or text is None:
        return pl.DataFrame(schema=ASSETS), pl.DataFrame(schema=REJECTED_ROWS)
    rows = _read(text, source, layout)
    bad = rows["reason"] != ""
    own = merging.belonging("customer_id", merging.read(layout, folder), layout.keys)
    kept = rows.filter(~bad).with_columns(own).select(*ASSETS).cast(ASSETS)
    return kept.sort(*ASSETS), text.rejected(bad, rows["reason"].filter(bad))


def _read(text: Text, source: Assets, layout: Layout) -> pl.DataFrame:
    """Return every record with our columns, and its reason to be rejected (or none)."""
    rows, formats = text.rows, layout.date_formats
    ends, quantity = pl.repeat(None, rows.height, dtype=pl.String, eager=True), pl.lit(1.0)
    if source.quantity:
        sign = numbers.sign_of(rows[source.quantity], layout.decimal, text.delimiter)
        quantity = numbers.number(rows[source.quantity], sign)  # type: ignore[assignment]
    expiry = ends.cast(pl.Date)
    if source.expiry:
        ends = keys.normalised(rows[source.expiry])
        ends = ends.set(dates.endless(ends), None)
        expiry = dates.days(rows[source.expiry], formats)
    product = cleaning.text(source.product)
    assets = rows.select(
        keys.normal(source.customer_id).alias("customer_id"),
        product.alias("product"),
        product.replace_strict(layout.sold_in, default=None, return_dtype=pl.String).alias(
            "division"
        ),
        ends.alias("expiry"),
        quantity=quantity,
        start_day=dates.days(rows[source.start], formats).cast(pl.Int32),
        expiry_day=expiry.cast(pl.Int32),
    )
    return assets.rechunk().with_columns(reason=_reason())


def _reason() -> pl.Expr:
    """Return why a record cannot be an asset; empty if it can."""
    product = pl.col("product")
    checks = {
        "no customer": pl.col("customer_id").is_null(),
        "unreadable start": pl.col("start_day").is_null(),
        "unreadable expiry": pl.col("expiry").is_not_null() & pl.col("expiry_day").is_null(),
        "expiry before start": pl.col("expiry_day") < pl.col("start_day"),
        "unreadable quantity": pl.col("quantity").is_null(),
        "no product": product.is_null(),
    }
    reasons = [pl.when(bad).then(pl.lit(reason)) for reason, bad in checks.items()]
    stranger = product.is_not_null() & pl.col("division").is_null()
    reasons.append(pl.when(stranger).then(pl.format("product {} is in no division", product)))
    return pl.concat_str(reasons, separator="; ", ignore_nulls=True)
