"""The report of 04_score: the expected number of buyers, and their expected gross profit."""

from __future__ import annotations

from datetime import date
from typing import ClassVar

from gosales_lib.reports.base import Figure, Part, Report


class Kind(Part):
    """The scored customers of one purchase type."""

    purchase_type: str
    customers: int
    mean_probability: Figure
    expected_gp: float


class Scores(Report):
    """The report of 04_score; money is in the layout's currency.

    The 95% interval of `expected_buyers` includes chance and the error of the level. It is not
    available for a registered model without an error of its level.
    """

    step: ClassVar[str] = "04_score"

    division: str
    cutoff: date
    customers: int
    mean_probability: Figure
    expected_buyers: float
    expected_buyers_low: Figure
    expected_buyers_high: Figure
    expected_gp: float
    purchase_types: list[Kind]
    sentence: str
