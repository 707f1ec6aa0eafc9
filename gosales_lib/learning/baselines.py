"""The baselines: the simple rankings that every model is compared with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from gosales_lib.core.arrays import Floats
from gosales_lib.learning.models import Logistic, Split, lifetimes

LEARNED = "rfm_logistic"
"""The baseline that is trained on labels: tuned, calibrated and refitted like the candidates."""
NAIVE = ("base_rate", "recency", "frequency", "mbg_nbd", LEARNED)
PROBABILITIES = ("base_rate", LEARNED)
WINDOW_DAYS = 182.0
"""The horizon of `mbg_nbd`; the order of its probabilities hardly depends on it."""


class Rfm(Logistic):
    """Logistic regression on recency, frequency and monetary value.

    The features cover the division and all divisions, the last year and all time. They are logs,
    standardised, with a flag for "never bought". The penalty is chosen on the validation cutoffs.
    Source: Hughes, "Strategic Database Marketing" (1994).
    """

    GRID: tuple[float, ...] = (0.0003, 0.001, 0.01, 0.1, 1.0)
    COLUMNS = tuple(
        f"{prefix}{column}"
        for prefix in ("own_", "")
        for column in ("days_since_order", "orders_12m", "orders_all", "gp_12m", "gp_all")
    )

    def fit(self, features: pd.DataFrame, bought: ArrayLike) -> Rfm:
        """Train on those of the columns that the matrix has."""
        super().fit(self._own(features), bought)
        return self

    def validate(self, splits: Sequence[Split]) -> list[Floats]:
        """Choose the penalty by the mean log loss of the splits."""
        answer: list[Floats] = super().validate([
            Split(s.validation, self._own(s.features), s.bought, self._own(s.later), s.later_bought)
            for s in splits
        ])  # fmt: skip
        return answer

    def odds(self, features: pd.DataFrame) -> Floats:
        """Return the linear predictor."""
        answer: Floats = super().odds(self._own(features))
        return answer

    def _own(self, features: pd.DataFrame) -> pd.DataFrame:
        return features[[name for name in self.COLUMNS if name in features.columns]].astype(float)


def recency(features: pd.DataFrame) -> Floats:
    """Score by the last purchase in the division; customers without one follow by last order."""
    never = 1e6  # days: later than any purchase
    own = features["own_days_since_order"].fillna(never)
    answer: Floats = -(own + features["days_since_order"].fillna(never) / never).to_numpy(float)
    return answer


def frequency(features: pd.DataFrame) -> Floats:
    """Score by the number of orders in the division; ties by the orders in all of them."""
    everywhere = features["orders_all"].fillna(0)
    answer: Floats = (features["own_orders_all"].fillna(0) + everywhere / 1e6).to_numpy(float)
    return answer


def mbg_nbd(features: pd.DataFrame) -> Floats:
    """Score by the probability of another purchase in the division, MBG/NBD fitted to its buyers.

    Customers new to the division come after, and ties, by the number of orders in all divisions.
    No labels are used: the four parameters are fitted to the rows themselves. Where
    the matrix lacks the day of the first purchase, it is `frequency`.
    Source: `lifetimes.log_likelihood`.
    """
    if "own_days_since_first" not in features:
        return frequency(features)
    days = "own_order_days" if "own_order_days" in features else "own_orders_all"
    orders, first, since = (
        features[name].to_numpy(float)
        for name in (days, "own_days_since_first", "own_days_since_order")
    )
    buyers = np.nan_to_num(orders) > 0
    buyers &= ~np.isnan(first) & ~np.isnan(since)
    score = features["orders_all"].fillna(0).to_numpy(float) / 1e9
    if buyers.any():
        x, age = orders[buyers] - 1, first[buyers] / lifetimes.YEAR
        last = age - since[buyers] / lifetimes.YEAR
        parameters = lifetimes.fit(x, last, age)
        window = WINDOW_DAYS / lifetimes.YEAR
        score[buyers] += lifetimes.purchase_probability(parameters, x, last, age, window)
    answer: Floats = score
    return answer


def scores(rate: float, features: pd.DataFrame, learned: Floats | None) -> dict[str, Floats]:
    """Return every baseline's score for the rows of `features`, by name; two are probabilities.

    Parameters
    ----------
    rate
        The share of buyers among the training rows.
    learned
        The probabilities of `Rfm`; the base rate where it could not be trained.
    """
    base_rate = np.full(len(features), rate)
    rfm = base_rate if learned is None else learned
    every = (base_rate, recency(features), frequency(features), mbg_nbd(features), rfm)
    return dict(zip(NAIVE, every, strict=True))
