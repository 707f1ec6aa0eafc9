"""The account of a log: rows and gross profit of each file, in and out, closed to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl

from gosales_lib.core import settings, sums
from gosales_lib.core.alarms import Alarm
from gosales_lib.core.columns import UNREADABLE
from gosales_lib.core.spelling import counted
from gosales_lib.layout import Layout
from gosales_lib.reports.etl import Etl
from gosales_lib.sales_log.log import SalesLog
from gosales_lib.sales_log.reading import unknown_quantities

BY_DIVISION = (
    pl.len().alias("rows"),
    pl.col("customer_id").n_unique().alias("customers"),
    sums.total("gross_profit"),
    sums.total("quantity"),
    pl.col("order_date").max().alias("last_order"),
)
"""Aggregates that describe a division's rows."""


def folder(given: str, default: str | None) -> Path | None:
    """Return the folder to read: the given one, else the layout's; None where there is neither."""
    name = given or default
    return settings.resolve(name) if name else None


def rejected(log: SalesLog, later: SalesLog) -> pl.DataFrame:
    """Return the rejected rows of the log and of the holdout, in this order."""
    return pl.concat([log.rejected, later.rejected])


def report(log: SalesLog, later: SalesLog, layout: Layout, alarms: Sequence[Alarm] = ()) -> Etl:
    """Return the report of 01_etl: the account of the log and of the holdout, and the alarms."""
    figures: dict[str, Any] = {
        "layout": layout.name,
        "currency": layout.currency,
        "divisions": layout.divisions,
        **totals(log),
        "customers": log.customers.height,
        "customers_with_orders": log.customers["first_order_date"].count(),
        "holdout": totals(later),
        "files": log.reconciliation.to_dicts(),
        "holdout_files": later.reconciliation.to_dicts(),
        "rejected_by_reason": dict(reasons(log).iter_rows()),
        "left_out_by_rule": by_rule(log),
        "files_left_out": {left_out.file: left_out.reason for left_out in log.files.left_out},
        "keys_changed": log.keys_changed.values,
        "alarms": [alarm.model_dump() for alarm in alarms],
        "coverage": log.coverage.model_dump(mode="json"),
        "holdout_coverage": later.coverage.model_dump(mode="json"),
    }
    return Etl.of(**figures, sentence=in_words(log, layout.currency))


def reasons(log: SalesLog) -> pl.DataFrame:
    """Return the kinds of reasons of rejected rows, the most frequent first: reason, rows."""
    counts = log.rejected.group_by(pl.col("reason").str.split(":").list.first()).len("rows")
    return counts.sort("rows", "reason", descending=True)


def by_rule(log: SalesLog) -> dict[str, dict[str, float]]:
    """Return rows and gross profit that each rule of the layout leaves out."""
    rules = log.left_out.group_by("rule", maintain_order=True).agg(sums.all_columns())
    return {row.pop("rule"): row for row in rules.iter_rows(named=True)}


def totals(log: SalesLog) -> dict[str, Any]:
    """Return the sums of a reconciliation, and the first and last day with a row.

    Orders that are dated ahead do not count, even if the layout keeps them.
    """
    total = log.reconciliation.select(sums.all_columns()).row(0, named=True)
    day, last = pl.col("order_date"), log.coverage.last
    days = log.transactions.filter(day <= last if last else True)
    ends = days.select(first_order=day.min(), last_order=day.max()).row(0, named=True)
    return {key: round(value, 4) for key, value in total.items()} | ends


def unread(log: SalesLog) -> int:
    """Return the number of rejected rows with an amount that is no number or has no rate."""
    amount = pl.col("gross_profit").is_null() | pl.col("reason").str.contains(UNREADABLE)
    return log.rejected.filter(amount).height


def in_words(log: SalesLog, unit: str) -> str:
    """Return the account in words. It closes to the cent, or 01_etl would have stopped before.

    Lines that lack an amount or a quantity, and rejected rows with an amount that is not known, are
    named where there are any. `unit` is the currency.
    """
    sums, left = totals(log), ""
    if sums["rows_left_out"]:
        money = sums["gross_profit_left_out"]
        left = f"{sums['rows_left_out']:,} with {money:,.2f} {unit} left out"
        left += " by rules of the layout, "
    blank, unknown = sum(log.blank.values()), unread(log)
    without_amount = f"; a quantity and no amount, counted as 0: {blank:,}" if blank else ""
    if uncounted := unknown_quantities(log).height:
        without_amount += f"; an amount and no quantity: {uncounted:,}"
    if unknown:
        without_amount += f"; rejected with an amount that is not known, counted as 0: {unknown:,}"
    return (
        f"{counted(sums['rows_in'], 'row')} and {sums['gross_profit_in']:,.2f} {unit} came in; "
        f"{sums['rows_kept']:,} with {sums['gross_profit_kept']:,.2f} {unit} kept, "
        f"{sums['rows_rejected']:,} with {sums['gross_profit_rejected']:,.2f} {unit} rejected, "
        f"{left}"
        f"{sums['rows_empty']:,} without a product; "
        f"exact copies of an earlier row: {sums['duplicates']:,}{without_amount}."
    )
