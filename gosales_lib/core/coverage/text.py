"""A calendar of what a log covers, as lines of text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from gosales_lib.core.coverage.result import Coverage, State

SIGNS: dict[State, str] = {
    "covered": "o", "thin": "-", "missing": "X", "quiet": ".", "set aside": "!"
}  # fmt: skip
MEANING = "o covered, - far fewer than usual, X missing, . none and none usual, ! set aside"
HEAD = "      " + "  ".join("JFMAMJJASOND")


def calendar(seen: Coverage) -> Iterator[str]:
    """Yield one line per year: a sign per month, `|` behind the month of the latest cutoff."""
    if seen.last is None:
        return
    cutoff = seen.default_cutoff()
    states = {month.month: SIGNS[month.state] for month in seen.months}
    yield HEAD
    for year in sorted({month.year for month in states}):
        marks = []
        for number in range(1, 13):
            month = date(year, number, 1)
            end = "|" if month == cutoff.replace(day=1) else " "
            marks.append(states.get(month, " ") + end)
        yield f"{year}  {' '.join(marks)}".rstrip()
    yield f"{MEANING}; | the latest cutoff, {cutoff}"
