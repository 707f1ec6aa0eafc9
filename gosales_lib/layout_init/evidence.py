"""What the values of a column look like: blank, number, date, few or many, one for each other."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from gosales_lib.layout_init import words
from gosales_lib.sales_log import cleaning

SOME = 20_000
"""Rows that tell what a column is; names of divisions and products are taken from all rows."""
DAYS: tuple[str, ...] = (
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
)
DAYS += ("%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%b-%Y", "%d %b %Y", "%b %d, %Y", "%d %B %Y")
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
ISO = ("%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f")
DATELIKE = r"^\d{1,4}[-/. ]\w{1,9}[-/. ]+\d{1,4}|^\w{3,9} \d{1,2}, ?\d{4}|^\d{8}$"
COMPACT = "%Y%m%d"
FORMATS = (*ISO, *(day + time for time in TIMES for day in DAYS), COMPACT)
MOST = 0.9


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
    date_format: str
    date_rivals: tuple[str, ...]  # formats that read as much but mean other days
    distinct: int
    example: str

    def says(self, *kinds: set[str]) -> int:
        """Return how many of the kinds of words the name holds."""
        return sum(bool(kind & set(self.words)) for kind in kinds)

    @property
    def is_date(self) -> bool:
        """Whether most values are dates; bare digits are only where the name says so."""
        if self.date_format == COMPACT and not self.says(words.DATE):
            return False
        return self.dates >= MOST

    @property
    def is_number(self) -> bool:
        """Whether most values are numbers."""
        return self.filled > 0 and self.numbers >= MOST and not self.is_date

    @property
    def is_text(self) -> bool:
        """Whether the column names something."""
        return self.filled > 0 and not self.is_number and not self.is_date


def of(rows: pl.DataFrame, column: str, decimal: str) -> Evidence:
    """Return the evidence of a column of text or of a type of its own."""
    some = rows[column].gather_every(max(1, rows.height // SOME))
    kept = some.to_frame().select(cleaning.text(column)).to_series().drop_nulls()
    numbers = cleaning.number(kept, decimal).drop_nulls()
    temporal = some.dtype.is_temporal()
    one, share, rivals = ("%Y-%m-%d", 1.0, ()) if temporal else date_format(kept)
    count = max(1, kept.len())
    return Evidence(
        column,
        tuple(words.parts(column)),
        kept.len(),
        kept.len() / max(1, some.len()),
        numbers.len() / count,
        float((numbers == numbers.round()).sum()) / count,
        share if kept.len() else 0.0,
        one,
        rivals,
        kept.n_unique(),
        str(kept[0])[:40] if kept.len() else "",
    )


def date_format(values: pl.Series) -> tuple[str, float, tuple[str, ...]]:
    """Return the format that reads most dates, the share that any reads, and its equal rivals.

    Where day and month could change places, the reading whose days jump least from row to row
    wins: logs are more or less in order.
    """
    count = max(1, values.len())
    if values.head(300).str.contains(DATELIKE).mean() in (None, 0):
        return "", 0.0, ()
    first = values.gather_every(max(1, values.len() // 300))
    likely = [one for one in FORMATS if cleaning.days(first, [one]).drop_nulls().len()]
    read = {one: cleaning.days(values, [one]) for one in likely}
    if not read:
        return "", 0.0, ()
    shares = {one: days.drop_nulls().len() / count for one, days in read.items()}
    best = max(shares.values())
    tied = [one for one in likely if shares[one] == best]
    chosen = min(tied, key=lambda one: _jumps(read[one]))
    rivals = tuple(o for o in tied if o != chosen and not read[o].equals(read[chosen]))
    unread = pl.DataFrame(read).select(pl.all_horizontal(pl.all().is_null())).to_series()
    return chosen, 1 - float(unread.sum()) / count, rivals


def further_formats(values: pl.Series, first: str) -> list[str]:
    """Return the formats that a column needs besides the first one, at most two."""
    found = [first]
    for _ in range(2):
        left = values.filter(cleaning.days(values, [*found, *ISO]).is_null()).drop_nulls()
        one, _share, _rivals = date_format(left)
        if not one:
            break
        found.append(one)
    return found[1:]


def _jumps(days: pl.Series) -> float:
    """Return the sum of the steps between neighbouring days."""
    return float(days.drop_nulls().cast(pl.Int32).diff().abs().sum() or 0)


def decimal_sign(values: pl.Series) -> str | None:
    """Return the sign before a column's decimals as far as it shows, else None."""
    said = values.drop_nulls()
    said = said.filter(said.str.contains(r"^[-+(\s$£€]*\d[\d.,\s]*[)-]?$"))
    comma = said.str.contains(r"^[^,]*,(\d{1,2}|\d{4,})\D*$|\.\d{3},\d").sum()
    point = said.str.contains(r"^[^.]*\.(\d{1,2}|\d{4,})\D*$|,\d{3}\.\d").sum()
    return None if comma == point else "," if comma > point else "."


def determined(rows: pl.DataFrame, by: str, column: str) -> float:
    """Return the share of rows whose `column` is the usual one of their `by`: 1 is a function."""
    pairs = rows.select(cleaning.text(by).alias("by"), cleaning.text(column).alias("of"))
    counts = pairs.drop_nulls().group_by("by", "of").len()
    usual = counts.group_by("by").agg(pl.col("len").max())
    return float(usual["len"].sum()) / max(1.0, float(counts["len"].sum()))
