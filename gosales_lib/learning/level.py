"""The level of the window to come: how many will buy, forecast from all closed windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from gosales_lib.core import timeline

SEASON, TREND = 0.5, 0.3
"""How much of last year's residual and of the out-of-time residuals comes again. On the benchmark's
earlier windows shares of the season from 0.5 to 1 hardly differ (root mean square error of the
level 0.292 to 0.305), half is least. Larger shares of the trend overshoot where a single window
speaks."""
FEW_CUTOFFS = 2
"""Out-of-time residuals of models with fewer training cutoffs tell of the models, not of time."""
USUAL_ERROR, WEIGHT = 0.2, 2.0
"""Standard deviation of the level's error on the log odds before anything is known of this log,
and how many windows this counts for."""


@dataclass(frozen=True)
class Level:
    """What the window to come adds to the log odds, and how sure that is.

    Parameters
    ----------
    season
        From the residual of the same window a year ago.
    trend
        From the out-of-time residuals of the validation cutoffs.
    error
        The standard deviation of the sum's error on the log odds.
    """

    season: float = 0.0
    trend: float = 0.0
    error: float = USUAL_ERROR

    @property
    def shift(self) -> float:
        """What is added to the log odds."""
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
    season = SEASON * residuals.get(timeline.add_months(target, -12), 0.0)
    told = [r for cutoff, r in out_of_time.items() if training_cutoffs[cutoff] >= FEW_CUTOFFS]
    trend = TREND * float(np.mean(told)) if told else 0.0
    squares = WEIGHT * USUAL_ERROR**2 + float(np.sum(np.square(told)))
    return Level(season, trend, float(np.sqrt(squares / (WEIGHT + len(told)))))
