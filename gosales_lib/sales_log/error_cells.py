"""Cells of workbooks such as `#REF!` and `#DIV/0!`, which the library reads as blank or as 0."""

from __future__ import annotations

import html
import io
import re
import zipfile
from collections.abc import Iterator

from gosales_lib.sales_log.memory_limits import place

Cell = tuple[int, int, str]
"""Row, column (both from 0) and text of an error."""
WORKBOOK, LINKS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
XLSX = re.compile(
    rb'<c r="([A-Z]+)(\d+)"[^>]*? t="e"[^>]*>(?:(?!</c>).)*?<v>(#[^<]+)</v>', re.DOTALL
)
ATTRIBUTES = r"""((?:[^>"']|"[^"]*"|'[^']*')*?)"""
ODS_TABLE = re.compile(rf"<table:table\b{ATTRIBUTES}>(.*?)</table:table>", re.DOTALL)
ODS_ROW = re.compile(rf"<table:table-row\b{ATTRIBUTES}(?:/>|>(.*?)</table:table-row>)", re.DOTALL)
ODS_CELL = re.compile(
    rf"<table:(?:covered-)?table-cell\b{ATTRIBUTES}(?:/>|>(.*?)</table:(?:covered-)?table-cell>)",
    re.DOTALL,
)


def of(data: bytes, sheet: str) -> Iterator[Cell]:
    """Yield the error cells of a sheet of .xlsx, .xlsm or .ods.

    Those of .xls and .xlsb are read as blank, and the account names lines without an amount.
    """
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        if "content.xml" in book.namelist():
            yield from _ods(book.read("content.xml"), sheet)
        else:
            yield from _xlsx(sheet_of(book, sheet))


def attributes(xml: bytes, tag: str, key: str, value: str) -> dict[str, str]:
    """Return two attributes of each element of a name: the one by the other."""
    table = {}
    for element in re.findall(rf"<(?:\w+:)?{tag}\b([^>]*)>", xml.decode(errors="replace")):
        pairs = dict(re.findall(r'([\w:]+)="([^"]*)"', element))
        table[html.unescape(pairs.get(key, ""))] = html.unescape(pairs.get(value, ""))
    return table


def sheet_of(book: zipfile.ZipFile, sheet: str) -> bytes:
    """Return the XML of a sheet of .xlsx or .xlsm; empty where the workbook is another one."""
    if not {WORKBOOK, LINKS} <= set(book.namelist()):
        return b""
    link = attributes(book.read(WORKBOOK), "sheet", "name", "r:id").get(sheet, "")
    target = attributes(book.read(LINKS), "Relationship", "Id", "Target").get(link, "")
    part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    return book.read(part) if part in book.namelist() else b""


def _xlsx(text: bytes) -> Iterator[Cell]:
    for letters, row, error in XLSX.findall(text) if b't="e"' in text else ():
        yield int(row) - 1, place(letters) - 1, error.decode()


def _ods(xml: bytes, sheet: str) -> Iterator[Cell]:
    if b'value-type="error"' not in xml:
        return
    for name, table in ODS_TABLE.findall(xml.decode(errors="replace")):
        if html.unescape(_value(name, "table:name")) != sheet:
            continue
        row = 0
        for attributes, cells in ODS_ROW.findall(table):
            rows, column = int(_value(attributes, "table:number-rows-repeated") or 1), 0
            for cell, content in ODS_CELL.findall(cells):
                columns = int(_value(cell, "table:number-columns-repeated") or 1)
                if 'value-type="error"' in cell:
                    text = html.unescape(re.sub("<[^>]*>", "", content)).strip() or "#ERROR!"
                    for at in range(rows * columns):
                        yield row + at // columns, column + at % columns, text
                column += columns
            row += rows


def _value(attributes: str, name: str) -> str:
    match = re.search(rf'\b{name}="([^"]*)"', attributes)
    return match[1] if match else ""
