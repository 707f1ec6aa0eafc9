"""Findings on a finished run: figures of its reports beside their limits in the layout."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from gosales_lib.core.alarms import Level
from gosales_lib.layout.thresholds import Limits
from gosales_lib.reports import division
from gosales_lib.reports.division import Division
from gosales_lib.run_folders import Run, record


class Finding(BaseModel):
    """One comparison of a figure with its limits.

    `name` is stable, in kebab case; `sentence` says what was seen, with its figures. `figure` is
    None where it is not available, `warn` and `fail` where the layout has no such limit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    level: Level
    sentence: str
    figure: float | None = None
    warn: float | None = None
    fail: float | None = None


def compared(name: str, figure: float | None, limits: Limits, sentence: str) -> Finding:
    """Return the finding of a figure, None where it is not available, beside the layout's limit."""
    limit = getattr(limits, {"model-age": "model_age_months"}.get(name, name.replace("-", "_")))
    level = limit.level(figure)
    return Finding(
        name=name, level=level, sentence=sentence, figure=figure, warn=limit.warn, fail=limit.fail
    )


def reported(run: Run, cutoff: str) -> list[Division]:
    """Return what each division's notebooks reported at one cutoff."""
    names = record.read(run).get("cutoffs", {}).get(cutoff, [])
    return [division.of(name, run.at(name, cutoff).path) for name in names]
