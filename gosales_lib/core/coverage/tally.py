"""The small tables that coverage is computed from: rows by day, by month and by division."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from gosales_lib.core import sums
from gosales_lib.core.coverage import rule

CUSTOMERS = 7 * 2**32
"""Larger than any customer number times the days of a week."""
ORDERS = pl.col("customer_id").n_unique().cast(pl.Int64).alias("orders")
NEEDED = ("order_day", "customer_id", "division", "gross_profit")


@dataclass(frozen=True)
class Tally:
    """The counts of a log. An order is one customer on one day.

    `lines` has of each row of the log order_day, customer_id (a number that stands for the key),
    gross_profit, and division where it is known; `visits` order_day and customer_id, some of them
    more than once; `daily` order_day, orders, rows, `millionths` of money and `weekly` (see
    `ends.extent`), sorted by day;
    `by_division` division, order_day, orders and rows, sorted by both, None without divisions.
    """

    lines: pl.DataFrame
    visits: pl.DataFrame
    daily: pl.DataFrame
    by_division: pl.DataFrame | None

    @property
    def days(self) -> tuple[rule.Days, rule.Days]:
        """The active days of the log, and the orders on each."""
        return arrays(self.daily)

    @property
    def weekly(self) -> rule.Days:
        """The customers whose first order of a week falls on each active day."""
        return self.daily["weekly"].to_numpy()

    def parts(self, first: int, last: int) -> list[tuple[str, pl.DataFrame]]:
        """Return name and active days of each division with rows from `first` to `last`."""
        if self.by_division is None:
            return []
        inside = pl.col("order_day").is_between(first, last)
        return _apart(self.by_division.filter(inside), "division")

    def months(self) -> pl.DataFrame:
        """Return month, rows, orders, customers, money and active (days), sorted by month."""
        customers = pl.col("customer_id").n_unique().alias("customers")
        days = self.daily.group_by(month()).agg(
            pl.col("orders", "rows").sum(),
            money=sums.of_whole(pl.col("millionths").sum()).round(2),
            active=pl.len(),
        )
        return days.join(self.visits.group_by(month()).agg(customers), on="month").sort("month")


def of(sales: pl.DataFrame) -> Tally:
    """Return the tally of tidy rows: customer_id, order_day, gross_profit, division if known.

    Texts become numbers once, because each group-by on texts compares them again.
    """
    key = pl.col("customer_id").cast(pl.String).cast(pl.Categorical).to_physical()
    lines = sales.select(name for name in NEEDED if name in sales.columns).with_columns(key)
    visit = pl.col("order_day", "customer_id")
    again = pl.all_horizontal(visit.eq_missing(visit.shift()))  # the next line of one record
    visits = lines.select(visit).filter(~again)
    days = visits.group_by("order_day").agg(ORDERS)
    amounts = lines.group_by("order_day").agg(rows=pl.len(), millionths=sums.whole("gross_profit"))
    weekly = _weekly(visits)
    daily = days.join(amounts, on="order_day").join(weekly, on="order_day", how="left")
    daily = daily.with_columns(pl.col("weekly").fill_null(0)).sort("order_day")
    if "division" not in lines.columns:
        return Tally(lines, visits, daily, None)
    lines = lines.with_columns(pl.col("division").cast(pl.Categorical))
    by_division = _daily(lines, "division")
    return Tally(lines, visits, daily, by_division)


def parts(sales: pl.DataFrame, column: str) -> list[tuple[str, pl.DataFrame]]:
    """Return name and active days of each part of tidy rows, such as of each branch."""
    return _apart(_daily(sales.with_columns(pl.col(column).cast(pl.Categorical)), column), column)


def _daily(lines: pl.DataFrame, column: str) -> pl.DataFrame:
    return (
        lines.group_by(column, "order_day")
        .agg(ORDERS, rows=pl.len())
        .with_columns(pl.col(column).cast(pl.String))
        .sort(column, "order_day")
    )


def _apart(daily: pl.DataFrame, column: str) -> list[tuple[str, pl.DataFrame]]:
    parts = daily.partition_by(column, maintain_order=True)
    return [(str(part[column][0]), part) for part in parts]


def _weekly(visits: pl.DataFrame) -> pl.DataFrame:
    """Return order_day and weekly, the customers whose first order of a week falls on the day.

    Week, customer and day of the week are one whole number: to sort these is the quickest way.
    """
    day, at = pl.col("order_day").cast(pl.Int64), pl.col("at")
    week = day // 7
    coded = visits.select(at=week * CUSTOMERS + pl.col("customer_id") * 7 + day - 7 * week)
    firsts = coded.sort("at").filter((at // 7).ne_missing((at // 7).shift()))
    back = (at // CUSTOMERS * 7 + at - at // 7 * 7).cast(pl.Int32)
    return (
        firsts.select(back.alias("order_day"))
        .group_by("order_day")
        .agg(weekly=pl.len().cast(pl.Int64))
    )


def arrays(daily: pl.DataFrame) -> tuple[rule.Days, rule.Days]:
    """Return order_day and orders of a table as whole numbers."""
    days, orders = (daily[name].cast(pl.Int64).to_numpy() for name in ("order_day", "orders"))
    return days, orders


def month() -> pl.Expr:
    """Return the first day of the month of `order_day`, named month."""
    day = pl.col("order_day").cast(pl.Int32).cast(pl.Date)
    return day.dt.truncate("1mo").alias("month")
