"""What every candidate is: log odds of a purchase from a feature matrix."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

Floats = NDArray[np.float64]
ODDS_LIMIT = 1e-6


def logit(probability: ArrayLike) -> Floats:
    """Return the log odds of probabilities, kept 1e-6 off 0 and 1."""
    p = np.clip(np.asarray(probability, float), ODDS_LIMIT, 1 - ODDS_LIMIT)
    return np.log(p / (1 - p))


def expit(odds: ArrayLike) -> Floats:
    """Return the probabilities of log odds."""
    return 1 / (1 + np.exp(-np.asarray(odds, float)))


def by_feature(values: Floats, names: Sequence[str]) -> pd.DataFrame:
    """Return contributions summed to features: `x missing` and `x=level` count to `x`."""
    plain = [name.removesuffix(" missing").split("=")[0] for name in names]
    return pd.DataFrame(values, columns=list(names)).T.groupby(plain, sort=False).sum().T


def of_both_kinds(
    features: pd.DataFrame, bought: ArrayLike, weight: ArrayLike | None
) -> tuple[pd.DataFrame, NDArray[np.int8], ArrayLike | None]:
    """Return the rows to learn from; where all or none bought, with one more row that did not.

    (Or did.) The first row stands for it, so that the odds are finite: a rule of succession.
    Source: Laplace, "Essai philosophique sur les probabilités" (1814).
    """
    answers = np.asarray(bought).astype(np.int8)
    if not len(answers) or 0 < answers.sum() < len(answers):
        return features, answers, weight
    more = pd.concat([features, features.iloc[:1]], ignore_index=True)
    weights = None if weight is None else np.append(np.asarray(weight, float), 1.0)
    return more, np.append(answers, 1 - answers[0]), weights


class Candidate(ClassifierMixin, BaseEstimator):
    """A classifier of feature matrices (pandas, text columns allowed) that can tune itself.

    `fit(features, bought, weight)` learns; `tune(...)` is given the later rows of the selection
    cutoff as well, keeps what does best there in its own parameters and is fitted afterwards to
    the training rows only; `predict_proba(features)` has two columns, the second is a purchase.
    """

    def fit(
        self, features: pd.DataFrame, bought: ArrayLike, weight: ArrayLike | None = None
    ) -> Candidate:
        """Learn from the rows of `features`; `bought` is 0 or 1."""
        raise NotImplementedError

    def tune(
        self,
        features: pd.DataFrame,
        bought: ArrayLike,
        weight: ArrayLike | None,
        later: pd.DataFrame,
        later_bought: ArrayLike,
    ) -> Candidate:
        """Choose parameters on `later`; fit to `features` alone."""
        return self.fit(features, bought, weight)

    def odds(self, features: pd.DataFrame) -> Floats:
        """Return the log odds of a purchase, one a row."""
        raise NotImplementedError

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return what each feature adds to the log odds: a row a customer, a column a feature."""
        return pd.DataFrame(index=features.index)

    def predict_proba(self, features: pd.DataFrame) -> Floats:
        """Return the probabilities of no purchase and of one: shape (rows, 2)."""
        p = expit(self.odds(features))
        return np.column_stack([1 - p, p])
