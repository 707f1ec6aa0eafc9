"""A small file beside the log (accounts, rates, tables to join), read as text."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import polars as pl

from gosales_lib.core.spelling import hint
from gosales_lib.layout import Layout
from gosales_lib.sales_log import files
from gosales_lib.sales_log.records import LINE

PLAIN = Layout.model_validate(
    {
        "name": "beside",
        "shape": "wide",
        "columns": {"customer_id": "", "order_date": "", "invoice": ""},
        "divisions": ["none"],
    }
)
"""Encoding and delimiter are detected, independently of the log's."""


def read(file: str, folder: Path | None, columns: list[str]) -> pl.DataFrame:
    """Return the rows of a file as text.

    Raises
    ------
    ValueError
        The file lacks one of the columns.
    """
    text = files.read(folder or Path(), file, PLAIN, columns)
    refuse_missing(file, columns, text.rows.columns)
    return text.rows.drop(LINE).with_columns(pl.all().cast(pl.String))


def refuse_missing(file: str, wanted: Iterable[str], columns: list[str]) -> None:
    """Raise ValueError with the first column that a file lacks, and the nearest that it has."""
    for column in wanted:
        if column not in columns:
            raise ValueError(f"{file}: column {column!r} is missing{hint(column, columns)}")
