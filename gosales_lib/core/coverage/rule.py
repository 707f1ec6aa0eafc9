"""The rule of coverage: which days of a log are covered, from its days and their orders alone.

An order is a customer on a day, however many lines it has, so that no single long invoice makes
a month look full. Every threshold stands here with its reason; docs/coverage.md has examples.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int64]
"""Sorted days since 1970-01-01, each once."""
Flags = NDArray[np.bool_]

FEW = 0.2
"""A stretch of time with less than a fifth of the usual pace is not covered. Seasons of the data
sets that were looked at fall to a third; a file that is missing leaves next to nothing."""
EVIDENCE = 3.0
"""Orders that a fifth of the usual pace must exceed what is there by: with 15 orders usual and none
there, chance alone does so once in three million times."""
MOST_STRAY = 0.1
"""At most this share of a log's orders is set aside; a larger share is no typing error."""
LEAST_DAYS = 5
"""A log with fewer active days has no usual pace."""
YEAR = 365
SILENCE, JOINT = 20, 10
"""Days without an order that any business may have, a long holiday; fewer where a log ends and its
holdout begins, for a delivery that is cut off shows there."""
LONGER = 1.5
"""A silence counts from one and a half times the usual longest one."""
BEFORE_STRAYS = {"silence": 180, "long": 10**6}
AFTER_STRAYS = {"silence": 14, "long": 45}
"""Silence between a log and the stray rows beyond its ends; a tail that is longer than `long` days
needs none, its few orders tell. Before a log, where a young business had few orders, only a long
silence tells."""
BURST = 3
"""Times the usual orders of an active day that one day may count for: a day on which a schedule
or a default date puts many orders says no more than a busy one."""
LINGERING = 14
"""Days by which a log's end may reach into a slack time, as after Christmas."""


def extent(days: Days, orders: Days) -> tuple[int, int]:
    """Return the first and the last covered day; rows beyond them are far from the rest.

    Parameters
    ----------
    days, orders
        The active days of a log, and the number of orders on each; at least one.
    """
    orders = np.minimum(orders, BURST * np.median(orders))
    last = _end(days, orders, **AFTER_STRAYS)
    kept = days <= last
    first = -_end(-days[kept][::-1], orders[kept][::-1], **BEFORE_STRAYS)
    return first, last


def _end(days: Days, orders: Days, *, silence: int, long: int) -> int:
    """Return the last covered day: the one behind which orders fall below a fifth of the pace."""
    counted = orders.cumsum()
    after = counted[-1] - counted
    body = int(np.searchsorted(counted, (1 - MOST_STRAY) * counted[-1]))
    usual = pace(days, orders, int(days[body]) - YEAR, int(days[body]))
    gaps = np.append(np.diff(days), 0)
    tail = days[-1] - days
    quiet = max(float(silence), LONGER * _usual_gap(gaps[:body]))
    apart = (gaps > quiet) | (tail >= long)
    score = np.where(apart, FEW * usual * tail - after, -np.inf)
    score[:body] = -np.inf
    at = int(score.argmax())
    if score[at] < EVIDENCE or at + 1 < LEAST_DAYS:
        return int(days[-1])
    if _resumed(days[at + 1 :], orders[at + 1 :], usual) or _seasonal(days, orders, at, usual):
        return int(days[-1])
    near = (days <= days[at] + LINGERING) & (np.arange(len(days)) > at)
    for next_day in days[near]:
        if next_day - days[at] > JOINT:
            break
        at += 1
    return int(days[at])


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


def pace(days: Days, orders: Days, begin: int, end: int) -> float:
    """Return the orders per day in (begin, end], counted from the first active day in it."""
    here = (days > begin) & (days <= end)
    if not here.any():
        return 0.0
    return float(orders[here].sum() / max(end - days[here][0] + 1, 28))


def _usual_gap(gaps: Days) -> float:
    """Return the usual longest silence: longer are 5% of them, and three at least.

    So few that are longer may be files that are missing.
    """
    ranked = np.sort(gaps)[::-1]
    return float(ranked[min(max(3, len(ranked) // 20), len(ranked) - 1)]) if len(ranked) else 0.0


def holes(days: Days, orders: Days, joint: int | None = None) -> list[tuple[int, int]]:
    """Return the first and last day of each stretch that lacks the orders it should have.

    `joint` is the last day of a log that other rows follow.


    A silence is a hole when it is longer than is usual in the year before and after, when many
    orders would have been usual in it, and when no other year is silent at that time (a firm that
    is closed in August, or sells at the end of a quarter).
    """
    gaps = np.diff(days)
    found = []
    least = np.where(days[:-1] == joint, JOINT, SILENCE)
    for i in np.flatnonzero(gaps > least):
        begin, end = int(days[i]), int(days[i + 1])
        near = (days[:-1] > begin - YEAR) & (days[1:] < end + YEAR)
        near[i] = False
        usual = pace(days, orders, begin - YEAR // 2, begin)
        later = pace(days, orders, end - 1, min(end + YEAR // 2, int(days[-1])))
        around = ((days > begin - YEAR // 2) & (days < end + YEAR // 2)).sum()
        enough = around >= LEAST_DAYS and FEW * min(usual, later) * gaps[i] >= EVIDENCE
        unusual = gaps[i] > LONGER * _usual_gap(gaps[near])
        slack = _recurs(days, gaps, int(i)) or _slack(days, begin, end, around / YEAR)
        if enough and unusual and not slack:
            found.append((begin + 1, end - 1))
    return found


def _slack(days: Days, begin: int, end: int, usual: float) -> bool:
    """Return whether the year before or after has few active days at the time of a silence."""
    for years in (-1, 1):
        low, high = begin + years * YEAR, end + years * YEAR
        if low > days[0] and high < days[-1]:
            active = ((days > low) & (days < high)).sum()
            if active < usual * (end - begin) / 2:
                return True
    return False


def _recurs(days: Days, gaps: Days, at: int) -> bool:
    """Return whether another year has a silence of half the length or more at that time."""
    middle = days[:-1] + gaps / 2
    years = np.round((middle - middle[at]) / 365.25)
    apart = np.abs(middle - middle[at] - years * 365.25)
    return bool(((years != 0) & (apart <= 31) & (gaps >= gaps[at] / 2)).any())


def thin(orders: Days, active: Days, lengths: Days, months: Days) -> Flags:
    """Return which months have some orders, but less than a fifth of what is usual around them.

    Parameters
    ----------
    orders, active, lengths
        Of each month, in order and none left out: orders, active days, and covered days.
    months
        The number of each calendar month, 1 to 12.
    """
    daily = orders / np.maximum(lengths, 1)
    few = np.zeros(len(orders), dtype=bool)
    for i in range(len(orders)):
        near = [j for j in range(max(i - 3, 0), min(i + 4, len(orders))) if j != i]
        near = [j for j in near if lengths[j] >= 15]
        if not near or lengths[i] < 15:
            continue
        usual = float(np.median(daily[near])) * lengths[i]
        busy = np.median(active[near]) >= LEAST_DAYS
        few[i] = orders[i] > 0 and busy and FEW * usual - orders[i] >= EVIDENCE
    alike = np.array([few[months == month].sum() > 1 for month in months], dtype=bool)
    few[alike] = False
    return few


def ends_early(days: Days, orders: Days, last: int) -> bool:
    """Return whether a part of a log falls silent long before the whole ends on `last`."""
    silent = last - int(days[-1])
    if silent < AFTER_STRAYS["long"] or len(days) < LEAST_DAYS:
        return False
    usual = pace(days, orders, int(days[-1]) - YEAR, int(days[-1]))
    unusual = silent > 2 * _usual_gap(np.diff(days))
    return unusual and FEW * usual * silent >= EVIDENCE
