"""The report of 05_holdout: predicted and observed figures after the cutoff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, Self

from pydantic import JsonValue

from gosales_lib.reports.base import Figure, Part, Report
from gosales_lib.reports.measures import Values
from gosales_lib.reports.segments import Segment
from gosales_lib.reports.training import Calibration

CHECKED, NOTHING, REFUSED = "checked", "nothing to check yet", "refused"
KEPT, MORE, LESS = "as predicted", "more than predicted", "less than predicted"
STABLE, SOME, MUCH = "stable", "moderate", "large"
MODERATE, LARGE = 0.1, 0.25
"""The usual thresholds of PSI. Source: Siddiqi, "Credit Risk Scorecards" (2006)."""

SHAPE = "shape of the scores"
"""The name of the scores' drift. Reports of older versions compared levels too: `scores`."""


class Outcome(Segment):
    """The model beside its baselines, in one group of customers after the cutoff."""

    model: Values

    def named(self) -> dict[str, Values]:
        """Return the figures of the model and its baselines by name, the model first."""
        return {"model": self.model} | self.baselines


class Group(Outcome):
    """The figures of some customers; slope and intercept are None where too few bought."""

    mean_probability: Figure
    slope: Figure
    intercept: Figure


class HoldoutCalibration(Calibration):
    """The calibration after the cutoff, with the 95% interval of the observed rate (Wilson)."""

    base_rate_low: float
    base_rate_high: float


class Decile(Part):
    """One tenth of the customers by score, 1 is the best: shares predicted and observed."""

    decile: int
    customers: int
    promised: float
    happened: float
    low: float
    high: float
    expected_gp: float
    gp: float


class Moved(Part):
    """The drift of a feature, or of the scores, since the model was trained."""

    feature: str
    psi: Figure
    ks: Figure
    level: str

    @property
    def by_chance(self) -> bool:
        """Whether a PSI above the usual threshold is what chance reaches among so few customers."""
        return self.psi is not None and self.psi > MODERATE and self.level == STABLE


class Drift(Part):
    """The features that drifted most, and the number of features that drifted."""

    features: list[Moved]
    moderate: int
    large: int
    scores: Moved
    sentence: str


class Holdout(Report):
    """The report of 05_holdout, of any status.

    `lacks` says in words what is missing in the window; it is empty if the window is covered.
    """

    step: ClassVar[str] = "05_holdout"

    status: str
    missing_days: int
    overlap_rows: int
    lacks: str
    sentence: str
    drift: Drift

    @classmethod
    def kind_of(cls, content: Mapping[str, JsonValue]) -> type[Self]:
        """Return `Checked` where the report says so, else `Open`."""
        kind: Any = Checked if content.get("status") == CHECKED else Open
        answer: type[Self] = kind
        return answer


class Open(Holdout):
    """The later sales do not cover the window (yet): the report holds no figure."""

    status: Literal["nothing to check yet", "refused"]


class Judged(Outcome):
    """The figures of all scored customers; money is in the layout's currency.

    `gp_low` and `gp_high` are None where too few customers bought.
    """

    new_to_division: Group
    mean_probability: float
    calibration: HoldoutCalibration
    gp_promised: float
    gp_happened: float
    gp_low: Figure
    gp_high: Figure


class Checked(Judged, Holdout):
    """The later sales cover the window: the report compares predicted and observed figures."""

    status: Literal["checked"]
    deciles: list[Decile]
    segments: dict[str, Group]

    @property
    def kept_money(self) -> str | None:
        """Whether the predicted gross profit lies within the 95% interval of the observed one.

        None where too few customers bought for an interval.
        """
        if self.gp_low is None or self.gp_high is None:
            return None
        return _kept(self.gp_promised, self.gp_low, self.gp_high)

    @property
    def kept(self) -> str:
        """Whether the predicted share lies within the 95% interval of the observed share."""
        observed = self.calibration
        return _kept(self.mean_probability, observed.base_rate_low, observed.base_rate_high)


def _kept(predicted: float, low: float, high: float) -> str:
    """Return where the observed figure lies, by its interval, beside the predicted one."""
    return MORE if predicted < low else LESS if predicted > high else KEPT
