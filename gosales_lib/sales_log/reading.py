"""Alarms on reading: files left out, decimal signs that nothing settles, blank amounts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date

import polars as pl

from gosales_lib.core.alarms import Alarm, warning
from gosales_lib.core.currencies import code
from gosales_lib.core.spelling import counted
from gosales_lib.layout import Layout
from gosales_lib.sales_log import currencies, day_orders
from gosales_lib.sales_log.log import SalesLog, size
from gosales_lib.sales_log.numbers import POINT

EXPECTED = ("no sales file", "later sales", "a lock file", "its name", "not named", "it is no")
"""Reasons for which a file or sheet is rightly left out, without an alarm."""
BINARY = re.compile(r"\.xlsb?( \[|$)", re.IGNORECASE)


def _left_out(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge files that hold a table, or should: their sales would be missing."""
    files = [item for item in log.files.left_out if not item.file.endswith("]")]
    lost = [item for item in files if not item.reason.startswith(EXPECTED)]
    if lost:
        yield warning(
            name="files-left-out",
            sentence=f"the log leaves out {counted(len(lost), 'file')} of the folder.",
            count=len(lost),
            example=f"{lost[0].file}: {lost[0].reason}",
            mend="Remove them, give them the columns of the others, or name the sales with "
            "`files:`.",
        )


def _decimals(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge columns whose `1.234` is either: no other value of the file decides.

    Taken for thousands it may be 1,000 times too much, and nothing may rest on it.
    """
    for file, evidence in log.evidence.items():
        if layout.decimal or any(signs.sign for signs in evidence.signs.values()):
            continue
        for column, signs in evidence.signs.items():
            if signs.undecided:
                is_point = evidence.used[column] == POINT
                thousands = signs.open_comma if is_point else signs.open_point
                yield Alarm(
                    name="undecided-decimal-sign",
                    level="failed" if thousands else "warning",
                    sentence=f"{file}: nothing shows whether {column} holds thousands or decimals.",
                    count=signs.open_point + signs.open_comma,
                    example=signs.example_open,
                    mend='Write `decimal: "."` or `decimal: ","` in the layout.',
                )


def _mixed(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge columns in which some values have a decimal point and others a decimal comma."""
    for file, evidence in log.evidence.items():
        for column, signs in evidence.signs.items():
            if signs.mixed:
                yield warning(
                    name="mixed-decimal-signs",
                    sentence=f"{file}: {column} holds decimal points and decimal commas; each "
                    "value was read by its own sign.",
                    count=min(signs.point, signs.comma),
                    example=f"{signs.example_point} and {signs.example_comma}",
                    mend="Check whether exports of two systems were joined.",
                )


def _currencies(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge amounts that are written with another currency than the layout's.

    Where a column names the currency of each row, it decides.
    """
    if layout.columns.currency:
        return
    counts, others = Counter[str](), currencies.foreign(layout.currency)
    for evidence in log.evidence.values():
        counts.update(evidence.currencies)
    written = Counter[str]()
    for mark, number in counts.items():
        if (named := code(mark)) in others:
            written[named] += number
    if not written:
        return
    is_whole = len(written) == 1 and written.total() == counts.total()
    listed = ", ".join(f"{name} ({number:,})" for name, number in written.most_common())
    yield Alarm(
        name="another-currency",
        level="warning" if is_whole else "failed",
        sentence=f"amounts are written in {listed}, and count as {layout.currency}.",
        count=written.total(),
        example=next(
            file
            for file, evidence in log.evidence.items()
            if any(code(mark) in written for mark in evidence.currencies)
        ),
        mend="Write their `currency:` in the layout, or export a column of currencies and map it "
        "to `currency`, with `rates:` or one of them kept.",
    )


def _blank(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge lines with a quantity and no amount: they count as sold for nothing.

    One is enough in a binary workbook, where an error such as `#REF!` cannot be told from a blank.
    """
    blank, lines = sum(log.blank.values()), int(log.reconciliation["fact_rows"].sum())
    binary = any(number and BINARY.search(file) for file, number in log.blank.items())
    if lines and (binary or blank / lines > layout.alarms.rejected_warning):
        errors = "; in .xls and .xlsb these may be errors such as #REF!" if binary else ""
        file, most = max(log.blank.items(), key=lambda item: item[1])
        yield warning(
            name="blank-amounts",
            sentence=f"{blank:,} of {lines:,} lines ({blank / lines:.1%}) have a quantity and no "
            f"amount; their money counts as 0{errors}.",
            count=blank,
            example=f"{counted(most, 'line')} of {file}",
            mend="Check whether the export lost amounts; `alarms: {accept: [blank-amounts]}` says "
            "that such lines cost nothing.",
        )


def _blank_quantities(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge lines with an amount and no quantity, of products that usually have one."""
    lines, usual = unknown_quantities(log), log.transactions["quantity"].count()
    if lines.height > layout.alarms.rejected_warning * usual:
        yield warning(
            name="blank-quantities",
            sentence=f"{lines.height:,} lines have an amount and no quantity, although most lines "
            "of their products have one.",
            count=lines.height,
            money=size(lines),
            example=f"invoice {lines['invoice'][0]}",
            mend="Check whether the export lost quantities, or has errors such as #N/A; "
            "`alarms: {accept: [blank-quantities]}` says that they are right.",
        )


def unknown_quantities(log: SalesLog) -> pl.DataFrame:
    """Return the lines with an amount and no quantity, of products that usually have one."""
    blank = pl.col("quantity").is_null()
    if not log.transactions["quantity"].null_count():
        return log.transactions.clear()
    lines = log.transactions.filter(blank.mean().over("product") < 0.5)
    return lines.filter(blank, pl.col("gross_profit") != 0)


def _open_days(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Judge files whose day and month may stand the other way round than in the other files."""
    day = pl.col("order_day").cast(pl.Date)
    ends = log.days.group_by("file", maintain_order=True).agg(
        day.min().alias("a"), day.max().alias("z")
    )
    spans = {file: (first, last) for file, first, last in ends.iter_rows()}
    settled = [file for file in spans if file not in log.open_days]
    doubtful = []
    for file in [file for file in spans if file in log.open_days and settled]:
        days = log.days.filter(pl.col("file") == file).select(day).to_series()
        turned = [date(each.year, each.day, each.month) for each in days]
        before = [spans[name][1] for name in settled if name < file][-1:]
        after = [spans[name][0] for name in settled if name > file][:1]
        there = (min(turned), max(turned))
        if not day_orders.speaks_for(spans[file], there, file, (before, after)):
            doubtful.append(file)
    if doubtful:
        yield warning(
            name="undecided-days",
            sentence=f"no row of {', '.join(doubtful[:3])} tells day and month apart, and nothing "
            "shows that they stand as in the other files.",
            count=len(doubtful),
            example=f"{doubtful[0]}: {spans[doubtful[0]][0]} to {spans[doubtful[0]][1]}",
            mend="Look at a date that you know, and export the file again where they are turned; "
            "`alarms: {accept: [undecided-days]}` says that they are right.",
        )


CHECKS = (_left_out, _decimals, _mixed, _currencies, _blank, _blank_quantities, _open_days)
