"""The tidy log of a folder of sales files, with what was found out while it was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import polars as pl

from gosales_lib.core.columns import (
    ACCOUNTS,
    ASSETS,
    DIM_CUSTOMER,
    FACT_TRANSACTIONS,
    REJECTED_ROWS,
)
from gosales_lib.core.coverage import FILES, Coverage, Measured
from gosales_lib.core.keys import Changed
from gosales_lib.sales_log import cleaning
from gosales_lib.sales_log.copies import COPY
from gosales_lib.sales_log.inventory import Inventory
from gosales_lib.sales_log.left_out_rows import LEFT_OUT
from gosales_lib.sales_log.text import Text
from gosales_lib.sales_log.values import Evidence

RECONCILIATION = {
    "file": pl.String,
    "rows_in": pl.Int64,
    "rows_kept": pl.Int64,
    "rows_rejected": pl.Int64,
    "rows_empty": pl.Int64,  # a customer and a date, but no product with a value
    "gross_profit_in": pl.Float64,  # summed over the file's own columns, before anything else
    "gross_profit_kept": pl.Float64,
    "gross_profit_rejected": pl.Float64,
    "duplicates": pl.Int64,  # exact copies of an earlier row; kept unless the layout drops them
    "fact_rows": pl.Int64,
    "rows_left_out": pl.Int64,  # by a rule of the layout, see `left_out_rows`
    "gross_profit_left_out": pl.Float64,
}
"""The account of one file: rows and gross profit in and out."""
NAMES = {"customer_id": pl.String, "first": pl.String, "other": pl.String}
"""Customers under two names that share no word."""
FAR = "^dated .* (before the log begins|after the log ends): "
"""The reasons of rows that lie too far from the rest: `dated 17 years after the log ends: …`."""


@dataclass
class Matches:
    """What the log has of that which the layout names, counted while the log is read.

    `tables` holds, by file beside the log, the rows that were looked up and those found; `values`
    what stands in each column of `where` and `returns`, in lower case; `numbers`, by numeric
    attribute of the customers, how many values are filled, how many were read, and one that was
    not.
    """

    tables: dict[str, tuple[int, int]] = field(default_factory=dict)
    values: dict[str, set[str]] = field(default_factory=dict)
    numbers: dict[str, tuple[int, int, str]] = field(default_factory=dict)

    def count(self, file: str, listed: pl.Series) -> None:
        """Add the rows of one piece of the log."""
        rows, matched = self.tables.get(file, (0, 0))
        self.tables[file] = rows + len(listed), matched + int(listed.sum())

    def collect(self, text: Text, columns: set[str]) -> Text:
        """Add the values of one piece of the log, which is returned as it is."""
        for column in columns & set(text.rows.columns):
            values = text.rows.select(cleaning.folded(column)).to_series()
            self.values.setdefault(column, set()).update(values.unique())
        return text

    def read(self, column: str, texts: pl.Series, values: pl.Series) -> None:
        """Add a column of texts and the numbers that were read in it."""
        lost = texts.filter(texts.is_not_null() & values.is_null())
        filled = len(texts) - texts.null_count()
        self.numbers[column] = filled, filled - len(lost), lost[0] if len(lost) else ""


def _empty(schema: Any) -> Callable[[], pl.DataFrame]:
    return partial(pl.DataFrame, schema=schema)


@dataclass(frozen=True)
class SalesLog:
    """The tidy log of a folder of sales files; without arguments a log without rows.

    The tables have the columns of the schemas named here; `accounts` is empty unless the layout
    names a file. `reconciliation` has one row per file, `left_out` one per file and rule, `days`
    the rows of each file and day. `measured` holds which days are covered, for a holdout together
    with the log before it; it still counts the rows beyond these days, which `transactions` lacks.
    """

    transactions: pl.DataFrame = field(default_factory=_empty(FACT_TRANSACTIONS))
    customers: pl.DataFrame = field(default_factory=_empty(DIM_CUSTOMER))
    rejected: pl.DataFrame = field(default_factory=_empty(REJECTED_ROWS))
    reconciliation: pl.DataFrame = field(default_factory=_empty(RECONCILIATION))
    assets: pl.DataFrame = field(default_factory=_empty(ASSETS))
    left_out: pl.DataFrame = field(default_factory=_empty(LEFT_OUT))
    days: pl.DataFrame = field(default_factory=_empty(FILES))
    measured: Measured = field(default_factory=Measured)
    accounts: pl.DataFrame = field(default_factory=_empty(ACCOUNTS))
    files: Inventory = field(default_factory=Inventory)  # read, and left out with the reason
    evidence: Mapping[str, Evidence] = field(default_factory=dict)  # of decimal signs, by file
    two_names: pl.DataFrame = field(default_factory=_empty(NAMES))
    keys_changed: Changed = field(default_factory=Changed)  # by `core.keys` and `keys: alike`
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # headers, by file
    matches: Matches = field(default_factory=Matches)
    blank: Mapping[str, int] = field(default_factory=dict)  # facts without an amount, by file
    open_days: frozenset[str] = frozenset()  # files of which no row tells day and month apart
    assets_rejected: pl.DataFrame = field(default_factory=_empty(REJECTED_ROWS))  # of `rejected`

    @property
    def coverage(self) -> Coverage:
        """Which days are covered."""
        return self.measured.coverage

    @property
    def lost(self) -> pl.DataFrame:
        """The rejected rows of the sales files, without dropped copies and rows set aside.

        The latter have an alarm of their own.
        """
        sales = self.rejected.filter(pl.col("file").is_in(self.reconciliation["file"].implode()))
        reason = pl.col("reason")
        return sales.filter(~reason.str.contains(COPY, literal=True), ~reason.str.contains(FAR))


def size(rows: pl.DataFrame) -> float:
    """Return the money of rows, returns counted as positive: a loss must not cancel out."""
    return round(float(rows["gross_profit"].abs().sum()), 2)


def first_reason(rejected: pl.DataFrame) -> str | None:
    """Return file, line and reason of the first rejected row, None where there is none."""
    if rejected.is_empty():
        return None
    file, line, reason = rejected.select("file", "line", "reason").row(0)
    return f"{file}, line {line}: {reason}"
