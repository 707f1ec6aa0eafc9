"""The base class of candidates, which predict log odds of a purchase from a feature matrix."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin

from gosales_lib.core.arrays import Floats

ODDS_LIMIT = 1e-6


def logit(probability: ArrayLike) -> Floats:
    """Return the log odds of probabilities, which stay 1e-6 away from 0 and 1."""
    p = np.clip(np.asarray(probability, float), ODDS_LIMIT, 1 - ODDS_LIMIT)
    answer: Floats = np.log(p / (1 - p))
    return answer


def expit(odds: ArrayLike) -> Floats:
    """Return the probabilities of log odds."""
    answer: Floats = 1 / (1 + np.exp(-np.asarray(odds, float)))
    return answer


def by_feature(values: Floats, names: Sequence[str]) -> pd.DataFrame:
    """Return contributions summed to features: `x missing` and `x=level` count to `x`."""
    plain = [name.removesuffix(" missing").split("=")[0] for name in names]
    return pd.DataFrame(values, columns=list(names)).T.groupby(plain, sort=False).sum().T


def of_both_kinds(
    features: pd.DataFrame, bought: ArrayLike
) -> tuple[pd.DataFrame, NDArray[np.int8]]:
    """Return the rows to train on; if all or none bought, with one more row of the other outcome.

    The added row copies the first one. It keeps the odds finite: a rule of succession.
    Source: Laplace, "Essai philosophique sur les probabilités" (1814).
    """
    answers = np.asarray(bought).astype(np.int8)
    if not len(answers) or 0 < answers.sum() < len(answers):
        return features, answers
    more = pd.concat([features, features.iloc[:1]], ignore_index=True)
    return more, np.append(answers, 1 - answers[0])


@dataclass(frozen=True)
class Split:
    """The training rows for one validation cutoff, and the later rows of that cutoff.

    `features` and `later` are feature matrices (pandas), `bought` and `later_bought` 0 or 1.
    """

    validation: date
    features: pd.DataFrame
    bought: NDArray[np.int8]
    later: pd.DataFrame
    later_bought: NDArray[np.int8]


class Candidate(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier of feature matrices (pandas, text columns allowed) that can tune itself.

    `fit(features, bought)` trains with the parameters that it has; `validate(splits)` sets these
    parameters to what does best on the later rows of all validation cutoffs and returns the odds
    of those rows; `predict_proba(features)` has two columns, the second is a purchase.
    """

    def fit(self, features: pd.DataFrame, bought: ArrayLike) -> Candidate:
        """Train on the rows of `features`; `bought` is 0 or 1."""
        raise NotImplementedError

    def validate(self, splits: Sequence[Split]) -> list[Floats]:
        """Return the log odds of each split's later rows, out of time; keep the best parameters."""
        return [self.fit(s.features, s.bought).odds(s.later) for s in splits]

    def odds(self, features: pd.DataFrame) -> Floats:
        """Return the log odds of a purchase, one per row."""
        raise NotImplementedError

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return what each feature adds to the log odds: rows x features."""
        return pd.DataFrame(index=features.index)

    def predict_proba(self, features: pd.DataFrame) -> Floats:
        """Return the probabilities of no purchase and of one: shape (rows, 2)."""
        p = expit(self.odds(features))
        return np.column_stack([1 - p, p])
