"""From tidy rows to what they cover."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from gosales_lib.core import sums, timeline
from gosales_lib.core.coverage import rule
from gosales_lib.core.coverage.result import (
    Aside,
    Coverage,
    Month,
    Span,
    State,
    Stretch,
)

FILES = {"file": pl.String, "order_day": pl.Int32, "rows": pl.Int64}


def of(
    sales: pl.DataFrame, later: pl.DataFrame | None = None, files: pl.DataFrame | None = None
) -> Coverage:
    """Return what a log covers, or a log together with the later rows of its holdout.

    Parameters
    ----------
    sales, later
        Tidy rows: customer_id, order_day, gross_profit, and division where it is known. What lies
        beyond the covered days of `sales` alone is no evidence for both together.
    files
        file, order_day, rows: where the rows come from.
    """
    every, joint = sales, None
    if later is not None:
        if sales.height:
            alone = of(sales)
            first, joint = alone.days
            sales = sales.filter(pl.col("order_day").is_between(first, joint))
        every = pl.concat([sales.select(later.columns), later])
    if every.is_empty():
        return Coverage()
    days, orders = _daily(every)
    first, last = rule.extent(days, orders)
    last = _broad(every, days, orders, (first, last))
    inside = (days >= first) & (days <= last)
    holes = rule.holes(days[inside], orders[inside], joint)
    covered = every.filter(pl.col("order_day").is_between(first, last))
    months = _months(every, (first, last), holes, files)
    thin = [
        Stretch(first=m.month, last=timeline.month_end(m.month), thin=True)
        for m in months
        if m.state == "thin"
    ]
    empty = [Stretch(first=timeline.to_date(a), last=timeline.to_date(b)) for a, b in holes]
    return Coverage(
        first=timeline.to_date(first),
        last=timeline.to_date(last),
        months=tuple(months),
        missing=tuple(sorted(_apart(empty, thin), key=lambda stretch: stretch.first)),
        aside=tuple(_aside(every, first, last)),
        divisions=tuple(_divisions(covered, last)),
        files=tuple(_files(files, first, last)),
    )


def _broad(sales: pl.DataFrame, days: rule.Days, orders: rule.Days, ends: tuple[int, int]) -> int:
    """Return the last covered day, seen by division.

    Where divisions with more than half of the orders fall silent together, what others still
    have, such as subscriptions that are invoiced ahead, is no evidence for the whole.
    """
    first, last = ends
    if "division" not in sales.columns:
        return last
    silent, size, every = [], 0, 0
    for rows in sales.filter(pl.col("order_day").is_between(first, last)).partition_by("division"):
        mine, counts = _daily(rows)
        every += int(counts.sum())
        if rule.ends_early(mine, counts, last):
            silent.append(int(mine[-1]))
            size += int(counts.sum())
    if 2 * size <= every or orders[days > max(silent)].sum() > rule.MOST_STRAY * orders.sum():
        return last
    return max(silent)


def _daily(sales: pl.DataFrame) -> tuple[rule.Days, rule.Days]:
    """Return the active days of a log, and the customers who ordered on each."""
    daily = sales.group_by("order_day").agg(pl.col("customer_id").n_unique()).sort("order_day")
    days, orders = (daily[name].cast(pl.Int64).to_numpy() for name in daily.columns)
    return days, orders


def _months(
    sales: pl.DataFrame,
    ends: tuple[int, int],
    holes: list[tuple[int, int]],
    files: pl.DataFrame | None,
) -> list[Month]:
    """Return every month from the first covered day to the last, and those of rows set aside."""
    counts = (
        sales.group_by(_month())
        .agg(
            rows=pl.len(),
            orders=pl.struct("customer_id", "order_day").n_unique(),
            customers=pl.col("customer_id").n_unique(),
            money=sums.total("gross_profit").round(2),
            active=pl.col("order_day").n_unique(),
        )
        .sort("month")
    )
    first, last = (timeline.to_date(day).replace(day=1) for day in ends)
    known = {row.pop("month"): row for row in counts.to_dicts()}
    within = pl.date_range(first, last, "1mo", eager=True).to_list()
    nothing = {"rows": 0, "orders": 0, "customers": 0, "money": 0.0, "active": 0}
    table = {month: known.get(month, nothing) for month in sorted({*known, *within})}
    sources = {} if files is None else dict(_files_by_month(files).iter_rows())
    states = _states(within, table, ends, holes)
    return [
        Month(
            month=month,
            files=None if files is None else sources.get(month, 0),
            state=states.get(month, "set aside"),
            **{name: row[name] for name in ("rows", "orders", "customers", "money")},
        )
        for month, row in table.items()
    ]


def _states(
    within: list[date],
    table: Mapping[date, Mapping[str, Any]],
    ends: tuple[int, int],
    holes: list[tuple[int, int]],
) -> dict[date, State]:
    """Return the state of each month from the first covered day to the last."""
    lengths, lost = [], []
    for month in within:
        low, high = timeline.to_day(month), timeline.to_day(timeline.month_end(month))
        low, high = max(low, ends[0]), min(high, ends[1])
        lengths.append(high - low + 1)
        lost.append(sum(max(0, min(high, b) - max(low, a) + 1) for a, b in holes))
    columns = {name: np.array([table[m][name] for m in within]) for name in ("orders", "active")}
    few = rule.thin(
        columns["orders"],
        columns["active"],
        np.array(lengths) - np.array(lost),
        np.array([month.month for month in within]),
    )
    found: dict[date, State] = {}
    for month, length, gone, thin in zip(within, lengths, lost, few, strict=True):
        if gone > length / 2:
            found[month] = "missing"
        elif thin:
            found[month] = "thin"
        else:
            found[month] = "covered" if table[month]["rows"] else "quiet"
    return found


def _month() -> pl.Expr:
    day = pl.col("order_day").cast(pl.Int32).cast(pl.Date)
    return day.dt.truncate("1mo").alias("month")


def _files_by_month(files: pl.DataFrame) -> pl.DataFrame:
    """Return month and number of files."""
    return files.group_by(_month()).agg(pl.col("file").n_unique()).sort("month")


def _apart(empty: list[Stretch], thin: list[Stretch]) -> list[Stretch]:
    """Return holes, and the thin months that no hole touches: no day is counted twice."""
    alone = [t for t in thin if not any(h.first <= t.last and t.first <= h.last for h in empty)]
    return [*empty, *alone]


def _aside(sales: pl.DataFrame, first: int, last: int) -> list[Aside]:
    """Return the rows before the first and after the last covered day."""
    day = pl.col("order_day")
    found = []
    for side, beyond in (("before", day < first), ("after", day > last)):
        rows = sales.filter(beyond)
        if rows.height:
            low, high = rows.select(low=day.min(), high=day.max()).row(0)
            found.append(
                Aside(
                    side=side,
                    rows=rows.height,
                    customers=rows["customer_id"].n_unique(),
                    money=round(float(rows["gross_profit"].sum()), 2),
                    first=timeline.to_date(low),
                    last=timeline.to_date(high),
                )
            )
    return found


def _divisions(sales: pl.DataFrame, last: int) -> list[Span]:
    """Return how far each division reaches, by name, and whether it falls silent early."""
    if "division" not in sales.columns:
        return []
    found = []
    for (name,), rows in sorted(sales.partition_by("division", as_dict=True).items()):
        days, orders = _daily(rows)
        ends = rule.ends_early(days, orders, last)
        found.append(_span(str(name), rows.height, int(days[0]), int(days[-1]), ends))
    return found


def _files(files: pl.DataFrame | None, first: int, last: int) -> list[Span]:
    """Return how far the rows of each file on covered days reach, in the order of the files."""
    if files is None:
        return []
    table = (
        files.filter(pl.col("order_day").is_between(first, last))
        .group_by("file", maintain_order=True)
        .agg(
            pl.col("rows").sum(),
            first=pl.col("order_day").min(),
            last=pl.col("order_day").max(),
            months=_month().unique().sort(),
        )
    )
    return [
        _span(name, rows, low, high, months=tuple(months))
        for name, rows, low, high, months in table.iter_rows()
    ]


def _span(
    name: str,
    rows: int,
    first: int,
    last: int,
    early: bool = False,
    months: tuple[date, ...] = (),
) -> Span:
    return Span(
        name=name,
        rows=rows,
        first=timeline.to_date(first),
        last=timeline.to_date(last),
        ends_early=early,
        months=months,
    )
