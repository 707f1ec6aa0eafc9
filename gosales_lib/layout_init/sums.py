"""Rows without a date that sum up those above them are no records, whatever their word."""

from __future__ import annotations

import polars as pl

from gosales_lib.layout_init import evidence
from gosales_lib.sales_log import dates, no_records, numbers
from gosales_lib.sales_log.numbers import Sign


def without(rows: pl.DataFrame, decimal: Sign) -> pl.DataFrame:
    """Return rows without totals and subtotals.

    Such a row has no date and too few values, and in a column of numbers the sum of rows above it.
    """
    narrow = no_records.narrow(rows, no_records.usual(rows))
    if not narrow.any():
        return rows
    every = [evidence.of(rows, name, decimal) for name in rows.columns]
    days = [dates.days(rows[e.name], e.reading.formats) for e in every if e.is_date]
    if not days:
        return rows
    apart = narrow & pl.DataFrame(days).select(pl.all_horizontal(pl.all().is_null())).to_series()
    if not apart.any():
        return rows
    is_sum = pl.repeat(False, rows.height, eager=True)
    for e in every:
        if e.is_number:
            values = numbers.number(rows[e.name], numbers.judge(rows[e.name]).sign or decimal)
            is_sum |= no_records.sums(values, apart)
    return rows.filter(~is_sum)
