"""The small tables that coverage is computed from: rows by day, by month and by division."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from gosales_lib.core import sums
from gosales_lib.core.coverage import rule

DAYS, FROM = 2**24, 2**20
"""More days than the calendar of dates has, and what makes the number of each day positive."""
ORDERS = pl.col("customer_id").n_unique().cast(pl.Int64).alias("orders")
NEEDED = ("order_day", "customer_id", "division", "gross_profit")


@dataclass(frozen=True)
class Tally:
    """The counts of a log. An order is one customer on one day.

    `lines` has of each row of the log order_day, customer_id (a number that stands for the key),
    gross_profit, and division where it is known; `daily` order_day, orders, rows, `millionths` of
    money, and how many customers have on that day their first order of a week (`weekly`, see
    `ends.extent`) or of a month (`monthly`), sorted by day;
    `by_division` division, order_day, orders and rows, sorted by both, None without divisions.
    """

    lines: pl.DataFrame
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
        months = self.daily.group_by(month()).agg(
            pl.col("rows", "orders").sum(),
            customers=pl.col("monthly").sum(),
            money=sums.of_whole(pl.col("millionths").sum()).round(2),
            active=pl.len(),
        )
        return months.sort("month")


def of(sales: pl.DataFrame) -> Tally:
    """Return the tally of tidy rows: customer_id, order_day, gross_profit, division if known.

    Texts become numbers once, because each group-by on texts compares them again.
    """
    key = pl.col("customer_id").cast(pl.String).cast(pl.Categorical).to_physical().cast(pl.Int64)
    key = (key + 1).fill_null(0)
    lines = sales.select(name for name in NEEDED if name in sales.columns).with_columns(key)
    money = sums.whole("gross_profit")
    amounts = lines.lazy().group_by("order_day").agg(rows=pl.len(), millionths=money)
    daily = amounts.collect().join(_orders(lines), on="order_day").sort("order_day")
    if "division" not in lines.columns:
        return Tally(lines, daily, None)
    lines = lines.with_columns(pl.col("division").cast(pl.Categorical))
    return Tally(lines, daily, _daily(lines, "division"))


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


def _orders(lines: pl.DataFrame) -> pl.DataFrame:
    """Return order_day, orders, weekly and monthly; see `Tally`.

    Customer and day are one whole number: to sort these is the quickest way to find the orders,
    and those that are the first of a customer in a week or a month.
    """
    day = pl.col("order_day").cast(pl.Int64)
    order = pl.col("customer_id") * DAYS + day + FROM
    again = pl.col("order").eq_missing(pl.col("order").shift())  # the next line of one record
    orders = lines.select(order=order).filter(~again).sort("order").filter(~again)
    customer, day = pl.col("order") // DAYS, pl.col("order") % DAYS - FROM
    date = day.cast(pl.Int32).cast(pl.Date)
    periods = {"weekly": day // 7, "monthly": date.dt.year().cast(pl.Int32) * 12 + date.dt.month()}
    new = {
        name: customer.ne_missing(customer.shift()) | (period != period.shift())
        for name, period in periods.items()
    }
    firsts = orders.lazy().select(day.cast(pl.Int32).alias("order_day"), **new)
    counts = {name: pl.col(name).sum().cast(pl.Int64) for name in new}
    days = firsts.group_by("order_day").agg(orders=pl.len().cast(pl.Int64), **counts)
    return days.collect()


def arrays(daily: pl.DataFrame) -> tuple[rule.Days, rule.Days]:
    """Return order_day and orders of a table as whole numbers."""
    days, orders = (daily[name].cast(pl.Int64).to_numpy() for name in ("order_day", "orders"))
    return days, orders


def month() -> pl.Expr:
    """Return the first day of the month of `order_day`, named month."""
    day = pl.col("order_day").cast(pl.Int32).cast(pl.Date)
    return day.dt.truncate("1mo").alias("month")
