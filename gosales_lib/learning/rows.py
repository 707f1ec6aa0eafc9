"""The rows that models learn from: labelled features, a customer and cutoff each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import polars as pl
from numpy.typing import ArrayLike, NDArray

from gosales_lib.core import timeline

KEYS = ("customer_id", "cutoff_date")
FEW_BUYERS = 10
"""A division with fewer buyers to learn from, or fewer who did not buy, has no model of its own."""


@dataclass(frozen=True)
class Span:
    """Which cutoffs teach, and which one chooses.

    Parameters
    ----------
    teaching
        Cutoffs whose windows had closed by the selection cutoff: they train what is judged.
    selection
        The newest cutoff whose window has closed.
    closed
        All cutoffs that the final model learns from.
    """

    teaching: tuple[date, ...]
    selection: date
    closed: tuple[date, ...]

    @classmethod
    def of(
        cls,
        cutoffs: Sequence[date],
        window_months: int,
        embargo_days: int = 0,
        anchor: date | None = None,
    ) -> Span:
        """Return the span of closed cutoffs, oldest first; `anchor` is the cutoff to score at."""
        *earlier, selection = sorted(cutoffs)
        teaching = [
            c
            for c in earlier
            if timeline.Window(c, window_months, anchor=anchor).end_day + embargo_days
            <= timeline.to_day(selection)
        ]
        return cls(tuple(teaching), selection, tuple(sorted(cutoffs)))


def to_pandas(features: pl.DataFrame) -> pd.DataFrame:
    """Return the feature columns alone, as pandas: what the candidates take."""
    return features.drop([c for c in KEYS if c in features.columns]).to_pandas()


def unlabelled(rows: pl.DataFrame) -> pl.DataFrame:
    """Return labelled rows without their labels, as `Model` takes them."""
    return rows.drop("bought", "gp_window", strict=False)


def inputs(rows: pl.DataFrame) -> pd.DataFrame:
    """Return the feature columns of labelled rows, as pandas: what the candidates take."""
    return to_pandas(unlabelled(rows))


def is_new(rows: pl.DataFrame) -> pl.Series:
    """Return which customers had never bought the division: the whitespace."""
    return rows["own_orders_all"].fill_null(0) == 0


def rarer(bought: ArrayLike) -> int:
    """Return the smaller number, of buyers or of the others: what there is to tell apart by."""
    buyers = np.asarray(bought, float)
    return int(min(buyers.sum(), len(buyers) - buyers.sum()))


def recency_weight(rows: pl.DataFrame, half_life_months: int) -> NDArray[np.float64] | None:
    """Return the weight of each row by the age of its cutoff, 1 for the newest; None: all alike."""
    if not half_life_months:
        return None
    age = (pl.col("cutoff_date").max() - pl.col("cutoff_date")).dt.total_days() / 30.4375
    return rows.select(0.5 ** (age / half_life_months)).to_series().to_numpy()
