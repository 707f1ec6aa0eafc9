"""Detects lines of a file that are not records: totals, repeated headers, lines of text or dashes.

A total has at least two values fewer than records, and a typical word or the sum of the rows above
it. A product called `Total Care` is therefore a record.
"""

from __future__ import annotations

import numpy as np
import polars as pl

from gosales_lib.core import keys
from gosales_lib.sales_log import cleaning
from gosales_lib.sales_log.records import LINE, TOTAL

HEADER, SUM, TEXT, TITLE = "a repeated header", "a total", "a line of text", "above the header"
DRAWN, DASHES = "a line of dashes", r"^[-=_]{2,}$"
"""What a database client draws below a header, and how each of its cells looks."""
UNITS, BRACKETED = "a line of units", r"^\[.*\]$"
"""Below a header the unit of each column: `[kg]`, `[-]`."""
FEWEST = 4
"""Columns of a table in which a row with one value is a line of text."""
FEWER = 2
"""Values that a total has fewer than a record."""
MOST = 0.5
"""Share of the rows with too few values that must be sums, so that none is one by chance."""
CENT = 0.011


def rules(rows: pl.DataFrame, usual: float | None = None) -> pl.Series:
    """Return why each row is no record, null where it may be one.

    Parameters
    ----------
    usual
        Number of values that a record holds; the rows' median without it.
    """
    names = _names(rows)
    if not names or rows.is_empty():
        return pl.Series("rule", [None] * rows.height, dtype=pl.String)
    columns = [rows[name].cast(pl.String, strict=False).str.strip_chars() for name in names]
    texts = pl.DataFrame([keys.without_blanks(column) for column in columns])
    texts = texts.with_columns(__filled__=pl.sum_horizontal(pl.all().is_not_null()))
    filled = pl.col("__filled__")
    usual = float(texts["__filled__"].median() or 0) if usual is None else usual  # type: ignore[arg-type]
    same = pl.sum_horizontal(pl.col(name).str.to_lowercase() == name.lower() for name in names)
    words = [pl.col(name).str.contains(TOTAL) for name in names if rows[name].dtype == pl.String]
    total = pl.any_horizontal(words).fill_null(False) if words else pl.lit(False)
    dashes = pl.all_horizontal(pl.col(names).str.contains(DASHES).fill_null(True))
    units = pl.all_horizontal(pl.col(names).str.contains(BRACKETED).fill_null(True))
    has_dashes = texts.to_series(0).str.contains(DASHES).any()
    rule = (
        pl.when((same >= 2) & (same >= 0.8 * filled))
        .then(pl.lit(HEADER))
        .when(total & (filled <= usual - FEWER))
        .then(pl.lit(SUM))
        .when(dashes if has_dashes else pl.lit(False))
        .then(pl.lit(DRAWN))
        .when(units & (filled > 1))
        .then(pl.lit(UNITS))
        .when((filled <= 1) & (usual > 1) & (len(names) >= FEWEST))
        .then(pl.lit(TEXT))
    )
    return texts.select(rule.alias("rule")).to_series()


def usual(rows: pl.DataFrame) -> float:
    """Return how many values the middle record holds."""
    return float(_filled(rows.head(2000)).median() or 0)  # type: ignore[arg-type]


def narrow(rows: pl.DataFrame, usual: float) -> pl.Series:
    """Return which rows have too few values for a record."""
    return _filled(rows) <= usual - FEWER


def sums(amounts: pl.Series, apart: pl.Series, known: pl.Series | None = None) -> pl.Series:
    """Return which rows hold the sum of the records above them.

    A sum reaches up to another row that is apart, or to the top. None is one where most are not,
    or where each would be that of a single record.

    Parameters
    ----------
    apart
        Rows that may be sums, and are no records.
    known
        Those of them that are no records for another reason: sums begin below them, too.
    """
    values = amounts.cast(pl.Float64).fill_nan(None).fill_null(0.0).to_numpy()
    is_apart = apart.to_numpy()
    at = np.flatnonzero(is_apart)
    begins = np.concatenate([[0.0], np.cumsum(np.where(is_apart, 0.0, values))[at]])
    counts = np.concatenate([[0], np.cumsum(~is_apart)[at]])
    slack = CENT + 1e-9 * np.abs(begins[1:])
    order = np.argsort(begins, kind="stable")
    sought = begins[1:] - values[at]
    place = np.searchsorted(begins[order], sought - slack).clip(max=len(at))
    begin = order[place]
    is_sum = (np.abs(begins[begin] - sought) <= slack) & (begin <= np.arange(len(at)))
    is_sum &= values[at] != 0
    asked = values[at] != 0 if known is None else (values[at] != 0) & ~known.to_numpy()[at]
    long = is_sum & asked & (counts[1:] - counts[begin] > 1)
    if not long.any() or is_sum[asked].sum() < MOST * asked.sum():
        is_sum[:] = False
    found = np.zeros(len(values), dtype=bool)
    found[at] = is_sum & (counts[1:] > counts[begin])
    return pl.Series("sum", found)


def _filled(rows: pl.DataFrame) -> pl.Series:
    """Return how many values each row holds."""
    return rows.select(
        pl.sum_horizontal(cleaning.text(name).is_not_null() for name in _names(rows))
    ).to_series()


def _names(rows: pl.DataFrame) -> list[str]:
    return [name for name in rows.columns if name != LINE and not name.startswith("__")]
