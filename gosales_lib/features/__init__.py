"""The feature families, one file each, and the matrix they make."""

from gosales_lib.features import (  # noqa: F401  (importing a family registers it)
    attributes,
    decay,
    division_mix,
    frequency_monetary,
    lifecycle,
    products,
    recency,
    returns,
    seasonality,
    trend,
)
from gosales_lib.features.matrix import build, dictionary
from gosales_lib.features.registry import FAMILIES, choose

__all__ = ["FAMILIES", "build", "choose", "dictionary"]
