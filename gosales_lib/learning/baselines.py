"""The naive rivals that every model must beat: what a careful person does without one."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from gosales_lib.learning.encoding import SignedLog

Floats = NDArray[np.float64]
NAIVE = ("base_rate", "recency", "frequency")
"""Those that learn nothing from labels; `rfm_logistic` does."""
RFM = (
    "own_days_since_order",
    "own_orders_all",
    "own_gp_all",
    "days_since_order",
    "orders_all",
    "gp_all",
)


def recency(features: pd.DataFrame) -> Floats:
    """Score by the last purchase in the division; who has none comes after, by the last order."""
    never = 1e6  # days: later than any purchase
    own = features["own_days_since_order"].fillna(never)
    return -(own + features["days_since_order"].fillna(never) / never).to_numpy(float)


def frequency(features: pd.DataFrame) -> Floats:
    """Score by the number of orders in the division; ties by the orders in all of them."""
    everywhere = features["orders_all"].fillna(0)
    return (features["own_orders_all"].fillna(0) + everywhere / 1e6).to_numpy(float)


def rfm_logistic(features: pd.DataFrame, bought: ArrayLike) -> Pipeline:
    """Return a logistic regression on recency, frequency and monetary, here and everywhere."""
    model = make_pipeline(SignedLog(), StandardScaler(), LogisticRegression(max_iter=1000))
    return model.fit(features[list(RFM)].astype(float), np.asarray(bought))


def scores(training: pd.DataFrame, bought: ArrayLike, features: pd.DataFrame) -> dict[str, Floats]:
    """Return every rival's score for the rows of `features`; two are probabilities.

    Returns
    -------
    dict
        base_rate (probability), recency, frequency, rfm_logistic (probability; the base rate
        where the training labels are all alike).
    """
    rate = float(np.mean(np.asarray(bought, float))) if len(training) else 0.0
    found = {
        "base_rate": np.full(len(features), rate),
        "recency": recency(features),
        "frequency": frequency(features),
    }
    if 0 < rate < 1:
        model = rfm_logistic(training, bought)
        rfm = model.predict_proba(features[list(RFM)].astype(float))[:, 1]
    else:
        rfm = found["base_rate"]
    return found | {"rfm_logistic": rfm}
