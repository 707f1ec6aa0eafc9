"""From text to numbers, days and names: what cannot be read stays null, and is told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date

import polars as pl

BLANKS = ("", "-", "NULL", "null", "N/A", "NA")
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)


def decimal_sign(said: str | None, delimiter: str) -> str:
    """Return the decimal sign: the one that is said, else the one that goes with a delimiter."""
    return said or ("," if delimiter == ";" else ".")


def text(name: str) -> pl.Expr:
    """Return a column without white space at its ends (no-break spaces too); blank is null."""
    return pl.col(name).cast(pl.String).str.strip_chars().replace("", None)


def customer_id(name: str) -> pl.Expr:
    """Return a customer's key: a whole number that a spreadsheet wrote as `13085.0` is `13085`."""
    return text(name).map_batches(_whole, is_elementwise=True)


def _whole(keys: pl.Series) -> pl.Series:
    """Return keys without `.0` at the end; most have none, and a quick look tells."""
    if not keys.str.contains(".0", literal=True).any():
        return keys
    return keys.str.replace(r"^(\d+)\.0+$", "$1")


def number(column: pl.Series, decimal: str = ".", plain: pl.Series | None = None) -> pl.Series:
    """Return the numbers of a column; null where there is none or it cannot be read.

    Read are `1234.5`, `1,234.50`, `1.234,50`, `$1,234.50`, `(12.00)`, `12.00-` and `1 234`. A lone
    separator is taken as `decimal` says: `1,234` is 1234 where the decimal sign is a point. A
    column that has a numeric type is taken as it is. `plain` is the column cast to numbers, where
    the caller has it.
    """
    if column.dtype == pl.String and decimal == ",":
        return written(column, decimal)
    plain = column.cast(pl.Float64, strict=False) if plain is None else plain
    if not math.isfinite(plain.sum()):  # of all, sooner than one by one
        plain = pl.select(pl.when(plain.is_finite()).then(plain)).to_series()
    if plain.null_count() == column.null_count() or column.dtype != pl.String:
        return plain
    left = plain.is_null() & column.is_not_null()
    return plain.scatter(left.arg_true(), written(column.filter(left), decimal))


def written(column: pl.Series, decimal: str) -> pl.Series:
    """Return the numbers of a text column as people write them; each step is taken once."""
    text, other = pl.col("text"), "," if decimal == "." else "."
    bare = text.str.replace_all(r"[\s\u00a0\u202f'\u2019$£€¥]|USD|EUR|GBP", "")
    points = pl.col("text").str.replace_all(".", "", literal=True)
    commas = pl.col("text").str.replace_all(",", "", literal=True)
    one_point = text.str.replace(",", ".", literal=True)
    steps: list[dict[str, pl.Expr]] = [
        {"text": bare},
        {"text": text.str.replace("\u2212", "-", literal=True)},  # a typographer's minus
        {"negative": text.str.contains(r"^\(.*\)$|^[^-]+-$")},
        {"text": text.str.replace_all(r"^\(|\)$|-$", "")},
        {
            "text": pl.when(text.str.contains(r"\..*,\d*$"))  # 1.234,50
            .then(points.str.replace(",", ".", literal=True))
            .when(text.str.contains(r",.*\.\d*$"))  # 1,234.50
            .then(commas)
            .when(text.str.contains(rf"^-?\d{{1,3}}(\{other}\d{{3}})+$"))
            .then(text.str.replace_all(other, "", literal=True))
            .otherwise(one_point)
        },
        {"text": pl.when(text.str.contains(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$")).then(text)},
        {"value": text.str.strip_prefix("+").cast(pl.Float64, strict=False)},
        {"value": pl.when("negative").then(-pl.col("value").abs()).otherwise("value")},
    ]
    frame = column.to_frame("text")
    for step in steps:
        frame = frame.with_columns(**step)
    return frame.select(pl.when(pl.col("value").is_finite()).then("value")).to_series()


def unreadable(column: pl.Series, numbers: pl.Series) -> pl.Series:
    """Return where a column says something that is no number."""
    said = column.cast(pl.String).str.strip_chars()
    return said.is_not_null() & ~said.is_in(list(BLANKS)) & numbers.is_null()


def days(column: pl.Series, formats: Sequence[str]) -> pl.Series:
    """Return a column's dates, by the first format that fits; null outside 1900 to 2200."""
    if column.dtype.is_temporal():
        found = column.cast(pl.Date)
    else:
        said = column.cast(pl.String).str.strip_chars()
        found = day(said, formats[0])
        for one in formats[1:]:
            left = (found.is_null() & said.is_not_null()).arg_true()
            if left.is_empty():
                break
            found = found.scatter(left, day(said.gather(left), one))
    sensible = found.is_between(FIRST_DAY, LAST_DAY)
    return found if sensible.all() else found.set(~sensible, None)


def day(said: pl.Series, form: str) -> pl.Series:
    """Return the dates of a text column by one format; null where it does not fit."""
    return said.str.to_datetime(form, strict=False, time_unit="us").cast(pl.Date)
