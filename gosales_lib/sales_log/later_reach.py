"""Alarms on a holdout and how it follows its log: gaps, lost rows, few orders, contradictions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

import polars as pl

from gosales_lib.core import coverage, timeline
from gosales_lib.core.alarms import Alarm
from gosales_lib.core.coverage import Span
from gosales_lib.layout import Layout
from gosales_lib.sales_log import reach
from gosales_lib.sales_log.rejects import first_reason, size

if TYPE_CHECKING:
    from gosales_lib.sales_log import SalesLog

LINE = ("customer_id", "order_day", "invoice", "division", "product", "gross_profit", "quantity")
FEW = 1 / 3  # of the orders per day in the year before; on real logs a season stays above a half
EXPECTED = 30  # orders that the year before lets expect: with fewer, chance explains their absence


def of(log: SalesLog, later: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield the alarms on how a holdout follows its log."""
    if later.transactions.is_empty():
        yield from _nothing(later)
    elif log.coverage.last is not None:
        for check in (_set_aside, _contradiction, _gaps, _divisions, _branches, _few):
            yield from check(log, later, layout)


def _nothing(later: SalesLog) -> Iterator[Alarm]:
    """Yield an alarm on a holdout that lost all of its rows: it would pass for an empty one."""
    rows, gone = (int(later.reconciliation[name].sum()) for name in ("rows_in", "rows_rejected"))
    if gone:
        yield Alarm(
            name="nothing-kept",
            level="failed",
            sentence=f"none of {rows:,} rows of the holdout was kept.",
            count=gone,
            money=size(later.rejected),
            example=first_reason(later.rejected),
            mend="Give the layout the holdout's date format or number sign, or export it again.",
        )


def _gaps(log: SalesLog, later: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on uncovered days between a log and its holdout, and in the holdout."""
    end = log.coverage.last
    assert end is not None
    parts = tuple(part for part in later.coverage.missing if part.last > end)
    gap = [part for part in parts if (part.first - end).days <= timeline.GRACE_DAYS]
    if gap:
        yield Alarm(
            name="gap-before-holdout",
            level="warning",
            sentence=f"the log ends on {end}, and the holdout begins on "
            f"{timeline.to_date(timeline.to_day(gap[0].last) + 1)}: the "
            f"{coverage.counted(gap[0].days, 'day')} between hold no sale.",
            count=gap[0].days,
            mend="Add the missing files to the log; a newest file that was not read, or lost its "
            "rows, leaves such a gap.",
        )
    if rest := tuple(part for part in parts if part not in gap):
        yield Alarm(
            name="missing-months-of-holdout",
            level="warning",
            sentence=f"the holdout lacks sales: {reach.stretches(rest)}.",
            count=sum(part.days for part in rest),
            mend="Add the missing files: a window that lacks sales is not checked.",
        )


def _divisions(log: SalesLog, later: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on divisions that end in the holdout, but not in the log."""
    early = _newly_ended(log.coverage.divisions, later.coverage.divisions)
    if early:
        yield Alarm(
            name="division-missing-in-holdout",
            level="warning",
            sentence=f"the holdout reaches to {later.coverage.last}, but holds no later sale of "
            f"{reach.last_sales(early)}: in its window nobody counts as a buyer of it.",
            count=len(early),
            mend="Add the missing files of the holdout.",
        )


def _branches(log: SalesLog, later: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on branches that end in the holdout, but not in the log."""
    needed = ("branch", "customer_id", "order_day")
    both = pl.concat(part.transactions.select(needed) for part in (log, later))
    alone = coverage.branches(log.transactions, log.coverage)
    early = _newly_ended(alone, coverage.branches(both, later.coverage))
    if early:
        named = "; ".join(f"branch {part.name} after {part.last}" for part in early)
        yield Alarm(
            name="branch-missing-in-holdout",
            level="warning",
            sentence=f"the holdout reaches to {later.coverage.last}, but holds no sale of {named}: "
            "in its window their customers count as having bought nothing.",
            count=len(early),
            mend="Add the missing files of the holdout, unless the branch was closed.",
        )


def _newly_ended(alone: Iterable[Span], joint: Iterable[Span]) -> list[Span]:
    """Return the parts that end early in the log with its holdout, but not in the log alone."""
    ended = {part.name for part in alone if part.ends_early}
    return [part for part in joint if part.ends_early and part.name not in ended]


def _few(log: SalesLog, later: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on a holdout with far fewer orders per day than the log's last year."""
    begin, end, last = log.coverage.first, log.coverage.last, later.coverage.last
    assert begin is not None and end is not None
    if last is None or last <= end:
        return
    start = max(begin, end - timedelta(days=364))
    usual = _orders(log, start, end) / ((end - start).days + 1) * (last - end).days
    orders = _orders(later, end + timedelta(days=1), last)
    if usual >= EXPECTED and orders < FEW * usual:
        yield Alarm(
            name="few-orders-in-holdout",
            level="warning",
            sentence=f"the holdout has {orders:,} orders after {end} and up to {last}; at the "
            f"rate of the log's last year, there would be {usual:,.0f}. A customer whose orders "
            "are lacking counts as having bought nothing.",
            count=orders,
            mend="Look whether the export holds all branches, reps and rows.",
        )


def _orders(log: SalesLog, first: date, last: date) -> int:
    """Return the number of orders, a customer on a day each, between two days inclusive."""
    rows = log.transactions.filter(pl.col("order_date").is_between(first, last))
    return rows.select("customer_id", "order_day").n_unique()


def _contradiction(log: SalesLog, later: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on lines of the holdout that contradict the log."""
    last = log.coverage.last
    common = later.transactions.filter(pl.col("order_date") <= last)
    if common.is_empty():
        return
    other = common.join(log.transactions, on=LINE, how="anti", nulls_equal=True)
    if other.height:
        yield Alarm(
            name="holdout-contradicts-log",
            level="warning",
            sentence=f"the log ends on {last}; of the holdout's "
            f"{coverage.counted(common.height, 'row')} up to then {other.height:,} with "
            f"{size(other):,.2f} {layout.currency} are not in the log, or differ from it.",
            count=other.height,
            money=size(other),
            example=f"invoice {other['invoice'][0]} of {other['order_date'][0]}",
            mend="Take one export for both, or begin the holdout on the day after the log ends; "
            "where both have an invoice, the log's lines count.",
        )


def _set_aside(log: SalesLog, later: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on rows of the holdout that are dated far from the rest."""
    yield from reach.set_aside(later, layout)
