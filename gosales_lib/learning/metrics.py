"""Measures of a ranking and of a probability, each with its definition, and their intervals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Weights = NDArray[Any]  # of whole or other numbers
NAMES = (
    "auc",
    "average_precision",
    "brier",
    "log_loss",
    "lift_5",
    "lift_10",
    "lift_20",
    "capture_10",
)
"""The keys of `evaluate`; `brier` and `log_loss` are better when lower, the others when higher."""


def gains(
    bought: ArrayLike, score: ArrayLike, weight: Weights | None = None
) -> tuple[Floats, Floats]:
    """Return the gains curve: the share of customers taken, best first, and of positives captured.

    Tied scores are taken together, so the curve runs straight through them: the mean over every
    order of the ties. `weight` counts a customer so many times (bootstrap).
    Source: cumulative gains, Provost and Fawcett, Data Science for Business (2013), ch. 8.
    """
    positive, score = np.asarray(bought, float), np.asarray(score, float)
    weight = np.ones_like(positive) if weight is None else np.asarray(weight, float)
    order = np.argsort(-score, kind="stable")
    taken, captured = np.cumsum(weight[order]), np.cumsum((weight * positive)[order])
    last_of_tie = np.append(np.diff(score[order]) != 0, True)
    taken, captured = taken[last_of_tie], captured[last_of_tie]
    share = np.concatenate([[0.0], taken / taken[-1]])
    return share, np.concatenate([[0.0], captured / captured[-1]])


def capture(
    bought: ArrayLike, score: ArrayLike, top: float, weight: Weights | None = None
) -> float:
    """Return the share of all positives in the best `top` share of customers."""
    return float(np.interp(top, *gains(bought, score, weight)))


def lift(bought: ArrayLike, score: ArrayLike, top: float, weight: Weights | None = None) -> float:
    """Return the base rate in the best `top` share over the base rate of all: capture / top."""
    return capture(bought, score, top, weight) / top


def gross_profit_lift(gross_profit: ArrayLike, score: ArrayLike, top: float) -> float | None:
    """Return the share of the gross profit in the best `top` share of customers, over `top`.

    A sale at a loss counts as 0, as nobody would be called for it. None where nothing was earned.
    """
    earned = np.maximum(np.asarray(gross_profit, float), 0.0)
    return lift(earned, score, top) if earned.sum() > 0 else None


def auc(bought: ArrayLike, score: ArrayLike, weight: Weights | None = None) -> float:
    """Return the chance that a positive outranks a negative, ties counted half (Mann-Whitney)."""
    positive = np.asarray(bought, float)
    weight = np.ones_like(positive) if weight is None else np.asarray(weight, float)
    share, captured = gains(positive, score, weight)
    rate = np.average(positive, weights=weight)
    area = np.trapezoid(captured, share)
    return float((area - rate / 2) / (1 - rate))


def auc_above_chance(bought: ArrayLike, score: ArrayLike) -> float:
    """Return how many standard errors the AUC lies above 0.5, were the ranking pure chance.

    Source: Mann and Whitney (1947), the normal approximation of their test.
    """
    positives = float(np.sum(np.asarray(bought, float)))
    negatives = np.size(bought) - positives
    error = np.sqrt((positives + negatives + 1) / (12 * positives * negatives))
    return (auc(bought, score) - 0.5) / float(error)


def average_precision(bought: ArrayLike, score: ArrayLike, weight: Weights | None = None) -> float:
    """Return the sum of precision times the step in recall, one step a distinct score.

    Source: scikit-learn's definition of average_precision_score.
    """
    positive = np.asarray(bought, float)
    share, captured = gains(positive, score, weight)
    rate = np.average(positive, weights=weight)
    taken = np.where(share[1:] > 0, share[1:], 1.0)  # a tie that a bootstrap never drew
    return float(np.sum(np.diff(captured) * captured[1:] * rate / taken))


def brier(bought: ArrayLike, probability: ArrayLike, weight: Weights | None = None) -> float:
    """Return the mean squared error of the probability (Brier, 1950)."""
    error = (np.asarray(bought, float) - np.asarray(probability, float)) ** 2
    return float(np.average(error, weights=weight))


def brier_skill(bought: ArrayLike, probability: ArrayLike) -> float:
    """Return 1 - Brier / Brier of the base rate: 0 is no better than the base rate, 1 perfect."""
    rate = float(np.mean(np.asarray(bought, float)))
    return 1 - brier(bought, probability) / (rate * (1 - rate))


def log_loss(bought: ArrayLike, probability: ArrayLike, weight: Weights | None = None) -> float:
    """Return the mean negative log-likelihood in nats; probabilities are kept 1e-12 off 0 and 1."""
    positive = np.asarray(bought, float)
    p = np.clip(np.asarray(probability, float), 1e-12, 1 - 1e-12)
    return float(np.average(-positive * np.log(p) - (1 - positive) * np.log1p(-p), weights=weight))


def evaluate(
    bought: ArrayLike, score: ArrayLike, *, probability: bool = True
) -> dict[str, float | None]:
    """Return every measure of `NAMES`; null where only one class is there to tell.

    Parameters
    ----------
    probability
        False for a score that is not one: Brier and log loss are null then.
    """
    positive = np.asarray(bought, float)
    if positive.size == 0 or positive.min() == positive.max():
        return dict.fromkeys(NAMES)
    return {
        "auc": auc(positive, score),
        "average_precision": average_precision(positive, score),
        "brier": brier(positive, score) if probability else None,
        "log_loss": log_loss(positive, score) if probability else None,
        "lift_5": lift(positive, score, 0.05),
        "lift_10": lift(positive, score, 0.10),
        "lift_20": lift(positive, score, 0.20),
        "capture_10": capture(positive, score, 0.10),
    }


Measure = Callable[[ArrayLike, ArrayLike, Weights | None], float]


def bootstrap(
    bought: ArrayLike,
    scores: Mapping[str, ArrayLike],
    measure: Measure,
    *,
    draws: int = 400,
    seed: int = 17,
) -> dict[str, Floats]:
    """Return `measure` of every score on the same bootstrap samples of customers.

    Because the samples are shared, the difference of two entries is the bootstrap of their
    difference. Draws with one class only are left out.
    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993).
    """
    positive = np.asarray(bought, float)
    generator = np.random.default_rng(seed)
    values: dict[str, list[float]] = {name: [] for name in scores}
    for _ in range(draws):
        weight = generator.multinomial(positive.size, np.full(positive.size, 1 / positive.size))
        if 0 < weight @ positive < positive.size:
            for name, score in scores.items():
                values[name].append(measure(positive, score, weight))
    return {name: np.asarray(drawn) for name, drawn in values.items()}


def interval(drawn: Floats, level: float = 0.95) -> tuple[float, float] | None:
    """Return the percentile interval of bootstrap draws; null where there are none."""
    if not len(drawn):
        return None
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def wilson(share: Floats, count: Floats, z: float = 1.959964) -> tuple[Floats, Floats]:
    """Return the 95% interval of shares of `count` customers (Wilson, 1927)."""
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return centre - half, centre + half
