"""The reports of 02b_pooled and 03_train: which models were trained, validated and chosen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Self

from pydantic import JsonValue, model_validator

from gosales_lib.reports.base import Figure, Part, Report
from gosales_lib.reports.measures import Values, named
from gosales_lib.reports.segments import Segment

NO_SIGNAL = "no signal"
AS_GOOD = "as good as a simple baseline"
BETTER = "better than the best baseline"
"""The outcomes of the quality gate."""
WITHHELD = f"{AS_GOOD} (quality gate failed)"
"""The second outcome where the layout offers only the third."""
FAILED = "no better than chance (quality gate failed)"
"""The first outcome as people read it."""
UNMEASURED = "not measurable (quality gate failed)"
"""The same where hardly anyone bought, or everyone, so that nothing was measured."""


class Pooled(Report):
    """The report of 02b_pooled; `judged` says whether one was trained before the validation."""

    step: ClassVar[str] = "02b_pooled"

    divisions: list[str]
    trees: int
    features: int
    judged: bool


class Source(Part):
    """What a model was trained on: sizes, and the SHA-256 of each file."""

    rows: int
    features: int
    customers: int
    buyers: int
    fingerprints: dict[str, str]


class Calibration(Part):
    """How well probabilities agree with observed outcomes.

    Slope and intercept (1 and 0 are right) are of a logistic regression of the outcome on the log
    odds.
    """

    slope: Figure
    intercept: Figure
    expected_calibration_error: Figure
    expected_calibration_error_low: Figure
    expected_calibration_error_high: Figure
    mean_probability: Figure
    base_rate: Figure

    @property
    def sentence(self) -> str:
        """Slope, intercept and error in words."""
        slope, intercept, error = self.slope, self.intercept, self.expected_calibration_error
        low, high = self.expected_calibration_error_low, self.expected_calibration_error_high
        if None in (slope, intercept, error, low, high):
            return "not available: too few customers or buyers to measure it"
        return (
            f"slope {slope:.2f} (1 is right), intercept {round(intercept or 0, 2) + 0.0:+.2f} "
            f"(0 is right), expected calibration error {error:.3f} [{low:.3f}, {high:.3f}]"
        )


class TrainedCalibration(Calibration):
    """The calibration of a champion: its method, and what the level of the window was made of.

    `odds_slope` is what the log odds are multiplied by. `season_shift` and `trend_shift` are added
    to them; the standard deviation of their sum's error is `level_error`.
    """

    method: str
    odds_slope: float
    season_shift: float
    trend_shift: float
    level_error: float


class Candidates(Segment):
    """Candidates beside the baselines on the validation cutoff, in one group of customers."""

    candidates: dict[str, Values]

    def named(self) -> dict[str, Values]:
        """Return the figures of all candidates and baselines by name."""
        return self.candidates | self.baselines


class Verdict(Part):
    """The quality gate: the verdict on a model by its validation.

    `outcome` is `no signal`, `as good as a simple baseline` or `better than the best baseline`;
    `baseline` is that baseline. `signal` is true where the gate is passed and the list is offered:
    the layout decides which outcomes pass. A model is better where the whole 95% interval of its
    gain in average precision lies above 0.
    """

    signal: bool
    baseline: str
    gain: Figure
    low: Figure
    high: Figure
    sentence: str
    outcome: str

    @property
    def word(self) -> str:
        """The outcome in words, and whether the layout withholds the list."""
        if self.outcome == NO_SIGNAL:
            return UNMEASURED if self.gain is None else FAILED
        return WITHHELD if self.outcome == AS_GOOD and not self.signal else self.outcome

    @property
    def measured(self) -> str:
        """The gain in AP over the best baseline, which decided; empty if it was not measured."""
        if self.gain is None or self.low is None or self.high is None:
            return ""
        return (
            f"AP {self.gain:+.3f} [{self.low:+.3f}, {self.high:+.3f}] over {named(self.baseline)}"
        )


class Training(Candidates, Report):
    """The report of 03_train: every figure is of the newest validation cutoff, but the verdict."""

    step: ClassVar[str] = "03_train"

    division: str
    cutoff: date
    data: Source
    selection_cutoff: date
    validation_cutoffs: list[date]
    training_cutoffs: list[date]
    judged: str
    champion: str
    members: list[str]
    calibration: TrainedCalibration
    new_to_division: Candidates
    verdict: Verdict
    params: dict[str, JsonValue]

    @classmethod
    def upgraded(cls, content: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        """Give the verdict of schema 3 or 4, which named a `rival`, the fields of schema 5."""
        if version > 4:
            return content
        kept = {n: v for n, v in content["verdict"].items() if n not in ("rival", "beats_rival")}
        return {**content, "verdict": kept | {"baseline": content["verdict"]["rival"]}}

    @model_validator(mode="after")
    def _champion_has_figures(self) -> Self:
        for part in (self.candidates, self.new_to_division.candidates):
            if self.champion not in part:
                raise ValueError(f"champion {self.champion!r} is not a candidate with figures")
        return self

    @property
    def model(self) -> Values:
        """The champion's figures."""
        return self.candidates[self.champion]
