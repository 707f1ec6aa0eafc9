"""The feature families, one file each, and the matrix they make."""

from gosales_lib.features import (  # noqa: F401  (importing a family registers it)
    affinity,
    assets,
    attributes,
    context,
    decay,
    division_mix,
    expected,
    frequency_monetary,
    lifecycle,
    money,
    neighbours,
    products,
    recency,
    returns,
    seasonality,
    set_back,
    trend,
)
from gosales_lib.features.described import dictionary
from gosales_lib.features.engines import ENGINES, open_sales
from gosales_lib.features.matrix import build, build_all
from gosales_lib.features.options import options, report
from gosales_lib.features.registry import FAMILIES, choose

__all__ = [
    "ENGINES",
    "FAMILIES",
    "build",
    "build_all",
    "choose",
    "dictionary",
    "open_sales",
    "options",
    "report",
]
