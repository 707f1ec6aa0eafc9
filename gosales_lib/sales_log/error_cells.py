"""Cells of workbooks such as `#REF!` and `#DIV/0!`, which the library reads as blank or as 0.

Each kind of workbook tells its errors in its own way: .xlsx and .ods as XML, .xlsb as records in a
zip archive, .xls as records in a compound file (MS-XLSB 2.1.4, MS-XLS 2.1.4, MS-CFB 2).
"""

from __future__ import annotations

import html
import io
import re
import struct
import zipfile
from collections.abc import Iterator
from functools import reduce

Cell = tuple[int, int, str]
"""Row, column (both from 0) and text of an error."""
CODES = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?"}
CODES |= {0x24: "#NUM!", 0x2A: "#N/A"}
XLSX = re.compile(
    rb'<c r="([A-Z]+)(\d+)"[^>]*? t="e"[^>]*>(?:(?!</c>).)*?<v>(#[^<]+)</v>', re.DOTALL
)
ATTRIBUTES = r"""((?:[^>"']|"[^"]*"|'[^']*')*?)"""
ODS_ROW = re.compile(rf"<table:table-row\b{ATTRIBUTES}(?:/>|>(.*?)</table:table-row>)", re.DOTALL)
ODS_CELL = re.compile(
    rf"<table:(?:covered-)?table-cell\b{ATTRIBUTES}(?:/>|>(.*?)</table:(?:covered-)?table-cell>)",
    re.DOTALL,
)
COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BUNDLE, ROW, BOOL_OR_ERROR, FORMULA_ERROR = 0x019C, 0x0000, 0x0003, 0x000B
XLS_SHEET, XLS_BEGIN, XLS_END, XLS_ERROR, XLS_FORMULA = 0x85, 0x809, 0x0A, 0x205, 0x06


def of(data: bytes, sheet: str) -> list[Cell]:
    """Return the error cells of a sheet.

    Raises
    ------
    ValueError
        The workbook is not built as its kind says, so that its errors would be read as blank.
    """
    try:
        return list(_each(data, sheet))
    except (struct.error, IndexError, KeyError, UnicodeDecodeError) as error:
        raise ValueError(
            f"its error cells cannot be told from blank ones ({error}); save it as .xlsx"
        ) from None


def _each(data: bytes, sheet: str) -> Iterator[Cell]:
    if data.startswith(COMPOUND):
        yield from _xls(data, sheet)
    elif zipfile.is_zipfile(io.BytesIO(data)):
        with zipfile.ZipFile(io.BytesIO(data)) as book:
            names = set(book.namelist())
            if "content.xml" in names:
                yield from _ods(book.read("content.xml"), sheet)
            elif "xl/workbook.bin" in names:
                yield from _xlsb(book, sheet)
            elif "xl/workbook.xml" in names:
                yield from _xlsx(book, sheet)


def _part(book: zipfile.ZipFile, workbook: str, link: str) -> bytes:
    """Return a sheet by its link in the workbook."""
    links = book.read(f"xl/_rels/{workbook}.rels")
    target = _attributes(links, "Relationship", "Id", "Target").get(link, "")
    part = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
    return book.read(part) if part in book.namelist() else b""


def _attributes(xml: bytes, tag: str, key: str, value: str) -> dict[str, str]:
    """Return two attributes of each element of a name: the one by the other."""
    table = {}
    for element in re.findall(rf"<(?:\w+:)?{tag}\b([^>]*)>", xml.decode(errors="replace")):
        pairs = dict(re.findall(r'([\w:]+)="([^"]*)"', element))
        table[html.unescape(pairs.get(key, ""))] = html.unescape(pairs.get(value, ""))
    return table


def _xlsx(book: zipfile.ZipFile, sheet: str) -> Iterator[Cell]:
    link = _attributes(book.read("xl/workbook.xml"), "sheet", "name", "r:id").get(sheet, "")
    text = _part(book, "workbook.xml", link)
    for letters, row, error in XLSX.findall(text) if b't="e"' in text else ():
        column = reduce(lambda number, letter: number * 26 + letter - 64, letters, 0)
        yield int(row) - 1, column - 1, error.decode()


def _ods(xml: bytes, sheet: str) -> Iterator[Cell]:
    if b'value-type="error"' not in xml:
        return
    for name, table in re.findall(
        rf"<table:table\b{ATTRIBUTES}>(.*?)</table:table>", xml.decode(errors="replace"), re.DOTALL
    ):
        if html.unescape(_value(name, "table:name")) != sheet:
            continue
        row = 0
        for attributes, cells in ODS_ROW.findall(table):
            rows, column = int(_value(attributes, "table:number-rows-repeated") or 1), 0
            for cell, content in ODS_CELL.findall(cells):
                columns = int(_value(cell, "table:number-columns-repeated") or 1)
                if 'value-type="error"' in cell:
                    text = html.unescape(re.sub("<[^>]*>", "", content)).strip() or "#ERROR!"
                    yield from (
                        (row + down, column + right, text)
                        for down in range(rows)
                        for right in range(columns)
                    )
                column += columns
            row += rows


def _value(attributes: str, name: str) -> str:
    match = re.search(rf'\b{name}="([^"]*)"', attributes)
    return match[1] if match else ""


def _xlsb(book: zipfile.ZipFile, sheet: str) -> Iterator[Cell]:
    links = {}
    for kind, record in _records(book.read("xl/workbook.bin")):
        if kind == BUNDLE:
            link, end = _wide(record, 8)
            links[_wide(record, end)[0]] = link
    row = 0
    for kind, record in _records(_part(book, "workbook.bin", links.get(sheet, ""))):
        if kind == ROW:
            row = struct.unpack_from("<I", record)[0]
        elif kind in (BOOL_OR_ERROR, FORMULA_ERROR):
            yield row, struct.unpack_from("<I", record)[0], CODES.get(record[8], "#ERROR!")


def _wide(record: bytes, start: int) -> tuple[str, int]:
    """Return a text with its length before it, and where it ends."""
    end = start + 4 + 2 * struct.unpack_from("<I", record, start)[0]
    return record[start + 4 : end].decode("utf-16-le"), end


def _records(part: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield kind and content of the records of .xlsb."""
    at = 0
    while at < len(part):
        kind, at = part[at], at + 1
        if kind & 0x80:
            kind, at = kind | part[at] << 8, at + 1
        size = shift = 0
        while True:
            byte, at = part[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        yield kind, part[at : at + size]
        at += size


def _xls(data: bytes, sheet: str) -> Iterator[Cell]:
    stream = _stream(data)
    at, start, depth = 0, 0, 0
    while at + 4 <= len(stream) and not start:
        kind, size = struct.unpack_from("<HH", stream, at)
        if kind == XLS_SHEET:
            is_wide, length = stream[at + 11] & 1, stream[at + 10]
            name = stream[at + 12 : at + 12 + length * (1 + is_wide)]
            if name.decode("utf-16-le" if is_wide else "latin-1") == sheet:
                start = struct.unpack_from("<I", stream, at + 4)[0]
        at += 4 + size
        if kind == XLS_END:
            break
    at = start or len(stream)
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        depth += (kind == XLS_BEGIN) - (kind == XLS_END)
        if depth == 0:
            return
        row, column = struct.unpack_from("<HH", stream, at + 4) if size >= 8 else (0, 0)
        body = stream[at + 10 : at + 4 + size]
        if kind == XLS_ERROR and body[1]:
            yield row, column, CODES.get(body[0], "#ERROR!")
        elif kind == XLS_FORMULA and body[0] == 2 and body[6:8] == b"\xff\xff":
            yield row, column, CODES.get(body[2], "#ERROR!")
        at += 4 + size


def _stream(data: bytes) -> bytes:
    """Return the workbook's stream of a compound file; empty where it is not of Excel 97 on."""
    size = 1 << struct.unpack_from("<H", data, 30)[0]
    each = f"<{size // 4}I"
    listed = list(struct.unpack_from("<109I", data, 76))
    further = struct.unpack_from("<I", data, 68)[0]
    while further < len(data) // size:
        *more, further = struct.unpack_from(each, data, (further + 1) * size)
        listed += more
    sectors = [n for n in listed if n < len(data) // size]
    table = [entry for n in sectors for entry in struct.unpack_from(each, data, (n + 1) * size)]

    def chain(sector: int) -> bytes:
        parts: list[bytes] = []
        while sector < len(table) and len(parts) <= len(table):
            parts.append(data[(sector + 1) * size : (sector + 2) * size])
            sector = table[sector]
        return b"".join(parts)

    directory = chain(struct.unpack_from("<I", data, 48)[0])
    for at in range(0, len(directory), 128):
        length = struct.unpack_from("<H", directory, at + 64)[0]
        if directory[at : at + max(length - 2, 0)].decode("utf-16-le") == "Workbook":
            return chain(struct.unpack_from("<I", directory, at + 116)[0])
    return b""
