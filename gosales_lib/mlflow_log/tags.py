"""Tags, parameters and metrics of a training, as MLflow stores them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from gosales_lib import reports
from gosales_lib.mlflow_log import contract
from gosales_lib.reports.features import Features
from gosales_lib.reports.holdout import Checked
from gosales_lib.reports.measures import Values
from gosales_lib.reports.training import Training
from gosales_lib.run_folders import Run, kinds, receipts


def holdout_metrics(report: Checked) -> dict[str, float]:
    """Return the figures of a checked holdout, each under `holdout.`."""
    figures = {**dict(report.model), **dict(report.calibration)}
    figures |= {"customers": report.customers, "buyers": report.buyers}
    figures |= {"base_rate": report.base_rate, "missing_days": report.missing_days}
    return {f"holdout.{name}": float(v) for name, v in figures.items() if v is not None}


def of_run(run: Run, content: Mapping[str, Any], division: str) -> dict[str, str]:
    """Return what a run's maker chose: layout, label, window, seed, data, code and kind."""
    asked, identity = content.get("parameters") or {}, kinds.of(run, content)
    given = {
        "kind": identity.kind,
        "layout": identity.layout,
        "window_months": asked.get("window_months"),
        "seed": (asked.get("parameters") or {}).get("seed"),
        "data_print": receipts.digest(content["inputs"])[:12] if content.get("inputs") else None,
        "dirty": str((content.get("git_commit") or "").endswith("+")).lower(),
    }
    if (run.path / "layout.json").exists():
        given |= contract.terms(run.layout(), division)
    return {name: _text(value)[:500] for name, value in given.items() if value not in (None, "")}


def params(report: Training, item: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Return what a training was made with, as MLflow's texts of at most 500 characters.

    That is what its notebooks were given, the features and their families, and the settings of
    each candidate, one per line: two runs differ in what their makers changed.
    """
    made: dict[str, Any] = {}
    for step in (Features.step, Training.step):
        made |= (receipts.read(folder, step) or {}).get("parameters", {})
    made |= {key: item[key] for key in ("division", "cutoff")}
    made |= {"champion": report.champion, "training_cutoffs": report.training_cutoffs}
    with suppress(FileNotFoundError):  # a training by hand, on features from elsewhere
        matrix = reports.read(folder, Features)
        made |= {"features": matrix.features, "families": " ".join(matrix.coverage)}
    for name, value in report.params.items():
        made |= _lines(name, value)
    return {name: _text(value)[:500] for name, value in made.items() if value not in (None, "")}


def _lines(name: str, value: Any) -> dict[str, Any]:
    """Return the settings of a candidate under their own names, `lightgbm.trees`."""
    return (
        {f"{name}.{k}": v for k, v in value.items()} if isinstance(value, dict) else {name: value}
    )


def _text(value: Any) -> str:
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def metrics(report: Training) -> dict[str, float]:
    """Return every figure of a training: the champion's bare, the others' under their names.

    What was not measured is left out: a measure is never logged as 0.
    """
    groups: dict[str, Values] = {"": report.model}
    groups |= {f"candidate.{name}.": values for name, values in report.candidates.items()}
    groups |= {f"naive.{name}.": values for name, values in report.baselines.items()}
    figures = {f"{prefix}{name}": v for prefix, values in groups.items() for name, v in values}
    figures |= {"data.customers": float(report.customers), "data.base_rate": report.base_rate}
    return {name: value for name, value in figures.items() if value is not None}
