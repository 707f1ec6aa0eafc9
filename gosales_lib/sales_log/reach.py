"""Alarms on the coverage of a log: rows set aside, missing months, divisions that end early."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import polars as pl

from gosales_lib.core import coverage
from gosales_lib.core.alarms import Alarm
from gosales_lib.core.coverage import Aside, Coverage, Span, Stretch
from gosales_lib.layout import Layout
from gosales_lib.sales_log.extent import distance
from gosales_lib.sales_log.rejects import FAR, first_reason

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


def last_sales(parts: Iterable[Span]) -> str:
    """Return divisions in words, each with the day of its last sale."""
    return ", ".join(f"{part.name} (last sale {part.last})" for part in parts)


def divisions(log: SalesLog, layout: Layout) -> Iterator[Alarm]:
    """Yield an alarm on divisions that fall silent long before the log ends."""
    early = [part for part in log.coverage.divisions if part.ends_early]
    if early:
        yield Alarm(
            name="division-ends-early",
            level="warning",
            sentence=f"the log ends on {log.coverage.last}, but holds no later sale of "
            f"{last_sales(early)}: in windows after that nobody counts as a buyer of it.",
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


CHECKS = (set_aside, missing, divisions, branches)
