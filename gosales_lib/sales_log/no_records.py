"""Detects lines of a file that are not records: totals, repeated headers, lines of text or dashes.

A total has a typical word and at least two values fewer than records. A product called
`Total Care` is therefore a record.
"""

from __future__ import annotations

import polars as pl

from gosales_lib.core import keys
from gosales_lib.sales_log.records import LINE, TOTAL

HEADER, SUM, TEXT, TITLE = "a repeated header", "a total", "a line of text", "above the header"
DRAWN, DASHES = "a line of dashes", r"^[-=_]{2,}$"
"""What a database client draws below a header, and how each of its cells looks."""
FEWEST = 4
"""Columns of a table in which a row with one value is a line of text."""


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
    has_dashes = texts.to_series(0).str.contains(DASHES).any()
    rule = (
        pl.when((same >= 2) & (same >= 0.8 * filled))
        .then(pl.lit(HEADER))
        .when(total & (filled <= usual - 2))
        .then(pl.lit(SUM))
        .when(dashes if has_dashes else pl.lit(False))
        .then(pl.lit(DRAWN))
        .when((filled <= 1) & (usual > 1) & (len(names) >= FEWEST))
        .then(pl.lit(TEXT))
    )
    return texts.select(rule.alias("rule")).to_series()


def usual(rows: pl.DataFrame) -> float:
    """Return how many values the middle record holds."""
    some = rows.select(_names(rows)).head(2000)
    filled = some.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    return float(filled.median() or 0)  # type: ignore[arg-type]


def _names(rows: pl.DataFrame) -> list[str]:
    return [name for name in rows.columns if name != LINE and not name.startswith("__")]
