"""The base rate as a candidate."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from gosales_lib.core.arrays import Floats
from gosales_lib.learning.models.base import Candidate, logit


class BaseRate(Candidate):
    """The share of buyers, equal for all customers; one buyer and one other are added."""

    def fit(self, features: pd.DataFrame, bought: ArrayLike) -> BaseRate:
        """Count the buyers."""
        self.rate_ = (float(np.asarray(bought).sum()) + 1) / (len(features) + 2)
        self.classes_ = np.array([0, 1])
        return self

    def odds(self, features: pd.DataFrame) -> Floats:
        """Return the log odds of the share."""
        return np.full(len(features), float(logit(self.rate_)))
