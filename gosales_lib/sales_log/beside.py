"""Files beside the log: customers and assets as the layout names them, small tables as text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from gosales_lib.core.spelling import refuse_missing
from gosales_lib.layout import Assets, Customers, Layout
from gosales_lib.sales_log import files, inventory, tables
from gosales_lib.sales_log.records import LINE
from gosales_lib.sales_log.text import Text

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
    """Return the rows of a file as text; ValueError where it lacks one of the columns."""
    rows = files.read(folder or Path(), file, PLAIN, columns).rows
    refuse_missing(file, rows.columns, columns)
    return rows.drop(LINE).with_columns(pl.all().cast(pl.String))


def records(
    part: Customers | Assets, layout: Layout, folder: Path | None, wanted: Mapping[str, str]
) -> Text | None:
    """Return the records of a part of the layout: of its file, table or query.

    None where the file is not there; ValueError where a column lacks.

    Parameters
    ----------
    wanted
        The columns, each with the layout's key that names it.
    """
    if part.source is not None:
        text = tables.whole(part.source)
    elif inventory.holds(folder, str(part.file)):
        text = files.read(folder or Path(), str(part.file), layout, list(wanted))
    else:
        return None
    refuse_missing(text.file, text.rows.columns, wanted, layout.name)
    return text
