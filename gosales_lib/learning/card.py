"""The model card: training data, validation results and limits of a model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import joblib
import polars as pl

from gosales_lib.learning import calibration, comparison, metrics
from gosales_lib.learning.models import Blend, Pooled
from gosales_lib.learning.rows import KEYS
from gosales_lib.learning.training import Learned, Model
from gosales_lib.reports.training import Candidates, TrainedCalibration, Training, Verdict
from gosales_lib.run_folders import integrity
from gosales_lib.run_folders.artifacts import Folder, file_fingerprint, write_json

MODEL = "model/model.joblib"
LIMITS = (
    "Learned from this log alone: what a rep knows and the log does not is missing.",
    "Customers without an order by the cutoff are not scored.",
    "Attributes carry no date: they describe customers as they are today.",
    "A change in prices, territories or products after the cutoff is not foreseen.",
)

SHOWN = ("auc", "average_precision", "brier_skill", "expected_calibration_error", "lift_10")


def data(folder: Folder, features: pl.DataFrame, labels: pl.DataFrame) -> dict[str, Any]:
    """Return the training data of a model: sizes, and the SHA-256 of both files."""
    files = [folder.find(f"{name}.parquet") for name in ("features", "labels")]
    return {
        "rows": labels.height,
        "features": len(set(features.columns) - set(KEYS)),
        "customers": labels["customer_id"].n_unique(),
        "buyers": int(labels["bought"].sum()),
        "fingerprints": {path.name: file_fingerprint(path) for path in files},
    }


def report(
    learned: Learned, verdict: Verdict, cutoff: date, data: dict[str, Any], **params: Any
) -> Training:
    """Return the report of 03_train: every figure is of the newest validation cutoff.

    Only the verdict covers all validation cutoffs. These cutoffs also chose the champion, its
    settings and its calibration, so only 05_holdout is out of sample.

    Parameters
    ----------
    data
        What `data` returned.
    """
    span, table, model = learned.span, learned.table, learned.model
    bought = learned.selection["bought"].to_numpy()
    return Training.of(
        division=model.division,
        cutoff=cutoff,
        data=data,
        selection_cutoff=span.validation,
        validation_cutoffs=learned.validation.cutoffs,
        training_cutoffs=list(span.closed),
        judged=learned.how,
        champion=model.champion,
        members=list(learned.champion.members),
        calibration={
            "method": model.calibrate.method,
            "odds_slope": model.calibrate.slope,
            "season_shift": model.level.season,
            "trend_shift": model.level.trend,
            "level_error": model.level.error,
            **calibration.summary(learned.selection["probability"].to_numpy(), bought),
        },
        **segment(table, "all"),
        new_to_division=segment(table, "new to division"),
        verdict=verdict.fields(),
        params=settings(learned) | params,
    )


def settings(learned: Learned) -> dict[str, dict[str, Any]]:
    """Return the tuned settings of the candidates; threads change nothing and are left out."""
    return {
        name: {n: v for n, v in candidate.get_params(deep=False).items() if n != "threads"}
        for name, candidate in learned.validation.candidates.items()
        if not isinstance(candidate, Blend | Pooled)
    }


def segment(table: pl.DataFrame, name: str) -> dict[str, Any]:
    """Return customers, buyers, base_rate, candidates, baselines and their intervals."""
    rows = table.filter(segment=name).to_dicts()
    figures: dict[str, Any] = {k: rows[0][k] for k in ("customers", "buyers", "base_rate")}
    for key, kind in (("candidates", "candidate"), ("baselines", "baseline")):
        figures[key] = {
            row["name"]: {m: row[m] for m in metrics.NAMES} for row in rows if row["kind"] == kind
        }
    figures["intervals"] = {row["name"]: intervals(row) for row in rows}
    return figures


def intervals(row: dict[str, Any]) -> dict[str, tuple[float, float] | None]:
    """Return the 95% interval of each measure in a row of the table."""
    ends = {m: (row[f"{m}_low"], row[f"{m}_high"]) for m in metrics.NAMES}
    return {m: None if None in pair else pair for m, pair in ends.items()}


def markdown(report: Training) -> str:
    """Return the model card as Markdown; names from data are kept as code, never as markup."""
    source, calibrated = report.data, report.calibration
    lines = [
        f"# Model card: {code(report.division)} at {report.cutoff}",
        "",
        report.verdict.sentence,
        "",
        f"- champion: {report.champion}",
        f"- calibration by {calibrated.method}: {calibrated.sentence}",
        f"- level of the window: {level(calibrated)}",
        f"- validated {report.judged} on {', '.join(map(str, report.validation_cutoffs))}; "
        f"figures are of {report.selection_cutoff}: {report.customers:,} customers, "
        f"of whom {report.buyers:,} bought",
        "- these cutoffs chose the champion, its settings and its calibration; only 05_holdout, on "
        "sales after the cutoff of this card, is out of sample",
        f"- trained on: {', '.join(str(c) for c in report.training_cutoffs)}",
        "",
        "## Candidates and baselines",
        "",
        *measures(report, SHOWN),
        "",
        "Customers new to the division:",
        "",
        *measures(report.new_to_division, SHOWN),
        "",
        *[f"- {name}: {tuned(given)}" for name, given in report.params.items()],
        "",
        "## Data",
        "",
        f"{source.rows:,} rows of {source.customers:,} customers with {source.features} "
        f"features; {source.buyers:,} times one of them bought.",
        "",
        *[f"- {code(name)}: SHA-256 `{sha}`" for name, sha in source.fingerprints.items()],
        "",
        "## Limits",
        "",
        *[f"- {limit}" for limit in LIMITS],
    ]
    return "\n".join(lines) + "\n"


def tuned(given: Any) -> str:
    """Return the settings of a candidate, or of all of them, in words."""
    return (
        ", ".join(f"{k} {v}" for k, v in given.items()) if isinstance(given, dict) else str(given)
    )


def level(calibration: TrainedCalibration) -> str:
    """Return in words how the level of the coming window changes the odds, with its error."""
    factor = math.exp(calibration.season_shift + calibration.trend_shift)
    return (
        f"the odds are multiplied by {factor:.2f} (season {calibration.season_shift:+.2f}, "
        f"trend {calibration.trend_shift:+.2f}, standard error {calibration.level_error:.2f} "
        "on the log odds)"
    )


def measures(part: Candidates, names: Sequence[str]) -> list[str]:
    """Return a Markdown table of candidates and baselines."""
    rows = [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for name, values in part.named().items():
        cells = [comparison.cell(getattr(values, m), part.interval(name, m)) for m in names]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return rows


def code(text: str) -> str:
    """Return a text from data as Markdown code: no markup, no line breaks."""
    return "`" + " ".join(text.replace("`", "'").split()) + "`"


def save(folder: Folder, model: Model, report: Training) -> None:
    """Write model/model.joblib, model/model_card.json and model/model_card.md."""
    with folder.writing(MODEL) as path:
        joblib.dump(model, path)
    write_json(folder.path / "model" / "model_card.json", report.fields() | {"limits": LIMITS})
    with folder.writing("model/model_card.md") as path:
        path.write_text(markdown(report), encoding="utf-8")


def load(folder: Folder) -> Model:
    """Return the model that 03_train saved; load only from run folders that you trust.

    A process that asks for an unchanged file again gets the same model.

    Raises
    ------
    ValueError
        The file has changed since it was written.
    """
    file = folder.find(MODEL)
    if integrity.changed(file):
        raise ValueError(f"{file} has {integrity.CHANGED}")
    return _loaded(file, integrity.fingerprint(file))


@lru_cache(maxsize=32)
def _loaded(file: Path, fingerprint: str) -> Model:
    answer: Model = joblib.load(file)
    return answer
