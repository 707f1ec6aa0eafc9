"""The candidates: small, seeded estimators behind scikit-learn's interface, one file per kind."""

from gosales_lib.learning.models.base import Candidate, Split, by_feature, expit, logit
from gosales_lib.learning.models.base_rate import BaseRate
from gosales_lib.learning.models.blend import Blend
from gosales_lib.learning.models.boosted import Boosted, Pooled
from gosales_lib.learning.models.logistic import Logistic


def candidates(seed: int = 17, threads: int = 1) -> dict[str, Candidate]:
    """Return the candidates by name, in the order of the table."""
    return {"logistic": Logistic(), "lightgbm": Boosted(seed=seed, threads=threads)}


__all__ = [
    "BaseRate",
    "Blend",
    "Boosted",
    "Candidate",
    "Logistic",
    "Pooled",
    "Split",
    "by_feature",
    "candidates",
    "expit",
    "logit",
]
