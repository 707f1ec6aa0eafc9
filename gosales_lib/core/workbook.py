"""Writes frames as an Excel workbook: typed columns, frozen headers, filters, no formulas."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import polars.selectors as cs

PERCENT: tuple[str, ...] = (
    "probability",
    "share",
    "rate",
    "base_rate",
    "similarity",
    "probability_30d",
)
PERCENT += ("probability_90d", *(f"product_{n}_probability" for n in (1, 2, 3)))
MONEY: tuple[str, ...] = (
    "expected_gp",
    "expected_gp_if_sold",
    "gross_profit",
    "gp_if_sold_low",
    "gp_if_sold_high",
)
MONEY += ("open_gp", "never_bought_gp", "lapsed_gp", "chosen_gp", "last_gp")
PRICE = tuple(f"product_{n}_unit_{what}" for n in (1, 2, 3) for what in ("price", "gp"))
RATIO = ("lift", "low", "high", "affinity", "fit", "score")
LONG = ("opener", "why", "reason_1", "reason_2", "reason_3", "note", "traits", "meaning", "reason")
"""Columns of sentences, which wrap."""
PRINTED = {"why": 0, "expected_gp": 12}
"""The last printed column of a sheet with more columns: all would be too small to read."""
LINE, PIXELS = 20, 7
"""Pixels of a line of text and of a character."""
HEADERS = {
    "rank": "Rank",
    "rep_rank": "Rank of the rep",
    "call_order": "Call",
    "customer_id": "Account number",
    "customer_name": "Account",
    "division": "Division",
    "cutoff_date": "As of",
    "state": "State",
    "motion": "Sales play",
    "chosen": "To call",
    "called": "Accounts to call",
    "when": "When",
    "opener": "Opening sentence",
    "why": "Why",
    "probability": "Chance in the window",
    "chance": "Chance",
    "probability_30d": "Chance within 30 days",
    "probability_90d": "Chance within 90 days",
    "likely_month": "Most likely month",
    "due_now": "Due now",
    "due_date": "Due by the customer's rhythm",
    "last_bought": "Last bought",
    "expected_gp": "Expected profit",
    "expected_gp_if_sold": "Profit if it sells",
    "gp_if_sold_low": "Profit if it sells, low",
    "gp_if_sold_high": "Profit if it sells, high",
    "gp_source": "Profit learned from",
    "gp_trusted": "Profit borne out by earlier windows",
    **{f"product_{n}_unit_gp": f"Product {n} margin per unit" for n in (1, 2, 3)},
    "places": "Capacity",
    "product": "Lead product",
    "product_source": "Products learned from",
    "open_gp": "Open potential",
    "never_bought_gp": "Of which never bought",
    "lapsed_gp": "Of which lapsed",
    "not_measurable": "Pairs not measurable",
    "chosen_gp": "Expected profit to call",
    "per_rep": "Offers per rep",
    "last_gp": "Profit per added offer",
    "note": "Why the list is short",
    "from_rep": "From",
    "to_rep": "To",
    "expected_buyers": "Expected purchases",
    "gross_profit": "Gross profit",
}
"""Headers that a person reads; other columns use their names without underscores."""
WRITTEN = datetime(2000, 1, 1)
WIDEST = 48
MOST_ROWS = 5_000
"""Largest number of rows on the sheet of all offers; Parquet and CSV hold all of them."""
LONGEST_NAME, LONGEST_TEXT = 31, 32_767
"""Excel's own limits: UTF-16 units of a sheet's name, characters of a cell."""


def write(
    path: Path,
    sheets: Mapping[str, pl.DataFrame],
    *,
    cover: Sequence[tuple[str, str]] = (),
    currency: str = "",
) -> None:
    """Write one sheet per frame; text stays text, also with a leading `=`.

    A text is written as a string, never as a formula, a link or a number, so `=1+1` shows as it
    is without a `'` in front; a number that is none (NaN, infinite) becomes an empty cell. Headers
    are words (`HEADERS`), money carries its currency, the header row and the account's name stay in
    view, and a printed sheet is one page wide.

    Parameters
    ----------
    cover
        Labels and texts of a first sheet, `Read me`; none without any.
    currency
        Code of the currency, such as USD.
    """
    import xlsxwriter

    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "default_date_format": "yyyy-mm-dd",
        "in_memory": True,  # no temporary file per part
    }
    with xlsxwriter.Workbook(str(path), options) as book:
        book.set_properties({"created": WRITTEN})  # the same list gives the same bytes
        first = names([*(["Read me"] if cover else []), *sheets])
        if cover:
            _cover(book, first.pop(0), cover)
        for name, frame in zip(first, sheets.values(), strict=True):
            _sheet(book, name, clean(frame), formats(currency))


def formats(currency: str) -> dict[str, str]:
    """Return the number format of each column that has one."""
    unit = f' "{currency}"' if re.fullmatch(r"[A-Za-z]{3}", currency) else ""
    return (
        {"expected_buyers": "#,##0.0"}
        | dict.fromkeys(PERCENT, "0.0%")
        | dict.fromkeys(MONEY, f"#,##0{unit}")
        | dict.fromkeys(PRICE, f"#,##0.00{unit}")
        | dict.fromkeys(RATIO, "0.00")
        | {f"product_{n}_quantity": "#,##0.##" for n in (1, 2, 3)}
    )


def _sheet(book: Any, name: str, frame: pl.DataFrame, numbers: dict[str, str]) -> None:
    """Write one frame as a table with headers in words."""
    titles = headers(frame.columns)
    sheet = book.add_worksheet(name)
    shaped: dict[str, dict[str, Any]] = {c: {"valign": "top"} for c in frame.columns}
    for column, shape in shaped.items():
        if column in LONG:
            shape |= {"text_wrap": True, "indent": 1}
        if column in numbers:
            shape["num_format"] = numbers[column]
        if frame[column].dtype.is_integer():
            shape["align"] = "center"
    still = frame.columns.index("customer_name") + 1 if "customer_name" in frame.columns[:3] else 0
    frame.rename(titles).write_excel(
        book,
        name,
        table_style="Table Style Light 1",
        header_format={"bold": True, "valign": "top"},
        column_formats={titles[c]: shaped[c] for c in shaped},
        column_widths={titles[c]: width(frame[c], titles[c]) for c in frame.columns},
        freeze_panes=(1, still),
        autofilter=True,
        row_heights={row + 1: LINE * lines for row, lines in enumerate(heights(frame))},
    )
    _printed(sheet)
    last = [c for c, most in PRINTED.items() if c in frame.columns and frame.width > most]
    if last:
        sheet.print_area(0, 0, frame.height, frame.columns.index(last[0]))
    sheet.repeat_rows(0)


def _printed(sheet: Any) -> None:
    """Print a sheet one page wide, in landscape format, with its name and the page below."""
    sheet.set_landscape()
    sheet.set_paper(9)  # A4
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
    sheet.set_footer("&L&A&RPage &P of &N")


def _cover(book: Any, name: str, cover: Sequence[tuple[str, str]]) -> None:
    """Write the first sheet: its subject, its date, how to read it, and how good it is."""
    sheet = book.add_worksheet(name)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 24, book.add_format({"bold": True, "valign": "top"}))
    sheet.set_column(1, 1, 100, book.add_format({"text_wrap": True, "valign": "top"}))
    for row, (label, text) in enumerate(cover):
        sheet.write_string(row, 0, label)
        sheet.write_string(row, 1, text[:LONGEST_TEXT])
        sheet.set_row_pixels(row, LINE * -(-len(text) // 95) + 6)
    _printed(sheet)


def headers(columns: Sequence[str]) -> dict[str, str]:
    """Return the header of each column; no two columns share one."""
    titles: dict[str, str] = {}
    for column in columns:
        text = HEADERS.get(column, column.replace("_", " ").capitalize())
        taken = {t.casefold() for t in titles.values()}
        titles[column] = text if text.casefold() not in taken else column
    return titles


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
    """Return the start of a text that fits into a number of UTF-16 units, in whole characters."""
    whole = text.encode("utf-16-le", "surrogatepass")[: 2 * units]
    return whole.decode("utf-16-le", "ignore")


def heights(frame: pl.DataFrame) -> list[int]:
    """Return how many lines the longest sentence of each row takes, 1 where nothing wraps.

    A viewer that does not fit rows to their text (LibreOffice, a phone) would cut them off.
    """
    wrapped = [_lines(frame[c], width(frame[c])) for c in frame.columns if c in LONG]
    if not wrapped or frame.is_empty():
        return []
    most = pl.DataFrame(wrapped).max_horizontal()
    return [] if most.max() == 1 else most.to_list()


def _lines(column: pl.Series, pixels: int) -> pl.Series:
    """Return how many lines a column's texts take at its width."""
    across = (pixels - 12) // PIXELS - 2  # words do not fill a line
    parts = column.cast(pl.String).fill_null("").str.split("\n")
    return parts.list.eval((pl.element().str.len_chars() / across).ceil().clip(1)).list.sum().cast(
        pl.Int64
    ).alias(column.name)  # fmt: skip


def width(column: pl.Series, header: str = "") -> int:
    """Return a column's width in pixels: its longest text, within reason."""
    lengths = column.cast(pl.String).str.len_chars().drop_nulls().to_list()
    return 12 + 7 * min(WIDEST, max(len(header or column.name) + 3, max(lengths, default=0)))
