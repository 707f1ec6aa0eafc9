"""Logistic regression: the candidate that is linear in logarithms."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gosales_lib.core.arrays import Floats, one_thread
from gosales_lib.learning import metrics
from gosales_lib.learning.encoding import LevelEncoder, SignedLog
from gosales_lib.learning.models.base import Candidate, Split, by_feature, expit, of_both_kinds


class Logistic(Candidate):
    """Logistic regression on signed logs, standardised, with an L2 penalty.

    `c` is the inverse of the penalty, chosen from `GRID`.
    Source: Hoerl and Kennard, "Ridge regression" (1970); le Cessie and van Houwelingen (1992).
    """

    GRID: tuple[float, ...] = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03)

    def __init__(self, c: float = 0.01) -> None:
        self.c = c

    @one_thread
    def fit(self, features: pd.DataFrame, bought: ArrayLike) -> Logistic:
        """Learn levels, fill values, scales and coefficients."""
        features, bought = of_both_kinds(features, bought)
        self.pipeline_ = make_pipeline(*self._preparation(), self._regression(self.c))
        self.pipeline_.fit(features, np.asarray(bought))
        self.classes_ = np.array([0, 1])
        return self

    @staticmethod
    def _preparation() -> tuple[LevelEncoder, SignedLog, StandardScaler]:
        return LevelEncoder(), SignedLog(), StandardScaler()

    @staticmethod
    def _regression(c: float) -> LogisticRegression:
        return LogisticRegression(C=c, solver="newton-cholesky", max_iter=100)

    @one_thread
    def validate(self, splits: Sequence[Split]) -> list[Floats]:
        """Choose the penalty by the mean log loss of the splits; each is prepared once."""
        paths = [self._path(split) for split in splits]
        loss = {
            c: np.mean([
                metrics.log_loss(split.later_bought, expit(path[c]))
                for split, path in zip(splits, paths, strict=True)
            ])
            for c in self.GRID
        }  # fmt: skip
        self.c = min(loss, key=loss.__getitem__)
        return [path[self.c] for path in paths]

    def _path(self, split: Split) -> dict[float, Floats]:
        """Return the odds of the split's later rows, by penalty, each begun from the last."""
        steps = make_pipeline(*self._preparation())
        prepared, later = steps.fit_transform(split.features), steps.transform(split.later)
        regression = self._regression(self.c).set_params(warm_start=True)
        return {
            c: regression.set_params(C=c).fit(prepared, split.bought).decision_function(later)
            for c in self.GRID
        }

    @one_thread
    def odds(self, features: pd.DataFrame) -> Floats:
        """Return the linear predictor."""
        answer: Floats = self.pipeline_.decision_function(features)
        return answer

    @one_thread
    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return coefficient times standardised value; flags and levels count to their feature."""
        prepared = self.pipeline_[:-2].transform(features)
        scaled = self.pipeline_[-2].transform(prepared)
        return by_feature(scaled * self.pipeline_[-1].coef_[0], list(prepared.columns))
