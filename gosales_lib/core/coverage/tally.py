"""The small tables that coverage is computed from: rows by day, by month and by division."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from gosales_lib.core import sums
from gosales_lib.core.coverage import rule

BITS, FROM = 24, 2**20
"""Bits of more days than the calendar of dates has, and what makes each day's number positive."""
NEEDED = ("order_day", "customer_id", "division", "gross_profit")


@dataclass(frozen=True)
class Tally:
    """The counts of a log. An order is one customer on one day.

    `lines` has of each row of the log order_day, customer_id (a number that stands for the key),
    gross_profit and division; `daily` order_day, rows, orders, and how many customers have on that
    day their first order of a week (`weekly`, see `ends.extent`) or of a month (`monthly`), sorted
    by day.
    """

    lines: pl.DataFrame
    daily: pl.DataFrame

    @property
    def days(self) -> tuple[rule.Days, rule.Days]:
        """The active days of the log, and the orders on each."""
        return arrays(self.daily)

    @property
    def weekly(self) -> rule.Days:
        """The customers whose first order of a week falls on each active day."""
        return self.daily["weekly"].to_numpy()

    def last_days(self, first: int, last: int) -> list[int]:
        """Return the last active day from `first` to `last` of each division that has one."""
        inside = self.lines.lazy().filter(pl.col("order_day").is_between(first, last))
        ends = inside.group_by("division").agg(pl.col("order_day").max())
        return ends.collect()["order_day"].to_list()

    @cached_property
    def divisions(self) -> list[tuple[str, pl.DataFrame]]:
        """The name and the daily table of each division, by name."""
        return parts(self.lines, "division")

    def parts(self, first: int, last: int) -> list[tuple[str, pl.DataFrame]]:
        """Return name and active days of each division with rows from `first` to `last`."""
        inside = pl.col("order_day").is_between(first, last)
        within = [(name, daily.filter(inside)) for name, daily in self.divisions]
        return [(name, daily) for name, daily in within if daily.height]

    def months(self) -> pl.DataFrame:
        """Return month, rows, orders, customers, money and active (days), sorted by month."""
        money = self.lines.lazy().group_by("order_day").agg(millionths=sums.whole("gross_profit"))
        daily = self.daily.join(money.collect(), on="order_day")
        months = daily.group_by(month()).agg(
            pl.col("rows", "orders").sum(),
            customers=pl.col("monthly").sum(),
            money=sums.of_whole(pl.col("millionths").sum()).round(2),
            active=pl.len(),
        )
        return months.sort("month")


def of(sales: pl.DataFrame) -> Tally:
    """Return the tally of tidy rows with the columns NEEDED; there must be at least one row."""
    lines = _numbered(sales.select(NEEDED))
    return Tally(lines, _daily(lines))


def parts(sales: pl.DataFrame, column: str) -> list[tuple[str, pl.DataFrame]]:
    """Return the name and the daily table of each part of tidy rows, such as of each branch."""
    lines = _numbered(sales.select("order_day", "customer_id", column))
    each = lines.partition_by(column, as_dict=True)
    return sorted((str(name), _daily(part)) for (name,), part in each.items())


def _numbered(lines: pl.DataFrame) -> pl.DataFrame:
    """Return lines with numbers for the customers; 0 stands for none."""
    kind = lines.schema["customer_id"]
    if kind.is_integer():
        return lines
    text = pl.col("customer_id").cast(kind if kind == pl.Categorical else pl.String)
    number = text.cast(pl.Categorical).to_physical().cast(pl.Int64)
    return lines.with_columns((number + 1).fill_null(0))


def _daily(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the daily table of lines; see `Tally`.

    Customer and day are one whole number: to sort these is the quickest way to find the orders,
    and those that are the first of a customer in a week or a month.
    """
    number = pl.col("customer_id") * 2**BITS + pl.col("order_day").cast(pl.Int64) + FROM
    again = pl.col("order").eq_missing(pl.col("order").shift())  # the next line of one record
    orders = np.sort(lines.select(order=number).filter(~again)["order"].to_numpy())
    orders = orders[np.diff(orders, prepend=-1) != 0]
    customers, days = orders >> BITS, orders % 2**BITS - FROM
    first = int(days.min())
    every = np.arange(first, int(days.max()) + 1, dtype=np.int32)
    date = pl.Series(every).cast(pl.Date).dt
    periods = {"weekly": every // 7, "monthly": (date.year() * 12 + date.month()).to_numpy()}
    new, at = np.diff(customers, prepend=-1) != 0, days - first
    firsts = {name: new | (np.diff(period[at], prepend=0) != 0) for name, period in periods.items()}
    counts = {"rows": lines["order_day"].to_numpy() - first, "orders": at}
    counts |= {name: at[is_first] for name, is_first in firsts.items()}
    table = {name: np.bincount(here, minlength=len(every)) for name, here in counts.items()}
    return pl.DataFrame({"order_day": every} | table).filter(pl.col("rows") > 0)


def arrays(daily: pl.DataFrame) -> tuple[rule.Days, rule.Days]:
    """Return order_day and orders of a table as whole numbers."""
    days, orders = (daily[name].cast(pl.Int64).to_numpy() for name in ("order_day", "orders"))
    return days, orders


def month() -> pl.Expr:
    """Return the first day of the month of `order_day`, named month."""
    day = pl.col("order_day").cast(pl.Int32).cast(pl.Date)
    return day.dt.truncate("1mo").alias("month")
