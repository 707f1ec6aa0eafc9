"""Drift: how much the customers at the cutoff differ from those at the newest training cutoff."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike, NDArray

from gosales_lib.core.arrays import Floats
from gosales_lib.learning.models import logit
from gosales_lib.learning.rows import KEYS
from gosales_lib.reports.holdout import LARGE, MODERATE, MUCH, SHAPE, SOME, STABLE, Drift

BINS = 10
BY_CHANCE = 23.2
"""Times the sum of both inverse sizes: what the PSI of 1 in 100 features without drift exceeds, by
the chi-squared distribution with `BINS` degrees of freedom.
Source: Yurdakul and Naranjo, "Statistical properties of the population stability index" (2020)."""
Counts = NDArray[np.intp]


def psi(learned: pl.Series, scored: pl.Series) -> float | None:
    """Return the population stability index of a column; None where one side has no row.

    Numbers are binned at the deciles of the training rows, texts by level; unknown values are a bin
    of their own. Each bin gets half a row more, so that an empty one stays finite.
    Source: Lewis, "An Introduction to Credit Scoring" (1994).
    """
    if not len(learned) or not len(scored):
        return None
    before, now = _counts(learned, scored)
    p = (before + 0.5) / (len(learned) + 0.5 * len(before))
    q = (now + 0.5) / (len(scored) + 0.5 * len(now))
    return float(((q - p) * np.log(q / p)).sum())


def _counts(learned: pl.Series, scored: pl.Series) -> tuple[Counts, Counts]:
    """Return how many rows of each side lie in each bin that holds any; unknown is the last."""
    numbers = _ascending(learned)
    if len(numbers):
        edges = np.unique(np.quantile(numbers, np.linspace(0, 1, BINS + 1)[1:-1]))
        sides = (_up_to(edges, numbers), _up_to(edges, _ascending(scored)))
        counts = [
            np.append(np.diff(side, prepend=0), values.null_count())
            for side, values in zip(sides, (learned, scored), strict=True)
        ]
        some = (counts[0] + counts[1] > 0) | (np.arange(len(counts[0])) == len(edges) + 1)
        return counts[0][some], counts[1][some]
    before, now = (dict(side.value_counts().iter_rows()) for side in (learned, scored))
    names = sorted(before.keys() | now.keys(), key=str)
    return np.array([before.get(n, 0) for n in names]), np.array([now.get(n, 0) for n in names])


def _ascending(values: pl.Series) -> Floats:
    """Return the known numbers of a column in ascending order; none of a column of texts."""
    if not values.dtype.is_numeric():
        return np.empty(0)
    numbers = values.cast(pl.Float64).to_numpy()  # an unknown value is NaN, which sorts last
    return np.sort(numbers)[: len(numbers) - values.null_count()]


def _up_to(edges: Floats, numbers: Floats) -> Counts:
    """Return how many numbers lie up to each edge, and in all."""
    return np.append(np.searchsorted(numbers, edges, side="right"), len(numbers))


def ks(learned: pl.Series, scored: pl.Series) -> float | None:
    """Return the largest gap between both distributions; None for texts or where one is unknown.

    Source: Kolmogorov (1933), Smirnov (1948), the two-sample statistic.
    """
    a, b = _ascending(learned), _ascending(scored)
    if not len(a) or not len(b):
        return None
    points = np.concatenate([a, b])
    shares = [np.searchsorted(side, points, side="right") / len(side) for side in (a, b)]
    return float(np.abs(shares[0] - shares[1]).max())


def level(index: float | None, learned: int, scored: int) -> str:
    """Return the word for a PSI: stable, moderate (above 0.1) or large (above 0.25).

    What chance alone reaches between samples of `learned` and `scored` rows is stable.
    """
    if index is None or index <= max(MODERATE, BY_CHANCE * (1 / learned + 1 / scored)):
        return STABLE
    return SOME if index <= LARGE else MUCH


def between(features: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the drift of every feature from the newest earlier cutoff of a matrix to `cutoff`.

    Only the newest one is compared, because a sum over a growing log drifts from year to year
    anyway.

    Returns
    -------
    pl.DataFrame
        feature, psi, ks, level; the feature with the largest drift first.

    Examples
    --------
    >>> features = pl.DataFrame({
    ...     "customer_id": list(range(100)) * 2,
    ...     "cutoff_date": [date(2023, 12, 31)] * 100 + [date(2024, 12, 31)] * 100,
    ...     "orders_12m": [1, 2, 3, 4] * 25 + [11, 12, 13, 14] * 25,
    ...     "divisions_owned": [1, 2, 3, 4] * 50,
    ... })
    >>> between(features, date(2024, 12, 31)).select("feature", "ks", "level").rows()
    [('orders_12m', 1.0, 'large'), ('divisions_owned', 0.0, 'stable')]
    """
    learned = before(features, cutoff)
    scored = features.filter(cutoff_date=cutoff)
    names = [name for name in features.columns if name not in KEYS]
    rows = [row(name, learned[name], scored[name]) for name in names]
    schema = {"feature": pl.String, "psi": pl.Float64, "ks": pl.Float64, "level": pl.String}
    table = pl.DataFrame(rows, schema=schema)
    return table.sort("psi", "feature", descending=[True, False])


def before(features: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the rows of the newest earlier cutoff of a matrix."""
    earlier = features.filter(pl.col("cutoff_date") < cutoff)
    return earlier.filter(pl.col("cutoff_date") == pl.col("cutoff_date").max())


def row(name: str, learned: pl.Series, scored: pl.Series) -> dict[str, Any]:
    """Return one row of the table: a feature's, or that of the scores' shape."""
    index = psi(learned, scored)
    word = level(index, len(learned), len(scored))
    return {"feature": name, "psi": index, "ks": ks(learned, scored), "level": word}


def shape(probability: ArrayLike) -> pl.Series:
    """Return the log odds less their mean, in which a new level alone changes nothing.

    Seasons and trends move the level of every month. The median would not do as the level: where
    about half of the customers own the division, it jumps from one group to the other.
    """
    odds = logit(probability)
    return pl.Series(np.round(odds - odds.mean(), 9)) if odds.size else pl.Series(odds)


def report(
    moved: pl.DataFrame, earlier: ArrayLike, scores: pl.DataFrame, selection: pl.DataFrame
) -> Drift:
    """Return the part of the drift that 05_holdout reports.

    Parameters
    ----------
    moved
        The result of `between`.
    earlier
        The probabilities that the model gives to the rows of `before`. Those of `selection` are of
        models that were trained without that cutoff, and differ in shape without any drift.
    scores, selection
        The probabilities on the cutoff, and those predicted on the validation cutoff.

    Returns
    -------
    Drift
        Its `features` are the moved ones, and the ten most moved at least.
    """
    counts = {word: moved.filter(level=word).height for word in (SOME, MUCH)}
    shown = moved.filter((pl.col("level") != STABLE) | (pl.int_range(pl.len()) < 10))
    of_scores = row(SHAPE, shape(earlier), shape(scores["probability"]))
    means = selection["probability"].mean(), scores["probability"].mean()
    said = sentence(moved.height, counts, of_scores, means)
    return Drift.of(features=shown.to_dicts(), **counts, scores=of_scores, sentence=said)


def sentence(
    features: int, counts: dict[str, int], scores: dict[str, Any], means: tuple[Any, Any]
) -> str:
    """Return the drift in words; `means` are the mean probabilities, the earlier one first."""
    moved = f"{counts[MUCH]} of {features} features drifted much (PSI above {LARGE})"
    some = f"{counts[SOME]} moderately (above {MODERATE})"
    text = f"{moved}, {some}"
    if scores["psi"] is not None:
        text += f"; the PSI of the {SHAPE} is {scores['psi']:.2f}: {scores['level']}. "
        text += f"The mean score is {means[1]:.1%}, after {means[0]:.1%} at the validation cutoff"
    return text + "."
