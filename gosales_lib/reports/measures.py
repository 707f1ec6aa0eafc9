"""The measures of rankings and probabilities: their names and titles.

A measure added here is computed by `learning.metrics.Ranking`, which a test holds to these names,
and appears in reports, MLflow, the database, the dashboard and the docs without further code.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import Field

from gosales_lib.reports.base import Figure, Interval, Part

T = TypeVar("T")


class Measures(Part, Generic[T]):
    """One value per measure: a figure, or the ends of its 95% interval."""

    auc: T = Field(description="AUC")
    average_precision: T = Field(description="Average precision")
    brier: T = Field(description="Brier score (lower is better)")
    brier_skill: T = Field(description="Brier skill score against the base rate")
    log_loss: T = Field(description="Log loss (lower is better)")
    expected_calibration_error: T = Field(
        description="Expected calibration error (lower is better)"
    )
    lift_5: T = Field(description="Lift@5%")
    lift_10: T = Field(description="Lift@10%")
    lift_20: T = Field(description="Lift@20%")
    capture_10: T = Field(description="Share of all buyers in the best tenth")
    gp_lift_10: T = Field(description="Lift@10% weighted by gross profit")


Values = Measures[Figure]
Ends = Measures[Interval]
TITLES = {name: str(field.description) for name, field in Measures.model_fields.items()}
"""Each measure's name in files, with its title for people."""
MEASURES = tuple(TITLES)
NAMED = {
    "base_rate": "chance",
    "mbg_nbd": "MBG/NBD",
    "rfm_logistic": "RFM with logistic regression",
}


def named(score: str) -> str:
    """Return what people call the model or a baseline."""
    return NAMED.get(score, score.replace("_", " "))
