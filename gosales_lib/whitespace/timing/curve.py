"""The curve: how a purchase is distributed over the months of the window.

A discrete-time hazard over the months (Singer and Willett, It's about time, 1993), fitted to the
buyers of windows that had closed; otherwise the season of earlier years, otherwise even.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy.special import logit

from gosales_lib.core import timeline
from gosales_lib.core.arrays import Floats
from gosales_lib.core.columns import KEYS
from gosales_lib.core.timeline import Window
from gosales_lib.whitespace.timing.months import Months, season, shapes

FEWEST, FEWEST_JUDGED = 100, 30
"""Least number of buyers for the hazard model (training), and for any curve (judging)."""

DUE_DAYS = 30

HAZARD, SEASON, EVEN = "hazard model", "season", "even"
"""Ways to distribute a purchase over the months: model, season of earlier years, or evenly."""


def described(pairs: pl.DataFrame, days: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Return the inputs of the hazard, for pairs of customer_id and division, in their order.

    orders (of the customer, 12 months), own (of the division), since (days since the last order),
    due (days from the cutoff to the next purchase of the division by its rhythm, null without one).
    """
    history = nw.from_native(days).filter(timeline.known(window.cutoff_day)).to_native()
    year = pl.col("order_day") > window.cutoff_day - 365
    people = history.group_by("customer_id").agg(
        orders=pl.col("order_day").filter(year).n_unique(),
        since=window.cutoff_day - pl.col("order_day").max(),
    )
    day = pl.col("order_day").sort()
    usual = pl.when(pl.len() >= 3).then(day.diff().median())
    own = history.group_by(KEYS).agg(
        own=pl.col("order_day").filter(year).n_unique(),
        due=pl.col("order_day").max() + usual - window.cutoff_day,
    )
    rows = pairs.select(KEYS).join(people, "customer_id", "left", maintain_order="left")
    return rows.join(own, KEYS, "left", maintain_order="left")


def matrix(rows: pl.DataFrame, shape: Floats, months: Months, month: int) -> Floats:
    """Return the hazard's inputs in one month, a row per pair: the season's, rhythm, pace."""
    left = 1 - shape[:, :month].sum(axis=1)
    seasonal = logit(np.clip(shape[:, month] / np.maximum(left, 1e-9), 1e-3, 1 - 1e-3))
    due = rows["due"].to_numpy().astype(float)
    first, last = (d - months.window.cutoff_day for d in months.edges[month : month + 2])
    past = np.where(np.isnan(due), 0.0, due <= first)
    now = np.where(np.isnan(due), 0.0, (due > first) & (due <= last))
    pace = np.log1p(rows.select(pl.col("orders", "own").fill_null(0)).to_numpy())
    since = np.log1p(rows["since"].fill_null(365).to_numpy())
    return np.column_stack([seasonal, past, now, pace, since, np.full(len(due), float(month))])


def buyers(days: pl.DataFrame, pairs: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Return the pairs that bought in the window, with `month`, that of the first purchase."""
    rows = nw.from_native(days).filter(window.labelled()).to_native()
    first = rows.group_by(KEYS).agg(pl.col("order_day").min()).sort(KEYS)
    pairs_bought = pairs.select(KEYS).join(first, KEYS).sort(KEYS)
    month = np.minimum(Months(window).of(pairs_bought["order_day"]), window.whole_months - 1)
    return pairs_bought.with_columns(month=pl.Series(month, dtype=pl.Int64))


@dataclass(frozen=True)
class Curve:
    """The distribution of a purchase over the window's months, and the score of each method.

    `method` is the one in use (`HAZARD`, `SEASON` or `EVEN`), `model` the fitted logistic
    regression of the hazard. `brier` is the integrated Brier score of each method on the newest
    window that had closed by the cutoff; empty where there were too few buyers to judge.
    """

    method: str
    model: Any = None
    brier: Mapping[str, float] = field(default_factory=dict)

    def spread(self, pairs: pl.DataFrame, days: pl.DataFrame, window: Window) -> Floats:
        """Return each pair's shares of the window's months, given a purchase: rows add up to 1."""
        even = np.full((pairs.height, window.whole_months), 1 / window.whole_months)
        if self.method == EVEN or pairs.is_empty():
            return even
        shape = shapes(pairs, season(days, window), window.whole_months)
        if self.method == SEASON:
            return shape
        rows, months = described(pairs, days, window), Months(window)
        left, parts = np.ones(len(shape)), []
        for month in range(window.whole_months):
            last = month == window.whole_months - 1
            hazard = self.model.predict_proba(matrix(rows, shape, months, month))[:, 1]
            parts.append(left * (1.0 if last else hazard))
            left = left - parts[-1]
        return np.column_stack(parts)

    def sentence(self) -> str:
        """Return one sentence on how the timing was made."""
        return {
            HAZARD: "The expected month comes from the season and each customer's own rhythm (a "
            "hazard model), which was better than the season alone on the newest closed window.",
            SEASON: "The expected month comes from the season of earlier years; adding each "
            "customer's own rhythm (a hazard model) was no better.",
            EVEN: "No month stood out in the closed windows, so the probability is spread evenly "
            "over the window.",
        }[self.method]


def learn(days: pl.DataFrame, pairs: pl.DataFrame, window: Window, closed: Sequence[date]) -> Curve:
    """Return the curve, judged on the newest closed window and learned from all of them.

    A method is kept only where its integrated Brier score on the newest closed window, of which it
    has seen nothing, is below those of the simpler ones. `days` comes from `order_days` at the
    window's cutoff, `closed` are earlier cutoffs whose windows had closed by then; the curve is
    fitted to pairs in the same states as `pairs`.
    """
    earlier = [Window(c, window.length, window.buffer_days) for c in sorted(set(closed))]
    samples = [(w, rows) for w in earlier if (rows := _sample(days, pairs, w)).height]
    if window.whole_months < 2 or not samples or samples[-1][1].height < FEWEST_JUDGED:
        return Curve(EVEN)
    newest, judged = samples[-1]
    trials = [Curve(EVEN), Curve(SEASON)]
    if sum(rows.height for _, rows in samples[:-1]) >= FEWEST:
        trials.append(Curve(HAZARD, _fit(days, samples[:-1])))
    month = judged["month"].to_numpy()
    brier = {t.method: integrated_brier(t.spread(judged, days, newest), month) for t in trials}
    method = min(brier, key=lambda name: brier[name])  # the simplest comes first
    return Curve(method, _fit(days, samples) if method == HAZARD else None, brier)


def _sample(days: pl.DataFrame, pairs: pl.DataFrame, window: Window) -> pl.DataFrame:
    """Return the buyers of a closed window whose state then is one of the pairs' states now."""
    history = nw.from_native(days).filter(timeline.known(window.cutoff_day)).to_native()
    people = history.select("customer_id").unique()
    had = history.select(KEYS).unique().with_columns(had=pl.lit(True))
    every = people.join(pairs.select("division").unique(), how="cross").join(had, KEYS, "left")
    new = pairs.filter(pl.col("motion") == "cross-sell").height > 0
    old = pairs.filter(pl.col("motion") != "cross-sell").height > 0
    kept = every.filter(pl.col("had").is_null() & new | pl.col("had").is_not_null() & old)
    return buyers(days, kept, window)


def _fit(days: pl.DataFrame, samples: Sequence[tuple[Window, pl.DataFrame]]) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    inputs, events = [], []
    for window, rows in samples:
        shape = shapes(rows, season(days, window), window.whole_months)
        predictors, months = described(rows, days, window), Months(window)
        month = rows["month"].to_numpy()
        for k in range(window.whole_months - 1):
            inputs.append(matrix(predictors, shape, months, k)[month >= k])
            events.append((month == k)[month >= k])
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, max_iter=500))
    return model.fit(np.vstack(inputs), np.concatenate(events))


def integrated_brier(spread: Floats, month: NDArray[np.int64]) -> float:
    """Return the mean squared error of `bought by the end of month k`, over pairs and months."""
    if not len(month):
        return float("nan")
    return float(brier_by_pair(spread, month).mean())


def brier_by_pair(spread: Floats, month: NDArray[np.int64]) -> Floats:
    """Return the squared error of each pair, averaged over the months but the last."""
    upto = np.cumsum(spread, axis=1)[:, :-1]
    happened = month[:, None] <= np.arange(upto.shape[1])
    answer: Floats = ((upto - happened) ** 2).mean(axis=1)
    return answer
