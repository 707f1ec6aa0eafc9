"""From text to numbers, days and names: what cannot be read stays null, and is told apart."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

BLANKS = ("", "-", "NULL", "null", "N/A", "NA")
FIRST_YEAR, LAST_YEAR = 1900, 2200


def text(name: str) -> pl.Expr:
    """Return a column without white space at its ends (no-break spaces too); blank is null."""
    trimmed = pl.col(name).str.strip_chars()
    return pl.when(trimmed != "").then(trimmed)


def customer_id(name: str) -> pl.Expr:
    """Return a customer's key: a whole number that a spreadsheet wrote as `13085.0` is `13085`."""
    return text(name).str.replace(r"^(\d+)\.0+$", "$1")


def number(column: pl.Series, decimal: str = ".") -> pl.Series:
    """Return the numbers of a column of text; null where there is none or it cannot be read.

    Read are `1234.5`, `1,234.50`, `1.234,50`, `$1,234.50`, `(12.00)`, `12.00-` and `1 234`. A lone
    separator is taken as `decimal` says: `1,234` is 1234 where the decimal sign is a point.
    """
    if decimal == ".":
        plain = column.cast(pl.Float64, strict=False)
        plain = plain.set(~plain.is_finite(), None)
        left = plain.is_null() & column.is_not_null()
        if not left.any():
            return plain
        slow = column.filter(left).to_frame("text").select(_written(decimal)).to_series()
        return plain.scatter(left.arg_true(), slow)
    return column.to_frame("text").select(_written(decimal)).to_series()


def _written(decimal: str) -> pl.Expr:
    """Return the number of the column `text` as people write it."""
    bare = pl.col("text").str.replace_all(r"[\s\u00a0\u202f'\u2019$£€¥]|USD|EUR|GBP", "")
    negative = bare.str.contains(r"^\(.*\)$") | bare.str.contains(r"^[^-]+-$")
    bare = bare.str.replace_all(r"^\(|\)$|-$", "")
    other = "," if decimal == "." else "."
    last_is_comma = bare.str.contains(r"\..*,\d*$")
    last_is_point = bare.str.contains(r",.*\.\d*$")
    grouped = bare.str.contains(rf"^-?\d{{1,3}}(\{other}\d{{3}})+$")
    point = (
        pl.when(last_is_comma)
        .then(bare.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True))
        .when(last_is_point)
        .then(bare.str.replace_all(",", "", literal=True))
        .when(grouped)
        .then(bare.str.replace_all(other, "", literal=True))
        .otherwise(bare.str.replace(",", ".", literal=True))
    )
    digits = pl.when(point.str.contains(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")).then(point)
    value = digits.str.strip_prefix("+").cast(pl.Float64, strict=False)
    return pl.when(negative).then(-value).otherwise(value)


def unreadable(column: pl.Series, numbers: pl.Series) -> pl.Series:
    """Return where a column of text says something that is no number."""
    said = column.is_not_null() & ~column.str.strip_chars("  \t").is_in(list(BLANKS))
    return said & numbers.is_null()


def day(name: str, formats: Sequence[str]) -> pl.Expr:
    """Return a column's dates, by the first format that fits; null outside 1900 to 2200."""
    trimmed = text(name)
    found = pl.coalesce(
        trimmed.str.to_datetime(one, strict=False, time_unit="us").cast(pl.Date) for one in formats
    )
    return pl.when(found.dt.year().is_between(FIRST_YEAR, LAST_YEAR)).then(found)
