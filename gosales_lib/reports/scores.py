"""What 04_score reports: how many will buy, and what that is worth."""

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
    """The report of 04_score; money is in the layout's currency."""

    step: ClassVar[str] = "04_score"

    division: str
    cutoff: date
    customers: int
    mean_probability: Figure
    expected_buyers: float
    expected_gp: float
    purchase_types: list[Kind]
    sentence: str
