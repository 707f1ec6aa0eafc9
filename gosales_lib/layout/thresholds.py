"""The thresholds of a layout: of the alarms on its log, and of the level of a finished run."""

from __future__ import annotations

from pydantic import Field, model_validator

from gosales_lib.core.alarms import Level
from gosales_lib.layout.parts import Part


class Alarms(Part):
    """The thresholds of the alarms on the log, as shares (0 to 1), and the accepted alarms."""

    rejected_warning: float = Field(0.02, ge=0, le=1)
    """Share of rows, or of money, that may be rejected without a warning."""
    rejected_failed: float = Field(0.10, ge=0, le=1)
    """Share of rows, or of money, above which the run stops."""
    file_rejected: float = Field(0.5, gt=0, le=1)
    """Share of a file's rows that may be rejected before the file counts as lost."""
    one_customer: float = Field(0.2, gt=0, le=1)
    """Share of all orders above which a single key is unlikely to be one customer."""
    customers_matched: float = Field(0.5, ge=0, le=1)
    """Share of the customers with orders that the customers file must describe, and of the assets
    that must belong to a customer of the log."""
    accept: list[str] = Field(default_factory=list)
    """Names of alarms that a person has accepted."""


class Limit(Part):
    """A figure above `warn` is a warning, above `fail` a failure; null sets no limit."""

    warn: float | None = Field(None, ge=0)
    fail: float | None = Field(None, ge=0)

    @model_validator(mode="after")
    def _rises(self) -> Limit:
        if self.warn is not None and self.fail is not None and self.fail < self.warn:
            raise ValueError(f"limits: fail {self.fail:g} lies below warn {self.warn:g}")
        return self

    def level(self, figure: float | None) -> Level:
        """Return the level of a figure; a figure that is not available is a warning."""
        if figure is None:
            return "ok" if self.warn is None and self.fail is None else "warning"
        if self.fail is not None and figure > self.fail:
            return "failed"
        return "warning" if self.warn is not None and figure > self.warn else "ok"


class Limits(Part):
    """One limit per finding on a finished run."""

    score_drift: Limit = Limit(warn=0.25)
    """Population stability index of the shape of a division's scores, the largest of all divisions.

    The shape is the log odds less their mean; what chance alone reaches among few customers does
    not count."""
    feature_drift: Limit = Limit(warn=1 / 3)
    """Share of a division's features with a PSI above 0.25, the largest of all divisions."""
    lost_gates: Limit = Limit(warn=0)
    """Divisions that pass the quality gate in the released run and not in this one."""
    calibration: Limit = Limit(warn=1 / 3)
    """Share of divisions whose observed buyers lie outside the interval of the predicted ones, in
    the last run that was checked."""
    lost_history: Limit = Limit(warn=0.1)
    """Share of the orders in an earlier run's log that this run's log does not hold."""
    list_turnover: Limit = Limit(warn=0.5)
    """Share of the chosen offers that the released list did not choose."""
    unknown_exclusions: Limit = Limit(warn=0.5)
    """Share of the exclusions and contacts that name no customer who can be offered anything."""
    unknown_deals: Limit = Limit(warn=0.95)
    """Share of ten or more open deals that name no customer; those of prospects do not either."""
    model_age_months: Limit = Limit(warn=6)
    """Months between the cutoff that the models were trained at and the cutoff of the list."""
