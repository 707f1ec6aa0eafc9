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
"""A fifth of the usual pace must exceed the observed orders by this number. With 15 usual orders
and none observed, chance alone does so once in three million times."""
LEAST_DAYS = 5
"""A log with fewer active days has no usual pace."""
YEAR = 365
SILENCE, JOINT = 20, 10
"""Days without an order that any business may have, such as a long holiday. The limit is lower
between a log and its holdout, where an export that was cut off would show."""
LONGER = 1.5
"""A silence counts if it is at least this many times the usual longest one."""
LEAST_MONTHS, STEADIEST = 6, 1 / 8
"""Months that tell what is usual of a part, and the least ratio of their variance to their mean."""
CHANCE = 1e-3
"""The chance of such a silence in any month of any part, below which it is none."""
EARLY = 45
"""Least number of silent days at the end of a part of a log that ends early."""


def pace(days: Days, orders: Days, begin: int, end: int) -> float:
    """Return the orders per day in (begin, end], counted from the first active day in it."""
    here = (days > begin) & (days <= end)
    if not here.any():
        return 0.0
    return float(orders[here].sum() / max(end - days[here][0] + 1, 28))


def usual_gap(gaps: Days) -> float:
    """Return the usual longest silence: 5% of the silences, and at least three, are longer.

    The few that are longer may come from missing files.
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
    stretches = []
    least = np.where(days[:-1] == joint, JOINT, SILENCE)
    for i in np.flatnonzero(gaps > least):
        begin, end = int(days[i]), int(days[i + 1])
        near = (days[:-1] > begin - YEAR) & (days[1:] < end + YEAR)
        near[i] = False
        usual = pace(days, orders, begin - YEAR // 2, begin)
        later = pace(days, orders, end - 1, min(end + YEAR // 2, int(days[-1])))
        around = ((days > begin - YEAR // 2) & (days < end + YEAR // 2)).sum()
        enough = around >= LEAST_DAYS and FEW * min(usual, later) * gaps[i] >= EVIDENCE
        unusual = gaps[i] > LONGER * usual_gap(gaps[near])
        slack = recurs(days, gaps, int(i)) or _slack(days, begin, end, around / YEAR)
        if enough and unusual and not slack:
            stretches.append((begin + 1, end - 1))
    return stretches


def _slack(days: Days, begin: int, end: int, usual: float) -> bool:
    """Return whether the year before or after has few active days at the time of a silence.

    A silence of a year or more would be compared with itself.
    """
    for years in (-1, 1) if end - begin < YEAR else ():
        low, high = begin + years * YEAR, end + years * YEAR
        if low > days[0] and high < days[-1]:
            active = ((days > low) & (days < high)).sum()
            if active < usual * (end - begin) / 2:
                return True
    return False


def recurs(days: Days, gaps: Days, at: int) -> bool:
    """Return whether another year has a silence of half the length or more at that time."""
    if gaps[at] >= YEAR:
        return False
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


def silences(lines: Days, others: Days, parts: int) -> list[tuple[int, int]]:
    """Return the first and last index of each run of months in which a part lacks its lines.

    Parameters
    ----------
    lines, others
        The lines of a part, and of all other parts, by month. In the whole run and just before and
        after it they are no fewer than half of what is usual: the time of year explains nothing.
    parts
        How many parts are judged: with many, chance finds a rarer silence.

    Mean and variance of the part's other months give the chance of a month without lines, by the
    negative binomial distribution, or by the binomial one where months vary less than by chance.
    A second month is no further evidence, because one cause explains both.
    """
    empty = np.flatnonzero(lines == 0)
    runs = np.split(empty, np.flatnonzero(np.diff(empty) > 1) + 1) if empty.size else []
    found = []
    for run in runs:
        low, high = int(run[0]), int(run[-1])
        rest, around = np.delete(lines, run), np.delete(others, run)
        if not 0 < low <= high < len(lines) - 1 or len(rest) < LEAST_MONTHS:
            continue
        usual = min(lines[low - 1], lines[high + 1]) >= rest.mean() / 2
        usual &= others[low : high + 1].min() >= around.mean() / 2
        if usual and _none(rest) * len(lines) * parts < CHANCE:
            found.append((low, high))
    return found


def _none(lines: Days) -> float:
    """Return the chance of a month without lines, by those of other months."""
    if (lines == 0).any():
        return float(np.mean(lines == 0))
    mean = float(lines.mean())
    ratio = max(float(lines.var()) / mean, STEADIEST)
    if abs(ratio - 1) < 0.01:
        return float(np.exp(-mean))
    return float(ratio ** (-mean / (ratio - 1)))


def ends_early(days: Days, orders: Days, last: int) -> bool:
    """Return whether a part of a log falls silent long before the whole ends on `last`."""
    silent = last - int(days[-1])
    if silent < EARLY or len(days) < LEAST_DAYS:
        return False
    usual = pace(days, orders, int(days[-1]) - YEAR, int(days[-1]))
    unusual = silent > 2 * usual_gap(np.diff(days))
    return unusual and FEW * usual * silent >= EVIDENCE
