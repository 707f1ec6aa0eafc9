"""Revisions: which lines count of an invoice that several files hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from gosales_lib.sales_log.left_out_rows import LEFT_OUT
from gosales_lib.sales_log.unpivot import Tidy

REVISED = "an older revision of an invoice"
AGAIN = "a line that an earlier file holds"


def newest(parts: Sequence[Tidy]) -> list[Tidy]:
    """Return the parts, in which only the last file with an invoice keeps it.

    Files come in the order of their names; pieces of one file are one export.
    """
    kept: list[Tidy] = []
    later, current, file = pl.Series(dtype=pl.UInt64), pl.Series(dtype=pl.UInt64), ""
    for part in reversed(parts):
        if part.file != file:
            later, current, file = pl.concat([later, current]).unique(), current.clear(), part.file
        invoices, of_orders = (f["invoice"].hash(seed=17) for f in (part.facts, part.orders))
        current = pl.concat([current, invoices])
        gone, gone_orders = (ids.is_in(later.implode()) for ids in (invoices, of_orders))
        kept.append(_without(part, gone, gone_orders, REVISED))
    return kept[::-1]


def union(parts: Sequence[Tidy]) -> list[Tidy]:
    """Return the parts of order lines, in which the files together hold each line once.

    A line that one file holds twice counts twice: the n-th copy of a line is the same sale in every
    file. So an order is whole whose lines are cut between exports that overlap.
    """
    line = pl.struct(pl.exclude("order_day", "rep", "branch")).hash(seed=17).alias("line")
    lines = [part.facts.select(line, file=pl.lit(part.file)) for part in parts]
    copy = pl.int_range(pl.len()).over("line", "file").alias("copy")
    every = pl.concat([pl.DataFrame(schema={"line": pl.UInt64, "file": pl.String}), *lines])
    again = every.select("line", copy).select(~pl.struct("line", "copy").is_first_distinct())
    start, kept = 0, list[Tidy]()
    for part in parts:
        gone = again.to_series().slice(start, part.facts.height)
        start += part.facts.height
        kept.append(_without(part, gone, gone, AGAIN))
    return kept


def _without(part: Tidy, gone: pl.Series, gone_orders: pl.Series, rule: str) -> Tidy:
    """Return a part without some facts and the orders they are of, which are left out by rule."""
    if not gone.any():
        return part
    facts, orders = part.facts.filter(~gone), part.orders.filter(~gone_orders)
    rows = part.orders.height - orders.height
    money = float(part.facts["gross_profit"].sum()) - float(facts["gross_profit"].sum())
    line = pl.DataFrame([(part.file, rule, rows, money)], schema=LEFT_OUT, orient="row")
    left_out, blank = pl.concat([part.left_out, line]), part.blank.filter(~gone)
    return replace(part, facts=facts, orders=orders, blank=blank, left_out=left_out)
