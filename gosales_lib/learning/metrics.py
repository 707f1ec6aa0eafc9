"""Measures of a ranking and of a probability, each with its definition, and their intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gosales_lib.core.arrays import Floats
from gosales_lib.reports.measures import MEASURES

Weights = NDArray[Any]  # of whole or other numbers
NAMES = MEASURES
"""The keys of `Ranking.evaluate`, as `reports.measures` declares them."""


def gains(
    bought: ArrayLike, score: ArrayLike, weight: Weights | None = None
) -> tuple[Floats, Floats]:
    """Return the gains curve: the share of customers, best first, and of positives among them.

    Tied scores are taken together, so the curve runs straight through them: the mean over every
    order of the ties. `weight` is how many times each customer counts (bootstrap).
    Source: cumulative gains, Provost and Fawcett, Data Science for Business (2013), ch. 8.
    """
    positive, score = np.asarray(bought, float), np.asarray(score, float)
    weight = np.ones_like(positive) if weight is None else np.asarray(weight, float)
    order = np.argsort(-score, kind="stable")
    last_of_tie = _last_of_tie(score[order])
    share = _shares(weight[order], last_of_tie)
    return share, _shares((weight * positive)[order], last_of_tie)


def _last_of_tie(descending: Floats) -> NDArray[Any]:
    return np.append(np.diff(descending) != 0, True)


def _shares(counted: Floats, last_of_tie: NDArray[Any]) -> Floats:
    """Return the share that is reached with each distinct score, from 0 to 1."""
    reached = np.cumsum(counted)[last_of_tie]
    return np.concatenate([[0.0], reached / reached[-1]])


def capture(
    bought: ArrayLike, score: ArrayLike, top: float, weight: Weights | None = None
) -> float:
    """Return the share of all positives in the best `top` share of customers."""
    return float(np.interp(top, *gains(bought, score, weight)))


def lift(bought: ArrayLike, score: ArrayLike, top: float, weight: Weights | None = None) -> float:
    """Return the base rate in the best `top` share over the base rate of all: capture / top.

    Examples
    --------
    Ten customers, two of them buyers; the best tenth holds one buyer.

    >>> bought = [1, 1, 0, 0, 0, 0, 0, 0, 0, 0]
    >>> lift(bought, [0.9, 0.4, 0.8, 0.3, 0.3, 0.2, 0.2, 0.1, 0.1, 0.1], 0.1)
    5.0
    """
    return capture(bought, score, top, weight) / top


def auc(bought: ArrayLike, score: ArrayLike, weight: Weights | None = None) -> float:
    """Return the chance that a positive outranks a negative, ties counted half (Mann-Whitney)."""
    return _auc(gains(bought, score, weight), rate_of(bought, weight))


def _auc(curve: tuple[Floats, Floats], rate: float) -> float:
    share, captured = curve
    return float((np.trapezoid(captured, share) - rate / 2) / (1 - rate))


def rate_of(bought: ArrayLike, weight: Weights | None = None) -> float:
    """Return the base rate: the share of positives."""
    return _mean(np.asarray(bought, float), weight)


def auc_above_chance(bought: ArrayLike, score: ArrayLike) -> float:
    """Return the distance of the AUC from 0.5 in standard errors of a ranking by pure chance.

    Source: Mann and Whitney (1947), the normal approximation of their test.
    """
    positives = float(np.sum(np.asarray(bought, float)))
    negatives = np.size(bought) - positives
    error = np.sqrt((positives + negatives + 1) / (12 * positives * negatives))
    return (auc(bought, score) - 0.5) / float(error)


def average_precision(bought: ArrayLike, score: ArrayLike, weight: Weights | None = None) -> float:
    """Return the sum of precision times the step in recall, one step per distinct score.

    Source: scikit-learn's definition of average_precision_score.
    """
    return _average_precision(gains(bought, score, weight), rate_of(bought, weight))


def _average_precision(curve: tuple[Floats, Floats], rate: float) -> float:
    share, captured = curve
    taken = np.where(share[1:] > 0, share[1:], 1.0)  # a tie that a bootstrap never drew
    return float(np.sum(np.diff(captured) * captured[1:] * rate / taken))


def _squared_error(bought: ArrayLike, probability: ArrayLike) -> Floats:
    """Return the squared error of each probability; their mean is the Brier score (Brier, 1950)."""
    error: Floats = (np.asarray(bought, float) - np.asarray(probability, float)) ** 2
    return error


def _mean(values: Floats, weight: Weights | None) -> float:
    return float(np.average(values, weights=weight))


def _skill(error: float, rate: float) -> float:
    """Return 1 - Brier / Brier of the base rate: 0 is no better than the base rate, 1 perfect.

    Source: Murphy, "Skill scores based on the mean square error" (1988).
    """
    return 1 - error / (rate * (1 - rate))


def log_loss(bought: ArrayLike, probability: ArrayLike, weight: Weights | None = None) -> float:
    """Return the mean negative log-likelihood in nats; probabilities stay 1e-12 off 0 and 1."""
    return _mean(_losses(bought, probability), weight)


def _losses(bought: ArrayLike, probability: ArrayLike) -> Floats:
    positive = np.asarray(bought, float)
    p = np.clip(np.asarray(probability, float), 1e-12, 1 - 1e-12)
    losses: Floats = -positive * np.log(p) - (1 - positive) * np.log1p(-p)
    return losses


def expected_calibration_error(
    bought: ArrayLike, probability: ArrayLike, weight: Weights | None = None, bins: int = 10
) -> float:
    """Return the mean gap between predicted and observed shares over `bins` equal groups.

    Customers of equal probability are in one group, so that the order of the rows changes nothing.
    Chance alone causes gaps, so the error of correct probabilities is above 0 too. A bootstrap
    sample adds gaps of its own, so that with few customers the interval may lie above the value.
    Source: Naeini, Cooper and Hauskrecht (2015).
    """
    p = np.asarray(probability, float)
    _, tie = np.unique(p, return_inverse=True)
    return _calibration_error(tie, p - np.asarray(bought, float), weight, bins)


def _calibration_error(
    tie: NDArray[Any], excess: Floats, weight: Weights | None, bins: int = 10
) -> float:
    weight = np.ones_like(excess) if weight is None else np.asarray(weight, float)
    customers = np.bincount(tie, weight)
    reached = np.cumsum(customers)
    share = (reached - customers / 2) / reached[-1]
    gap = np.bincount(tie, weight * excess)
    gaps = np.bincount((share * bins).astype(int), gap)
    return float(np.abs(gaps).sum() / reached[-1])


class Ranking:
    """Customers, best first, with all that stays the same when a bootstrap draws them again.

    Parameters
    ----------
    probability
        False for a score that is no probability: its measures of probabilities are None.
    gross_profit
        Of the window, one per customer; the lift by it is None without.

    Examples
    --------
    >>> measures = Ranking([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]).evaluate()
    >>> {name: round(measures[name], 3) for name in ("auc", "average_precision", "brier")}
    {'auc': 0.75, 'average_precision': 0.833, 'brier': 0.158}
    """

    def __init__(
        self,
        bought: ArrayLike,
        score: ArrayLike,
        *,
        probability: bool = True,
        gross_profit: ArrayLike | None = None,
    ) -> None:
        self.order = np.argsort(-np.asarray(score, float), kind="stable")
        self.bought = np.asarray(bought, float)[self.order]
        p = np.asarray(score, float)[self.order]
        self.last_of_tie = _last_of_tie(p)
        self.probability = probability
        if probability:
            self.squared_error, self.losses = _squared_error(self.bought, p), _losses(
                self.bought, p
            )
            self.tie, self.excess = np.unique(p, return_inverse=True)[1], p - self.bought
        self.earned: Floats | None = None
        if gross_profit is not None:
            self.earned = np.maximum(np.asarray(gross_profit, float)[self.order], 0.0)

    def evaluate(self, weight: Weights | None = None) -> dict[str, float | None]:
        """Return every measure of `NAMES`; None for each where all customers bought, or none.

        `weight` is how many times each customer counts, in the order that the class was given.
        """
        weight = np.ones(self.bought.size) if weight is None else weight[self.order].astype(float)
        rate = rate_of(self.bought, weight) if weight.size else 0.0
        measures: dict[str, float | None] = dict.fromkeys(NAMES)
        if not 0 < rate < 1:
            return measures
        share = _shares(weight, self.last_of_tie)
        curve = share, _shares(weight * self.bought, self.last_of_tie)
        captured = np.interp([0.05, 0.1, 0.2], *curve).tolist()
        measures |= {"auc": _auc(curve, rate), "average_precision": _average_precision(curve, rate)}
        measures |= {f"lift_{n}": c * 100 / n for n, c in zip((5, 10, 20), captured, strict=True)}
        measures["capture_10"] = captured[1]
        if self.probability:
            measures["brier"] = error = _mean(self.squared_error, weight)
            measures["brier_skill"] = _skill(error, rate)
            measures["log_loss"] = _mean(self.losses, weight)
            measures["expected_calibration_error"] = _calibration_error(
                self.tie, self.excess, weight
            )
        if self.earned is not None and (sold := self.earned * weight).any():
            captured_10 = np.interp(0.1, share, _shares(sold, self.last_of_tie))
            measures["gp_lift_10"] = float(captured_10) / 0.1
        return measures


Measure = Callable[[ArrayLike, ArrayLike, Weights | None], float]


def resamples(size: int, draws: int, seed: int) -> Iterator[Weights]:
    """Yield how often each of `size` customers is drawn into a bootstrap sample."""
    generator = np.random.default_rng(seed)
    for _ in range(draws):
        yield generator.multinomial(size, np.full(size, 1 / size))


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
    values: dict[str, list[float]] = {name: [] for name in scores}
    for weight in resamples(positive.size, draws, seed):
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


def wilson(share: Floats, count: Floats) -> tuple[Floats, Floats]:
    """Return the 95% interval of shares of `count` customers (Wilson, 1927)."""
    z = 1.959964
    centre = (share + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(share * (1 - share) / count + z**2 / (4 * count**2))
    return centre - half, centre + half
