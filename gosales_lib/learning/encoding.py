"""Turns a feature matrix into numbers: rare levels are pooled, missing values are flagged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import DTypeLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin

from gosales_lib.features.families.attributes import UNKNOWN

OTHER = "other"


class LevelEncoder(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Turns text columns into 0/1 columns of their frequent levels; numbers pass through.

    Parameters
    ----------
    min_share
        A level rarer than this share of the training rows is pooled into "other"; "unknown" never.
    most
        Greatest number of levels of one column.
    dtype
        Of the numbers: single precision halves the memory of trees, which only compare.
    """

    def __init__(
        self, min_share: float = 0.02, most: int = 20, dtype: DTypeLike = np.float64
    ) -> None:
        self.min_share = min_share
        self.most = most
        self.dtype = dtype

    def fit(self, features: pd.DataFrame, y: object = None) -> LevelEncoder:
        """Learn the levels to keep of every text column."""
        self.levels_: dict[str, list[str]] = {}
        for column in features.columns:
            if not pd.api.types.is_numeric_dtype(features[column]):
                share = features[column].value_counts(normalize=True, sort=False)
                kept = share[(share >= self.min_share) & (share.index != UNKNOWN)]
                ranked = sorted(kept.items(), key=lambda item: (-item[1], str(item[0])))
                levels = [str(level) for level, _ in ranked[: self.most]]
                self.levels_[column] = levels + [UNKNOWN] * (UNKNOWN in share.index)
        self.columns_ = list(features.columns)
        return self

    def transform(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return floats: the numbers, then a column for each kept level and one for the others."""
        numbers = [c for c in self.columns_ if c not in self.levels_]
        frames = [_frame(features[numbers].to_numpy(self.dtype), numbers, features.index)]
        for column, levels in self.levels_.items():
            names = [*levels, OTHER] if OTHER not in levels else levels
            places = pd.Index(names).get_indexer(features[column].astype(str))
            places[places < 0] = names.index(OTHER)
            flags = np.eye(len(names), dtype=self.dtype)[places]
            frames.append(_frame(flags, [f"{column}={name}" for name in names], features.index))
        return pd.concat(frames, axis=1)


class SignedLog(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Signed log1p of every column; a missing value becomes the column's largest, and is flagged.

    The largest value suits the missing ones here: the days since an event that never took place, or
    the gap of a customer with a single order. The flag lets the model correct this. A column
    without any value in training is dropped.
    """

    def fit(self, features: pd.DataFrame, y: object = None) -> SignedLog:
        """Learn the fill value of every column and which columns need a flag."""
        logs = self._log(features)
        top = logs.max()
        self.fill_ = top[top.notna()]
        self.flagged_ = [c for c in self.fill_.index if features[c].isna().any()]
        return self

    def transform(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return the logs, then the flags `<column> missing`."""
        logs = self._log(features)[self.fill_.index]
        filled = np.where(logs.isna(), self.fill_.to_numpy(), logs)
        logs = _frame(filled, self.fill_.index, features.index)
        flags = features[self.flagged_].isna().astype(float).add_suffix(" missing")
        return pd.concat([logs, flags], axis=1)

    @staticmethod
    def _log(features: pd.DataFrame) -> pd.DataFrame:
        return np.sign(features) * np.log1p(features.abs())


def _frame(
    values: NDArray[Any], columns: Sequence[str] | pd.Index, index: pd.Index
) -> pd.DataFrame:
    """Return a frame of one block: an operation on it costs one call, not one per column."""
    return pd.DataFrame(np.asfortranarray(values), index, columns)
