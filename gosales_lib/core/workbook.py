"""Frames as an Excel workbook that opens clean: typed, frozen, filtered, and never a formula."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import polars as pl
import polars.selectors as cs

PERCENT = ("probability", "share", "rate", "base_rate", "similarity")
MONEY = ("expected_gp", "expected_gp_if_sold", "score", "gross_profit")
RATIO = ("lift", "low", "high", "affinity", "fit")
FORMATS = (
    dict.fromkeys(PERCENT, "0.0%") | dict.fromkeys(MONEY, "#,##0") | dict.fromkeys(RATIO, "0.00")
)
WRITTEN = datetime(2000, 1, 1)
WIDEST = 48
MOST_ROWS = 5_000
"""Rows of a sheet of all offers: more than anybody reads; Parquet and CSV hold all."""
LONGEST_NAME, LONGEST_TEXT = 31, 32_767
"""Excel's own limits: UTF-16 units of a sheet's name, characters of a cell."""


def write(path: Path, sheets: dict[str, pl.DataFrame]) -> None:
    """Write one sheet a frame; text stays text, whatever it starts with.

    A text is written as a string, never as a formula, a link or a number, so `=1+1` shows as it
    is without a `'` in front; a number that is none (NaN, infinite) becomes an empty cell.
    """
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": WRITTEN})  # the same list gives the same bytes
        for name, frame in zip(names(list(sheets)), sheets.values(), strict=True):
            clean(frame).write_excel(
                book,
                name,
                table_style="Table Style Light 1",
                column_formats={c: FORMATS[c] for c in frame.columns if c in FORMATS},
                column_widths={c: width(frame[c]) for c in frame.columns},
                freeze_panes=(1, 0),
                autofilter=True,
            )


def clean(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with what Excel can hold: whole numbers, texts up to its longest."""
    numbers = [
        pl.when(pl.col(c).is_finite()).then(pl.col(c)).alias(c)
        for c in frame.select(cs.float()).columns
    ]
    return frame.with_columns(*numbers, cs.string().str.slice(0, LONGEST_TEXT))


def names(wanted: list[str]) -> list[str]:
    """Return a name for each sheet that Excel takes: short, without its signs, each once.

    Excel counts UTF-16 units, of which an emoji has two, and does not tell capitals apart.
    """
    taken: list[str] = []
    for text in wanted:
        base = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", text).strip("' ") or "sheet"
        name, number = cut(base, LONGEST_NAME).strip("' "), 1
        while name.casefold() in {t.casefold() for t in taken} or name.casefold() == "history":
            number += 1
            end = f" ({number})"
            name = cut(base, LONGEST_NAME - len(end)).strip("' ") + end
        taken.append(name)
    return taken


def cut(text: str, units: int) -> str:
    """Return as much of a text as fits into so many UTF-16 units, no character halved."""
    whole = text.encode("utf-16-le", "surrogatepass")[: 2 * units]
    return whole.decode("utf-16-le", "ignore")


def width(column: pl.Series) -> int:
    """Return a column's width in pixels: its longest text, within reason."""
    longest = max(column.cast(pl.String).str.len_chars().drop_nulls(), default=0)
    return 12 + 7 * min(WIDEST, max(len(column.name) + 3, longest))
