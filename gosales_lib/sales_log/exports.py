"""Finds exports that overlap: a file that others contain, lines that two files hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from gosales_lib.core import sums
from gosales_lib.core.alarms import Alarm
from gosales_lib.layout import Layout
from gosales_lib.sales_log.rejects import COPY, size

if TYPE_CHECKING:
    from gosales_lib.sales_log import SalesLog

KEYS = ("customer_id", "invoice", "product", "order_date")


def overlaps(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge exports that overlap: a file that others contain, lines in two files."""
    dropped = log.rejected.filter(pl.col("reason").str.contains(COPY, literal=True))
    copied = dropped.group_by("file").len()
    for file, number in (
        copied.join(log.reconciliation, on="file").select("file", "len").iter_rows()
    ):
        if number == log.reconciliation.filter(pl.col("file") == file)["rows_in"][0]:
            yield _same_export(
                file, number, size(dropped.filter(pl.col("file") == file)), "warning"
            )
    files = log.reconciliation.filter(pl.col("fact_rows") > 0)
    if files.height < 2:
        return
    facts = with_files(log).with_columns(
        line=pl.struct(pl.exclude("file", "order_day", "rep", "branch")).hash(seed=17),
        key=pl.struct(*KEYS).hash(seed=17),
    )
    twice = _in_an_earlier_file(facts, "line")
    whole = twice.group_by("file", maintain_order=True).agg(
        rows=pl.len(), money=sums.total(pl.col("gross_profit").abs())
    )
    for file, rows, money in whole.iter_rows():
        if rows == files.filter(pl.col("file") == file)["fact_rows"][0]:
            yield _same_export(file, rows, money, "failed")
            twice = twice.filter(pl.col("file") != file)
            facts = facts.filter(pl.col("file") != file)
    if layout.revisions == "newest":
        return
    again = _in_an_earlier_file(facts, "key")
    if again.height:
        first, money = again.row(0, named=True), size(again)
        share = money / (size(facts) or 1.0)
        yield Alarm(
            name="overlapping-exports",
            level="failed" if share > layout.alarms.rejected_failed else "warning",
            sentence=f"{again.height:,} lines have an invoice and product of an earlier file; "
            f"{twice.height:,} of them are equal. All count, so "
            f"{money:,.2f} {layout.currency} ({share:.1%}) may count twice.",
            count=again.height,
            money=money,
            example=f"invoice {first['invoice']}, {first['product']}, again in {first['file']}",
            mend="`revisions: newest` takes an invoice from its newest file; "
            "`alarms: {accept: [overlapping-exports]}` says that all of them count.",
        )


def with_files(log: SalesLog) -> pl.DataFrame:
    """Return the transactions, in order, each with its file."""
    files = log.reconciliation.filter(pl.col("fact_rows") > 0)
    return log.transactions.with_columns(file=files["file"].gather(_place_of(files["fact_rows"])))


def _same_export(file: str, rows: int, money: float, level: str) -> Alarm:
    return Alarm.model_validate(
        {
            "name": "same-export-twice",
            "level": level,
            "sentence": f"all {rows:,} rows of {file} stand in other files as well.",
            "count": rows,
            "money": money,
            "example": file,
            "mend": "Take the file away; `duplicates: drop` counts exact copies once.",
        }
    )


def _in_an_earlier_file(facts: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the rows whose key occurs in an earlier file."""
    first = pl.col("file").first().over(key)
    if facts.group_by(key).agg(pl.col("file").n_unique())["file"].max() in (None, 1):
        return facts.clear()
    return facts.filter(first != pl.col("file"))


def _place_of(counts: pl.Series) -> pl.Series:
    return pl.Series(range(len(counts)), dtype=pl.UInt32).repeat_by(counts).explode()
