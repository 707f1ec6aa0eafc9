"""Calibration: a map from a model's log odds to probabilities that mean what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize
from sklearn.isotonic import IsotonicRegression

from gosales_lib.learning import metrics
from gosales_lib.learning.models import expit, logit
from gosales_lib.learning.rows import rarer

Floats = NDArray[np.float64]
FEW_POSITIVES = 30
"""Fewer than this only shift the intercept: a slope would be noise."""
MANY_POSITIVES = 500
"""Isotonic regression needs them: it has as many steps as it likes."""


class Unchanged:
    """Leaves the odds as they are: nobody bought, so there is nothing to calibrate on."""

    def fit(self, odds: Floats, bought: Floats) -> Unchanged:
        """Do nothing."""
        return self

    def __call__(self, odds: ArrayLike) -> Floats:
        """Return the probabilities."""
        return expit(odds)


class Shift(Unchanged):
    """Adds a constant to the log odds: the mean is right, the ranking and spread stay."""

    def fit(self, odds: Floats, bought: Floats) -> Shift:
        """Learn the intercept."""
        weight = self._prior(bought)
        self.intercept_ = float(
            minimize(lambda b: _loss(odds + b[0], bought, weight), np.zeros(1)).x[0]
        )
        return self

    @staticmethod
    def _prior(bought: Floats) -> Floats:
        """Return targets drawn in from 0 and 1 (Platt, 1999), so that few rows stay finite."""
        positive, negative = bought.sum(), len(bought) - bought.sum()
        return np.where(bought > 0, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def __call__(self, odds: ArrayLike) -> Floats:
        """Return the probabilities."""
        return expit(np.asarray(odds, float) + self.intercept_)


class Platt(Shift):
    """A line through the log odds.

    Source: Platt, "Probabilistic outputs for support vector machines" (1999).
    """

    def fit(self, odds: Floats, bought: Floats) -> Platt:
        """Learn slope and intercept; the slope is never below 0.05, so ranks never turn round."""
        target = self._prior(bought)
        found = minimize(
            lambda b: _loss(b[0] * odds + b[1], bought, target),
            np.array([1.0, 0.0]),
            bounds=[(0.05, 5.0), (None, None)],
        ).x
        self.slope_, self.intercept_ = float(found[0]), float(found[1])
        return self

    def __call__(self, odds: ArrayLike) -> Floats:
        """Return the probabilities."""
        return expit(self.slope_ * np.asarray(odds, float) + self.intercept_)


class Beta(Platt):
    """A line through log p and log (1 - p), both rising.

    Source: Kull, Silva Filho and Flach, "Beta calibration" (2017).
    """

    def fit(self, odds: Floats, bought: Floats) -> Beta:
        """Learn both slopes and the intercept."""
        target, p = self._prior(bought), expit(odds)
        up, down = np.log(p + 1e-12), -np.log1p(-p + 1e-12)
        found = minimize(
            lambda b: _loss(b[0] * up + b[1] * down + b[2], bought, target),
            np.array([1.0, 1.0, 0.0]),
            bounds=[(0.01, 5.0), (0.01, 5.0), (None, None)],
        ).x
        self.coefficients_ = [float(c) for c in found]
        return self

    def __call__(self, odds: ArrayLike) -> Floats:
        """Return the probabilities."""
        a, b, c = self.coefficients_
        p = expit(odds)
        return expit(a * np.log(p + 1e-12) - b * np.log1p(-p + 1e-12) + c)


class Isotonic(Shift):
    """A rising staircase; within a step the log odds keep their order by a hair.

    Source: Zadrozny and Elkan, "Transforming classifier scores" (2002).
    """

    def fit(self, odds: Floats, bought: Floats) -> Isotonic:
        """Learn the steps."""
        self.steps_ = IsotonicRegression(y_min=1e-4, y_max=1 - 1e-4, out_of_bounds="clip")
        self.steps_.fit(odds, bought)
        return self

    def __call__(self, odds: ArrayLike) -> Floats:
        """Return the probabilities; ties of a step are told apart by 1e-6 of the log odds."""
        return 0.999 * self.steps_.predict(np.asarray(odds, float)) + 0.001 * expit(odds)


def _loss(odds: Floats, bought: Floats, target: Floats) -> float:
    """Return the cross-entropy of log odds against (softened) targets."""
    return float(np.mean(np.logaddexp(0, odds) - target * odds))


METHODS = {"none": Unchanged, "shift": Shift, "platt": Platt, "beta": Beta, "isotonic": Isotonic}


@dataclass(frozen=True)
class Calibration:
    """The chosen map, each method's Brier score, and the chosen one's values out of fold."""

    method: str
    calibrator: Unchanged
    brier: dict[str, float]
    out_of_fold: Floats

    def __call__(self, odds: ArrayLike) -> Floats:
        """Return calibrated probabilities."""
        return self.calibrator(odds)


def allowed(positives: int) -> list[str]:
    """Return the methods that so many positives can carry."""
    if positives == 0:
        return ["none"]
    if positives < FEW_POSITIVES:
        return ["shift"]
    return ["platt", "beta"] + (["isotonic"] if positives >= MANY_POSITIVES else [])


def choose(odds: ArrayLike, bought: ArrayLike, *, folds: int = 5, seed: int = 17) -> Calibration:
    """Return the calibration with the least Brier score over folds of out-of-time rows.

    Parameters
    ----------
    odds, bought
        The candidate's log odds on rows that it never saw, and what happened.
    """
    odds, bought = np.asarray(odds, float), np.asarray(bought, float)
    fold = np.random.default_rng(seed).permutation(len(odds)) % folds
    brier, kept = {}, {}
    for name in allowed(rarer(bought)):
        out = np.empty_like(odds)
        for k in range(folds):
            fitted = METHODS[name]().fit(odds[fold != k], bought[fold != k])
            out[fold == k] = fitted(odds[fold == k])
        brier[name], kept[name] = metrics.brier(bought, out), out
    method = min(brier, key=brier.__getitem__)
    return Calibration(method, METHODS[method]().fit(odds, bought), brier, kept[method])


def shift_between(probability: ArrayLike, bought: ArrayLike) -> float:
    """Return what must be added to the log odds so that the mean promised is what happened."""
    odds, happened = logit(probability), float(np.mean(np.asarray(bought, float)))
    if not 0 < happened < 1:
        return 0.0
    return float(brentq(lambda shift: expit(odds + shift).mean() - happened, -12, 12))


def line(probability: ArrayLike, bought: ArrayLike) -> dict[str, float]:
    """Return the slope and intercept of a logistic regression of the outcome on the log odds."""
    fitted = Platt().fit(logit(probability), np.asarray(bought, float))
    return {"slope": fitted.slope_, "intercept": fitted.intercept_}


def summary(probability: ArrayLike, bought: ArrayLike) -> dict[str, float]:
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
