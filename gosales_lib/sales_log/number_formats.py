"""Currencies that stand only in the number formats of a workbook's cells: `[$CHF] #,##0.00`."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Collection

from gosales_lib.core.currencies import ALSO, code
from gosales_lib.sales_log import books, headers
from gosales_lib.sales_log.error_cells import attributes, sheet_of
from gosales_lib.sales_log.memory_limits import place

STYLES = "xl/styles.xml"
CELL_STYLES = re.compile(rb"<cellXfs\b.*?</cellXfs>", re.DOTALL)
SIGN = re.compile(r'\[\$([^\]-]*)-?([0-9A-F]*)\]|"([^"]*)"|([$€£¥₩₹])', re.IGNORECASE)
"""What a format writes beside a number: `[$SIGN-LOCALE]`, quoted text, or a sign alone."""
LOCALES = {
    **{0x406: "DKK", 0x414: "NOK", 0x40F: "ISK", 0x804: "CNY", 0x1009: "CAD", 0xC0C: "CAD"},
    **{0xC09: "AUD", 0x1409: "NZD", 0xC04: "HKD", 0x4809: "SGD", 0x80A: "MXN"},
}
"""Currencies of the locales (Windows LCID) whose sign is another currency's as well."""
NUMBER = r'<c r="([A-Z]+)\d+"(?=[^>]*\bs="(%s)")(?![^>]*\bt="(?:s|str|inlineStr|b|e)")[^>]*[^/>]>'
"""A cell with a number in one of some styles."""


def of(data: bytes, sheet: str, codes: Collection[str]) -> dict[str, Counter[str]]:
    """Return the currencies, of `codes`, of each column of a sheet, and how many cells have them.

    They are read from .xlsx and .xlsm; without a currency among its styles no sheet is read.
    """
    if not zipfile.is_zipfile(io.BytesIO(data)):
        return {}
    with zipfile.ZipFile(io.BytesIO(data)) as book:
        styles = _currencies(book.read(STYLES), codes) if STYLES in book.namelist() else {}
        text = sheet_of(book, sheet) if styles else b""
    cells = re.findall((NUMBER % "|".join(styles)).encode(), text) if styles else []
    shown: dict[int, Counter[str]] = {}
    for (letters, style), number in Counter(cells).items():
        shown.setdefault(place(letters), Counter())[styles[style.decode()]] += number
    names = headers.in_cells(books.cells(data, sheet), ()).names if shown else ()
    return {name: shown[at] for at, name in enumerate(names, start=1) if at in shown}


def _currencies(styles: bytes, codes: Collection[str]) -> dict[str, str]:
    """Return the currency of each style that has one, by the style's number."""
    formats = attributes(styles, "numFmt", "numFmtId", "formatCode")
    found = CELL_STYLES.search(styles)
    used = re.findall(rb'<xf\b[^>]*?\bnumFmtId="(\d+)"', found[0]) if found else []
    named = [currency_of(formats.get(number.decode(), ""), codes) for number in used]
    return {str(style): currency for style, currency in enumerate(named) if currency}


def currency_of(number_format: str, codes: Collection[str]) -> str | None:
    """Return the currency, one of `codes`, that a number format writes; None without one."""
    positive = number_format.replace("\\", "").split(";")[0]
    for sign, locale, quoted, bare in SIGN.findall(positive):
        local = LOCALES.get(int(locale or "0", 16) & 0xFFFF)
        currency = local if local in ALSO.get(sign, ()) else code(sign or quoted or bare)
        if currency in codes:
            return currency
    return None
