"""The level of the coming window: a forecast of the share of buyers from all closed windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from gosales_lib.core import timeline

SEASON, TREND = 0.4, 0.5
"""The shares of the residual of the same window a year ago, and of the newest closed window, that
recur. Regressions on the earlier windows of other data sets give 0.26 to 0.42 and 0.26 to 0.63
(docs/models.md)."""
FEW_CUTOFFS = 2
"""Out-of-time residuals of models with fewer training cutoffs reflect the models, not time."""
USUAL_ERROR, NO_SEASON, WEIGHT = 0.3, 0.8, 4.0
"""Standard deviation of the level's error on the log odds before any residual of this log is
known, with a residual a year ago and without one, and the number of windows that it counts for."""


@dataclass(frozen=True)
class Level:
    """The shift of the log odds for the coming window, and its error.

    Parameters
    ----------
    season
        From the residual of the same window a year ago.
    trend
        From the residual of the newest closed window.
    error
        The standard deviation of the sum's error on the log odds.
    """

    season: float = 0.0
    trend: float = 0.0
    error: float = NO_SEASON

    @property
    def shift(self) -> float:
        """The shift of the log odds."""
        return self.season + self.trend


def forecast(
    residuals: Mapping[date, float],
    out_of_time: Mapping[date, float],
    training_cutoffs: Mapping[date, int],
    target: date,
) -> Level:
    """Return the level of the window after `target`.

    A residual is what must be added to the log odds of a window so that the mean predicted equals
    the observed one (`calibration.shift_between`).

    Parameters
    ----------
    residuals
        Of the refitted model, by closed cutoff.
    out_of_time
        Of the validated models, by validation cutoff: each from windows that had closed by it.
    training_cutoffs
        How many cutoffs trained the model of each validation cutoff.
    target
        The cutoff to score at.
    """
    year_ago = residuals.get(timeline.add_months(target, -12))
    newest = residuals[max(residuals)] if residuals else 0.0
    ratios = [r for cutoff, r in out_of_time.items() if training_cutoffs[cutoff] >= FEW_CUTOFFS]
    usual = NO_SEASON if year_ago is None else USUAL_ERROR
    squares = WEIGHT * usual**2 + float(np.sum(np.square(ratios)))
    error = float(np.sqrt(squares / (WEIGHT + len(ratios))))
    return Level(SEASON * (year_ago or 0.0), TREND * newest, error)
