"""Dirt like that of real exports: bad rows are added, and some real ones are written oddly."""

from __future__ import annotations

import numpy as np
import polars as pl

from gosales_lib.sample.catalogue import PRODUCTS

BAD_DATES = ("31.02.2023", "0000-00-00", "2023-13-45", "soon", "#VALUE!")
BAD_NUMBERS = ("#REF!", "tbd", "12..5", "1O0.00")
PAIRS = [product.columns for product in PRODUCTS]
PROFITS = [profit for profit, _ in PAIRS]
VALUES = [column for pair in PAIRS for column in pair]
SHARES = {"customer": 0.0025, "date": 0.002, "number": 0.002, "duplicate": 0.003, "empty": 0.001}
ODD = 0.01  # share of real rows that are written oddly, each way


def soil(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return the rows with about 1% added ones, each beside the row that it was made from."""
    order = pl.Series("order", np.arange(rows.height, dtype=np.float64))
    parts = [oddly(rows, rng).with_columns(order)]
    sales = (~rows["Invoice"].str.starts_with("CR")).arg_true().to_numpy()
    for kind, share in SHARES.items() if len(sales) else ():
        # Only sales are copied: a return counted twice would undo a purchase.
        picked = np.sort(rng.choice(sales, max(1, round(share * rows.height))))
        source = parts[0] if kind == "duplicate" else rows.with_columns(order)
        parts.append(spoil(source[picked], kind, rng).with_columns(pl.col("order") + 0.5))
    return pl.concat(parts).sort("order", maintain_order=True).drop("order")


def spoil(rows: pl.DataFrame, kind: str, rng: np.random.Generator) -> pl.DataFrame:
    """Return rows with one thing wrong."""
    if kind == "customer":
        return rows.with_columns(pl.lit(None, pl.String).alias("CustomerId"))
    if kind == "date":
        bad = pl.Series(BAD_DATES).gather(rng.integers(0, len(BAD_DATES), rows.height))
        return rows.with_columns(bad.alias("Rec Date"))
    if kind == "number":
        bad = pl.Series(BAD_NUMBERS).gather(rng.integers(0, len(BAD_NUMBERS), rows.height))
        return rows.with_columns(bad.alias(PROFITS[0]))
    if kind == "empty":
        return rows.with_columns(pl.lit(None, pl.String).alias(column) for column in VALUES)
    return rows


def oddly(rows: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    """Return the same rows, a few of them in other people's ways of writing the same thing."""
    money = pl.Series(rng.random(rows.height) < ODD)
    brackets = pl.Series(rng.random(rows.height) < 0.5)
    clock = pl.Series(rng.random(rows.height) < ODD)
    float_id = pl.Series(rng.random(rows.height) < ODD / 3)
    blanks = pl.Series(rng.random(rows.height) < ODD)
    return rows.with_columns(
        *[_money(column, money, brackets) for column in PROFITS],
        pl.when(clock).then(pl.col("Rec Date") + " 00:00:00").otherwise("Rec Date"),
        pl.when(float_id).then(pl.col("CustomerId") + ".0").otherwise("CustomerId"),
        pl.when(blanks).then(pl.col("Customer") + "  ").otherwise("Customer"),
    )


def _money(column: str, dollars: pl.Series, brackets: pl.Series) -> pl.Expr:
    """Return `$1,234.50` for some profits and `(12.00)` for some negative ones."""
    cents = (pl.col(column).cast(pl.Float64).abs() * 100).round().cast(pl.Int64)
    whole, rest = (cents // 100).cast(pl.String), (cents % 100).cast(pl.String).str.zfill(2)
    grouped = whole.str.reverse().str.replace_all(r"(\d{3})", "$1,").str.reverse()
    grouped = grouped.str.strip_chars_start(",")
    negative = pl.col(column).str.starts_with("-")
    return (
        pl.when(negative & brackets)
        .then(pl.format("({}.{})", whole, rest))
        .when(~negative & dollars)
        .then(pl.format("${}.{}", grouped, rest))
        .otherwise(column)
        .alias(column)
    )
