"""The report of 02_features: the size of the matrix, and the buyers to train on."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from gosales_lib.reports.base import Part, Report


class Closed(Part):
    """An earlier cutoff whose window had closed: customers known on it, and buyers after it."""

    cutoff_date: date
    customers: int
    buyers: int


class Features(Report):
    """The report of 02_features; `coverage` is the share of known values by feature family."""

    step: ClassVar[str] = "02_features"

    cutoff: date
    customers: int
    rows: int
    features: int
    training_cutoffs: list[Closed]
    coverage: dict[str, float]
    sentence: str
