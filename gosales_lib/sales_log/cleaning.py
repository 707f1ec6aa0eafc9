"""Names and other texts of a log, without invisible characters at their ends."""

from __future__ import annotations

import polars as pl


def text(name: str) -> pl.Expr:
    """Return a column without white space at its ends (no-break spaces too); blank is null."""
    return pl.col(name).cast(pl.String).str.strip_chars().replace("", None)
