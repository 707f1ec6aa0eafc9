"""Timing: distributes the chance of a purchase over the months of the window.

A discrete-time hazard over the window's months (Singer and Willett, It's about time, 1993),
fitted to the buyers of windows that had closed, distributes the calibrated probability of the
window: the chances for 30 or 90 days can never contradict that of the window.
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

from gosales_lib.core import terms, timeline
from gosales_lib.core.arrays import Floats
from gosales_lib.core.columns import KEYS
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.core.timeline import Window

YEARS = 3
"""Number of earlier years whose same months make the season."""
PRIOR = 24.0
"""Prior weight of an even distribution, in buyers, against the season's own."""
FEWEST, FEWEST_JUDGED = 100, 30
"""Least number of buyers for the hazard model (training), and for any curve (judging)."""
STANDS_OUT = 1.15
"""A month is named if its share is this multiple of an even one."""
DUE_DAYS = 30
HAZARD, SEASON, EVEN = "hazard model", "season", "even"
"""Ways to distribute a purchase over the months: model, season of earlier years, or evenly."""


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


def shapes(pairs: pl.DataFrame, seasons: dict[str, Floats], months: int) -> Floats:
    """Return the season's shares of the window's months, a row per pair."""
    even = np.full(months, 1 / months)
    names = pairs["division"].to_list()
    return np.array([seasons.get(name, even) for name in names]).reshape(len(names), months)


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

    Parameters
    ----------
    method
        The method in use: `HAZARD`, `SEASON` or `EVEN`.
    model
        The fitted logistic regression of the hazard, None where another method is used.
    brier
        Integrated Brier score of each method on the newest window that had closed by the cutoff;
        empty where there were too few buyers to judge.
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
            HAZARD: "When: a hazard model of the window's months, better than the season alone on "
            "the newest window that had closed.",
            SEASON: "When: the season of earlier years; a hazard model was no better.",
            EVEN: "When: no month stood out in the windows that had closed, so the probability is "
            "spread evenly.",
        }[self.method]


def learn(days: pl.DataFrame, pairs: pl.DataFrame, window: Window, closed: Sequence[date]) -> Curve:
    """Return the curve, judged on the newest closed window and learned from all of them.

    A method is kept only where its integrated Brier score on the newest closed window, of which it
    has seen nothing, is below those of the simpler ones.

    Parameters
    ----------
    days
        The result of `order_days` at the window's cutoff.
    pairs
        The pairs to predict: the curve is fitted to pairs in the same states.
    closed
        Earlier cutoffs whose windows had closed by the cutoff.
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


def timed(
    ranked: pl.DataFrame,
    sales: pl.DataFrame,
    window: Window,
    closed: Sequence[date],
    purchase: Purchase = UNITS,
) -> tuple[pl.DataFrame, Curve]:
    """Return the ranked list with months and the order of the calls (see `beside`), and the curve.

    Parameters
    ----------
    sales
        `fact_transactions`; rows after the cutoff are not looked at.
    closed
        Earlier cutoffs whose windows had closed by the cutoff.
    """
    days = order_days(sales, window.cutoff, purchase)
    curve = learn(days, ranked, window, closed)
    return call_order(beside(ranked, curve.spread(ranked, days, window), window)), curve


def beside(ranked: pl.DataFrame, spread: Floats, window: Window) -> pl.DataFrame:
    """Return the ranked list with likely_month, probability_30d, probability_90d and due_now.

    `likely_month` is null where no month stands out (`STANDS_OUT`), a probability of more days than
    the window has is null, and `due_now` says that the next purchase by the customer's own rhythm
    falls into the next 30 days or is late.
    """
    months, names = Months(window), pl.Series("likely_month", [], dtype=pl.String)
    if ranked.height:
        top, best = spread.max(axis=1), spread.argmax(axis=1)
        texts = [months.name(k) for k in range(window.whole_months)]
        clear = top >= STANDS_OUT / window.whole_months if window.whole_months > 1 else top > 0
        named = [texts[k] if c else None for k, c in zip(best, clear, strict=True)]
        names = pl.Series("likely_month", named, dtype=pl.String)
    chance = ranked["probability"].to_numpy()
    upto = np.column_stack([np.zeros(len(spread)), np.cumsum(spread, axis=1)])
    edges = np.array(months.edges, float)
    shares = {
        n: pl.Series(chance * _within(upto, edges, window.cutoff_day + n), dtype=pl.Float64)
        for n in (30, 90)
        if window.cutoff_day + n <= window.end_day
    }
    columns = {f"probability_{n}d": shares.get(n, pl.lit(None, pl.Float64)) for n in (30, 90)}
    late = pl.col("due_date") <= timeline.to_date(window.cutoff_day + DUE_DAYS)
    due = (late & (pl.col("state") == "active")).fill_null(False)
    return ranked.with_columns(names, **columns, due_now=due)


def _within(upto: Floats, edges: Floats, day: int) -> Floats:
    """Return the share of the purchases up to a day, interpolated between the months' ends."""
    return np.array([np.interp(day, edges, row) for row in upto]) if len(upto) else np.array([])


def call_order(ranked: pl.DataFrame) -> pl.DataFrame:
    """Return the ranked list with `call_order`: the order of a rep's calls, 1 is the first.

    Offers that are due now come first, then those with the largest part of their score in the next
    30 days (in the window, if that is shorter): with the most expected gross profit, unless the
    list is ranked by something else. Null where an offer is not chosen.
    """
    share = pl.coalesce("probability_30d", "probability") / pl.col("probability")
    soon = pl.when(pl.col("probability") > 0).then(share * pl.col("score")).otherwise(0.0)
    order = ranked.with_columns(soon=soon).sort(
        ["chosen", "due_now", "soon", "rank"], descending=[True, True, True, False]
    )
    number = pl.when("chosen").then(pl.col("rank").cum_count().over("rep").cast(pl.Int32))
    return order.with_columns(call_order=number).sort("rank").select(ranked.columns)
