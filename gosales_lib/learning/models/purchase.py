"""Candidates that count: the base rate, and buying at random at one's own pace."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.optimize import brentq

from gosales_lib.features.families import expected
from gosales_lib.learning.models.base import Candidate, Floats, logit


class BaseRate(Candidate):
    """The share of buyers, the same for everybody; one buyer and one other are added."""

    def fit(
        self, features: pd.DataFrame, bought: ArrayLike, weight: ArrayLike | None = None
    ) -> BaseRate:
        """Count."""
        self.rate_ = (float(np.asarray(bought).sum()) + 1) / (len(features) + 2)
        self.classes_ = np.array([0, 1])
        return self

    def odds(self, features: pd.DataFrame) -> Floats:
        """Return the log odds of the share."""
        return np.full(len(features), float(logit(self.rate_)))


class GammaPoisson(Candidate):
    """The statistician's rival: nothing learned but how often, how lately and for how long.

    While alive a customer orders at their own steady pace and may be gone after any order
    (BG/NBD over all divisions); in the division the pace is drawn to everybody's (gamma-Poisson).
    A purchase is at least one order in the window, whose length is learned from the base rate.
    Source: Fader, Hardie and Lee, "Counting your customers the easy way" (2005).
    """

    NEEDED = ("order_days", "tenure_days", "days_since_order", "own_order_days")

    def fit(
        self, features: pd.DataFrame, bought: ArrayLike, weight: ArrayLike | None = None
    ) -> GammaPoisson:
        """Fit the four parameters of the pace, and the days that give the share of buyers."""
        rate = float(np.clip(np.mean(np.asarray(bought, float)), 1e-6, 1 - 1e-6))
        self.classes_, self.rate_ = np.array([0, 1]), rate
        self.told_ = all(name in features.columns for name in self.NEEDED)
        if not self.told_:
            return self
        repeats, last, age, own = self._history(features)
        self.parameters_ = expected.fit(repeats, last, age)
        counted = np.maximum(age, 1.0)
        self.mean_ = max(float(own.sum() / counted.sum()), 1e-9)
        excess = ((own - self.mean_ * counted) ** 2 - self.mean_ * counted).sum()
        shape = ((self.mean_ * counted) ** 2).sum() / max(float(excess), 1e-9)
        self.shape_ = float(np.clip(shape, 0.01, 100.0))
        pace = self._pace(features)

        def surplus(days: float) -> float:
            return float(-np.expm1(-pace * days).mean()) - rate

        self.days_ = brentq(surplus, 1e-6, 1e5) if surplus(1e5) > 0 else 1e5
        return self

    def _history(self, features: pd.DataFrame) -> tuple[Floats, Floats, Floats, Floats]:
        days, age, since, own = (features[name].fillna(0).to_numpy(float) for name in self.NEEDED)
        return np.maximum(days - 1, 0), np.maximum(age - since, 0), age, own

    def _pace(self, features: pd.DataFrame) -> Floats:
        """Return the orders a day that are to be expected of each customer in the division."""
        repeats, last, age, own = self._history(features)
        alive = expected.probability_alive(self.parameters_, repeats, last, age)
        drawn = (self.shape_ + own) / (self.shape_ / self.mean_ + np.maximum(age, 1.0))
        return alive * drawn

    def odds(self, features: pd.DataFrame) -> Floats:
        """Return the log odds of at least one order; the base rate's without the history."""
        if not self.told_:
            return np.full(len(features), float(logit(self.rate_)))
        return logit(-np.expm1(-self._pace(features) * self.days_))
