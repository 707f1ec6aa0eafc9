"""The blend: the mean of several candidates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from gosales_lib.core.arrays import Floats
from gosales_lib.learning.models.base import Candidate


class Blend(Candidate):
    """The mean of the members' log odds.

    Members are candidates that are fitted and tuned each on their own.
    """

    def __init__(self, members: Sequence[Candidate] = ()) -> None:
        self.members = members

    def fit(self, features: pd.DataFrame, bought: ArrayLike) -> Blend:
        """Fit every member."""
        for member in self.members:
            member.fit(features, bought)
        self.classes_ = np.array([0, 1])
        return self

    def odds(self, features: pd.DataFrame) -> Floats:
        """Return the mean log odds."""
        answer: Floats = np.mean([member.odds(features) for member in self.members], axis=0)
        return answer

    def contributions(self, features: pd.DataFrame) -> pd.DataFrame:
        """Return the mean of the members' contributions."""
        total, *others = [member.contributions(features) for member in self.members]
        for other in others:
            total = total.add(other, fill_value=0.0)
        return total / len(self.members)
