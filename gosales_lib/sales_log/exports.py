"""Finds exports that overlap: a file that others contain, lines that two files hold."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from gosales_lib.core import sums, timeline
from gosales_lib.core.alarms import Alarm, Raised
from gosales_lib.core.spelling import counted
from gosales_lib.layout import Layout
from gosales_lib.sales_log.copies import COPY
from gosales_lib.sales_log.log import SalesLog, size

LINES, SAME, LAG = 20, 0.8, 20
"""Lines of a file of which this share must be in another one, within so many days."""
KEYS = ("customer_id", "invoice", "product", "order_date")


def overlaps(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge exports that overlap: a file that others contain, lines in two files."""
    files = log.reconciliation
    dropped = log.rejected.filter(pl.col("reason").str.contains(COPY, literal=True))
    yield from _same_exports(_whole(dropped, files, "rows_in"), "warning")
    if files.filter(pl.col("fact_rows") > 0).height < 2:
        return
    facts = with_files(log).with_columns(
        line=pl.struct(pl.exclude("file", "order_day", "rep", "branch")).hash(seed=17),
        key=pl.struct(*KEYS).hash(seed=17),
    )
    twice = _in_an_earlier_file(facts, "line")
    whole = _whole(twice, files, "fact_rows")
    yield from _same_exports(whole, "failed")
    if layout.revisions != "all":
        return
    rest = ~pl.col("file").is_in(whole["file"].implode())
    twice, facts = twice.filter(rest), facts.filter(rest)
    again = _in_an_earlier_file(facts, "key")
    if again.height:
        first, amount = again.row(0, named=True), size(again)
        share = amount / (size(facts) or 1.0)
        yield Alarm(
            name="overlapping-exports",
            level="failed" if share > layout.alarms.rejected_failed else "warning",
            sentence=f"{counted(again.height, 'line')} with an invoice and product of an earlier "
            f"file; {twice.height:,} of them are equal. All count, so "
            f"{amount:,.2f} {layout.currency} ({share:.1%}) may count twice.",
            count=again.height,
            money=amount,
            example=f"invoice {first['invoice']}, {first['product']}, again in {first['file']}",
            mend="`revisions: newest` takes an invoice from its newest file, and `union` each line "
            "once; "
            "`alarms: {accept: [overlapping-exports]}` says that all of them count.",
        )


def _whole(copies: pl.DataFrame, files: pl.DataFrame, rows: str) -> pl.DataFrame:
    """Return file, money and rows of the files, all rows of which are copies."""
    money = sums.total(pl.col("gross_profit").abs())
    counts = copies.group_by("file", maintain_order=True).agg(money, pl.len().alias(rows))
    return counts.join(
        files.select("file", pl.col(rows).cast(pl.UInt32)), on=["file", rows], how="inner",
        maintain_order="left",
    )  # fmt: skip


def _same_exports(files: pl.DataFrame, level: Raised) -> Iterator[Alarm]:
    """Yield an alarm on each of these files: file, money, rows."""
    for file, money, rows in files.iter_rows():
        yield Alarm(
            name="same-export-twice",
            level=level,
            sentence=f"all {counted(rows, 'row')} of {file} stand in other files as well.",
            count=rows,
            money=money,
            example=file,
            mend="Take the file away; `duplicates: drop` counts exact copies once.",
        )


def under_other_numbers(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge whether a file tells of the sales of another one under other numbers.

    Orders and the invoices that follow them are such files. A line is the same sale where customer,
    product, quantity and money are equal, both days lie within LAG days, and both files cover them.
    Lines of one invoice are left to `overlaps`.
    """
    spans = [(f.name, *map(timeline.to_day, (f.first, f.last))) for f in log.coverage.files]
    schema = {"file": pl.String, "first": pl.Int32, "last": pl.Int32}
    ranges = pl.DataFrame(spans, schema=schema, orient="row")
    pairs = ranges.join_where(
        ranges, pl.col("file") < pl.col("file_right"),
        pl.col("first") <= pl.col("last_right"), pl.col("first_right") <= pl.col("last"),
    )  # fmt: skip
    if pairs.is_empty():
        return
    sale = pl.struct("customer_id", "product", "quantity", pl.col("gross_profit").round(2))
    facts = with_files(log).join(ranges, on="file", maintain_order="left")
    facts = facts.with_columns(sale=sale.hash(seed=17)).sort(
        "sale", "order_day", maintain_order=True
    )
    judged = facts.with_columns(twin=pl.coalesce(_twin(1), _twin(-1)))
    counts = judged.group_by("file", maintain_order=True).agg(
        pl.len(), pl.col("twin").count().alias("same"), pl.col("twin").drop_nulls().mode().min()
    )
    counts = counts.filter(pl.col("len") >= LINES, pl.col("same") >= SAME * pl.col("len"))
    for file, rows, same, twin in counts.sort("len", "file").head(1).iter_rows():
        yield Alarm(
            name="same-sales-twice",
            level="failed",
            sentence=f"{same:,} of {rows:,} lines of {file} stand in {twin} as well, under other "
            "numbers: the same sales seem to count twice.",
            count=same,
            money=size(judged.filter(pl.col("file") == file, pl.col("twin").is_not_null())),
            example=file,
            mend=f"Name the files that count with `files:`, such as {twin!r}; "
            "`alarms: {accept: [same-sales-twice]}` says that all of them count.",
        )


def _twin(step: int) -> pl.Expr:
    """Return the file of the line before or after, if that may be the same sale."""
    day, file = pl.col("order_day"), pl.col("file")
    near = (day - day.shift(step)).abs() <= LAG
    same = near & (pl.col("sale") == pl.col("sale").shift(step)) & (file != file.shift(step))
    other_number = (pl.col("invoice") != pl.col("invoice").shift(step)).fill_null(True)
    covered = day.is_between(pl.col("first").shift(step), pl.col("last").shift(step))
    return pl.when(same & other_number & covered).then(file.shift(step))


def with_files(log: SalesLog) -> pl.DataFrame:
    """Return the transactions, in order, each with its file."""
    files = log.reconciliation.filter(pl.col("fact_rows") > 0)
    index = pl.int_range(pl.len(), dtype=pl.UInt32).repeat_by("fact_rows").explode()
    return log.transactions.with_columns(files["file"].gather(files.select(index).to_series()))


def _in_an_earlier_file(facts: pl.DataFrame, key: str) -> pl.DataFrame:
    """Return the rows whose key occurs in an earlier file."""
    first = pl.col("file").first().over(key)
    if facts.group_by(key).agg(pl.col("file").n_unique())["file"].max() in (None, 1):
        return facts.clear()
    return facts.filter(first != pl.col("file"))


CHECKS = (overlaps, under_other_numbers)
