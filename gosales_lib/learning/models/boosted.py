"""Gradient-boosted trees: of one division, and of all divisions at once."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from lightgbm import Booster, LGBMClassifier, early_stopping
from numpy.typing import ArrayLike

from gosales_lib.learning.encoding import LevelEncoder
from gosales_lib.learning.models.base import Candidate, Floats, by_feature, of_both_kinds


class Boosted(Candidate):
    """Gradient-boosted trees: LightGBM, small leaves, rows and columns sampled.

    Source: Ke et al., "LightGBM" (2017). The number of trees is where the log loss on the
    selection cutoff stops falling; nothing else is searched: of 7, 15 or 31 leaves of 20, 40 or 100
    rows at rates of 0.03 or 0.1 the best there ranked no better than these on the training cutoff
    after it (blend: -0.001 ± 0.001 average precision on AdventureWorks, -0.002 ± 0.002 on the
    sample). Nor did `monotone`, which a layout may ask for: what `RISES` never lowers the odds,
    what `FALLS` never raises them (+0.000 ± 0.001 on both).
    How many threads grew the trees changes nothing but time, and what is saved does not tell.
    """

    RISES = re.compile(r"(own_)?orders_(\d+m|all)|affinity_\w+_lift|neighbours_owned_share")
    FALLS = re.compile(r"(own_)?days_since_order")

    def __init__(
        self,
        trees: int = 150,
        most: int = 600,
        seed: int = 17,
        threads: int = 1,
        monotone: bool = False,
    ) -> None:
        self.trees = trees
        self.most = most
        self.seed = seed
        self.threads = threads
        self.monotone = monotone

    def _model(self, trees: int, names: Sequence[str]) -> LGBMClassifier:
        known: dict[str, Any] = {}
        if self.monotone:
            signs = [bool(self.RISES.fullmatch(n)) - bool(self.FALLS.fullmatch(n)) for n in names]
            known = {"monotone_constraints": signs}
        return LGBMClassifier(
            **known,
            n_estimators=trees,
            learning_rate=0.03,
            num_leaves=15,
            min_child_samples=40,
            colsample_bytree=0.4,
            subsample=0.8,
            subsample_freq=1,
            reg_lambda=5.0,
            random_state=self.seed,
            n_jobs=self.threads,
            deterministic=True,
            force_row_wise=True,
            verbose=-1,
        )

    def fit(
        self, features: pd.DataFrame, bought: ArrayLike, weight: ArrayLike | None = None
    ) -> Boosted:
        """Grow `trees` trees."""
        features, bought, weight = of_both_kinds(features, bought, weight)
        self.encoder_ = LevelEncoder().fit(features)
        encoded = self.encoder_.transform(features)
        self.names_ = list(encoded.columns)
        model = self._model(self.trees, self.names_)
        model.fit(encoded.to_numpy(), np.asarray(bought), sample_weight=weight)
        grown = model.booster_.model_to_string()
        self.booster_ = Booster(model_str=re.sub(r"\[num_threads: \d+\]\n", "", grown))
        self.classes_ = np.array([0, 1])
        return self

    def __getstate__(self) -> dict[str, Any]:
        """Return what is saved: all but the threads of this machine."""
        return super().__getstate__() | {"threads": 1}

    def tune(
        self,
        features: pd.DataFrame,
        bought: ArrayLike,
        weight: ArrayLike | None,
        later: pd.DataFrame,
        later_bought: ArrayLike,
    ) -> Boosted:
        """Choose the number of trees by early stopping on `later`."""
        encoder = LevelEncoder().fit(features)
        encoded = encoder.transform(features)
        model = self._model(self.most, encoded.columns)
        model.fit(
            encoded.to_numpy(),
            np.asarray(bought),
            sample_weight=weight,
            eval_X=encoder.transform(later).to_numpy(),
            eval_y=np.asarray(later_bought),
            eval_metric="binary_logloss",
            callbacks=[early_stopping(50, verbose=False)],
        )
        self.trees = max(20, int(model.best_iteration_ or self.most))
        return self.fit(features, bought, weight)

    def odds(self, features: pd.DataFrame) -> Floats:
        """Return the sum over the trees."""
        return self._predict(features, raw_score=True)

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return exact SHAP values (Lundberg et al., 2020); about 1 ms a row."""
        values = self._predict(features, pred_contrib=True)
        return by_feature(values[:, :-1], self.names_)  # the last column is the mean

    def _predict(self, features: pd.DataFrame, **kind: bool) -> Floats:
        encoded = self.encoder_.transform(features).to_numpy()
        return np.asarray(self.booster_.predict(encoded, num_threads=self.threads, **kind))


class Pooled(Candidate):
    """The model over all divisions at once, asked for one of them; 03_pooled fitted it.

    Parameters
    ----------
    first
        Fitted to what had closed by the selection cutoff: the one that is judged. None where
        nothing had.
    final
        Fitted to all closed cutoffs: the one that scores.
    division
        The division to ask for.
    rival
        RFM over all divisions: what a division too small for a rival of its own is held against.
    """

    def __init__(
        self, first: Candidate | None, final: Candidate, division: str, rival: Pooled | None = None
    ) -> None:
        self.first = first
        self.final = final
        self.division = division
        self.rival = rival

    def fit(
        self, features: pd.DataFrame, bought: ArrayLike, weight: ArrayLike | None = None
    ) -> Pooled:
        """Switch to the final model."""
        self.model_, self.classes_ = self.final, np.array([0, 1])
        return self

    def tune(
        self,
        features: pd.DataFrame,
        bought: ArrayLike,
        weight: ArrayLike | None,
        later: pd.DataFrame,
        later_bought: ArrayLike,
    ) -> Pooled:
        """Switch to the model that has not seen `later`."""
        self.model_, self.classes_ = self.first or self.final, np.array([0, 1])
        return self

    def odds(self, features: pd.DataFrame) -> Floats:
        """Return the sum over the trees."""
        return self.model_.odds(features.assign(division=self.division))

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return what each feature adds to the log odds."""
        return self.model_.contributions(features.assign(division=self.division))
