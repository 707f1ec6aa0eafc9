"""The sales after a cutoff, and how much of the window they cover."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from gosales_lib.core import coverage, process_cache, timeline
from gosales_lib.core.coverage import Coverage, Seen
from gosales_lib.core.spelling import counted
from gosales_lib.core.timeline import Window
from gosales_lib.reports.holdout import CHECKED, NOTHING, REFUSED

ORDER = ["customer_id", "order_day", "invoice"]
FEW = 0.2
"""A log with a smaller share of a holdout's orders on the same days does not cover these days."""
LINE = [*ORDER, "division", "product", "gross_profit", "quantity"]


@dataclass(frozen=True)
class Overlap:
    """The rows of a holdout that lie on days which the log covers.

    `same` rows are identical in the log, `revised` rows belong to an invoice that the log holds
    with other lines, and `unknown` rows to an invoice that it does not hold. Of these, the `added`
    ones lie after the cutoff and count.
    """

    rows: int
    same: int
    revised: int
    unknown: int
    added: int

    @property
    def sentence(self) -> str:
        """The contradictions in words; an empty text if log and holdout agree."""
        parts = []
        if self.revised:
            parts.append(f"{self.revised:,} belong to invoices that the log has with other lines")
        if self.unknown:
            counts = f", {self.added:,} of them after the cutoff count too" if self.added else ""
            parts.append(f"{self.unknown:,} to invoices that it has not{counts}")
        if not parts:
            return ""
        rows = counted(self.rows, "row")
        return (
            f" The holdout contradicts the log: of its {rows} on days that the log covers "
            f"{' and '.join(parts)}; where both have an invoice, the log's lines count."
        )


@dataclass(frozen=True)
class Later:
    """The sales after a cutoff, and how far they reach."""

    sales: pl.DataFrame
    status: str
    seen: Seen | None
    overlap: Overlap
    sentence: str
    coverage: Coverage

    @property
    def missing_days(self) -> int:
        """How many days of the window lack sales."""
        return self.seen.missing_days if self.seen else 0

    @property
    def lacks(self) -> str:
        """What is missing in the window, in words; nothing where it is wholly covered."""
        return self.seen.lacks if self.seen and self.seen.missing_days else ""

    def lost(self, divisions: Iterable[str], window: Window, allowed: int = 0) -> list[str]:
        """Return the divisions that were sold at the cutoff and lack sales in the window."""
        own = {name: self.coverage.of_division(name) for name in divisions}
        return [
            name
            for name, seen in own.items()
            if seen.hole_at(window.cutoff) is None and seen.seen(window).missing_days > allowed
        ]

    @property
    def overlap_rows(self) -> int:
        """How many rows of the holdout lie on days that the log covers."""
        return self.overlap.rows


def later_sales(
    sales: pl.DataFrame,
    holdout: pl.DataFrame,
    window: Window,
    max_missing_days: int = 0,
    division: str = "",
) -> Later:
    """Return the log followed by the holdout's rows, and whether they cover the window.

    An invoice that both hold is counted once, with the lines of the log. Rows that lie beyond the
    covered days, such as orders that are dated ahead, are left out.

    Parameters
    ----------
    sales, holdout
        `fact_transactions` and `holdout_transactions`.
    max_missing_days
        The number of days of the window that may lack sales.
    division
        Judge the window by this division, whose file may be missing where others are there.
    """
    every, both, overlap = _joined(sales, holdout, window.cutoff_day)
    if both.last is None or timeline.to_day(both.last) <= window.cutoff_day:
        ends = f"the data ends on {both.last}, the window on {window.end}"
        return Later(every, NOTHING, None, overlap, f"Nothing to check yet: {ends}.", both)
    seen = both.of_division(division).seen(window) if division else both.seen(window)
    status, sentence = judged(both, seen, window, max_missing_days)
    if seen.missing_days > both.seen(window).missing_days:
        sentence += f" It is {division} that lacks sales, others go on."
    return Later(every, status, seen, overlap, sentence + overlap.sentence, both)


@process_cache.per_process
def _joined(
    sales: pl.DataFrame, holdout: pl.DataFrame, cutoff_day: int
) -> tuple[pl.DataFrame, Coverage, Overlap]:
    """Return the log with the holdout's new rows on covered days, what both cover, the overlap."""
    log = _parted(coverage.of(sales), sales, holdout)
    inside = _within(sales, log)
    fresh, overlap = _fresh(inside, holdout, log, cutoff_day)
    both = coverage.of(inside, fresh)
    return _within(pl.concat([inside, fresh]), both), both, overlap


def judged(both: Coverage, seen: Seen, window: Window, max_missing_days: int) -> tuple[str, str]:
    """Return whether a window is checked or refused, and why in one sentence."""
    ends = f"the data ends on {both.last}, the window on {window.end}"
    missing = seen.missing_days
    if missing > max_missing_days:
        return REFUSED, (
            f"Refused: {seen.lacks}, {counted(missing, 'day')} short; {ends}. Check it with "
            "`gosales holdout` when the missing files are there. To check the rest without them, "
            f"say --max-missing-days {missing} (or max_missing_days in the layout)."
        )
    if missing:
        return CHECKED, f"Checked in part: {seen.lacks} ({missing} short, as allowed); {ends}."
    grace = counted(seen.grace_days, "day")
    short = f" ({grace} short, within the grace of {timeline.GRACE_DAYS})"
    return CHECKED, f"Checked: {ends}{short if seen.grace_days else ''}."


def _parted(log: Coverage, sales: pl.DataFrame, holdout: pl.DataFrame) -> Coverage:
    """Return a log's coverage up to the days on which the holdout holds nearly all orders.

    Orders that are dated a few days ahead are too few to be recognised in the log alone; beside the
    many orders of the holdout on these days they are.
    """
    begins = coverage.of(holdout).first
    if log.last is None or begins is None or not begins <= log.last:
        return log
    common = pl.col("order_day").is_between(timeline.to_day(begins), log.days[1])
    mine, its = (
        rows.filter(common).select("customer_id", "order_day").n_unique()
        for rows in (sales, holdout)
    )
    if mine >= FEW * its:
        return log
    return log.model_copy(update={"last": timeline.to_date(timeline.to_day(begins) - 1)})


def _within(rows: pl.DataFrame, seen: Coverage) -> pl.DataFrame:
    """Return the rows on covered days."""
    if seen.last is None:
        return rows
    return rows.filter(pl.col("order_day").is_between(*seen.days))


def _fresh(
    later: pl.DataFrame, holdout: pl.DataFrame, log: Coverage, cutoff_day: int
) -> tuple[pl.DataFrame, Overlap]:
    """Return the rows of a holdout that are new to the log, and how both overlap."""
    last = log.days[1] if log.last else cutoff_day
    day = pl.col("order_day")
    common = holdout.filter(day <= last)
    unknown = common.join(later.select(ORDER).unique(), on=ORDER, how="anti")
    same = common.join(later.select(LINE).unique(), on=LINE, how="semi", nulls_equal=True)
    added = unknown.filter(day > cutoff_day)
    overlap = Overlap(
        rows=common.height,
        same=same.height,
        revised=common.height - unknown.height - same.height,
        unknown=unknown.height,
        added=added.height,
    )
    return pl.concat([added, holdout.filter(day > last)]), overlap
