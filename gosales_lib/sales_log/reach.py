"""Alarms on the coverage of a log: rows set aside, missing months, divisions that end early."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from gosales_lib.core import coverage, timeline
from gosales_lib.core.alarms import Alarm
from gosales_lib.core.coverage import Aside, Coverage, Stretch
from gosales_lib.layout import Layout
from gosales_lib.sales_log.extent import distance
from gosales_lib.sales_log.rejects import FAR, first_reason, size

if TYPE_CHECKING:
    from gosales_lib.sales_log import SalesLog


def set_aside(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on rows that are dated far from the rest, rejected or kept."""
    seen = log.coverage
    for part in seen.aside:
        kept = part.side == "after" and layout.dated_ahead == "keep"
        reason = pl.col("reason")
        rows = log.rejected.filter(
            reason.str.contains(FAR), reason.str.contains(f" {part.side} the log ", literal=True)
        )
        yield Alarm(
            name="rows-dated-ahead" if part.side == "after" else "rows-dated-long-ago",
            level="warning",
            sentence=_far(part, seen, layout.currency, kept),
            count=part.rows,
            money=part.money,
            example=first_reason(rows),
            mend=(
                "Correct the dates in the source"
                + (
                    "."
                    if kept
                    else "; `dated_ahead: keep` keeps orders that are meant to lie ahead."
                )
                if part.side == "after"
                else "Correct the dates in the source."
            ),
        )


def _far(part: Aside, seen: Coverage, currency: str, kept: bool) -> str:
    assert seen.first is not None and seen.last is not None
    size = f"{coverage.counted(part.rows, 'row')} with {part.money:,.2f} {currency}"
    if part.side == "before":
        gap = distance((seen.first - part.first).days)
        where = f"up to {gap} before the log begins on {seen.first}"
    else:
        gap = distance((part.last - seen.last).days)
        where = f"up to {gap} after the log ends on {seen.last}"
    is_or_are = "is" if part.rows == 1 else "are"
    fate = (
        "kept as the layout says, and no evidence that these days are covered"
        if kept
        else "set aside, and part of no feature, label or figure"
    )
    return f"{size} {is_or_are} dated {where}: {fate}."


def missing(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on months that lack sales."""
    parts = log.coverage.missing
    if not parts:
        return
    days = sum(part.days for part in parts)
    yield Alarm(
        name="missing-months",
        level="warning",
        sentence=f"the log lacks sales on {coverage.counted(days, 'day')}: {stretches(parts)}. A "
        "window with a missing month trains no model, and what customers did then is unknown.",
        count=days,
        example=f"{parts[0].first} to {parts[0].last}",
        mend="Add the missing files; `max_missing_months: 1` allows windows that lack one.",
    )


def stretches(parts: tuple[Stretch, ...]) -> str:
    """Return stretches in words."""
    return ", ".join(
        f"{part.first} to {part.last} ({'far fewer than usual' if part.thin else 'none'})"
        for part in parts
    )


def divisions(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on divisions that fall silent long before the log ends."""
    early = [part for part in log.coverage.divisions if part.ends_early]
    if early:
        named = ", ".join(f"{part.name} (last sale {part.last})" for part in early)
        yield Alarm(
            name="division-ends-early",
            level="warning",
            sentence=f"the log ends on {log.coverage.last}, but holds no later sale of {named}: in "
            "windows after that nobody counts as a buyer of it.",
            count=len(early),
            mend="Add the missing files, or remove a division that is no longer sold.",
        )


def branches(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on branches without sales where other branches have some."""
    named = {
        part.name: ", ".join(f"{gap.first} to {gap.last}" for gap in gaps)
        for part in coverage.branches(log.transactions, log.coverage)
        if (
            gaps := tuple(gap for gap in part.missing if gap.first > part.first)
        )  # not: opened late
    }
    if named:
        yield Alarm(
            name="branch-lacks-sales",
            level="warning",
            sentence="the log holds no sale of "
            + "; ".join(f"branch {name} from {days}" for name, days in named.items())
            + ": their customers count as having bought nothing then.",
            count=len(named),
            mend="Add the missing files, unless the branch was closed.",
        )


def holdout(log: SalesLog, later: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on uncovered days between a log and its holdout, and in the holdout."""
    if later.transactions.is_empty() or log.coverage.last is None:
        return
    yield from set_aside(later, layout)
    yield from _contradiction(log, later, layout)
    end = log.coverage.last
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
            sentence=f"the holdout lacks sales: {stretches(rest)}.",
            count=sum(part.days for part in rest),
            mend="Add the missing files: a window that lacks sales is not checked.",
        )
    ended_early = {part.name for part in log.coverage.divisions if part.ends_early}
    early = [d for d in later.coverage.divisions if d.ends_early and d.name not in ended_early]
    if early:
        named = ", ".join(f"{part.name} (last sale {part.last})" for part in early)
        yield Alarm(
            name="division-missing-in-holdout",
            level="warning",
            sentence=f"the holdout reaches to {later.coverage.last}, but holds no later sale of "
            f"{named}: in its window nobody counts as a buyer of it.",
            count=len(early),
            mend="Add the missing files of the holdout.",
        )


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


LINE = ("customer_id", "order_day", "invoice", "division", "product", "gross_profit", "quantity")
CHECKS = (set_aside, missing, divisions, branches)
