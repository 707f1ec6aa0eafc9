"""Cutoffs, windows and every comparison of dates: no other module compares a day with a cutoff.

A day is a whole number, days since 1970-01-01 (`order_day`), because integers mean the same on
every engine and date arithmetic does not. On the cutoff 2024-12-31 a sale of that day is known;
one of 2025-01-01 is a label.
"""

from __future__ import annotations

import calendar
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

import narwhals as nw

from gosales_lib.core.spelling import counted

EPOCH = date(1970, 1, 1)
FEW_CUTOFFS = 5
GRACE_DAYS = 3
"""Days at the end of a window that may hold no sale, so that a log may end that much earlier."""


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
    """Return `start` moved by whole months; the end of a month stays one.

    Examples
    --------
    >>> add_months(date(2024, 6, 30), 6).isoformat()
    '2024-12-31'
    >>> add_months(date(2024, 1, 31), 1).isoformat()
    '2024-02-29'
    """
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    was_last = start.day == calendar.monthrange(start.year, start.month)[1]
    return date(year, month + 1, last if was_last else min(start.day, last))


def month_end(day: date, months: int = 0) -> date:
    """Return the last day of the month that lies `months` after that of `day`."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, calendar.monthrange(year, month + 1)[1])


@dataclass(frozen=True)
class Days:
    """A length in days, for businesses that plan in weeks. A plain number is a length in months."""

    days: int

    def __str__(self) -> str:
        return counted(self.days, "day")


Length = int | Days
"""The length of a window: whole months, or `Days`."""


def length(window_months: int, window_days: int = 0) -> Length:
    """Return the length of a window: `window_days` where it is given, else the months."""
    return Days(window_days) if window_days else window_months


def moved(start: date, length: Length, times: int = 1) -> date:
    """Return `start` moved by a multiple of a length; see `add_months` for months."""
    if isinstance(length, Days):
        return start + timedelta(days=times * length.days)
    return add_months(start, times * length)


def months_of(length: Length) -> float:
    """Return a length in months, for what is counted per month."""
    return length.days * 12 / 365.25 if isinstance(length, Days) else float(length)


def whole_months(length: Length) -> int:
    """Return the nearest whole number of months, 1 at least, for features that look at months."""
    return max(1, round(months_of(length)))


def in_words(length: Length) -> str:
    """Return a length in words: `6 months`, `28 days`."""
    return str(length) if isinstance(length, Days) else counted(length, "month")


@dataclass(frozen=True)
class Window:
    """A cutoff, and the span after it in which a purchase is a label.

    Parameters
    ----------
    cutoff
        Last day that the model may see, inclusive.
    months
        Length of the label span: whole months, or `Days`; these are kept in `days`, and `months`
        is then the nearest whole number.
    buffer_days
        Days right after the cutoff that do not count (orders already in the pipeline).
    anchor
        The later cutoff that this one lies whole months before. Its day of the month decides
        where the window ends: 2024-06-30 with the anchor 2024-12-30 ends on 2024-12-30, not on
        2024-12-31, so no window reaches beyond the cutoff that it is learned for.

    Examples
    --------
    >>> window = Window(date(2024, 12, 31), 6)
    >>> window.end.isoformat()
    '2025-06-30'
    >>> Window(date(2024, 12, 31), Days(90), buffer_days=7).end.isoformat()
    '2025-03-31'
    """

    cutoff: date
    months: int | Days
    buffer_days: int = 0
    anchor: date | None = None
    days: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        """Keep days apart from months, and refuse a span without a day."""
        if isinstance(self.months, Days):
            object.__setattr__(self, "days", self.months.days)
            object.__setattr__(self, "months", whole_months(self.months))
            if self.days < 1:
                raise ValueError(f"window_days {self.days} must be at least 1")
        elif self.months < 1:
            raise ValueError(f"window_months {self.months} must be at least 1")
        if self.buffer_days < 0 or self.label_start_day >= self.end_day:
            raise ValueError(
                f"a label buffer of {counted(self.buffer_days, 'day')} leaves no day to label"
            )

    @property
    def length(self) -> Length:
        """The length of the label span, as another window takes it."""
        return Days(self.days) if self.days else self.months

    @property
    def whole_months(self) -> int:
        """The length in whole months; of a span in days, about as many."""
        return whole_months(self.months)

    @property
    def cutoff_day(self) -> int:
        """The cutoff as a day number."""
        return to_day(self.cutoff)

    @property
    def end(self) -> date:
        """The last day of the label span, inclusive."""
        if self.anchor is None or self.days:
            return moved(self.cutoff, self.length)
        years, months = self.anchor.year - self.cutoff.year, self.anchor.month - self.cutoff.month
        return add_months(self.anchor, self.whole_months - 12 * years - months)

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


def known(cutoff_day: int, day: str = "order_day") -> nw.Expr:
    """Return the condition that a row was known on the cutoff: its day is not after it."""
    return nw.col(day) <= cutoff_day


def last_months(cutoff: date, months: int, day: str = "order_day", back: int = 0) -> nw.Expr:
    """Return whether a row lies in the `months` until `back` months before the cutoff."""
    newest = to_day(add_months(cutoff, -back))
    oldest = to_day(add_months(cutoff, -back - months))
    return (nw.col(day) > oldest) & (nw.col(day) <= newest)


def default_cutoff(last_day: int) -> date:
    """Return the last month end that a log reaches which ends on `last_day`, with the grace.

    A log that ends on 2024-12-29 reaches 2024-12-31 (the days between may hold no sale); one that
    ends on 2024-12-20 does not, and the answer is 2024-11-30.
    """
    last = to_date(last_day)
    end = month_end(last)
    return end if (end - last).days <= GRACE_DAYS else month_end(last, -1)


def training_cutoffs(
    cutoff: date,
    window_months: Length,
    first_day: int,
    *,
    step_months: int = 0,
    most: int = 8,
    history_months: int = 6,
    covered: Callable[[date], bool] = lambda day: True,
) -> list[date]:
    """Return the earlier cutoffs a model may be trained on, oldest first.

    Each one's window had closed by `cutoff` (the newest closed on it) and has at least
    `history_months` of log behind it. All are whole months before `cutoff`, counted from it and
    not from one to the next, so that 2024-12-30 is preceded by 2024-09-30 and 2024-02-29.

    Parameters
    ----------
    cutoff
        The cutoff to score at.
    first_day
        First covered day of the log, days since 1970-01-01.
    step_months, most
        Distance between two cutoffs and their greatest number. A step of 0 lets the log decide:
        a quarter, or a month where quarters would give fewer than `FEW_CUTOFFS`; of a window in
        days its own length, or a third of it.
    history_months
        Months of log that must lie before the oldest cutoff.
    covered
        Whether the window of a cutoff is covered; one that is not is passed over.

    Raises
    ------
    ValueError
        The log is too short before `cutoff`; the message says what it needs.
    """
    chosen: list[date] = []
    for step in [step_months] if step_months else _steps(window_months):
        closed = _closed_cutoffs(cutoff, window_months, first_day, step, history_months)
        chosen = list(itertools.islice(filter(covered, closed), most))
        if len(chosen) >= FEW_CUTOFFS:
            break
    if not chosen:
        raise ValueError(
            f"no earlier cutoff to learn from at {cutoff}: it needs "
            f"{counted(history_months, 'month')} of log behind it, which begins on "
            f"{to_date(first_day)}, and {in_words(window_months)} before {cutoff} to see who "
            "bought. Add older sales, or choose a shorter window (--window-months), or a later "
            "cutoff if the log reaches further"
        )
    return chosen[::-1]


def _steps(window: Length) -> list[Length]:
    """Return the steps to try: the longer one first, whose windows overlap less."""
    return [window, Days(-(-window.days // 3))] if isinstance(window, Days) else [3, 1]


def _closed_cutoffs(
    cutoff: date, window: Length, first_day: int, step: Length, history_months: int
) -> Iterator[date]:
    """Yield the cutoffs a `step` apart whose windows had closed by `cutoff`, newest first."""
    for number in itertools.count():
        day = _before(cutoff, window, step, number)
        if to_day(add_months(day, -history_months)) < first_day - 1:
            return
        yield day


def _before(cutoff: date, window: Length, step: Length, number: int) -> date:
    """Return the day a window and `number` steps before a cutoff, months in one move."""
    if isinstance(window, Days) or isinstance(step, Days):
        return moved(moved(cutoff, step, -number), window, -1)
    return add_months(cutoff, -window - number * step)
