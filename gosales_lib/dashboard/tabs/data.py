"""Data: rows read, kept and rejected with reasons, and how recent the log is."""

from __future__ import annotations

from datetime import date

import polars as pl

from gosales_lib.charts import calendar, glance
from gosales_lib.charts import sales as pictures
from gosales_lib.core.columns import shown_amounts
from gosales_lib.core.spelling import counted
from gosales_lib.dashboard.read.source import NotShownError, Shown
from gosales_lib.dashboard.read.view import View
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.render.blocks import (
    Beside,
    Block,
    Cards,
    Note,
    Page,
    Picture,
    Table,
    section,
)
from gosales_lib.dashboard.render.columns import Column
from gosales_lib.dashboard.tabs import verdicts
from gosales_lib.reports.etl import File

FILES = (
    Column("file", "File", wide=True),
    Column("rows_in", "Rows in", "number"),
    Column("rows_kept", "kept", "number"),
    Column("rows_rejected", "rejected", "number"),
    Column("rows_left_out", "left out by rules", "number"),
    Column("rows_empty", "without a product", "number"),
    Column("gross_profit_in", "Gross profit in", "money"),
    Column("gross_profit_kept", "kept", "money"),
    Column("gross_profit_rejected", "rejected", "money"),
    Column("gross_profit_left_out", "left out by rules", "money"),
    Column("duplicates", "Exact duplicates", "number"),
)
REASONS = (Column("reason", "Reason", wide=True), Column("rows", "Rows", "number"))
REJECTED = (
    Column("file", "File"),
    Column("line", "Line", "number"),
    Column("reason", "Reason", wide=True),
    Column("gross_profit", "Gross profit", "money"),
)
FIRST = 15
RULED = ("rows_left_out", "gross_profit_left_out")
"""What rules of the layout leave out; a log without such rows needs no columns for them."""


def page(shown: Shown, view: View, other: Shown | None = None) -> Page:
    """Return the account of the log."""
    etl, unit = shown.etl, shown.currency
    files = File.table(etl.files)
    columns = [c for c in FILES if etl.rows_left_out or c.name not in RULED]
    account: list[Block] = [Table(columns, files, unit=unit)]
    if files.height:
        figure = pictures.reconciliation(files, unit)
        account.append(Picture(figure, "Gross profit in, kept and rejected by file"))
    title = "Where did every row and every cent go?"
    blocks = [*covered(shown), *rejected(shown), *coverage(shown)]
    return Page(
        [*verdicts.heard(etl.alarms), cards(shown), section(title, etl.sentence, *account), *blocks]
    )


def cards(shown: Shown) -> Cards:
    """Return rows in, kept and rejected, and the last covered day."""
    etl = shown.etl
    lost = words.money(etl.gross_profit_rejected, shown.currency)
    known = f"{etl.customers:,} customers in all files"
    fresh = "not available"
    if etl.last_order:
        stale = (date.fromisoformat(shown.cutoff) - etl.last_order).days
        ago = f"{counted(abs(stale), 'day')} {'before' if stale > 0 else 'after'} the cutoff"
        fresh = ago if stale else "on the cutoff"
    later = words.day(etl.holdout.last_order)
    return Cards(
        [
            ("Rows in", words.count(etl.rows_in), f"in {counted(len(etl.files), 'file')}"),
            ("Kept", words.count(etl.rows_kept), f"{words.percent(etl.share_kept)} of the rows"),
            ("Rejected", words.count(etl.rows_rejected), f"{lost} gross profit"),
            ("Last sale", words.day(etl.last_order), fresh),
            ("First sale", words.day(etl.first_order), known),
            ("Later sales until", later, "opened for the holdout only"),
        ]
    )


def covered(shown: Shown) -> list[Block]:
    """Return the calendar of what the log covers, with the windows of the cutoff on it."""
    etl = shown.etl
    both = etl.holdout_coverage if etl.holdout_coverage.last else etl.coverage
    if both.last is None:
        return []
    aside = etl.coverage.aside if both is etl.holdout_coverage else ()
    reports = filter(None, (shown.division(name).features for name in shown.divisions))
    earlier = {entry.cutoff_date for report in reports for entry in report.training_cutoffs}
    cutoff = date.fromisoformat(shown.cutoff)
    windows = calendar.Windows.of(cutoff, sorted(earlier), shown.window)
    below = (
        "Months of the log and of the later sales, file by file, and below them the windows that "
        "the models were trained, validated and checked on. A window with a missing month does "
        "not train, and rows far from the rest are set aside."
    )
    figure = calendar.coverage(both, windows, aside)
    title = "Months that the log covers, with the windows of this cutoff"
    return [section("Which months does the log cover?", below, Picture(figure, title))]


def rejected(shown: Shown) -> list[Block]:
    """Return why rows were rejected, and the first of them."""
    counts = shown.etl.rejected_by_reason
    if not counts:
        return [Note("No row was rejected.", "info")]
    table = pl.DataFrame({"reason": list(counts), "rows": list(counts.values())})
    why = section("Why rows were rejected", "", Table(REASONS, table))
    try:
        rows = shown.frame(shown.run, "rejected_rows").with_columns(gross_profit=shown_amounts())
    except NotShownError as reason:
        return [why, Note(str(reason), "info")]
    first = f"The first {min(FIRST, rows.height)} of {rows.height:,}, those of later sales among "
    below = first + "them; all are in rejected_rows.parquet of the run folder, with the whole row."
    listed = Table(REJECTED, rows.head(FIRST), unit=shown.currency)
    return [Beside([why, section("Rejected rows", below, listed)])]


def coverage(shown: Shown) -> list[Block]:
    """Return the coverage of customers' features, by family."""
    for division in shown.divisions:
        try:
            dictionary = shown.of(division, "feature_dictionary")
        except NotShownError:
            continue
        shares = dictionary.group_by("family").agg(pl.col("coverage").mean(), pl.len())
        shares = shares.sort("coverage", "family", descending=[True, False])
        counted = [
            f"{words.family(name)} ({n})" for name, n in shares.select("family", "len").rows()
        ]
        names = pl.Series(counted, dtype=pl.String)
        text = [words.percent(share, 0) for share in shares["coverage"]]
        bars = glance.ranked_bars(
            names, shares["coverage"], text, "share of customers with a value"
        )
        bars.update_xaxes(tickformat=".0%", tickvals=[0, 0.5, 1])
        below = (
            f"Share of customers with a value in the features of {division}, by feature family and "
            "its number of features."
        )
        picture = Picture(bars, "Share of customers with a value, by feature family")
        return [section("What is known of customers", below, picture)]
    return []
