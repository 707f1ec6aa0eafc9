"""One division at one cutoff: the figures that its four reports give together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gosales_lib.reports.base import Interval, NotAvailableError, R, read
from gosales_lib.reports.features import Features
from gosales_lib.reports.holdout import Checked, Holdout
from gosales_lib.reports.measures import Values
from gosales_lib.reports.scores import Scores
from gosales_lib.reports.segments import Best, Segment
from gosales_lib.reports.training import Training

HOLDOUT, VALIDATION = "holdout", "validation cutoff"
NOT_AVAILABLE, NOT_TRAINED = "not available", "not trained"


@dataclass(frozen=True)
class Evidence:
    """The deciding figures of a model: of the holdout if it was checked, else of validation."""

    source: str
    name: str
    model: Values
    everybody: Segment

    @property
    def interval(self) -> Interval:
        """The 95% interval of the lift at 10%."""
        return self.everybody.interval(self.name, "lift_10")

    @property
    def baseline(self) -> Best | None:
        """The baseline that is best by lift at 10%."""
        return self.everybody.best_baseline()


@dataclass(frozen=True)
class Division:
    """The reports of one division; None where a notebook left none, or it is not available.

    `problems` says by step why a report is not available, with its file and field.
    """

    name: str
    features: Features | None
    trained: Training | None
    scored: Scores | None
    later: Holdout | None
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def checked(self) -> Checked | None:
        """The report of the holdout where it was checked."""
        return self.later if isinstance(self.later, Checked) else None

    @property
    def evidence(self) -> Evidence | None:
        """The deciding figures; None if they are not available or nothing was trained."""
        if self.checked is not None:
            return Evidence(HOLDOUT, "model", self.checked.model, self.checked)
        if self.trained is None or Holdout.step in self.problems:
            return None
        return Evidence(VALIDATION, self.trained.champion, self.trained.model, self.trained)

    @property
    def verdict(self) -> str:
        """The verdict on the model in a few words."""
        if self.trained is None:
            return NOT_AVAILABLE if Training.step in self.problems else NOT_TRAINED
        return self.trained.verdict.word

    @property
    def holdout(self) -> str:
        """The state of the holdout: its status, `not yet`, or `not available`."""
        if Holdout.step in self.problems:
            return NOT_AVAILABLE
        return self.later.status if self.later else "not yet"


def of(name: str, folder: Path) -> Division:
    """Return the reports in the folder of a division; this never raises."""
    problems: dict[str, str] = {}

    def reported(kind: type[R]) -> R | None:
        try:
            return read(folder, kind)
        except FileNotFoundError:
            return None
        except NotAvailableError as error:
            problems[kind.step] = str(error)
            return None

    kinds = (reported(Features), reported(Training), reported(Scores), reported(Holdout))
    return Division(name, *kinds, problems)
