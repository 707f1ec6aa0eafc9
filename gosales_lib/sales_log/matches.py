"""What the log has of that which its layout names, counted while it is read."""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

from gosales_lib.sales_log import cleaning
from gosales_lib.sales_log.text import Text


@dataclass
class Matches:
    """What the log has of that which the layout names: keys in files beside it, values of rules.

    `tables` holds, by file, the rows that were looked up and those found; `values` what stands in
    each column of `where` and `returns`, in lower case; `numbers`, by numeric attribute of the
    customers, how many values are filled, how many were read, and one that was not.
    """

    tables: dict[str, tuple[int, int]] = field(default_factory=dict)
    values: dict[str, set[str]] = field(default_factory=dict)
    numbers: dict[str, tuple[int, int, str]] = field(default_factory=dict)

    def count(self, file: str, listed: pl.Series) -> None:
        """Add the rows of one piece of the log."""
        asked, matched = self.tables.get(file, (0, 0))
        self.tables[file] = asked + len(listed), matched + int(listed.sum())

    def collect(self, text: Text, columns: set[str]) -> Text:
        """Add the values of one piece of the log, which is returned as it is."""
        for column in columns & set(text.rows.columns):
            values = text.rows.select(cleaning.text(column).fill_null("").str.to_lowercase())
            self.values.setdefault(column, set()).update(values.to_series().unique())
        return text

    def read(self, column: str, texts: pl.Series, values: pl.Series) -> None:
        """Add a column of texts and the numbers that were read in it."""
        lost = texts.filter(texts.is_not_null() & values.is_null())
        filled = len(texts) - texts.null_count()
        self.numbers[column] = filled, filled - len(lost), lost[0] if len(lost) else ""
