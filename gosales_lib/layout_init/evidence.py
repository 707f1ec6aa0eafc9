"""The evidence of a column's values: blank, number, date, distinct values, dependence."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import polars as pl

from gosales_lib.core import keys
from gosales_lib.layout_init import words
from gosales_lib.sales_log import cleaning, date_formats, dates, no_records, numbers
from gosales_lib.sales_log.date_formats import DateReading
from gosales_lib.sales_log.numbers import Sign

SOME = 20_000
"""Rows that tell what a column is; names, dates and decimal signs are taken from all rows."""
COMPACT = {"%Y%m%d", "%d%m%Y", "%m%d%Y"}
MOST, MOST_VALUES = 0.9, 25
"""Share of the values that tell what a column holds; values that are counted one by one."""
SAME = 0.99
"""Share of the rows that a value must fit to be a function of another column's."""
FEWEST = 8
"""Values that a column of customers, of their addresses or of orders has at least."""
JOINED = " + "
"""Between the headers of columns that are one key together."""
READABLE = r"^[^@]*\p{L}[^@]*$"
CODE = r"^\S{0,6}\d\S*$"


@dataclass(frozen=True)
class Evidence:
    """One column; the shares are of the values that are not blank."""

    name: str
    words: tuple[str, ...]
    filled: int
    share_filled: float
    numbers: float
    whole: float
    dates: float
    reading: DateReading  # of all rows
    distinct: int
    example: str

    def says(self, *kinds: set[str]) -> int:
        """Return how many of the kinds of words the name holds."""
        return sum(bool(kind & set(self.words)) for kind in kinds)

    @property
    def is_date(self) -> bool:
        """Whether most values are dates; digits such as 20240302 need a name that says so.

        Without one, they are dates where every value is a day and no word of the name is known.
        """
        if COMPACT & set(self.reading.formats) and not self.says(words.DATE):
            is_known = words.KNOWN & set(self.words)
            return self.dates == 1 and self.reading.formats == ("%Y%m%d",) and not is_known
        return self.dates >= MOST

    @property
    def is_number(self) -> bool:
        """Whether most values are numbers."""
        return self.filled > 0 and self.numbers >= MOST and not self.is_date

    @property
    def is_text(self) -> bool:
        """Whether most values are neither numbers nor dates."""
        return self.filled > 0 and not self.is_number and not self.is_date


def of(rows: pl.DataFrame, column: str, decimal: Sign) -> Evidence:
    """Return the evidence of one column, of text or of another type."""
    some = rows[column].gather_every(max(1, rows.height // SOME))
    kept = keys.without_blanks(some.cast(pl.String).str.strip_chars()).drop_nulls()
    sign = numbers.judge(kept).sign or decimal
    numbers_read = numbers.number(kept, sign).drop_nulls()
    named = tuple(words.parts(column))
    reading = DateReading(read=1, filled=1, dates=1)
    if not rows[column].dtype.is_temporal():
        is_date = bool((words.DATE | words.PERIOD) & set(named)) or named[1:][-1:] == ("at",)
        units = {"quarter": words.QUARTER, "week": words.WEEK}
        unit = next((unit for unit, kind in units.items() if kind & set(named)), "month")
        reading = date_formats.judge(rows[column], is_date, unit)
    count = max(1, kept.len())
    return Evidence(
        column,
        named,
        kept.len(),
        kept.len() / max(1, some.len()),
        numbers_read.len() / count,
        share(numbers_read == numbers_read.round()),
        reading.share if kept.len() else 0.0,
        reading,
        kept.n_unique(),
        str(kept[0])[:40] if kept.len() else "",
    )


class Table:
    """The rows of a log or of a table beside it, and what its columns hold."""

    def __init__(self, rows: pl.DataFrame, decimal: Sign) -> None:
        self.rows, self.decimal = rows, decimal

    @cached_property
    def every(self) -> list[Evidence]:
        """The evidence of all columns."""
        return [of(self.rows, name, self.decimal) for name in self.rows.columns]

    @cached_property
    def of(self) -> dict[str, Evidence]:
        """The evidence of each column by its name."""
        return {e.name: e for e in self.every}

    @property
    def has_date(self) -> bool:
        """Whether any column holds dates."""
        return any(of(self.rows, name, self.decimal).is_date for name in self.rows.columns)

    @property
    def years(self) -> list[Evidence]:
        """The columns that are called a period and hold years."""
        named = (e for e in self.every if e.says(words.PERIOD | words.FISCAL) and e.whole == 1)
        return [e for e in named if self.lies_within(e.name, 1980, 2100)]

    def lies_within(self, name: str, low: int, high: int) -> bool:
        """Return whether most rows of a column hold a number between two."""
        value = self.texts(name).cast(pl.Float64, strict=False)
        return share(value.is_between(low, high)) > MOST

    def with_joined(self, names: list[str]) -> Table:
        """Return the table with one more column, of the key that several columns make together."""
        key = pl.concat_str(map(keys.normal, names), separator=" ").alias(JOINED.join(names))
        return Table(self.rows.with_columns(key), self.decimal)

    def without_sums(self) -> pl.DataFrame:
        """Return the rows without totals and subtotals, whatever their word.

        Such a row has no date and too few values, and in a column of numbers the sum of rows above.
        """
        rows, is_sum = self.rows, pl.repeat(False, self.rows.height, eager=True)
        apart = no_records.narrow(rows, no_records.usual(rows))
        if not apart.any() or not self.has_date:
            return rows
        days = [dates.days(rows[e.name], e.reading.formats) for e in self.every if e.is_date]
        apart &= pl.DataFrame(days).select(pl.all_horizontal(pl.all().is_null())).to_series()
        for name in (e.name for e in self.every if e.is_number and apart.any()):
            is_sum |= no_records.sums(self.numbers(name), apart)
        return rows.filter(~is_sum)

    def texts(self, name: str) -> pl.Series:
        """Return a column as text; blank is null."""
        return texts(self.rows, name)

    def ids(self, name: str) -> pl.Series:
        """Return a column as keys of customers, named `id`."""
        return self.rows.select(keys.normal(name).alias("id")).to_series()

    def numbers(self, name: str, first: int | None = None) -> pl.Series:
        """Return a column, or its first rows, as numbers by the decimal sign that it shows."""
        sign = numbers.judge(self.rows[name]).sign or self.decimal
        return numbers.number(self.rows[name].head(first or self.rows.height), sign)

    def counts(self, name: str) -> dict[str, int]:
        """Return the rows of each value of a column, most first; empty where there are many."""
        values = self.texts(name).drop_nulls()
        if values.n_unique() > MOST_VALUES:
            return {}
        counts = values.value_counts().sort("count", "text", descending=[True, False])
        return dict(counts.iter_rows())

    def first_values(self, name: str) -> list[str]:
        """Return the first three values of a column."""
        some = texts(self.rows.head(5000), name).drop_nulls()
        return [str(value)[:40] for value in some.unique(maintain_order=True).head(3)]

    def is_code(self, name: str) -> bool:
        """Return whether most values of a column, or of its different ones, are like keys."""
        some = texts(self.rows.head(SOME), name).drop_nulls()
        return any(share(v.str.contains(CODE)) >= MOST for v in (some, some.unique()))

    def is_readable(self, name: str) -> bool:
        """Return whether most values are names: with letters, and no codes or addresses."""
        some = texts(self.rows.head(SOME), name).drop_nulls()
        return not self.is_code(name) and share(some.str.contains(READABLE)) >= MOST

    def determined(self, by: str, column: str) -> float:
        """Return the share of rows with the most frequent `column` of their `by`; 1: a function.

        Values are compared as keys are read, and case tells no two apart: e-mail addresses and
        names are written either way.
        """
        pairs = self.rows.select(
            keys.normal(name).str.to_lowercase().alias(of)
            for name, of in ((by, "by"), (column, "of"))
        )
        counts = pairs.drop_nulls().group_by("by", "of").len()
        usual = counts.group_by("by").agg(pl.col("len").max())
        return float(usual["len"].sum()) / max(1.0, float(counts["len"].sum()))

    def is_one_to_one(self, one: str, other: str) -> bool:
        """Return whether each value of a column has one of the other, and the other way round."""
        return min(self.determined(one, other), self.determined(other, one)) >= SAME

    def readable_of(self, names: list[str]) -> str:
        """Return the first name that is no code, of those that are one to one with the first."""
        alike = [name for name in names if self.determined(name, names[0]) >= SAME]
        return min(alike, key=self.is_code)


def texts(rows: pl.DataFrame, column: str) -> pl.Series:
    """Return a column as text, named `text`; blank is null."""
    return rows.select(cleaning.text(column).alias("text")).to_series()


def share(which: pl.Series) -> float:
    """Return the share of rows that are true; a null is not, and of no rows it is 0."""
    return float(which.fill_null(False).sum()) / max(1, which.len())


def within(values: pl.Series, others: pl.Series) -> float:
    """Return the share of values that stand among others."""
    return share(values.is_in(others.implode()))
