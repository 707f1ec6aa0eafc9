"""Currencies that amounts are written with."""

from __future__ import annotations

import polars as pl

from gosales_lib.core.currencies import CODES, code, spellings

MARK = r"([^\d\s.,'()+\-\u2212\u2019%]{1,4})"
"""What stands beside an amount: a sign or name of a currency."""


def marked(column: pl.Series) -> dict[str, int]:
    """Return what stands beside the amounts of a column, and in how many rows; most first."""
    if column.dtype != pl.String:
        return {}
    marks = column.str.extract(MARK).drop_nulls().alias("mark").value_counts()
    return dict(marks.sort("count", "mark", descending=[True, False]).iter_rows())


def foreign(currency: str) -> set[str]:
    """Return the codes of other currencies, without those whose sign may be this one's as well."""
    return set(CODES) - {code(name) for name in spellings(currency)}
