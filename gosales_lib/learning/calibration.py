"""Calibration: maps a model's log odds to calibrated probabilities by a line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize

from gosales_lib.core.arrays import Floats
from gosales_lib.learning import metrics
from gosales_lib.learning.models import expit, logit
from gosales_lib.learning.rows import FEW_BUYERS, rarer

FOLDS = 5
FEW_POSITIVES = 30
"""With fewer buyers (or others) over all validation cutoffs the slope is 1: estimates are noise."""
SHRUNK = 0.5
"""The share of the slope's logarithm that is kept. The refitted model has more training data than
the validated ones, so its odds need less correction. Half was best among 0, 0.5, 0.75 and 1."""


@dataclass(frozen=True)
class Calibration:
    """The map `slope * (odds - centre) + centre + shift` from log odds to log odds.

    Parameters
    ----------
    method
        `platt` (slope and level), `shift` (level alone) or `none` (no customer bought).
    slope
        Above 1 spreads the odds, below 1 draws them together; the order always stays.
    centre
        The log odds of the share of buyers, where the slope changes nothing.
    shift
        What the level of the window to come adds to the log odds.
    Source: Platt, "Probabilistic outputs for support vector machines" (1999).
    """

    method: str = "none"
    slope: float = 1.0
    centre: float = 0.0
    shift: float = 0.0

    def __call__(self, odds: ArrayLike) -> Floats:
        """Return calibrated probabilities, one per value."""
        return expit(
            self.slope * (np.asarray(odds, float) - self.centre) + self.centre + self.shift
        )

    def moved(self, shift: float) -> Calibration:
        """Return the same slope at another level."""
        return replace(self, shift=shift)


def fit(odds: Sequence[Floats], bought: Sequence[Floats], rate: float) -> Calibration:
    """Return the calibration whose slope fits out-of-time odds, at the level of `rate`.

    The slope is common to all validation cutoffs, the level is each one's own: seasons move the
    level from window to window, and `learning.level` forecasts it for the window to come.

    Parameters
    ----------
    odds, bought
        By validation cutoff: a candidate's log odds on rows that it was not trained on, and the
        outcome (0 or 1).
    rate
        The share of buyers in all closed windows.
    """
    pairs = [
        (np.asarray(o, float), np.asarray(b, float))
        for o, b in zip(odds, bought, strict=True)
        if 0 < np.sum(b) < len(b)
    ]
    positives = sum(rarer(outcome) for _, outcome in pairs)
    centre = float(logit(rate))
    if not pairs:
        return Calibration("none", centre=centre)
    if positives < FEW_POSITIVES:
        return Calibration("shift", centre=centre)
    return Calibration("platt", slope_of(pairs) ** SHRUNK, centre)


def slope_of(pairs: Sequence[tuple[Floats, Floats]]) -> float:
    """Return the slope of a logistic regression with an intercept per validation cutoff."""
    rows = sum(len(odds) for odds, _ in pairs)

    def loss(line: Floats) -> tuple[float, Floats]:
        total, gradient = 0.0, np.zeros(len(line))
        for i, (odds, outcome) in enumerate(pairs, 1):
            value = line[0] * odds + line[i]
            total += float(np.sum(np.logaddexp(0, value) - outcome * value))
            residual = expit(value) - outcome
            gradient[0] += residual @ odds
            gradient[i] = residual.sum()
        return total / rows, gradient / rows

    start = np.array([1.0, *np.zeros(len(pairs))])
    bounds = [(0.1, 4.0), *[(None, None)] * len(pairs)]
    return float(minimize(loss, start, jac=True, bounds=bounds).x[0])


def out_of_fold(odds: Floats, bought: Floats, customers: NDArray[Any], *, seed: int = 17) -> Floats:
    """Return probabilities of one validation cutoff, each calibrated without its customer.

    Slope and level are fitted to the other folds' customers, so that no row is measured by a
    calibration that was fitted to it. The order of the odds is kept within each fold.
    """
    fold = np.random.default_rng(seed).permutation(len(customers)) % FOLDS
    calibrated = np.empty(len(odds))
    for k in range(FOLDS):
        rest = fold != k
        line = fit([odds[rest]], [bought[rest]], 0.5)  # at any level: the shift gives the right one
        line = line.moved(shift_between(line(odds[rest]), bought[rest]))
        calibrated[~rest] = line(odds[~rest])
    return calibrated


def shift_between(probability: ArrayLike, bought: ArrayLike) -> float:
    """Return the shift of the log odds at which the mean prediction equals the observed mean.

    0 if no customer bought, or all did.
    """
    odds, observed = logit(probability), np.asarray(bought, float)
    if not 0 < observed.sum() < observed.size:
        return 0.0
    rate = float(observed.mean())
    return float(brentq(lambda shift: expit(odds + shift).mean() - rate, -15, 15))


def line(probability: ArrayLike, bought: ArrayLike) -> dict[str, float | None]:
    """Return the slope and intercept of a logistic regression of the outcome on the log odds.

    Both are None where fewer than `FEW_BUYERS` customers bought, or did not buy. The slope is held
    within 0.05 and 5, and targets are drawn in from 0 and 1 (Platt, 1999), so that few rows stay
    finite.
    """
    if rarer(bought) < FEW_BUYERS:
        return dict.fromkeys(("slope", "intercept"))
    odds, outcome = logit(probability), np.asarray(bought, float)
    positive, negative = outcome.sum(), len(outcome) - outcome.sum()
    target = np.where(outcome > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def loss(given: Floats) -> float:
        value = given[0] * odds + given[1]
        return float(np.mean(np.logaddexp(0, value) - target * value))

    fitted = minimize(loss, np.array([1.0, 0.0]), bounds=[(0.05, 5.0), (None, None)]).x
    return {"slope": float(fitted[0]), "intercept": float(fitted[1])}


def summary(probability: ArrayLike, bought: ArrayLike) -> dict[str, float | None]:
    """Return calibration slope and intercept, and the expected calibration error.

    The slope (1 is right) and intercept (0 is right) are of a logistic regression of the outcome
    on the log odds; the error, with its 95% interval, is `metrics.expected_calibration_error`.
    Source: Van Calster et al., "Calibration: the Achilles heel of predictive analytics" (2019).
    """
    p, bought = np.asarray(probability, float), np.asarray(bought, float)
    error = metrics.expected_calibration_error
    drawn = [error(bought, p, weight) for weight in metrics.resamples(len(p), 200, seed=17)]
    low, high = np.quantile(drawn, [0.025, 0.975])
    return {
        **line(p, bought),
        "expected_calibration_error": error(bought, p),
        "expected_calibration_error_low": float(low),
        "expected_calibration_error_high": float(high),
        "mean_probability": float(p.mean()),
        "base_rate": float(bought.mean()),
    }
