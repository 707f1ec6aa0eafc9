"""The first and the last covered day of a log; what lies beyond them is far from the rest.

Four rules look at the tail of a log, from the outside inwards, each against the past of the same
log: a tail behind a long silence, a long tail of few orders, a short tail with fewer orders than
any stretch of that length had, and days with fewer orders than any day had. The beginning is judged
the same way, backwards.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gosales_lib.core import timeline
from gosales_lib.core.coverage.rule import (
    EVIDENCE,
    FEW,
    JOINT,
    LEAST_DAYS,
    LONGER,
    YEAR,
    Days,
    holes,
    pace,
    recurs,
    usual_gap,
)

Amounts = NDArray[np.float64]
MOST_STRAY = 0.1
"""At most this share of a log's orders is set aside; a larger share is no typing error."""
BURST = 3
"""Upper limit for one day's count, as a multiple of the usual orders per active day. A schedule or
a default date may put many orders on one day, which proves no more than a busy day does."""
LINGERING = 14
"""Days by which the end of a log may extend into a slack time, such as after Christmas."""
BATCHES = 5
"""Days between the active days of a log that is invoiced in batches: weekly, monthly."""
RARE = 0.05
"""Days that together hold at most this share of the orders do not count as usual days."""
UNKNOWN = 1e9
"""Orders of a day in a hole, more than any day has."""
ALONE = 2
"""Orders that a mistyped date or two makes."""


ONCE = 0.01
"""The chance of such a silence, or of so few orders, below which a tail is stray: orders at random
of few customers have long silences."""


@dataclass(frozen=True)
class Side:
    """The limits of one end, in days.

    Parameters
    ----------
    silence
        The least silence between a log and stray rows beyond it.
    long
        A tail of few orders that is so long needs no silence before it.
    near
        The longest tail that is compared with what the log had in as many days.
    gap
        The least silence before such a tail.
    """

    silence: int
    long: int
    near: int
    gap: int


AFTER = Side(silence=14, long=45, near=45, gap=0)
BEFORE = Side(silence=180, long=10**6, near=180, gap=20)
"""A young business has few orders: only a long silence or an abrupt start marks the first day."""


def extent(days: Days, orders: Days, weekly: Days) -> tuple[int, int]:
    """Return the first and the last covered day.

    Parameters
    ----------
    days, orders
        The active days of a log, and the number of orders on each; at least one.
    weekly
        The customers whose first order of a week falls on each day: the rows of one customer, such
        as a schedule, are one per week, however many they are.
    """
    last = days[_kept(days, orders, weekly, AFTER) - 1]
    here = days <= last
    back = -days[here][::-1]
    first = -back[_kept(back, orders[here][::-1], weekly[here][::-1], BEFORE) - 1]
    return int(first), int(last)


def _kept(days: Days, orders: Days, weekly: Days, side: Side) -> int:
    """Return how many of the days are covered.

    After each cut the rest is judged again, so that rows beyond the cut have no influence.
    """
    calm = [np.minimum(count, BURST * np.median(count[count > 0])) for count in (orders, weekly)]
    least = (1 - MOST_STRAY) * calm[0].sum()
    kept = len(days)
    while True:
        tails = (rule(days[:kept], count[:kept], side) for rule in RULES for count in calm)
        cut = next((tail for tail in tails if tail < kept), kept)
        if cut == kept or cut < LEAST_DAYS or calm[0][:cut].sum() < least:
            return kept
        kept = cut


def _far(days: Days, count: Days, side: Side) -> int:
    """Return where the outermost tail begins that a long silence parts from the log."""
    usual, body = _usual(days, count)
    gaps = np.diff(days)
    quiet = max(side.silence, LONGER * usual_gap(gaps[:body]))
    for at in np.flatnonzero(gaps[body:] > quiet)[::-1] + body:
        if _stray(days, count, int(at), usual) and not _recurs(days, gaps, int(at)):
            return int(at) + 1
    return len(days)


def _thin(days: Days, count: Days, side: Side) -> int:
    """Return where a long tail of few orders begins, behind a slack time such as Christmas."""
    usual, body = _usual(days, count)
    tail = days[-1] - days
    score = np.where(tail >= side.long, FEW * usual * tail - _after(count), -np.inf)
    score[:body] = -np.inf
    at = int(score.argmax())
    if score[at] == -np.inf or not _stray(days, count, at, usual):
        return len(days)
    end = days[at] + LINGERING
    while days[at + 1] <= end and days[at + 1] - days[at] <= JOINT:
        at += 1
    return at + 1


def _near(days: Days, count: Days, side: Side) -> int:
    """Return where a tail begins that has less than half of what as many days ever had.

    One or two orders are stray if the silence before them is longer than any other and no chance.
    More orders must also be few on their own days: a business that opens again has as many as
    usual.
    """
    begin, after = days[0], _after(count)
    daily = np.zeros(days[-1] - begin + 1)
    daily[days - begin] = count
    for low, high in holes(days, count):
        daily[low - begin : high - begin + 1] = UNKNOWN
    for at, length in _tails(days, 2 * YEAR):
        past = daily[max(days[at] - begin + 1 - 2 * YEAR, 0) : days[at] - begin + 1]
        if len(past) < YEAR + length:
            break
        silence = int(days[at + 1] - days[at]) - 1
        if length > side.near and after[at] > ALONE:
            break
        if silence < side.gap:
            continue
        usual = past[past < UNKNOWN].mean()
        alone = after[at] <= ALONE and UNKNOWN > _least(past, silence) >= EVIDENCE
        alone &= at * _chance(0, silence * usual) < ONCE
        active = length - np.diff(days[at:]).max()
        sparse = after[at] < max(active, 1) * usual / 2
        sparse &= len(past) / length * _chance(after[at], length * usual) < ONCE
        few = alone or (sparse and _fewer(after[at], _least(past, length)))
        if few and _abrupt(past):
            return at + 1
    return len(days)


def _odd_days(days: Days, count: Days, side: Side) -> int:
    """Return where days begin that have less than half of the orders of the quietest usual day.

    A day so close to the end that it moves no cutoff may have been cut off by the export.
    """
    gaps = np.diff(days)
    batches = len(gaps) and np.median(gaps) >= BATCHES
    for at, length in _tails(days, side.near):
        if days[at] - days[0] < YEAR:
            break
        most = count[at + 1 :].max()
        past = count[: at + 1][days[: at + 1] > days[at] - 2 * YEAR]
        if length <= timeline.GRACE_DAYS or not _fewer(most, past.max()):
            continue
        past = np.sort(past)
        usual = past[np.searchsorted(past.cumsum(), RARE * past.sum())]
        if _fewer(most, usual) and (batches or not _recurs(days, gaps, at)):
            return at + 1
    return len(days)


RULES = (_far, _thin, _near, _odd_days)


def _tails(days: Days, longest: int) -> Iterator[tuple[int, int]]:
    """Yield the index before each tail that is compared, and its length, shortest first."""
    for at in range(len(days) - 2, -1, -1):
        length = int(days[-1] - days[at])
        if length > longest:
            return
        yield at, length


def _chance(few: float, usual: float) -> float:
    """Return the upper limit of the chance of so few orders at random, by Chernoff's bound."""
    if few >= usual:
        return 1.0
    return float(np.exp(few - usual + (few * np.log(usual / few) if few else 0.0)))


def _least(past: Amounts, length: int) -> float:
    """Return the fewest orders in any stretch of that many days; `UNKNOWN` if all touch a hole."""
    until = np.append(0.0, past.cumsum())
    return float(min((until[length:] - until[: len(until) - length]).min(), UNKNOWN))


def _fewer(few: float, least: float) -> bool:
    """Return whether a number of orders is far below the least that was usual."""
    return bool(2 * few <= least < UNKNOWN and least - few >= EVIDENCE)


def _abrupt(past: Amounts) -> bool:
    """Return whether the last four weeks had half of the year's pace or more: no slow start."""
    year = past[-YEAR:]
    year = year[year < UNKNOWN]
    return bool(year[-28:].mean() >= year.mean() / 2)


def _recurs(days: Days, gaps: Days, at: int) -> bool:
    """Return whether a silence recurs in the log before it: what lies beyond it proves nothing."""
    return recurs(days[: at + 2], gaps[: at + 1], at)


def _usual(days: Days, count: Days) -> tuple[float, int]:
    """Return the usual pace, and the index of the day up to which nothing can be stray."""
    body = int(np.searchsorted(count.cumsum(), (1 - MOST_STRAY) * count.sum()))
    return pace(days, count, int(days[body]) - YEAR, int(days[body])), body


def _after(count: Days) -> Days:
    """Return the number of orders after each day."""
    after: Days = count.sum() - count.cumsum()
    return after


def _stray(days: Days, count: Days, at: int, usual: float) -> bool:
    """Return whether the days after one have so few orders that they do not belong to the log."""
    tail = int(days[-1] - days[at])
    few = FEW * usual * tail - count[at + 1 :].sum() >= EVIDENCE
    if not few or at + 1 < LEAST_DAYS:
        return False
    return not _resumed(days[at + 1 :], count[at + 1 :], usual) and not _seasonal(
        days, count, at, usual
    )


def _resumed(days: Days, orders: Days, usual: float) -> bool:
    """Return whether the orders of a tail are as frequent as before: the silence is a hole."""
    length = days[-1] - days[0] + 1
    return len(days) >= LEAST_DAYS and bool(orders.sum() >= FEW * usual * length)


def _seasonal(days: Days, orders: Days, at: int, usual: float) -> bool:
    """Return whether the year before was as slack at the same time: the tail is a season."""
    begin, length = int(days[at]) - 364, int(days[-1] - days[at])
    if length > YEAR or begin <= days[0]:
        return False
    before = orders[(days > begin) & (days <= begin + length)].sum()
    return bool(before < FEW * usual * length)
