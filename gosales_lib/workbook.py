"""The list as an Excel workbook that opens clean: typed, frozen, filtered, and never a formula."""

from __future__ import annotations

from pathlib import Path

import polars as pl

FORMATS = {"probability": "0.0%", "share": "0.0%"}
MONEY = ("expected_gp", "expected_gp_if_sold", "score", "gross_profit")
WIDEST = 48


def write(path: Path, sheets: dict[str, pl.DataFrame]) -> None:
    """Write one sheet a frame; text stays text, whatever it starts with."""
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": None})
        for name, frame in sheets.items():
            frame.write_excel(
                book,
                name,
                table_style="Table Style Light 1",
                column_formats={c: style(c) for c in frame.columns if style(c)},
                column_widths={c: width(frame[c]) for c in frame.columns},
                freeze_panes=(1, 0),
                autofilter=True,
            )


def style(column: str) -> str | None:
    """Return a column's number format, None for the default one."""
    return FORMATS.get(column) or ("#,##0" if column in MONEY else None)


def width(column: pl.Series) -> int:
    """Return a column's width in pixels: its longest text, within reason."""
    longest = column.cast(pl.String).str.len_chars().max() or 0
    return 12 + 7 * min(WIDEST, max(len(column.name) + 3, int(longest)))
