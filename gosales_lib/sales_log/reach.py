"""Alarms on the coverage of a log and its holdout: far rows, gaps, parts that end early."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import polars as pl

from gosales_lib.core import coverage, timeline
from gosales_lib.core.alarms import Alarm, warning
from gosales_lib.core.coverage import Aside, Coverage, Span, Stretch
from gosales_lib.core.spelling import counted
from gosales_lib.layout import Layout
from gosales_lib.sales_log.entries import SUFFIXES, suffix
from gosales_lib.sales_log.extent import distance
from gosales_lib.sales_log.log import FAR, SalesLog, first_reason, size

LINE = ("customer_id", "order_day", "invoice", "division", "product", "gross_profit", "quantity")
FEW = 1 / 3  # of the orders per day in the year before; on real logs a season stays above a half
EXPECTED = 30  # orders that the year before lets expect: with fewer, chance explains their absence


def _set_aside(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on rows that are dated far from the rest, rejected or kept."""
    for part in log.coverage.aside:
        ahead, reason = part.side == "after", pl.col("reason")
        kept = ahead and layout.dated_ahead == "keep"
        side = reason.str.contains(f" {part.side} the log ", literal=True)
        keep = "; `dated_ahead: keep` keeps orders that are meant to lie ahead"
        yield warning(
            name="rows-dated-ahead" if ahead else "rows-dated-long-ago",
            sentence=_far(part, log.coverage, layout.currency, kept),
            count=part.rows,
            money=part.money,
            example=first_reason(log.rejected.filter(reason.str.contains(FAR), side)),
            mend=f"Correct the dates in the source{keep if ahead and not kept else ''}.",
        )


def _far(part: Aside, seen: Coverage, currency: str, kept: bool) -> str:
    assert seen.first is not None and seen.last is not None
    rows = f"{counted(part.rows, 'row')} with {part.money:,.2f} {currency}"
    if part.side == "before":
        gap, end = seen.first - part.first, f"before the log begins on {seen.first}"
    else:
        gap, end = part.last - seen.last, f"after the log ends on {seen.last}"
    is_or_are = "is" if part.rows == 1 else "are"
    fate = (
        "kept as the layout says, and no evidence that these days are covered"
        if kept
        else "set aside, and part of no feature, label or figure"
    )
    return f"{rows} {is_or_are} dated up to {distance(gap.days)} {end}: {fate}."


def _missing(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on months that lack sales."""
    if parts := log.coverage.missing:
        days = sum(part.days for part in parts)
        yield warning(
            name="missing-months",
            sentence=f"the log lacks sales on {counted(days, 'day')}: "
            f"{_stretches(parts)}. A window with a missing month trains no model, and what "
            "customers did then is unknown.",
            count=days,
            example=f"{parts[0].first} to {parts[0].last}",
            mend="Add the missing files, or correct the dates beyond the gap; "
            "`max_missing_months: 1` allows windows that lack one.",
        )


def _stretches(parts: Iterable[Stretch]) -> str:
    return ", ".join(
        f"{part.first} to {part.last} ({'far fewer than usual' if part.thin else 'none'})"
        for part in parts
    )


def _last_sales(parts: Iterable[Span]) -> str:
    return ", ".join(f"{part.name} (last sale {part.last})" for part in parts)


def _divisions(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on divisions that fall silent long before the log ends."""
    if early := [part for part in log.coverage.divisions if part.ends_early]:
        yield warning(
            name="division-ends-early",
            sentence=f"the log ends on {log.coverage.last}, but holds no later sale of "
            f"{_last_sales(early)}: in windows after that nobody counts as a buyer of it.",
            count=len(early),
            mend="Add the missing files, or remove a division that is no longer sold.",
        )


def _branches(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on branches without sales where other branches have some."""
    gaps = {
        part.name: [gap for gap in part.missing if gap.first > part.first]  # not: opened late
        for part in coverage.branches(log.transactions, log.coverage)
    }
    named = [
        f"branch {name} from {', '.join(f'{gap.first} to {gap.last}' for gap in parts)}"
        for name, parts in gaps.items()
        if parts
    ]
    if named:
        yield warning(
            name="branch-lacks-sales",
            sentence=f"the log holds no sale of {'; '.join(named)}: their customers count as "
            "having bought nothing then.",
            count=len(named),
            mend="Add the missing files, unless the branch was closed.",
        )


CHECKS = (_set_aside, _missing, _divisions, _branches)


def of_holdout(log: SalesLog, later: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield the alarms on how a holdout follows its log."""
    if later.transactions.is_empty():
        yield from _nothing(later)
    elif log.coverage.last is not None:
        yield from _set_aside(later, layout)
        yield from _contradiction(log, later, layout.currency)
        for check in (_gaps, _ended_divisions, _ended_branches, _few):
            yield from check(log, later)


def _nothing(later: SalesLog) -> Iterator[Alarm]:
    """Yield an alarm on a holdout that lost all rows or files: it would pass for an empty one."""
    left = [item for item in later.files.left_out if suffix(item.file) in SUFFIXES]
    named = [item for item in left if item.reason.startswith("its name")]
    if named and later.reconciliation.is_empty():
        yield warning(
            name="files-left-out",
            sentence=f"no file of the holdout is read; files there: {len(named):,}.",
            count=len(named),
            example=f"{named[0].file}: {named[0].reason}",
            mend="Let `files:` name them, too.",
        )
    rows, gone = (int(later.reconciliation[name].sum()) for name in ("rows_in", "rows_rejected"))
    if gone:
        yield Alarm(
            name="nothing-kept",
            level="failed",
            sentence=f"none of {counted(rows, 'row')} of the holdout was kept.",
            count=gone,
            money=size(later.rejected),
            example=first_reason(later.rejected),
            mend="Give the layout the holdout's date format or number sign, or export it again.",
        )


def _contradiction(log: SalesLog, later: SalesLog, currency: str) -> Iterator[Alarm]:
    """Yield an alarm on lines of the holdout that contradict the log."""
    last = log.coverage.last
    common = later.transactions.filter(pl.col("order_date") <= last)
    other = common.join(log.transactions, on=LINE, how="anti", nulls_equal=True)
    if other.height:
        yield warning(
            name="holdout-contradicts-log",
            sentence=f"the log ends on {last}; of the holdout's "
            f"{counted(common.height, 'row')} up to then {other.height:,} with "
            f"{size(other):,.2f} {currency} are not in the log, or differ from it.",
            count=other.height,
            money=size(other),
            example=f"invoice {other['invoice'][0]} of {other['order_date'][0]}",
            mend="Take one export for both, or begin the holdout on the day after the log ends; "
            "where both have an invoice, the log's lines count.",
        )


def _gaps(log: SalesLog, later: SalesLog) -> Iterator[Alarm]:
    """Yield an alarm on uncovered days between a log and its holdout, and in the holdout."""
    end = log.coverage.last
    assert end is not None
    parts = [part for part in later.coverage.missing if part.last > end]
    gap = [part for part in parts if (part.first - end).days <= timeline.GRACE_DAYS]
    if gap:
        yield warning(
            name="gap-before-holdout",
            sentence=f"the log ends on {end}, and the holdout begins on "
            f"{gap[0].last + timedelta(days=1)}: the "
            f"{counted(gap[0].days, 'day')} between hold no sale.",
            count=gap[0].days,
            mend="Add the missing files to the log; a newest file that was not read, or lost its "
            "rows, leaves such a gap.",
        )
    if rest := [part for part in parts if part not in gap]:
        yield warning(
            name="missing-months-of-holdout",
            sentence=f"the holdout lacks sales: {_stretches(rest)}.",
            count=sum(part.days for part in rest),
            mend="Add the missing files: a window that lacks sales is not checked.",
        )


def _ended_divisions(log: SalesLog, later: SalesLog) -> Iterator[Alarm]:
    """Yield an alarm on divisions that end in the holdout, but not in the log."""
    if early := _newly_ended(log.coverage.divisions, later.coverage.divisions):
        yield warning(
            name="division-missing-in-holdout",
            sentence=f"the holdout reaches to {later.coverage.last}, but holds no later sale of "
            f"{_last_sales(early)}: what was bought of it then is not known.",
            count=len(early),
            mend="Add the missing files of the holdout.",
        )


def _ended_branches(log: SalesLog, later: SalesLog) -> Iterator[Alarm]:
    """Yield an alarm on branches that end in the holdout, but not in the log."""
    needed = ("branch", "customer_id", "order_day")
    both = pl.concat(part.transactions.select(needed) for part in (log, later))
    alone = coverage.branches(log.transactions, log.coverage)
    joint, end = coverage.branches(both, later.coverage), log.coverage.last
    early = [f"branch {part.name} after {part.last}" for part in _newly_ended(alone, joint)]
    early += [
        f"branch {part.name} from {gap.first} to {gap.last}"
        for part in joint
        for gap in part.missing
        if end and end < gap.last < part.last
    ]
    if early:
        named = "; ".join(early)
        yield warning(
            name="branch-missing-in-holdout",
            sentence=f"the holdout reaches to {later.coverage.last}, but holds no sale of {named}: "
            "in its window their customers count as having bought nothing.",
            count=len(early),
            mend="Add the missing files of the holdout, unless the branch was closed.",
        )


def _newly_ended(alone: Iterable[Span], joint: Iterable[Span]) -> list[Span]:
    """Return the parts that end early in the log with its holdout, but not in the log alone."""
    ended = {part.name for part in alone if part.ends_early}
    return [part for part in joint if part.ends_early and part.name not in ended]


def _few(log: SalesLog, later: SalesLog) -> Iterator[Alarm]:
    """Yield an alarm on a holdout with far fewer orders per day than the log's last year."""
    begin, end, last = log.coverage.first, log.coverage.last, later.coverage.last
    assert begin is not None and end is not None
    if last is None or last <= end:
        return
    start = max(begin, end - timedelta(days=364))
    usual = _orders(log, start, end) / ((end - start).days + 1) * (last - end).days
    orders = _orders(later, end + timedelta(days=1), last)
    if usual >= EXPECTED and orders < FEW * usual:
        yield warning(
            name="few-orders-in-holdout",
            sentence=f"the holdout has {counted(orders, 'order')} after {end} and up to {last}; at "
            f"the rate of the log's last year, there would be {usual:,.0f}. A customer whose "
            "orders are lacking counts as having bought nothing.",
            count=orders,
            mend="Check that the export holds all branches, reps and rows.",
        )


def _orders(log: SalesLog, first: date, last: date) -> int:
    """Return the number of orders, a customer on a day each, between two days inclusive."""
    rows = log.transactions.filter(pl.col("order_date").is_between(first, last))
    return rows.select("customer_id", "order_day").n_unique()
