"""Measures which days tidy rows cover."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from gosales_lib.core import timeline
from gosales_lib.core.coverage import ends, rule, tally
from gosales_lib.core.coverage.result import (
    Aside,
    Coverage,
    Month,
    Span,
    State,
    Stretch,
)
from gosales_lib.core.coverage.tally import Tally

DAYS = 10
"""Active days of a holdout that is measured by itself where the log would set it aside."""
FILES = {"file": pl.String, "order_day": pl.Int32, "rows": pl.Int64}


@dataclass(frozen=True)
class Measured:
    """The covered days of a log as numbers; what else its coverage tells is computed on demand.

    Parameters
    ----------
    log
        The counts of all rows, those beyond the covered days included; None of a log without rows.
    joint
        The last covered day of the log that later rows follow.
    files
        file, order_day, rows: where the rows come from.
    """

    log: Tally | None = None
    first: int = 0
    last: int = 0
    joint: int | None = None
    files: pl.DataFrame | None = None

    @cached_property
    def coverage(self) -> Coverage:
        """What the log covers, by month, division and file."""
        if self.log is None:
            return Coverage()
        log, first, last = self.log, self.first, self.last
        days, orders = log.days
        inside = (days >= first) & (days <= last)
        holes = rule.holes(days[inside], orders[inside], self.joint)
        months = _months(log, (first, last), holes, self.files)
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
            aside=tuple(_aside(log, first, last)),
            divisions=tuple(spans(log.parts(first, last), first, last)),
            files=tuple(_files(self.files, first, last)),
        )


def of(
    sales: pl.DataFrame, later: pl.DataFrame | None = None, files: pl.DataFrame | None = None
) -> Coverage:
    """Return what a log covers, or a log together with the later rows; see `measure`."""
    return measure(sales, later, files).coverage


def measure(
    sales: pl.DataFrame, later: pl.DataFrame | None = None, files: pl.DataFrame | None = None
) -> Measured:
    """Measure which days a log covers, or a log together with the later rows of its holdout.

    Parameters
    ----------
    sales, later
        Tidy rows: customer_id, order_day, gross_profit and division. What lies beyond the covered
        days of `sales` alone is no evidence for both together.
    files
        file, order_day, rows: where the rows come from.
    """
    every, joint = sales, None
    if later is not None:
        every = sales.select(tally.NEEDED)
        if sales.height:
            first, joint = _ends(tally.of(sales))
            every = every.filter(pl.col("order_day").is_between(first, joint))
        every = pl.concat([every, later.select(tally.NEEDED)])
    if every.is_empty():
        return Measured()
    log = tally.of(every)
    first, last = _ends(log)
    if joint is not None:
        last = max(last, _end_of_few(every.filter(pl.col("order_day") > joint), last))
    return Measured(log, first, last, joint, files)


def _ends(log: Tally) -> tuple[int, int]:
    """Return the first and the last covered day."""
    first, last = ends.extent(*log.days, log.weekly)
    return first, _broad(log, first, last)


def _end_of_few(later: pl.DataFrame, last: int) -> int:
    """Return the last covered day of later rows by themselves if most of them lie after `last`.

    A holdout of one division, or with a sixth of the orders, is no stray tail of the log: other
    alarms name what it lacks. A handful of days is.
    """
    days, most = later["order_day"].n_unique(), later.filter(pl.col("order_day") > last).height
    return _ends(tally.of(later))[1] if 2 * most > later.height and days >= DAYS else last


def _broad(log: Tally, first: int, last: int) -> int:
    """Return the last covered day, judged by division.

    Where divisions with more than half of the orders fall silent together, the later rows of other
    divisions, such as subscriptions that are invoiced ahead, do not show that the log goes on.
    """
    if all(last - day < rule.EARLY for day in log.last_days(first, last)):
        return last
    days, orders = log.days
    silent, size, every = [], 0, 0
    for _, daily in log.parts(first, last):
        mine, counts = tally.arrays(daily)
        every += int(counts.sum())
        if rule.ends_early(mine, counts, last):
            silent.append(int(mine[-1]))
            size += int(counts.sum())
    if 2 * size <= every or orders[days > max(silent)].sum() > ends.MOST_STRAY * orders.sum():
        return last
    return max(silent)


def _months(
    log: Tally,
    span: tuple[int, int],
    holes: list[tuple[int, int]],
    files: pl.DataFrame | None,
) -> list[Month]:
    """Return every month from the first covered day to the last, and those of rows set aside."""
    first, last = (timeline.to_date(day).replace(day=1) for day in span)
    rows = {row.pop("month"): row for row in log.months().to_dicts()}
    within = pl.date_range(first, last, "1mo", eager=True).to_list()
    nothing = {"rows": 0, "orders": 0, "customers": 0, "money": 0.0, "active": 0}
    table = {month: rows.get(month, nothing) for month in sorted({*rows, *within})}
    counted = None if files is None else files.group_by(tally.month()).agg(pl.n_unique("file"))
    sources = {} if counted is None else dict(counted.iter_rows())
    states = _states(within, table, span, holes)
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
    span: tuple[int, int],
    holes: list[tuple[int, int]],
) -> dict[date, State]:
    """Return the state of each month from the first covered day to the last."""
    lengths, lost = [], []
    for month in within:
        low, high = timeline.to_day(month), timeline.to_day(timeline.month_end(month))
        low, high = max(low, span[0]), min(high, span[1])
        lengths.append(high - low + 1)
        lost.append(sum(max(0, min(high, b) - max(low, a) + 1) for a, b in holes))
    columns = {name: np.array([table[m][name] for m in within]) for name in ("orders", "active")}
    few = rule.thin(
        columns["orders"],
        columns["active"],
        np.array(lengths) - np.array(lost),
        np.array([month.month for month in within]),
    )
    states: dict[date, State] = {}
    for month, length, gone, thin in zip(within, lengths, lost, few, strict=True):
        if gone > length / 2:
            states[month] = "missing"
        elif thin:
            states[month] = "thin"
        else:
            states[month] = "covered" if table[month]["rows"] else "quiet"
    return states


def _apart(empty: list[Stretch], thin: list[Stretch]) -> list[Stretch]:
    """Return holes, and the thin months that no hole touches: no day is counted twice."""
    alone = [t for t in thin if not any(h.first <= t.last and t.first <= h.last for h in empty)]
    return [*empty, *alone]


def _aside(log: Tally, first: int, last: int) -> list[Aside]:
    """Return the rows before the first and after the last covered day."""
    day = pl.col("order_day")
    parts = []
    for side, beyond in (("before", day < first), ("after", day > last)):
        if log.daily.filter(beyond).height:
            rows = log.lines.filter(beyond)
            low, high = rows.select(low=day.min(), high=day.max()).row(0)
            parts.append(
                Aside(
                    side=side,
                    rows=rows.height,
                    customers=rows["customer_id"].n_unique(),
                    money=round(float(rows["gross_profit"].sum()), 2),
                    first=timeline.to_date(low),
                    last=timeline.to_date(high),
                )
            )
    return parts


def spans(parts: list[tuple[str, pl.DataFrame]], first: int, last: int) -> list[Span]:
    """Return how far each part reaches, by name, and the days that it lacks."""
    spans = []
    for name, daily in parts:
        days, orders = tally.arrays(daily)
        early = rule.ends_early(days, orders, last)
        late = rule.ends_early(-days[::-1], orders[::-1], -first)
        span = span_of(name, int(daily["rows"].sum()), int(days[0]), int(days[-1]), early)
        empty = rule.holes(days, orders)
        empty += [(int(days[-1]) + 1, last)] * early + [(first, int(days[0]) - 1)] * late
        missing = tuple(
            Stretch(first=timeline.to_date(a), last=timeline.to_date(b)) for a, b in sorted(empty)
        )
        spans.append(span.model_copy(update={"missing": missing}))
    return spans


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
            months=tally.month().unique().sort(),
        )
    )
    return [
        span_of(name, rows, low, high, months=tuple(months))
        for name, rows, low, high, months in table.iter_rows()
    ]


def span_of(
    name: str,
    rows: int,
    first: int,
    last: int,
    early: bool = False,
    months: tuple[date, ...] = (),
) -> Span:
    """Return a span from its days as numbers."""
    return Span(
        name=name,
        rows=rows,
        first=timeline.to_date(first),
        last=timeline.to_date(last),
        ends_early=early,
        months=months,
    )
