"""The candidates: small estimators behind scikit-learn's interface, all seeded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier, early_stopping
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from gosales_lib.learning import metrics
from gosales_lib.learning.encoding import LevelEncoder, SignedLog

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


class Logistic(Candidate):
    """Logistic regression on signed logs, standardised, with an elastic-net penalty.

    Source: Zou and Hastie, "Regularization and variable selection via the elastic net" (2005).
    """

    GRID = (0.003, 0.01, 0.03, 0.1)

    def __init__(self, c: float = 0.01, l1_ratio: float = 0.0, seed: int = 17) -> None:
        self.c = c
        self.l1_ratio = l1_ratio
        self.seed = seed

    def fit(
        self, features: pd.DataFrame, bought: ArrayLike, weight: ArrayLike | None = None
    ) -> Logistic:
        """Learn levels, fill values, scales and coefficients."""
        steps = (LevelEncoder(), SignedLog(), StandardScaler(), self._regression())
        self.pipeline_ = make_pipeline(*steps)
        self.pipeline_.fit(features, np.asarray(bought), logisticregression__sample_weight=weight)
        self.classes_ = np.array([0, 1])
        return self

    def _regression(self) -> LogisticRegression:
        """Return the last step: Newton's method, or SAGA where some of the penalty is L1."""
        if not self.l1_ratio:
            return LogisticRegression(C=self.c, solver="newton-cholesky", max_iter=100)
        return LogisticRegression(
            C=self.c,
            l1_ratio=self.l1_ratio,
            solver="saga",
            max_iter=300,
            tol=1e-3,
            random_state=self.seed,
        )

    def tune(
        self,
        features: pd.DataFrame,
        bought: ArrayLike,
        weight: ArrayLike | None,
        later: pd.DataFrame,
        later_bought: ArrayLike,
    ) -> Logistic:
        """Choose the penalty by log loss on `later`; what comes before it is learned once."""
        self.fit(features, bought, weight)
        prepared = self.pipeline_[:-1].transform(features)
        asked = self.pipeline_[:-1].transform(later)
        fitted, losses = {}, {}
        for c in self.GRID:
            self.c = c
            model = self._regression().fit(prepared, np.asarray(bought), sample_weight=weight)
            losses[c] = metrics.log_loss(later_bought, expit(model.decision_function(asked)))
            fitted[c] = model
        self.c = min(losses, key=losses.__getitem__)
        self.pipeline_.steps[-1] = ("logisticregression", fitted[self.c])
        return self

    def odds(self, features: pd.DataFrame) -> Floats:
        """Return the linear predictor."""
        return self.pipeline_.decision_function(features)

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return coefficient times standardised value; flags and levels count to their feature."""
        prepared = self.pipeline_[:-2].transform(features)
        scaled = self.pipeline_[-2].transform(prepared)
        return by_feature(scaled * self.pipeline_[-1].coef_[0], list(prepared.columns))


class Boosted(Candidate):
    """Gradient-boosted trees: LightGBM, small leaves, rows and columns sampled.

    Source: Ke et al., "LightGBM" (2017). The number of trees is where the log loss on the
    selection cutoff stops falling.
    """

    def __init__(self, trees: int = 150, most: int = 600, seed: int = 17, threads: int = 1) -> None:
        self.trees = trees
        self.most = most
        self.seed = seed
        self.threads = threads

    def _model(self, trees: int) -> LGBMClassifier:
        return LGBMClassifier(
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
        self.encoder_ = LevelEncoder().fit(features)
        encoded = self.encoder_.transform(features)
        self.names_ = list(encoded.columns)
        self.model_ = self._model(self.trees)
        self.model_.fit(encoded.to_numpy(), np.asarray(bought), sample_weight=weight)
        self.classes_ = np.array([0, 1])
        return self

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
        model = self._model(self.most)
        model.fit(
            encoder.transform(features).to_numpy(),
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
        encoded = self.encoder_.transform(features).to_numpy()
        return np.asarray(self.model_.predict_proba(encoded, raw_score=True))

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return exact SHAP values (Lundberg et al., 2020); about 1 ms a row."""
        encoded = self.encoder_.transform(features).to_numpy()
        values = np.asarray(self.model_.predict_proba(encoded, pred_contrib=True))
        return by_feature(values[:, :-1], self.names_)  # the last column is the mean


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


class Blend(Candidate):
    """The mean of the members' log odds.

    Members are candidates that are fitted and tuned each on their own.
    """

    def __init__(self, members: Sequence[Candidate] = ()) -> None:
        self.members = members

    def fit(
        self, features: pd.DataFrame, bought: ArrayLike, weight: ArrayLike | None = None
    ) -> Blend:
        """Fit every member."""
        for member in self.members:
            member.fit(features, bought, weight)
        self.classes_ = np.array([0, 1])
        return self

    def odds(self, features: pd.DataFrame) -> Floats:
        """Return the mean log odds."""
        return np.mean([member.odds(features) for member in self.members], axis=0)

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return the mean of the members' contributions."""
        found = [member.contributions(features) for member in self.members]
        total = found[0]
        for other in found[1:]:
            total = total.add(other, fill_value=0.0)
        return total / len(found)


def candidates(seed: int, threads: int) -> dict[str, Candidate]:
    """Return the candidates by name, in the order of the table."""
    return {
        "logistic": Logistic(seed=seed),
        "lightgbm": Boosted(seed=seed, threads=threads),
    }


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
    """

    def __init__(self, first: Boosted | None, final: Boosted, division: str) -> None:
        self.first = first
        self.final = final
        self.division = division

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
