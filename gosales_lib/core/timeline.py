"""Cutoffs, windows and every comparison of dates: no other module says on which side a day falls.

A day is a whole number, days since 1970-01-01 (`order_day`), because integers mean the same on
every engine and date arithmetic does not. On the cutoff 2024-12-31 a sale of that day is known;
one of 2025-01-01 is a label.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta

import narwhals as nw

EPOCH = date(1970, 1, 1)
FEW_CUTOFFS = 5


def parse_date(value: date | str, name: str = "cutoff") -> date:
    """Return `value` as a date; a text must be written YYYY-MM-DD, else ValueError names it."""
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{name} {value!r} is not a date written YYYY-MM-DD") from None


def to_day(value: date | str) -> int:
    """Return the days from 1970-01-01 to `value`."""
    return (parse_date(value) - EPOCH).days


def to_date(day: int) -> date:
    """Return the date that lies `day` days after 1970-01-01."""
    return EPOCH + timedelta(days=int(day))


def add_months(start: date, months: int) -> date:
    """Return `start` moved by whole months; a month's end stays one (2024-06-30 + 6 = 12-31)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    was_last = start.day == calendar.monthrange(start.year, start.month)[1]
    return date(year, month + 1, last if was_last else min(start.day, last))


@dataclass(frozen=True)
class Window:
    """What is known on a cutoff, and the span after it in which a purchase is a label.

    Parameters
    ----------
    cutoff
        Last day that the model may see, inclusive.
    months
        Length of the label span in whole months.
    buffer_days
        Days right after the cutoff that do not count (orders already in the pipeline).
    """

    cutoff: date
    months: int
    buffer_days: int = 0

    def __post_init__(self) -> None:
        """Refuse a span without a day."""
        if self.months < 1:
            raise ValueError(f"window_months {self.months} must be at least 1")
        if self.buffer_days < 0 or self.label_start_day >= self.end_day:
            raise ValueError(f"label buffer of {self.buffer_days} days leaves no day to label")

    @property
    def cutoff_day(self) -> int:
        """The cutoff as a day number."""
        return to_day(self.cutoff)

    @property
    def end(self) -> date:
        """The last day of the label span, inclusive."""
        return add_months(self.cutoff, self.months)

    @property
    def end_day(self) -> int:
        """The last day of the label span as a day number."""
        return to_day(self.end)

    @property
    def label_start_day(self) -> int:
        """The day after which a sale counts (exclusive): the cutoff plus the buffer."""
        return self.cutoff_day + self.buffer_days

    def labelled(self, day: str = "order_day") -> nw.Expr:
        """Return the condition that a row lies in the label span: (cutoff + buffer, end]."""
        return (nw.col(day) > self.label_start_day) & (nw.col(day) <= self.end_day)

    def missing_days(self, last_day: int) -> int:
        """Return how many days of the label span lie after `last_day`, the last day of the data."""
        return max(0, self.end_day - last_day)


def known(cutoff_day: int, day: str = "order_day") -> nw.Expr:
    """Return the condition that a row was known on the cutoff: its day is not after it."""
    return nw.col(day) <= cutoff_day


def last_months(cutoff: date, months: int, day: str = "order_day", back: int = 0) -> nw.Expr:
    """Return the condition that a row lies in the `months` up to the cutoff, set back by `back`."""
    newest = to_day(add_months(cutoff, -back))
    oldest = to_day(add_months(cutoff, -back - months))
    return (nw.col(day) > oldest) & (nw.col(day) <= newest)


def default_cutoff(last_day: int) -> date:
    """Return the latest sensible cutoff of a log: the last month end it reaches, 3 days' grace.

    A log that ends on 2024-12-29 reaches 2024-12-31 (the days between may hold no sale); one that
    ends on 2024-12-20 does not, and the answer is 2024-11-30.
    """
    last = to_date(last_day)
    month_end = date(last.year, last.month, calendar.monthrange(last.year, last.month)[1])
    return month_end if (month_end - last).days <= 3 else add_months(month_end, -1)


def training_cutoffs(
    cutoff: date,
    window_months: int,
    first_day: int,
    *,
    step_months: int = 0,
    most: int = 8,
    history_months: int = 6,
) -> list[date]:
    """Return the earlier cutoffs a model may learn from, oldest first.

    Each one's label span had ended by `cutoff` and has at least `history_months` of log behind it.
    The newest has the span that closed last.

    Parameters
    ----------
    cutoff
        The cutoff to score at.
    first_day
        First day of the log, days since 1970-01-01.
    step_months, most
        Distance between two cutoffs and their greatest number. A step of 0 lets the log decide:
        a quarter, or a month where quarters would give fewer than `FEW_CUTOFFS`.
    history_months
        Months of log that must lie before the oldest cutoff.

    Raises
    ------
    ValueError
        The log is too short before `cutoff`; the message says what it needs.
    """
    every = [
        _closed_cutoffs(cutoff, window_months, first_day, step, most, history_months)
        for step in ([step_months] if step_months else [3, 1])
    ]
    found = every[0] if len(every[0]) >= FEW_CUTOFFS else every[-1]
    if not found:
        raise ValueError(
            f"no earlier cutoff to learn from at {cutoff}: it needs {history_months} months of log "
            f"behind it, which begins on {to_date(first_day)}, and {window_months} months before "
            f"{cutoff} to see who bought; take a later cutoff or a shorter window"
        )
    return found


def _closed_cutoffs(
    cutoff: date,
    window_months: int,
    first_day: int,
    step_months: int,
    most: int,
    history_months: int,
) -> list[date]:
    """Return the cutoffs `step_months` apart whose spans had closed by `cutoff`, oldest first."""
    cutoffs: list[date] = []
    candidate = add_months(cutoff, -window_months)
    while len(cutoffs) < most and to_day(add_months(candidate, -history_months)) >= first_day - 1:
        if add_months(candidate, window_months) <= cutoff:
            cutoffs.append(candidate)
        candidate = add_months(candidate, -step_months)
    return cutoffs[::-1]
