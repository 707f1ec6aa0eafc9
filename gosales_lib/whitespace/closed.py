"""The reliability of values, measured by their predictions on windows that had closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import polars as pl

from gosales_lib.core import sums
from gosales_lib.core.columns import KEYS
from gosales_lib.core.timeline import Window
from gosales_lib.reports.whitespace import WIDE
from gosales_lib.whitespace import priced, value

FEWEST = 10
"""A window with fewer first-time buyers does not count."""
LEAST = 0.05
"""A window in which less than this share of the predicted gross profit was observed, or a loss,
counts as this share: a ratio of 0 has no logarithm."""
INSIDE = 0.8
"""Share of the windows that the interval should contain."""
FEWEST_INSIDE = 20
"""With fewer buyers of closed windows the interval of a purchase is not available."""
PREDICTED = {"cutoff": pl.Date(), "gp_window": pl.Float64(), **value.VALUES}


@dataclass(frozen=True)
class FirstBuyers:
    """The first-time buyers of a division in windows that had closed, and their purchases.

    `buyers` comes from `value.first_buyers`; `held` are their baskets (`priced.baskets`), `lines`
    all rows of the division. `windows` are the closed ones by cutoff, oldest first; the newest ends
    on `cutoff`, that of the list.
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


def predicted(buyers: Mapping[str, FirstBuyers]) -> pl.DataFrame:
    """Return what each first-time buyer of closed windows was expected to bring, and brought.

    Each window is predicted from those alone that had closed by its own cutoff. The columns of
    `PREDICTED` (gp_window is the observed one), one row per buyer and division, oldest first; where
    there was nothing to learn from there is no row.
    """
    frames = [pl.DataFrame(schema=PREDICTED)]
    for day in sorted({day for those in buyers.values() for day in those.windows}):
        first = {name: those.valued(day) for name, those in buyers.items()}
        here = {
            name: bought
            for name, those in buyers.items()
            if first[name].height and (bought := those.buyers.filter(cutoff_date=day)).height
        }
        sold = value.if_sold(first, {n: b.select("customer_id", "size") for n, b in here.items()})
        observed = [
            bought.select("customer_id", "gp_window", division=pl.lit(name))
            for name, bought in here.items()
        ]
        if observed:
            both = sold.join(pl.concat(observed), KEYS, maintain_order="left")
            frames.append(both.with_columns(cutoff=pl.lit(day)).select(*PREDICTED))
    return pl.concat(frames)


def windows(past: pl.DataFrame) -> pl.DataFrame:
    """Return predicted beside observed gross profit of closed windows, oldest first.

    cutoff, buyers, predicted_gp and observed_gp of all divisions, from what `predicted` returned; a
    window with fewer than `FEWEST` buyers is left out.
    """
    table = past.group_by("cutoff").agg(
        buyers=pl.len().cast(pl.Int64),
        predicted_gp=sums.total("expected_gp_if_sold"),
        observed_gp=sums.total("gp_window"),
    )
    return table.filter(pl.col("buyers") >= FEWEST).sort("cutoff")


def widening(past: pl.DataFrame) -> tuple[float, float] | None:
    """Return how far the ends of a purchase's interval move out, in widths of the interval.

    So far that nine in ten buyers of closed windows lay above the lower end, and nine in ten below
    the upper one: a split conformal prediction (Romano, Patterson and Candès, Conformalized
    quantile regression, 2019), each end by itself. On the sample's and AdventureWorks' closed
    windows it was nearer to eight in ten than one width for both ends, or one per division.
    None with fewer than `FEWEST_INSIDE` buyers.
    """
    low, high = pl.col("gp_if_sold_low"), pl.col("gp_if_sold_high")
    rows = past.filter(high > low).select(
        below=(low - pl.col("gp_window")) / (high - low),
        above=(pl.col("gp_window") - high) / (high - low),
    )
    if rows.height < FEWEST_INSIDE:
        return None
    share = min(1.0, (1 + INSIDE) / 2 * (rows.height + 1) / rows.height)
    ends = (rows[name].quantile(share, "linear") or 0.0 for name in ("below", "above"))
    lower, upper = (max(0.0, end) for end in ends)
    return lower, upper


def trusted(past: pl.DataFrame, window: Window) -> bool:
    """Return whether the money may order a list: closed windows do not say that it is far off."""
    ends = spread(windows(past), window)
    return ends is None or ends[1] < WIDE


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


def report(past: pl.DataFrame, window: Window, expected: float) -> dict[str, Any]:
    """Return the reliability of the values: windows, low, high, trusted, sentence.

    `low` and `high` are the ends of the list's expected gross profit, None where no window can be
    judged.
    """
    table = windows(past)
    answer: dict[str, Any] = {"windows": table.to_dicts(), "trusted": trusted(past, window)}
    ends = spread(table, window)
    if ends is None:
        text = (
            "How far the expected profit can be trusted is not measurable here: no earlier window "
            f"with {FEWEST} first-time buyers has first purchases before it to learn from."
        )
        return answer | {"low": None, "high": None, "sentence": text}
    low, high = sorted(expected * end for end in ends)
    rows = table.filter(pl.col("predicted_gp") > 0).select("predicted_gp", "observed_gp")
    shares = [f"{observed / predicted:.0%}" for predicted, observed in rows.iter_rows()]
    earlier = "the earlier window" if len(shares) == 1 else f"{len(shares)} earlier windows"
    brought = (
        f"on {earlier} first-time buyers brought {', '.join(shares)} of the predicted gross profit"
    )
    refuted = (
        f"No profit is given for these offers: {brought}. The list is ranked by the probability of "
        "a purchase, unless the rules give weights."
    )
    borne_out = (
        f"Expected profit {expected:,.0f}, between {low:,.0f} and {high:,.0f} by the profit of a "
        f"purchase (80% interval): {brought}."
    )
    if not expected:
        borne_out = f"No offer is chosen, so no profit is expected; {brought}."
    text = refuted if ends[1] >= WIDE else borne_out
    return answer | {"low": low, "high": high, "sentence": text}
