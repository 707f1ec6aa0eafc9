"""The months of a window, and the season: how purchases were distributed in earlier years."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray

from gosales_lib.core import terms, timeline
from gosales_lib.core.arrays import Floats
from gosales_lib.core.columns import KEYS
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.core.timeline import Window

YEARS = 3
"""Number of earlier years whose same months make the season."""

PRIOR = 24.0
"""Prior weight of an even distribution, in buyers, against the season's own."""


@dataclass(frozen=True)
class Months:
    """The months of a window: month k is (edges[k], edges[k + 1]], in days since 1970-01-01.

    A window in days is divided evenly into about as many parts as it has months.
    """

    window: Window

    @property
    def edges(self) -> list[int]:
        """The days that separate the months, with the label span's first and last day."""
        cutoff, end = self.window.cutoff, self.window.end_day
        months, first = self.window.whole_months, self.window.cutoff_day
        inner = [
            (
                first + (end - first) * k // months
                if self.window.days
                else timeline.to_day(timeline.add_months(cutoff, k))
            )
            for k in range(1, months)
        ]
        start = self.window.label_start_day
        return [start, *[min(max(d, start), end) for d in inner], end]

    def of(self, days: pl.Series) -> NDArray[np.int64]:
        """Return the month, from 0, that each day of the window lies in."""
        return np.searchsorted(np.array(self.edges[1:]), days.to_numpy(), side="left")

    def name(self, month: int) -> str:
        """Return a month in words: `March 2025`, or its days where it is no calendar month."""
        first = timeline.to_date(self.edges[month] + 1)
        last = timeline.to_date(self.edges[month + 1])
        if not self.window.days and first.month == last.month:
            return f"{last:%B %Y}"
        return f"{first.day} {first:%b} to {last.day} {last:%b %Y}"


def order_days(sales: pl.DataFrame, cutoff: date, purchase: Purchase = UNITS) -> pl.DataFrame:
    """Return the order days known on the cutoff: customer_id, division, order_day; each once."""
    purchases = terms.purchases(sales, cutoff, purchase)
    return purchases.select(*KEYS, "order_day").unique().sort(*KEYS, "order_day")


def season(days: pl.DataFrame, window: Window) -> dict[str, Floats]:
    """Return, by division, how its purchases were distributed over the months of earlier years.

    Shares of the window's months that add up to 1, shrunk to an even distribution by `PRIOR`
    purchases. Only `days` up to the window's cutoff count.
    """
    even = np.full(window.whole_months, 1 / window.whole_months)
    counts: dict[str, Floats] = {name: PRIOR * even for name in days["division"].unique().sort()}
    for back in range(1, YEARS + 1):
        cutoff = timeline.add_months(window.cutoff, -12 * back)
        earlier = Window(cutoff, window.length)
        rows = (
            nw.from_native(days)
            .filter(earlier.labelled(), timeline.known(window.cutoff_day))
            .to_native()
        )
        for (name,), mine in rows.group_by("division"):
            months = np.minimum(Months(earlier).of(mine["order_day"]), window.whole_months - 1)
            counts[str(name)] += np.bincount(months, minlength=window.whole_months)
    return {name: numbers / numbers.sum() for name, numbers in counts.items()}


def shapes(pairs: pl.DataFrame, seasons: dict[str, Floats], months: int) -> Floats:
    """Return the season's shares of the window's months, a row per pair."""
    even = np.full(months, 1 / months)
    names = pairs["division"].to_list()
    return np.array([seasons.get(name, even) for name in names]).reshape(len(names), months)
