"""Gradient-boosted trees: of one division, and of all divisions at once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gosales_lib.core.arrays import Floats
from gosales_lib.learning.encoding import LevelEncoder
from gosales_lib.learning.models.base import Candidate, Split, by_feature, of_both_kinds

FEWEST, PATIENCE = 0.6, 1.5
"""Trees times rate: how many are grown at least, and may improve nothing before growth stops."""


class Boosted(Candidate):
    """Gradient-boosted trees: LightGBM, small leaves, rows and columns sampled.

    The number of trees is the mean over the validation cutoffs of where the log loss stops falling.
    Nothing else is searched: other numbers of leaves and rows per leaf ranked no better on later
    cutoffs. In a blend, twice the `rate` with half the trees ranks as well at half the cost; the
    pooled model is better with the smaller rate (docs/evidence.md). The matrix is in single
    precision. The number of threads changes only the time, and is not saved.
    Source: Ke et al., "LightGBM" (2017).
    """

    def __init__(
        self, trees: int = 75, most: int = 300, rate: float = 0.06, seed: int = 17, threads: int = 1
    ) -> None:
        self.trees = trees
        self.most = most
        self.rate = rate
        self.seed = seed
        self.threads = threads

    def _parameters(self) -> dict[str, Any]:
        return {
            "objective": "binary",
            "learning_rate": self.rate,
            "num_leaves": 15,
            "min_child_samples": 40,
            "colsample_bytree": 0.4,
            "subsample": 0.8,
            "subsample_freq": 1,
            "reg_lambda": 5.0,
            "seed": self.seed,
            "num_threads": self.threads,
            "deterministic": True,
            "force_row_wise": True,
            "verbose": -1,
        }

    def fit(self, features: pd.DataFrame, bought: ArrayLike) -> Boosted:
        """Grow `trees` trees."""
        features, bought = of_both_kinds(features, bought)
        data = self._dataset(features, bought)
        self._keep(lightgbm.train(self._parameters(), data, self.trees))
        return self

    def _dataset(self, features: pd.DataFrame, bought: ArrayLike) -> lightgbm.Dataset:
        """Learn the levels of text columns and return the matrix, binned."""
        self.encoder_ = LevelEncoder(dtype=np.float32).fit(features)
        matrix = self._matrix(features)
        return lightgbm.Dataset(matrix, np.asarray(bought, np.float32)).construct()

    def _matrix(self, features: pd.DataFrame) -> NDArray[np.float32]:
        encoded = self.encoder_.transform(features)
        self.names_ = list(encoded.columns)
        answer: NDArray[np.float32] = encoded.to_numpy()
        return answer

    def _keep(self, booster: lightgbm.Booster, trees: int | None = None) -> None:
        grown = re.sub(r"\[num_threads: \d+\]\n", "", booster.model_to_string(num_iteration=trees))
        self.booster_ = lightgbm.Booster(model_str=grown)
        self.classes_ = np.array([0, 1])

    def __getstate__(self) -> dict[str, Any]:
        """Return the saved state: everything except the threads of this machine."""
        answer: dict[str, Any] = super().__getstate__() | {"threads": 1}
        return answer

    def validate(self, splits: Sequence[Split]) -> list[Floats]:
        """Choose the number of trees by early stopping on each split's later rows."""
        grown = self.grow(splits)
        return [model.odds(split.later) for model, split in zip(grown, splits, strict=True)]

    def grow(self, splits: Sequence[Split]) -> list[Boosted]:
        """Return the trees of each split, all with the number of trees that `validate` chooses."""
        stopped = [self._stopped(split) for split in splits]
        best = [model.booster_.best_iteration or self.most for model in stopped]
        self.trees = max(round(FEWEST / self.rate), round(float(np.mean(best))))
        for model in stopped:
            model.trees = self.trees
            model._keep(model.booster_, self.trees)
        return stopped

    def _stopped(self, split: Split) -> Boosted:
        """Return the trees of a split, grown until its later rows no longer improve."""
        model = Boosted(**self.get_params())
        data = model._dataset(split.features, split.bought)
        later = np.asarray(split.later_bought, np.float32)
        asked = lightgbm.Dataset(model._matrix(split.later), later, reference=data)
        model.booster_ = lightgbm.train(
            self._parameters(),
            data,
            self.most,
            valid_sets=[asked],
            callbacks=[lightgbm.early_stopping(round(PATIENCE / self.rate), verbose=False)],
        )
        return model

    def odds(self, features: pd.DataFrame) -> Floats:
        """Return the sum over the trees."""
        return self._predict(features, raw_score=True)

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return exact SHAP values (Lundberg et al., 2020); about 1 ms per row."""
        values = self._predict(features, pred_contrib=True)
        return by_feature(values[:, :-1], self.names_)  # the last column is the mean

    def _predict(self, features: pd.DataFrame, **kind: bool) -> Floats:
        encoded = self.encoder_.transform(features).to_numpy()
        return np.asarray(self.booster_.predict(encoded, num_threads=self.threads, **kind))


class Pooled(Candidate):
    """The model over all divisions, used for one of them; 02b_pooled fitted it.

    Parameters
    ----------
    validated
        By validation cutoff: the model fitted to what had closed by it. Empty where nothing had.
    final
        Fitted to all closed cutoffs: the one that scores.
    division
        The division to predict.
    baseline
        RFM over all divisions: the baseline of a division too small for one of its own.
    """

    def __init__(
        self,
        validated: Mapping[date, Candidate],
        final: Candidate,
        division: str,
        baseline: Pooled | None = None,
    ) -> None:
        self.validated = validated
        self.final = final
        self.division = division
        self.baseline = baseline

    def covers(self, cutoffs: Sequence[date]) -> bool:
        """Return whether there is a model for each of these validation cutoffs."""
        return all(cutoff in self.validated for cutoff in cutoffs)

    def fit(self, features: pd.DataFrame, bought: ArrayLike) -> Pooled:
        """Switch to the final model."""
        self.model_, self.classes_ = self.final, np.array([0, 1])
        return self

    def validate(self, splits: Sequence[Split]) -> list[Floats]:
        """Return, for each split, the odds of the model that has not seen its later rows."""
        self.model_, self.classes_ = self.final, np.array([0, 1])
        named = [split.later.assign(division=self.division) for split in splits]
        models = [self.validated[split.validation] for split in splits]
        return [model.odds(later) for model, later in zip(models, named, strict=True)]

    def odds(self, features: pd.DataFrame) -> Floats:
        """Return the sum over the trees."""
        return self.model_.odds(features.assign(division=self.division))

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return what each feature adds to the log odds."""
        return self.model_.contributions(features.assign(division=self.division))
