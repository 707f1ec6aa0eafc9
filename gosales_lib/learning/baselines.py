"""The naive rivals that every model must beat: what a careful person does without one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gosales_lib.learning.models import Logistic

Floats = NDArray[np.float64]
NAIVE = ("base_rate", "recency", "frequency", "rfm_logistic")
PROBABILITIES = ("base_rate", "rfm_logistic")
LEARNED = "rfm_logistic"
"""The one that learns from labels: tuned, calibrated and refitted as the candidates are."""


class Rfm(Logistic):
    """Logistic regression on recency, frequency and monetary, as a careful analyst would fit it.

    Of the division and of all of them, of the last year and ever; on logs, standardised, who never
    bought told apart, the penalty searched on the selection cutoff.
    Source: Hughes, "Strategic Database Marketing" (1994).
    """

    GRID: tuple[float, ...] = (0.0003, 0.001, 0.01, 0.1, 1.0)
    COLUMNS = tuple(
        f"{prefix}{column}"
        for prefix in ("own_", "")
        for column in ("days_since_order", "orders_12m", "orders_all", "gp_12m", "gp_all")
    )

    def fit(
        self, features: pd.DataFrame, bought: ArrayLike, weight: ArrayLike | None = None
    ) -> Rfm:
        """Learn from those of its columns that the matrix has."""
        known = [name for name in self.COLUMNS if name in features.columns]
        super().fit(features[known], bought, weight)
        return self


def recency(features: pd.DataFrame) -> Floats:
    """Score by the last purchase in the division; who has none comes after, by the last order."""
    never = 1e6  # days: later than any purchase
    own = features["own_days_since_order"].fillna(never)
    return -(own + features["days_since_order"].fillna(never) / never).to_numpy(float)


def frequency(features: pd.DataFrame) -> Floats:
    """Score by the number of orders in the division; ties by the orders in all of them."""
    everywhere = features["orders_all"].fillna(0)
    return (features["own_orders_all"].fillna(0) + everywhere / 1e6).to_numpy(float)


def scores(rate: float, features: pd.DataFrame, learned: Floats | None) -> dict[str, Floats]:
    """Return every rival's score for the rows of `features`, by name; two are probabilities.

    Parameters
    ----------
    rate
        The share of buyers among the rows to learn from.
    learned
        The probabilities of `Rfm`; the base rate stands in where it could learn nothing.
    """
    base_rate = np.full(len(features), rate)
    rfm = base_rate if learned is None else learned
    found = (base_rate, recency(features), frequency(features), rfm)
    return dict(zip(NAIVE, found, strict=True))
