"""What a log covers: first and last day, months, holes, and what lies far from the rest."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict

from gosales_lib.core import timeline
from gosales_lib.core.spelling import counted
from gosales_lib.core.timeline import Window

State = Literal["covered", "quiet", "thin", "missing", "set aside"]
"""Of a month: `quiet` holds no row and need not, `thin` less than a fifth of what is usual there,
`missing` a hole for most of it; `set aside` lies beyond the covered days."""
MOST_OF_A_MONTH = 15  # days that a month lacks when it counts as missing


class Part(BaseModel):
    """A part of the result: values never change."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Month(Part):
    """One calendar month: rows, orders (a customer on a day), customers, money and files."""

    month: date
    rows: int
    orders: int
    customers: int
    money: float
    files: int | None = None
    state: State = "covered"

    @property
    def label(self) -> str:
        """The month as people write it: 2024-12."""
        return f"{self.month:%Y-%m}"


class Stretch(Part):
    """Days, the first and the last of them inclusive, that lack the orders they should have."""

    first: date
    last: date
    thin: bool = False

    @property
    def days(self) -> int:
        """The number of days."""
        return (self.last - self.first).days + 1


class Aside(Part):
    """The rows beyond one end of the covered days."""

    side: Literal["before", "after"]
    rows: int
    customers: int
    money: float
    first: date
    last: date


class Span(Part):
    """How far the rows of one division or file reach, and the months that a file has rows in.

    `missing` are the days on which a division lacks the orders that it should have.
    """

    name: str
    rows: int
    first: date
    last: date
    ends_early: bool = False
    months: tuple[date, ...] = ()
    missing: tuple[Stretch, ...] = ()


class Seen(Part):
    """How much of one label window is covered.

    `missing_days` counts the days of holes and thin months, and those after the last covered day
    where there are more than the grace allows; `grace_days` where there are not.
    """

    days: int
    missing_days: int
    grace_days: int
    months: int
    missing_months: tuple[date, ...]

    @property
    def lacks(self) -> str:
        """What is missing, in words: `3 of 6 months are missing (2025-01 to 2025-03)`."""
        if not self.missing_months:
            return f"{counted(self.missing_days, 'day')} of {self.days} missing"
        names = [f"{month:%Y-%m}" for month in self.missing_months]
        ends = names[0] if len(names) == 1 else f"{names[0]} to {names[-1]}"
        return f"{len(names)} of {counted(self.months, 'month')} missing ({ends})"


class Coverage(Part):
    """What a log covers; `first` and `last` are None where it holds no row."""

    first: date | None = None
    last: date | None = None
    months: tuple[Month, ...] = ()
    missing: tuple[Stretch, ...] = ()
    aside: tuple[Aside, ...] = ()
    divisions: tuple[Span, ...] = ()
    files: tuple[Span, ...] = ()

    def of_division(self, name: str) -> Coverage:
        """Return what is covered of one division: what the whole log lacks, it lacks as well."""
        own = next((part.missing for part in self.divisions if part.name == name), ())
        return self.model_copy(update={"missing": _joined([*self.missing, *own])})

    @property
    def days(self) -> tuple[int, int]:
        """The first and the last covered day as day numbers.

        Raises
        ------
        ValueError
            The log holds no row.
        """
        if self.first is None or self.last is None:
            raise ValueError("the log holds no sale: see rejected_rows.parquet in the run folder")
        return timeline.to_day(self.first), timeline.to_day(self.last)

    def missing_days(self, after: int, until: int) -> int:
        """Return how many days of (after, until] lack orders, up to the end of the log."""
        first, last = self.days
        begin, end = max(after + 1, first), min(until, last)
        inside = sum(_common(begin, end, stretch) for stretch in self.missing)
        return inside + max(0, min(first - 1, until) - after)

    def seen(self, window: Window) -> Seen:
        """Return how much of a label window is covered."""
        start, end = window.label_start_day, window.end_day
        short = min(max(0, end - self.days[1]), end - start)
        grace = short if short <= timeline.GRACE_DAYS else 0
        lost = self.missing_days(start, end) + short - grace
        parts = list(_months(start, end))
        return Seen(
            days=end - start,
            missing_days=lost,
            grace_days=grace,
            months=len(parts),
            missing_months=tuple(
                month for month, low, high in parts if self._lost(low, high, grace)
            ),
        )

    def _lost(self, low: int, high: int, grace: int) -> bool:
        """Return whether most of the days from `low` to `high`, of one month, are missing."""
        beyond = max(0, high - max(self.days[1], low - 1)) - grace
        lost = self.missing_days(low - 1, high) + max(0, beyond)
        return lost >= min(MOST_OF_A_MONTH, (high - low + 2) // 2)

    def default_cutoff(self) -> date:
        """Return the latest sensible cutoff: the last month's end that the log covers."""
        cutoff = timeline.default_cutoff(self.days[1])
        while self.hole_at(cutoff) and timeline.to_day(cutoff) > self.days[0]:
            cutoff = timeline.month_end(cutoff, -1)
        return cutoff

    def hole_at(self, cutoff: date) -> Stretch | None:
        """Return the stretch without orders that a cutoff lies in, beyond the days of grace."""
        for stretch in self.missing:
            if stretch.first <= cutoff <= stretch.last:
                gone = (cutoff - stretch.first).days + 1
                return stretch if gone > timeline.GRACE_DAYS else None
        return None

    def refuse(self, cutoff: date) -> None:
        """Raise ValueError for a cutoff that the log does not cover; it names the latest one."""
        latest = max(self.default_cutoff(), timeline.to_date(self.days[1]))
        if cutoff > latest:
            raise ValueError(
                f"cutoff {cutoff} lies after the end of the log, whose last covered day is "
                f"{self.last}: the latest possible cutoff is {latest}"
            )
        if cutoff < timeline.to_date(self.days[0]):
            raise ValueError(f"cutoff {cutoff} lies before the log, which begins on {self.first}")
        if hole := self.hole_at(cutoff):
            before = timeline.to_date(timeline.to_day(hole.first) - 1)
            raise ValueError(
                f"cutoff {cutoff} lies where the log lacks sales ({hole.first} to {hole.last}): "
                f"add the missing files, or take a cutoff up to {before}"
            )


def _common(begin: int, end: int, stretch: Stretch) -> int:
    """Return how many days of a stretch lie from `begin` to `end`, both inclusive."""
    low = max(begin, timeline.to_day(stretch.first))
    return max(0, min(end, timeline.to_day(stretch.last)) - low + 1)


def _joined(parts: list[Stretch]) -> tuple[Stretch, ...]:
    """Return stretches in order, each day in one of them."""
    joined: list[Stretch] = []
    for part in sorted(parts, key=lambda stretch: stretch.first):
        if joined and part.first <= joined[-1].last:
            both = {"last": max(part.last, joined[-1].last), "thin": part.thin and joined[-1].thin}
            joined[-1] = joined[-1].model_copy(update=both)
        else:
            joined.append(part)
    return tuple(joined)


def _months(after: int, until: int) -> Iterator[tuple[date, int, int]]:
    """Yield each calendar month in (after, until] with its first and last day in it."""
    low = after + 1
    while low <= until:
        month = timeline.to_date(low).replace(day=1)
        high = min(until, timeline.to_day(timeline.month_end(month)))
        yield month, low, high
        low = high + 1
