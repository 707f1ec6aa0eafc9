"""The table of candidates and baselines: every measure with its interval."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from gosales_lib.core.arrays import Floats
from gosales_lib.learning import metrics
from gosales_lib.learning.rows import FEWEST, rarer
from gosales_lib.reports.base import Interval

SEGMENTS = ("all", "new to division")
GLANCE = ("name", "auc", "average_precision", "brier_skill", "lift_10", "gp_lift_10")
"""The main measures; the reports hold all of them."""


def measure(
    bought: NDArray[Any],
    new: NDArray[Any],
    scores: Mapping[str, tuple[str, Floats, bool]],
    gross_profit: ArrayLike,
    seed: int = 17,
) -> pl.DataFrame:
    """Return name, kind, segment, customers, buyers, base_rate and every measure of every score.

    Each measure is followed by the ends of its 95% interval, `<measure>_low` and `<measure>_high`.

    Parameters
    ----------
    new
        Whether each customer had never bought the division.
    scores
        By name: kind, score, and whether the score is a probability.
    gross_profit
        Of the window, one per customer.
    """
    earned = np.asarray(gross_profit, float)
    probabilities = [name for name, (_, _, probability) in scores.items() if probability]
    rows = []
    for segment, here in zip(SEGMENTS, (np.ones(len(bought), bool), new), strict=True):
        labels = bought[here]
        size: dict[str, Any] = {"customers": len(labels), "buyers": int(labels.sum())}
        size["base_rate"] = float(labels.mean()) if len(labels) else None
        ranked = {name: np.asarray(score)[here] for name, (_, score, _) in scores.items()}
        values, ends = judge(labels, ranked, probabilities, earned[here], seed=seed)
        rows += [
            {"name": n, "kind": scores[n][0], "segment": segment} | size | cells(values[n], ends[n])
            for n in scores
        ]
    measures = {c: pl.Float64 for m in metrics.NAMES for c in (m, f"{m}_low", f"{m}_high")}
    return pl.DataFrame(rows, infer_schema_length=None, schema_overrides=measures)


def judge(
    bought: ArrayLike,
    scores: Mapping[str, ArrayLike],
    probabilities: Collection[str],
    gross_profit: ArrayLike | None = None,
    *,
    draws: int = 200,
    seed: int = 17,
) -> tuple[dict[str, dict[str, float | None]], dict[str, dict[str, Interval]]]:
    """Return the measures of `metrics.NAMES` by name, and their 95% intervals.

    The intervals are of bootstrap samples of customers, the same for all scores. With fewer than
    `FEWEST` buyers, or others, no measure is available.

    Parameters
    ----------
    scores, probabilities
        Scores by name, and the names of those that are probabilities.
    gross_profit
        Of the window, one per customer; without it no lift is weighted by it.
    """
    positive = np.asarray(bought, float)
    if rarer(positive) < FEWEST:
        nothing = dict.fromkeys(metrics.NAMES)
        return {name: {**nothing} for name in scores}, {name: {**nothing} for name in scores}
    rankings = {
        name: metrics.Ranking(
            positive, score, probability=name in probabilities, gross_profit=gross_profit
        )
        for name, score in scores.items()
    }
    drawn = [
        {name: ranking.evaluate(weight) for name, ranking in rankings.items()}
        for weight in metrics.resamples(positive.size, draws, seed)
    ]
    ends = {
        name: {m: _interval([d[name][m] for d in drawn]) for m in metrics.NAMES}
        for name in rankings
    }
    return {name: ranking.evaluate() for name, ranking in rankings.items()}, ends


def _interval(drawn: list[float | None]) -> Interval:
    return metrics.interval(np.array([value for value in drawn if value is not None], float))


def cells(
    measures: Mapping[str, float | None], ends: Mapping[str, Interval]
) -> dict[str, float | None]:
    """Return the columns of one row: each measure with the ends of its interval."""
    row: dict[str, float | None] = {}
    for name in metrics.NAMES:
        low, high = ends.get(name) or (None, None)
        row |= {name: measures.get(name), f"{name}_low": low, f"{name}_high": high}
    return row


def shown(table: pl.DataFrame) -> pl.DataFrame:
    """Return a table of measures for reading: `0.704 [0.681, 0.727]` in a cell."""
    ends = {f"{m}{end}" for m in metrics.NAMES for end in ("", "_low", "_high")}
    first = [c for c in table.columns if c not in ends]
    rows = [
        {c: row[c] for c in first}
        | {m: cell(row[m], (row[f"{m}_low"], row[f"{m}_high"])) for m in metrics.NAMES}
        for row in table.iter_rows(named=True)
    ]
    kept = {c: table.schema[c] for c in first}
    return pl.DataFrame(rows, schema=kept | dict.fromkeys(metrics.NAMES, pl.String))


def cell(value: float | None, ends: tuple[float | None, float | None] | None) -> str:
    """Return a measure and its interval in words; an empty text if there is none."""
    if value is None:
        return ""
    low, high = ends or (None, None)
    return f"{value:.3f}" if low is None else f"{value:.3f} [{low:.3f}, {high:.3f}]"
