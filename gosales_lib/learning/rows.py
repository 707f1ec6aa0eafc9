"""The rows that models are trained on: labelled features, one per customer and cutoff."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import ArrayLike

from gosales_lib.core import timeline

KEYS = ("customer_id", "cutoff_date")
LABELS = ("bought", "gp_window")
FEW_BUYERS = 10
"""A division with fewer buyers, or fewer other customers, in training has no model of its own."""
FEWEST = 5
"""With fewer buyers, or fewer others, no ranking is measured: a bootstrap interval of the AUC that
states 95% holds the true one in 10% of samples with one buyer, 75% with three and 81% with five."""
MOST_FOLDS = 3
"""Validation cutoffs at most: each one costs a training of every candidate."""


@dataclass(frozen=True)
class Fold:
    """A validation cutoff, and the training cutoffs whose windows had closed by it."""

    validation: date
    training: tuple[date, ...]


@dataclass(frozen=True)
class Span:
    """Which cutoffs train and which validate, by a rolling origin.

    Parameters
    ----------
    closed
        All cutoffs whose windows have closed, oldest first: the final model is trained on them.
    folds
        The validation cutoffs, oldest first, each with the cutoffs that train what is validated on
        it. Where no window had closed by any of them, the newest stands alone, without training.
    """

    closed: tuple[date, ...]
    folds: tuple[Fold, ...]

    @classmethod
    def of(
        cls,
        cutoffs: Sequence[date],
        window_months: timeline.Length,
        embargo_days: int = 0,
        most: int = MOST_FOLDS,
        anchor: date | None = None,
    ) -> Span:
        """Return the span of closed cutoffs, with the newest `most` of them that can validate.

        `anchor` is the cutoff to score at.
        """
        closed = tuple(sorted(cutoffs))
        windows = [timeline.Window(c, window_months, anchor=anchor) for c in closed]
        folds = [Fold(c, _closed_by(c, windows, embargo_days)) for c in closed]
        able = [fold for fold in folds if fold.training]
        return cls(closed, tuple(able[-most:] or folds[-1:]))

    @property
    def validation(self) -> date:
        """The newest validation cutoff: the reports give its figures."""
        return self.folds[-1].validation

    @property
    def training(self) -> tuple[date, ...]:
        """The cutoffs that train what is validated on the newest validation cutoff."""
        return self.folds[-1].training


def _closed_by(
    cutoff: date, windows: Sequence[timeline.Window], embargo_days: int
) -> tuple[date, ...]:
    last = timeline.to_day(cutoff) - embargo_days
    return tuple(w.cutoff for w in windows if w.end_day <= last)


def among(rows: pl.DataFrame, cutoffs: Sequence[date]) -> pl.DataFrame:
    """Return the rows of the given cutoffs."""
    return rows.filter(pl.col("cutoff_date").is_in(list(cutoffs)))


def inputs(rows: pl.DataFrame) -> pd.DataFrame:
    """Return the features of rows, without keys and labels, as the candidates' pandas frame."""
    return rows.select(pl.exclude(*KEYS, *LABELS)).to_pandas()


def rarer(bought: ArrayLike) -> int:
    """Return the number of buyers or of non-buyers, whichever is smaller."""
    buyers = np.asarray(bought, float)
    return int(min(buyers.sum(), len(buyers) - buyers.sum()))


def is_new(rows: pl.DataFrame) -> pl.Series:
    """Return which customers had never bought the division: the whitespace."""
    return rows["own_orders_all"].fill_null(0) == 0
