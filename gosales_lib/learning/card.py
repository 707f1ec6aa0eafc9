"""The model card: what was learned from what, how it did, and where it must not be trusted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any

import joblib
import polars as pl

from gosales_lib.learning import calibration, comparison, metrics
from gosales_lib.learning.models import Blend, Pooled
from gosales_lib.learning.rows import KEYS
from gosales_lib.learning.training import Learned, Model
from gosales_lib.learning.verdict import Verdict
from gosales_lib.run_folders.artifacts import Folder, file_fingerprint, write_json

LIMITS = (
    "Learned from this log alone: what a rep knows and the log does not is missing.",
    "Customers without an order by the cutoff are not scored.",
    "Attributes carry no date: they describe customers as they are today.",
    "A change in prices, territories or products after the cutoff is not foreseen.",
)

SHOWN = ("auc", "average_precision", "brier_skill", "expected_calibration_error", "lift_10")


def data(folder: Folder, features: pl.DataFrame, labels: pl.DataFrame) -> dict[str, Any]:
    """Return what a model learned from: sizes, and the SHA-256 of both files."""
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
) -> dict[str, Any]:
    """Return the report of 03_train: every figure is of the selection cutoff, out of sample.

    Returns
    -------
    dict
        division, cutoff, data (what `data` returned), selection_cutoff, training_cutoffs, judged
        (out of time, out of fold or too few buyers), champion, calibration, customers, buyers,
        base_rate, candidates and baselines (name: measures), intervals (name: measure: ends),
        new_to_division (the same), verdict, params.
    """
    span, table = learned.span, learned.table
    everybody = segment(table, "all")
    bought = learned.selection["bought"].to_numpy()
    return {
        "division": learned.model.division,
        "cutoff": cutoff,
        "data": data,
        "selection_cutoff": span.selection,
        "training_cutoffs": list(span.closed),
        "judged": learned.how,
        "champion": learned.model.champion,
        "calibration": {
            "method": learned.model.calibrate.method,
            "brier": learned.model.calibrate.brier,
            "season_shift": learned.model.season,
            **calibration.summary(learned.selection["probability"].to_numpy(), bought),
        },
        **everybody,
        "new_to_division": segment(table, "new to division"),
        "verdict": verdict.as_dict(),
        "params": settings(learned) | params,
    }


def settings(learned: Learned) -> dict[str, dict[str, Any]]:
    """Return what the candidates were tuned to; threads change nothing and are not told."""
    return {
        name: {n: v for n, v in candidate.get_params(deep=False).items() if n != "threads"}
        for name, candidate in learned.contest.fitted.items()
        if not isinstance(candidate, Blend | Pooled)
    }


def segment(table: pl.DataFrame, name: str) -> dict[str, Any]:
    """Return customers, buyers, base_rate, candidates, baselines and their intervals."""
    rows = table.filter(segment=name).to_dicts()
    found: dict[str, Any] = {k: rows[0][k] for k in ("customers", "buyers", "base_rate")}
    for key, kind in (("candidates", "candidate"), ("baselines", "rival")):
        found[key] = {
            row["name"]: {m: row[m] for m in metrics.NAMES} for row in rows if row["kind"] == kind
        }
    found["intervals"] = {row["name"]: intervals(row) for row in rows}
    return found


def intervals(row: dict[str, Any]) -> dict[str, tuple[float, float] | None]:
    """Return the 95% interval of each measure in a row of the table."""
    ends = {m: (row[f"{m}_low"], row[f"{m}_high"]) for m in metrics.NAMES}
    return {m: None if None in pair else pair for m, pair in ends.items()}


def markdown(report: dict[str, Any]) -> str:
    """Return the model card as Markdown; names from data are kept as code, never as markup."""
    source, found = report["data"], report["calibration"]
    lines = [
        f"# Model card: {code(report['division'])} at {report['cutoff']}",
        "",
        report["verdict"]["sentence"],
        "",
        f"- champion: {report['champion']}",
        f"- calibration by {found['method']}: {calibration.told(found)}",
        f"- season: {season(found['season_shift'])}",
        f"- judged {report['judged']} on the cutoff {report['selection_cutoff']}: "
        f"{report['customers']:,} customers, of whom {report['buyers']:,} bought",
        f"- learned from: {', '.join(str(c) for c in report['training_cutoffs'])}",
        "",
        "## Candidates and rivals",
        "",
        *measures(report, SHOWN),
        "",
        "Customers new to the division:",
        "",
        *measures(report["new_to_division"], SHOWN),
        "",
        *[f"- {name}: {tuned(given)}" for name, given in report["params"].items()],
        "",
        "## Data",
        "",
        f"{source['rows']:,} rows of {source['customers']:,} customers with {source['features']} "
        f"features; {source['buyers']:,} times one of them bought.",
        "",
        *[f"- {code(name)}: SHA-256 `{sha}`" for name, sha in source["fingerprints"].items()],
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


def season(shift: float) -> str:
    """Return what the season does to the probabilities, in words."""
    if not shift:
        return "no window of the same season a year ago: calibrated on that of the selection cutoff"
    return f"the odds are multiplied by {math.exp(shift):.2f}, as the same window a year ago asks"


def measures(report: dict[str, Any], names: Sequence[str]) -> list[str]:
    """Return a Markdown table of candidates and rivals."""
    rows = [f"| | {' | '.join(names)} |", "|---" * (len(names) + 1) + "|"]
    for name, found in (report["candidates"] | report["baselines"]).items():
        cells = [comparison.cell(found[m], report["intervals"][name][m]) for m in names]
        rows.append(f"| {name} | {' | '.join(cells)} |")
    return rows


def code(text: str) -> str:
    """Return a text from data as Markdown code: no markup, no line breaks."""
    return "`" + " ".join(text.replace("`", "'").split()) + "`"


def save(folder: Folder, model: Model, report: dict[str, Any]) -> None:
    """Write model/model.joblib, model/model_card.json and model/model_card.md."""
    with folder.writing("model/model.joblib") as path:
        joblib.dump(model, path)
    write_json(folder.path / "model" / "model_card.json", report | {"limits": list(LIMITS)})
    with folder.writing("model/model_card.md") as path:
        path.write_text(markdown(report), encoding="utf-8")


def load(folder: Folder) -> Model:
    """Return the model that 03_train saved; load only from run folders that you trust."""
    return joblib.load(folder.find("model/model.joblib"))
