"""Data: what came in, what was kept, what was rejected and why, and how fresh it is."""

from __future__ import annotations

import polars as pl

from gosales_lib.charts import sales as pictures
from gosales_lib.pages.blocks import Block, Cards, Column, Heading, Note, Page, Picture, Table
from gosales_lib.pages.source import NotShownError, Shown

FILES = (
    Column("file", "File", wide=True),
    Column("rows_in", "Rows in", "number"),
    Column("rows_kept", "kept", "number"),
    Column("rows_rejected", "rejected", "number"),
    Column("rows_empty", "without a product", "number"),
    Column("gross_profit_in", "Gross profit in", "money"),
    Column("gross_profit_kept", "kept", "money"),
    Column("gross_profit_rejected", "rejected", "money"),
    Column("duplicates", "Exact duplicates", "number"),
)
REASONS = (Column("reason", "Reason", wide=True), Column("rows", "Rows", "number"))
REJECTED = (
    Column("file", "File"),
    Column("line", "Line", "number"),
    Column("reason", "Reason", wide=True),
    Column("gross_profit", "Gross profit", "money"),
)
COVERAGE = 25


def page(shown: Shown) -> Page:
    """Return the account of the log."""
    etl = shown.etl
    files = pl.DataFrame(etl["files"], infer_schema_length=None)
    blocks: list[Block] = [
        Heading("Where did every row and every cent go?", etl["sentence"]),
        cards(shown),
        Table(FILES, files),
    ]
    if files.height:
        figure = pictures.reconciliation(files, shown.currency)
        blocks.append(Picture(figure, "Gross profit in, kept and rejected by file"))
    return Page([*blocks, *rejected(shown), *coverage(shown)])


def cards(shown: Shown) -> Cards:
    """Return rows in, kept and rejected, and how far the log reaches."""
    etl, unit = shown.etl, shown.currency
    share = etl["rows_kept"] / etl["rows_in"] if etl["rows_in"] else 0.0
    later = etl.get("holdout", {})
    until = later.get("last_order") or "none given"
    return Cards(
        [
            ("Rows in", f"{etl['rows_in']:,}", f"in {len(etl['files'])} files"),
            ("Kept", f"{etl['rows_kept']:,}", f"{share:.1%} of the rows"),
            (
                "Rejected",
                f"{etl['rows_rejected']:,}",
                f"{etl['gross_profit_rejected']:,.0f} {unit} gross profit",
            ),
            ("Sales from", str(etl["first_order"]), f"until {etl['last_order']}"),
            ("Later sales until", str(until), "opened for the holdout only"),
        ]
    )


def rejected(shown: Shown) -> list[Block]:
    """Return why rows were rejected, and the first of them."""
    counts = shown.etl.get("rejected_by_reason", {})
    if not counts:
        return [Note("No row was rejected.", "info")]
    table = pl.DataFrame({"reason": list(counts), "rows": list(counts.values())})
    blocks: list[Block] = [Heading("Why rows were rejected"), Table(REASONS, table)]
    try:
        rows = shown.frame(shown.run, "rejected_rows")
    except NotShownError as reason:
        return [*blocks, Note(str(reason), "info")]
    first = f"The first {min(COVERAGE, rows.height)} of {rows.height:,}; all are in "
    below = first + "rejected_rows.parquet of the run folder, each with its whole row."
    return [*blocks, Heading("Rejected rows", below), Table(REJECTED, rows.head(COVERAGE))]


def coverage(shown: Shown) -> list[Block]:
    """Return how much is known of customers, by family of features."""
    for division in shown.divisions:
        try:
            dictionary = shown.of(division, "feature_dictionary")
        except NotShownError:
            continue
        below = f"Share of customers with a value, features of {division}."
        picture = Picture(pictures.coverage(dictionary), "Coverage by family of features")
        return [Heading("What is known of customers", below), picture]
    return []
