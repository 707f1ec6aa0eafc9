"""Sets rows aside that are dated far from the rest of a log, with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from gosales_lib.core import timeline
from gosales_lib.core.spelling import counted
from gosales_lib.layout import Layout
from gosales_lib.sales_log.log import SalesLog

YEAR, MONTH = 365.25, 30.4375


@dataclass(frozen=True)
class Extent:
    """The covered days of a log; `last` is None where rows that are dated ahead are kept."""

    first: date
    last: date | None

    def reason(self, days: pl.Series) -> pl.Series:
        """Return why a row lies too far from the rest, null where it does not."""
        nothing = pl.repeat(None, len(days), dtype=pl.String, eager=True)
        at = self.beyond(days).arg_true()
        return nothing.scatter(at, [self._in_words(day) for day in days.gather(at)])

    def beyond(self, days: pl.Series) -> pl.Series:
        """Return which rows lie too far from the rest."""
        far = (days < self.first) if self.last is None else ~days.is_between(self.first, self.last)
        return far.fill_null(False)

    def _in_words(self, day: date) -> str:
        first, last = self.first, self.last
        if last is None or day < first:
            gap = distance((first - day).days)
            return f"dated {gap} before the log begins: {day}, the first covered day is {first}"
        gap = distance((day - last).days)
        return f"dated {gap} after the log ends: {day}, the last covered day is {last}"


def distance(days: int) -> str:
    """Return a number of days in words: `12 days`, `5 months`, `17 years`."""
    if days >= 2 * YEAR:
        return counted(round(days / YEAR), "year")
    if days >= 60:
        return counted(round(days / MONTH), "month")
    return counted(days, "day")


def settled(read: Callable[[Extent | None], SalesLog], layout: Layout) -> SalesLog:
    """Return a log without the rows that are far from the rest.

    Only a log that has such rows is read a second time; it keeps what all rows tell of the days.

    Parameters
    ----------
    read
        Reads the log, all rows or those on covered days.
    """
    log = read(None)
    seen = log.measured
    if seen.log is not None:
        first, last = map(timeline.to_date, (seen.first, seen.last))
        extent = Extent(first, None if layout.dated_ahead == "keep" else last)
        if extent.beyond(log.transactions["order_date"]).any():
            log = read(extent)
    return replace(log, measured=seen)
