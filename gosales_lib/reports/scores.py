"""What 04_score reports: the expected number of buyers, and their expected gross profit."""

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

    The ends of the 95% interval of `expected_buyers` hold chance and the error of the level; they
    are not available where a registered model does not say how sure its level is.
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
