"""The reliability of values, measured by their predictions on windows that had closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from gosales_lib.core.timeline import Window
from gosales_lib.whitespace import priced, value

FEWEST = 10
"""A window with fewer first-time buyers does not count."""
LEAST = 0.05
"""A window in which less than this share of the predicted gross profit was observed, or a loss,
counts as this share: a ratio of 0 has no logarithm."""
INSIDE = 0.8
"""Share of the windows that the interval should contain."""
WIDE = 2.0
"""From this factor on, the money of a list is only an order of magnitude."""


@dataclass(frozen=True)
class FirstBuyers:
    """The first-time buyers of a division in windows that had closed, and their purchases.

    Parameters
    ----------
    buyers
        The result of `value.first_buyers`.
    held, lines
        Their baskets (`priced.baskets`) and all rows of the division.
    windows
        The closed windows by cutoff, oldest first; the newest ends on the list's cutoff.
    cutoff
        The cutoff of the list.
    """

    buyers: pl.DataFrame
    held: pl.DataFrame
    lines: pl.DataFrame
    windows: Mapping[date, Window]
    cutoff: date

    @classmethod
    def of(cls, buyers: pl.DataFrame, lines: pl.DataFrame, window: Window) -> FirstBuyers:
        """Return the buyers with their baskets; `window` is that of the list."""
        windows = {
            day: Window(day, window.length, window.buffer_days, window.cutoff)
            for day in buyers["cutoff_date"].unique().sort()
        }
        held = priced.baskets(buyers, lines, list(windows.values()))
        return cls(buyers, held, lines, windows, window.cutoff)

    def valued(self, cutoff: date | None = None) -> pl.DataFrame:
        """Return the first purchases in windows closed by a day, at the prices of that day.

        customer_id, size, gp_window, as `value.if_sold` takes them; of the list's cutoff by
        default.
        """
        day = cutoff or self.cutoff
        over = [start for start, window in self.windows.items() if window.end <= day]
        held = self.held.filter(pl.col("cutoff_date").is_in(over))
        return value.first_purchases(priced.worth(held, priced.unit_profits(self.lines, day)))


def windows(buyers: Mapping[str, FirstBuyers]) -> pl.DataFrame:
    """Return predicted beside observed gross profit of the first-time buyers of closed windows.

    Each window is predicted from those alone that had closed by its own cutoff.

    Returns
    -------
    pl.DataFrame
        cutoff, buyers, predicted_gp and observed_gp of all divisions, oldest first; a window with
        fewer than `FEWEST` buyers, or nothing to learn from, is left out.
    """
    schema = {"cutoff": pl.Date(), "buyers": pl.Int64(), "predicted_gp": pl.Float64()}
    schema |= {"observed_gp": pl.Float64()}
    rows = []
    for day in sorted({day for those in buyers.values() for day in those.windows}):
        first = {name: those.valued(day) for name, those in buyers.items()}
        here = {
            name: bought
            for name, those in buyers.items()
            if first[name].height and (bought := those.buyers.filter(cutoff_date=day)).height
        }
        count = sum(bought.height for bought in here.values())
        if count < FEWEST:
            continue
        sold = value.if_sold(first, {n: b.select("customer_id", "size") for n, b in here.items()})
        observed = sum(float(bought["gp_window"].sum()) for bought in here.values())
        rows.append((day, count, float(sold["expected_gp_if_sold"].sum()), observed))
    return pl.DataFrame(rows, schema, orient="row")


def spread(table: pl.DataFrame, window: Window) -> tuple[float, float] | None:
    """Return the factors between which observed over predicted lies in eight of ten windows.

    From the logarithms of the closed windows' ratios and Student's t distribution, whose degrees
    of freedom are the windows that do not overlap. None where no window can be judged.
    """
    from scipy import stats

    rows = table.filter(pl.col("predicted_gp") > 0)
    if rows.is_empty():
        return None
    ratio = np.maximum((rows["observed_gp"] / rows["predicted_gp"]).to_numpy(), LEAST)
    size = float(np.sqrt(np.mean(np.log(ratio) ** 2)))
    factor = float(np.exp(stats.t.ppf((1 + INSIDE) / 2, apart(table, window)) * size))
    return 1 / factor, factor


def apart(table: pl.DataFrame, window: Window) -> int:
    """Return how many of the closed windows do not overlap, counted from the newest."""
    count, begins = 0, window.cutoff
    for day in table["cutoff"].sort(descending=True):
        if Window(day, window.length, window.buffer_days, window.cutoff).end <= begins:
            count, begins = count + 1, day
    return max(1, count)


def report(buyers: Mapping[str, FirstBuyers], window: Window, expected: float) -> dict[str, Any]:
    """Return the reliability of the values: windows, low, high, sentence.

    `low` and `high` are the ends of the list's expected gross profit, None where no window can be
    judged.
    """
    table = windows(buyers)
    ends = spread(table, window)
    if ends is None:
        text = (
            "How far the expected profit can be trusted is not measurable here: no earlier window "
            f"with {FEWEST} first-time buyers has first purchases before it to learn from."
        )
        return {"windows": table.to_dicts(), "low": None, "high": None, "sentence": text}
    low, high = sorted(expected * end for end in ends)
    rows = table.filter(pl.col("predicted_gp") > 0).select("predicted_gp", "observed_gp")
    shares = [f"{observed / predicted:.0%}" for predicted, observed in rows.iter_rows()]
    earlier = "the earlier window" if len(shares) == 1 else f"{len(shares)} earlier windows"
    text = (
        f"Expected profit {expected:,.0f}, between {low:,.0f} and {high:,.0f} by the profit of a "
        f"purchase (80% interval): on {earlier} first-time buyers brought {', '.join(shares)} of "
        "the predicted gross profit."
    )
    if ends[1] >= WIDE:
        text += " Use the order of the list, not its money."
    return {"windows": table.to_dicts(), "low": low, "high": high, "sentence": text}
