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
    names = [name for name in rows.columns if name != LINE and not name.startswith("__")]
    if not names or rows.is_empty():
        return pl.Series("rule", [None] * rows.height, dtype=pl.String)
    texts = pl.DataFrame([_text(rows[name]) for name in names])
    filled = texts.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    usual = float(filled.median() or 0) if usual is None else usual  # type: ignore[arg-type]
    same = [pl.col(name).str.to_lowercase() == name.lower() for name in names]
    words = [pl.col(c) for c, dtype in rows.select(names).schema.items() if dtype == pl.String]
    total = (
        pl.any_horizontal(text.str.contains(TOTAL) for text in words) if words else pl.lit(False)
    )
    marked = texts.with_columns(filled=filled).select(
        pl.when(
            (pl.sum_horizontal(same) >= 2) & (pl.sum_horizontal(same) >= 0.8 * pl.col("filled"))
        )
        .then(pl.lit(HEADER))
        .when(total.fill_null(False) & (pl.col("filled") <= usual - 2))
        .then(pl.lit(SUM))
        .when(_drawn(texts))
        .then(pl.lit(DRAWN))
        .when((pl.col("filled") <= 1) & (usual > 1) & (len(names) >= FEWEST))
        .then(pl.lit(TEXT))
        .alias("rule")
    )
    return marked.to_series()


def _drawn(texts: pl.DataFrame) -> pl.Expr:
    """Return which rows hold nothing but lines of dashes."""
    if not texts.to_series(0).str.contains(DASHES).any():
        return pl.lit(False)
    return pl.all_horizontal(pl.all().exclude("filled").str.contains(DASHES).fill_null(True))


def _text(column: pl.Series) -> pl.Series:
    return keys.without_blanks(column.cast(pl.String, strict=False).str.strip_chars())


def usual(rows: pl.DataFrame) -> float:
    """Return how many values the middle record holds."""
    names = [name for name in rows.columns if name != LINE and not name.startswith("__")]
    some = rows.select(names).head(2000)
    filled = some.select(pl.sum_horizontal(pl.all().is_not_null())).to_series()
    return float(filled.median() or 0)  # type: ignore[arg-type]
