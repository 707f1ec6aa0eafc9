"""Workbooks (Excel, OpenDocument) and JSON as rows of cells, and cells as columns with types.

A whole number is a whole number, so that `13085` stays a key; dates are dates; a column of several
kinds becomes text in which a number with three decimals has a fourth one: `1.2340` has one reading.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

import polars as pl

from gosales_lib.sales_log import error_cells, memory_limits

Cells = list[list[Any]]


@lru_cache(1)
def _opened(data: bytes) -> Any:
    """Return a workbook; ValueError where it is broken, or locked with a password."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return CalamineWorkbook.from_filelike(io.BytesIO(data))
    except CalamineError as error:
        locked = "EncryptedPackage".encode("utf-16-le") in data
        reason = "it is locked with a password" if locked else f"the workbook is broken: {error}"
        raise ValueError(reason) from None


def sheets(data: bytes) -> dict[str, str]:
    """Return the sheets of a workbook that hold anything, each with why it is no table."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    book, reasons = _opened(data), dict[str, str]()
    for sheet in book.sheets_metadata:
        if sheet.typ != SheetTypeEnum.WorkSheet:
            reasons[sheet.name] = "it is not a worksheet"
        elif sheet.visible != SheetVisibleEnum.Visible:
            reasons[sheet.name] = "the sheet is hidden"
        elif height := book.get_sheet_by_name(sheet.name).total_height:
            reasons[sheet.name] = "" if height > 1 else "it holds one row"
    return reasons


def cells(data: bytes, sheet: str) -> Cells:
    """Return the rows of a sheet, the first one being its line 1; blank cells are None."""
    table = _opened(data).get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    rows = [[None if value == "" else value for value in row] for row in table]
    for row, column, error in error_cells.of(data, sheet):
        if row < len(rows) and column < len(rows[row]):
            rows[row][column] = error
    return rows


def objects(data: bytes) -> Cells:
    """Return a JSON document or JSON lines as rows of cells, of which the first one is the header.

    The document is a list of objects, or holds one; an object inside an object is told by both
    names (`customer.id`), and orders that hold lists of lines become one row per line. It is a
    ValueError where it is no JSON, or holds no list of objects.
    """
    memory_limits.refuse_long_document(len(data))
    text = data.decode("utf-8-sig", errors="replace")
    try:
        orders = _rows(json.loads(text))
    except json.JSONDecodeError:
        orders = [_line(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    rows = [_flat(row) for row in _lines(orders)]
    header = _names(rows)
    if not header:
        raise ValueError("it holds no list of objects")
    return [header, *([row.get(name) for name in header] for row in rows)]


def _names(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _lines(orders: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return one object per line of an order, where orders hold lists of objects: the longest one.

    What an order says beside its list stands on each of its lines.
    """
    counts = {
        name: sum(len(row[name]) for row in orders if _is_table(row.get(name)))
        for name in _names(orders)
    }
    name = max(counts, key=counts.__getitem__, default="")
    if not name or not are_lines(counts[name], len(orders)):
        return orders
    return [
        row | {name: line}
        for row in orders
        for line in (row[name] if _is_table(row.get(name)) else [row.get(name)])
    ]


def are_lines(objects: int, orders: int) -> bool:
    """Return whether so many objects in lists of so many orders are their lines."""
    return objects >= max(1, orders / 2)


def _is_table(value: Any) -> bool:
    return isinstance(value, list) and value != [] and all(isinstance(row, dict) for row in value)


def _line(number: int, line: str) -> dict[str, Any]:
    try:
        content = json.loads(line)
    except json.JSONDecodeError as error:
        raise ValueError(f"line {number} is not JSON: {error.msg}") from None
    if not isinstance(content, dict):
        raise ValueError(f"line {number} is not an object")
    return content


def _rows(document: Any) -> list[dict[str, Any]]:
    """Return the longest list of objects of a document, or of rows below a header."""
    if isinstance(document, list) and all(isinstance(row, dict) for row in document):
        return document
    if isinstance(document, list) and all(isinstance(row, list) for row in document):
        header, *below = document
        is_header = len(header) > 1 and all(isinstance(name, str) and name for name in header)
        return [dict(zip(header, row, strict=False)) for row in below] if is_header else []
    if not isinstance(document, dict):
        return []
    if columns := _columns(document):
        rows = zip(*columns.values(), strict=True)
        return [dict(zip(columns, values, strict=True)) for values in rows]
    inside = [_rows(value) for value in document.values() if isinstance(value, list | dict)]
    return max(inside, key=len, default=[]) or ([document] if document and not inside else [])


def _columns(columns: dict[str, Any]) -> dict[str, list[Any]]:
    """Return a document of columns: lists of one length, rows by place, or names beside rows."""
    names, rows = columns.get("columns"), columns.get("data")
    if isinstance(names, list) and isinstance(rows, list) and rows:
        columns = {str(name): [row[at] for row in rows] for at, name in enumerate(names)}
    elif len(columns) > 1 and all(isinstance(v, dict) and v for v in columns.values()):
        columns = {name: list(v.values()) for name, v in columns.items() if next(iter(v)) == "0"}
    lists = [v for v in columns.values() if isinstance(v, list)]
    is_table = len(lists) == len(columns) > 1 and len({len(value) for value in lists}) == 1
    plain = all(not isinstance(value, dict | list) for values in lists for value in values)
    return columns if is_table and lists[0] and plain else {}


def _flat(row: dict[str, Any], before: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{before}{name}.")
        else:
            listed = json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value
            flat[_sound(before + name)] = listed
    return flat


def column(name: str, values: Sequence[Any]) -> pl.Series:
    """Return cells as a column: whole numbers, numbers, days, times, else text."""
    kinds = {type(value) for value in values if value is not None}
    if kinds and kinds <= {int, float}:
        whole = all(value is None or _is_whole(value) for value in values)
        cast, dtype = (int, pl.Int64) if whole else (float, pl.Float64)
        return pl.Series(name, [None if v is None else cast(v) for v in values], dtype)
    if kinds and kinds <= {date, datetime}:
        at = [datetime(v.year, v.month, v.day) if type(v) is date else v for v in values]
        return pl.Series(name, at, pl.Datetime("us"))
    return pl.Series(name, [_text(value) for value in values], pl.String)


def _is_whole(value: float) -> bool:
    return value == value // 1 and abs(value) < 2**53


def _text(value: Any) -> str | None:
    """Return a cell as text."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, int | float):
        if _is_whole(value):
            return str(int(value))
        text = str(value)
        return f"{text}0" if len(text.partition(".")[2]) == 3 else text
    if isinstance(value, datetime):
        return value.isoformat(" ") if value.time() != time() else value.date().isoformat()
    if isinstance(value, date | time | timedelta):
        return str(value)
    return _sound(str(value))


def _sound(text: str) -> str:
    """Return text without halves of characters (lone surrogates), which no file can hold."""
    return text.encode("utf-8", errors="replace").decode()
