"""The candidates: small estimators behind scikit-learn's interface, all seeded, a file each."""

from gosales_lib.learning.models.base import Candidate, Floats, by_feature, expit, logit
from gosales_lib.learning.models.blend import Blend
from gosales_lib.learning.models.boosted import Boosted, Pooled
from gosales_lib.learning.models.logistic import Logistic
from gosales_lib.learning.models.purchase import BaseRate, GammaPoisson

ALONE = ("gamma_poisson",)
"""Candidates to compare with: no part of a blend, and no champion, for they can give no reasons."""


def candidates(
    seed: int, threads: int, l1_ratio: float = 0.0, monotone: bool = False
) -> dict[str, Candidate]:
    """Return the candidates by name, in the order of the table."""
    return {
        "logistic": Logistic(l1_ratio=l1_ratio, seed=seed),
        "lightgbm": Boosted(seed=seed, threads=threads, monotone=monotone),
        "gamma_poisson": GammaPoisson(),
    }


__all__ = [
    "ALONE",
    "BaseRate",
    "Blend",
    "Boosted",
    "Candidate",
    "Floats",
    "GammaPoisson",
    "Logistic",
    "Pooled",
    "by_feature",
    "candidates",
    "expit",
    "logit",
]
