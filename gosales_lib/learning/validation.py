"""Validation: every candidate on the validation cutoffs, on rows that it was not trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import NDArray

from gosales_lib.core.arrays import Floats
from gosales_lib.learning import baselines, metrics, models
from gosales_lib.learning.models import Candidate, Split
from gosales_lib.learning.rows import FEW_BUYERS, Fold, Span, among, inputs, is_new, rarer

FOLDS = 5
OUT_OF_TIME, OUT_OF_FOLD, TOO_FEW = "out of time", "out of fold", "too few buyers"


@dataclass(frozen=True)
class Validation:
    """The predictions of each candidate for the validation cutoffs.

    Parameters
    ----------
    how
        `out of time`; `out of fold` where no window had closed by the validation cutoff: each
        customer is predicted by candidates trained on the other customers; `too few buyers`.
    rows
        The labelled rows of the validation cutoffs, oldest first, with their features.
    odds
        By candidate and RFM: log odds, one per row.
    candidates
        The tuned candidates, by name.
    training_cutoffs
        By validation cutoff: how many cutoffs trained what was validated on it.
    rate
        The share of buyers in the training windows of the newest validation cutoff.
    """

    how: str
    rows: pl.DataFrame
    odds: dict[str, Floats]
    candidates: dict[str, Candidate]
    training_cutoffs: dict[date, int]
    rate: float

    @property
    def cutoffs(self) -> list[date]:
        """The validation cutoffs, oldest first."""
        return sorted(self.training_cutoffs)

    def at(self, cutoff: date) -> NDArray[np.bool_]:
        """Return which rows are of this validation cutoff."""
        return (self.rows["cutoff_date"] == cutoff).to_numpy()

    def by_cutoff(self, values: NDArray[Any]) -> list[NDArray[Any]]:
        """Return values of the rows, split by validation cutoff, oldest first."""
        return [values[self.at(cutoff)] for cutoff in self.cutoffs]

    @property
    def bought(self) -> Floats:
        """The outcome of each row, 0 or 1."""
        return self.rows["bought"].to_numpy().astype(float)

    def table(self) -> pl.DataFrame:
        """Return the average precision of each candidate by validation cutoff, and the mean.

        Columns are name, one per cutoff, mean, and new (the mean among customers new to the
        division); null where a cutoff has no buyer.
        """
        new = is_new(self.rows).to_numpy()
        rows = []
        for name, odds in self.odds.items():
            every = [precision(self.bought, odds, self.at(c)) for c in self.cutoffs]
            fresh = [precision(self.bought, odds, self.at(c) & new) for c in self.cutoffs]
            cells = {str(c): value for c, value in zip(self.cutoffs, every, strict=True)}
            rows.append({"name": name, **cells, "mean": mean(every), "new": mean(fresh)})
        numbers = dict.fromkeys([*map(str, self.cutoffs), "mean", "new"], pl.Float64)
        return pl.DataFrame(rows, schema={"name": pl.String, **numbers})


def precision(bought: Floats, score: Floats, here: NDArray[np.bool_]) -> float | None:
    """Return the average precision on some rows; None if no customer bought, or all did."""
    some = bought[here]
    if not 0 < some.sum() < some.size:
        return None
    return metrics.average_precision(some, score[here])


def mean(values: Sequence[float | None]) -> float | None:
    """Return the mean of the values that are not None; None if there are none."""
    there = [value for value in values if value is not None]
    return float(np.mean(there)) if there else None


def validate(
    rows: pl.DataFrame,
    span: Span,
    candidates: Mapping[str, Candidate],
    pooled: models.Pooled | None = None,
    seed: int = 17,
) -> Validation:
    """Return what the candidates predict for the validation cutoffs, tuned on all of them.

    Parameters
    ----------
    rows
        Labelled rows of all closed cutoffs, sorted by cutoff and customer.
    candidates
        By name; RFM is validated beside them.
    pooled
        The model over all divisions: a candidate where it was validated on the same cutoffs.
    """
    able = [fold for fold in span.folds if learnable(among(rows, fold.training))]
    if able:
        return _out_of_time(rows, able, candidates, pooled)
    newest = among(rows, [span.validation])
    if min(rarer(rows["bought"]), rarer(newest["bought"])) >= FEW_BUYERS:
        return _out_of_fold(rows, newest, candidates, seed)
    return _too_few(rows, newest, pooled)


def learnable(rows: pl.DataFrame) -> bool:
    """Return whether a model can be trained on these rows: enough buyers and enough non-buyers."""
    return rarer(rows["bought"]) >= FEW_BUYERS


def splits(rows: pl.DataFrame, folds: Sequence[Fold]) -> list[Split]:
    """Return the folds as slices of one pandas matrix: rows are sorted by cutoff."""
    matrix, bought = inputs(rows), rows["bought"].to_numpy()
    return [
        Split(f.validation, *_slice(rows, matrix, bought, f.training),
              *_slice(rows, matrix, bought, [f.validation]))
        for f in folds
    ]  # fmt: skip


def _slice(
    rows: pl.DataFrame, matrix: pd.DataFrame, bought: NDArray[Any], cutoffs: Sequence[date]
) -> tuple[pd.DataFrame, NDArray[Any]]:
    here = np.flatnonzero(rows["cutoff_date"].is_in(list(cutoffs)).to_numpy())
    start, end = int(here[0]), int(here[-1]) + 1
    return matrix.iloc[start:end], bought[start:end]


def _out_of_time(
    rows: pl.DataFrame,
    folds: Sequence[Fold],
    candidates: Mapping[str, Candidate],
    pooled: models.Pooled | None,
) -> Validation:
    cutoffs = [fold.validation for fold in folds]
    chosen: dict[str, Candidate] = {**candidates}
    if pooled is not None and pooled.covers(cutoffs):
        chosen["pooled"] = pooled
    every = chosen | {baselines.LEARNED: baselines.Rfm()}
    parts = splits(rows, folds)
    odds = {name: np.concatenate(candidate.validate(parts)) for name, candidate in every.items()}
    trained = {fold.validation: len(fold.training) for fold in folds}
    rate = metrics.rate_of(among(rows, folds[-1].training)["bought"])
    return Validation(OUT_OF_TIME, among(rows, cutoffs), odds, every, trained, rate)


def _out_of_fold(
    rows: pl.DataFrame, newest: pl.DataFrame, candidates: Mapping[str, Candidate], seed: int
) -> Validation:
    """Predict each customer by candidates that were trained on the other folds' customers."""
    every = dict(candidates) | {baselines.LEARNED: baselines.Rfm()}
    customers = newest["customer_id"].to_numpy()
    fold = np.random.default_rng(seed).permutation(len(customers)) % FOLDS
    odds = {name: np.empty(len(customers)) for name in every}
    later = inputs(newest)
    for k in range(FOLDS):
        held = pl.Series(customers[fold == k])
        training = rows.filter(~pl.col("customer_id").is_in(held.implode()))
        for name, candidate in every.items():
            candidate.fit(inputs(training), training["bought"].to_numpy())
            odds[name][fold == k] = candidate.odds(later[fold == k])
    cutoff = newest["cutoff_date"][0]
    return Validation(
        OUT_OF_FOLD, newest, odds, every, {cutoff: 0}, metrics.rate_of(rows["bought"])
    )


def _too_few(rows: pl.DataFrame, newest: pl.DataFrame, pooled: models.Pooled | None) -> Validation:
    """Use the pooled model if there is one, otherwise the base rate."""
    cutoff = newest["cutoff_date"][0]
    every: dict[str, Candidate] = {"base_rate": models.BaseRate()}
    if pooled is not None and pooled.covers([cutoff]):
        every = {"pooled": pooled}
        every |= {baselines.LEARNED: pooled.baseline} if pooled.baseline else {}
    split = Split(cutoff, inputs(rows), rows["bought"].to_numpy(), inputs(newest),
                newest["bought"].to_numpy())  # fmt: skip
    odds = {name: candidate.validate([split])[0] for name, candidate in every.items()}
    return Validation(TOO_FEW, newest, odds, every, {cutoff: 0}, metrics.rate_of(rows["bought"]))
