"""A model beside its baselines on one group of customers: their figures, and the best of them."""

from __future__ import annotations

from typing import NamedTuple, Self

from pydantic import model_validator

from gosales_lib.reports.base import Figure, Interval, Part
from gosales_lib.reports.measures import Ends, Values


class Best(NamedTuple):
    """The best of some baselines by one measure."""

    name: str
    figure: float


class Segment(Part):
    """The figures of one group of customers."""

    customers: int
    buyers: int
    base_rate: Figure
    baselines: dict[str, Values]
    intervals: dict[str, Ends]

    def named(self) -> dict[str, Values]:
        """Return the figures of the model and its baselines, by name."""
        return self.baselines

    @model_validator(mode="after")
    def _all_have_intervals(self) -> Self:
        if odd := self.named().keys() ^ self.intervals.keys():
            raise ValueError(f"{', '.join(sorted(odd))}: figures and intervals name not the same")
        return self

    def best_baseline(self) -> Best | None:
        """Return the baseline that is best by lift at 10%; None without any."""
        figures = {name: values.lift_10 for name, values in self.baselines.items()}
        measured = {name: figure for name, figure in figures.items() if figure is not None}
        name = max(measured, key=lambda n: measured[n], default=None)
        return None if name is None else Best(name, measured[name])

    def interval(self, name: str, measure: str) -> Interval:
        """Return the 95% interval of a measure of a model or baseline."""
        ends: Interval = getattr(self.intervals[name], measure)
        return ends
