"""Rows that a layout leaves out by rule; they are counted with their money and are not rejects."""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

from gosales_lib.core import currencies, sums
from gosales_lib.layout import Layout, Rule
from gosales_lib.sales_log import cleaning, values
from gosales_lib.sales_log.no_records import TITLE

LEFT_OUT = pl.Schema(
    {"file": pl.String(), "rule": pl.String(), "rows": pl.Int64(), "gross_profit": pl.Float64()}
)
RULE = "__rule__"
"""Added to rows that are none: headings and totals among filled-down rows."""


def of(rows: pl.DataFrame, layout: Layout) -> pl.Series:
    """Return the first rule that leaves each record out, else null."""
    rules = [pl.col(RULE)] if RULE in rows.columns else []
    rules += [_where(rule) for rule in layout.where]
    if (column := layout.columns.currency) and layout.rates is None:
        own = [sign.lower() for sign in currencies.spellings(layout.currency)]
        written = values.currency_of_row(layout)
        other = ~written.str.to_lowercase().is_in(own)
        rules.append(pl.when(other).then(pl.format("{} is {}", pl.lit(column), written)))
    column = layout.columns.division or layout.columns.product
    if layout.other == "leave out" and layout.shape == "long" and column:
        divisions = cleaning.text(column).is_in(list(layout.division_of))
        rules.append(pl.when(~divisions).then(pl.lit(f"{column} is in no division")))
    named = pl.coalesce(*rules) if rules else pl.lit(None, pl.String)
    rule = rows.select(named.alias("rule")).to_series()
    return rule if len(rule) == rows.height else rule.new_from_index(0, rows.height)


def _where(rule: Rule) -> pl.Expr:
    value = pl.coalesce(cleaning.text(rule.column).str.slice(0, 40), pl.lit("blank"))
    return pl.when(excluded(rule)).then(pl.format("{} is {}", pl.lit(rule.column), value))


def excluded(rule: Rule) -> pl.Expr:
    """Return which rows a rule leaves out."""
    if rule.keep is not None:
        return ~cleaning.is_one_of(rule.column, rule.keep)
    return cleaning.is_one_of(rule.column, rule.leave_out or [])


def account(file: str, rule: pl.Series, profit: pl.Series, titles: int = 0) -> pl.DataFrame:
    """Return rows and gross profit that each rule leaves out of one file, as LEFT_OUT.

    `titles` are lines above the header, which hold no money.
    """
    above = pl.DataFrame([(file, TITLE, titles, 0.0)] if titles else [], LEFT_OUT, orient="row")
    here = rule.is_not_null()
    if not here.any():
        return above
    lost = pl.DataFrame({"rule": rule.filter(here), "gross_profit": profit.filter(here)})
    counts = lost.group_by("rule", maintain_order=True).agg(
        sums.total("gross_profit"), rows=pl.len()
    )
    counts = counts.select(pl.lit(file).alias("file"), "rule", "rows", "gross_profit")
    return pl.concat([above, counts.select(*LEFT_OUT).cast(LEFT_OUT)])


def summed(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Return the accounts of pieces as one row per file and rule."""
    every = pl.concat([pl.DataFrame(schema=LEFT_OUT), *parts])
    table = every.group_by("file", "rule", maintain_order=True).agg(sums.all_columns())
    return table.select(*LEFT_OUT)
