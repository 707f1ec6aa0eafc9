"""MLflow's model registry: one model a division, its best version under the alias `champion`.

A challenger takes the champion's place only when it ranks the newest selection cutoff better, by
average precision. Of one and the same selection cutoff the figures count that were measured before
either model had learned from it; on a newer one the champion of old is asked to rank.
"""

from __future__ import annotations

import json
import tempfile
import warnings
from importlib import metadata
from pathlib import Path
from typing import Any

import joblib
import polars as pl

from gosales_lib.core import settings
from gosales_lib.learning import metrics
from gosales_lib.learning.rows import KEYS
from gosales_lib.learning.training import Model
from gosales_lib.mlflow_log import store
from gosales_lib.run_folders import slug

CHAMPION, CHALLENGER = "champion", "challenger"
FOLDER = "registered"
EXAMPLE_ROWS = 5
SELECTION, PRECISION = "gosales.selection_cutoff", "gosales.average_precision"


def name_of(division: str) -> str:
    """Return the registered model's name: MLflow takes no slash and no colon in it."""
    return f"gosales.{slug(division)}"


def register(client: Any, made: str, folder: Path, run_id: str) -> str:
    """Register the model of a training that is logged as MLflow run `made`; return its alias.

    Parameters
    ----------
    folder
        The run folder's division and cutoff, with its model, features, selection and report.
    """
    report = json.loads((folder / "03_train.json").read_text(encoding="utf-8"))
    name = name_of(report["division"])
    _log(client, made, folder)
    source = f"{client.get_run(made).info.artifact_uri}/{FOLDER}"
    _make(client, name, report["division"])
    day, found = str(report["selection_cutoff"]), report["candidates"][report["champion"]]
    tags = {"gosales.run": run_id, SELECTION: day}
    tags[PRECISION] = "" if found["average_precision"] is None else str(found["average_precision"])
    told = f"Run {run_id}: {report['champion']}" + _ranks(found["average_precision"], day)
    version = client.create_model_version(name, source, made, tags=tags, description=told).version
    alias = CHAMPION if _wins(client, name, folder, report) else CHALLENGER
    client.set_registered_model_alias(name, alias, version)
    return alias


def _ranks(average_precision: float | None, day: str) -> str:
    if average_precision is None:
        return ""
    return f", average precision {average_precision:.3f} on {day}"


def _make(client: Any, name: str, division: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(name, description=f"GoSales, division {division}")
    except MlflowException:  # it is there
        client.get_registered_model(name)


def _log(client: Any, made: str, folder: Path) -> None:
    """Log the model with signature and input example."""
    import mlflow.pyfunc
    from mlflow.models import infer_signature

    from gosales_lib.mlflow_log.serving import Scorer

    rows = _features(folder).head(EXAMPLE_ROWS)
    example = rows.to_pandas()
    model = _model(folder / "model" / "model.joblib")
    with tempfile.TemporaryDirectory() as aside, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hints on integers that may be missing
        mlflow.pyfunc.save_model(
            str(Path(aside) / FOLDER),
            python_model=Scorer(),
            artifacts={"model": (folder / "model" / "model.joblib").as_uri()},
            signature=infer_signature(example, model.probability(rows)),
            input_example=example,
            pip_requirements=[f"gosales=={metadata.version('gosales')}"],
        )
        client.log_artifacts(made, str(Path(aside) / FOLDER), FOLDER)


def _features(folder: Path) -> pl.DataFrame:
    """Return the rows to score, whole numbers as floats: any of them may be missing one day."""
    rows = pl.read_parquet(folder / "features.parquet")
    newest = rows.filter(pl.col("cutoff_date") == pl.col("cutoff_date").max())
    return newest.drop(KEYS).with_columns(pl.selectors.integer().cast(pl.Float64))


def _model(path: Path) -> Model:
    return joblib.load(path)


def _wins(client: Any, name: str, folder: Path, report: dict[str, Any]) -> bool:
    """Return whether the new model ranks the newest selection cutoff better than the champion."""
    from mlflow.exceptions import MlflowException

    try:
        current = client.get_model_version_by_alias(name, CHAMPION)
    except MlflowException:
        return True  # the first one
    day, judged = str(report["selection_cutoff"]), current.tags.get(SELECTION, "")
    if day < judged:
        return False  # of an older day, on which nobody may judge the champion
    now = report["candidates"][report["champion"]]["average_precision"]
    if day == judged and PRECISION in current.tags:  # it has learned from this window since
        known = current.tags[PRECISION]
        before = float(known) if known else None
    else:
        try:
            before = average_precision(_model(_local(current)), folder, report)
        except Exception:  # its features are not today's: it cannot score any more
            return True
    return now is not None and (before is None or now > before)


def average_precision(model: Model, folder: Path, report: dict[str, Any]) -> float | None:
    """Return the average precision of a model on the selection cutoff of a run's division."""
    features = pl.read_parquet(folder / "features.parquet")
    day = pl.lit(str(report["selection_cutoff"])).str.to_date()
    judged = features.filter(pl.col("cutoff_date") == day).sort("customer_id")
    bought = pl.read_parquet(folder / "selection.parquet").select("customer_id", "bought")
    known = judged.join(bought, "customer_id", "inner", maintain_order="left")
    happened = known["bought"].to_numpy()
    if not 0 < happened.sum() < len(happened):
        return None
    return metrics.average_precision(happened, model.odds(known.drop("bought")))


def _local(version: Any) -> Path:
    """Return where a registered version's `model.joblib` lies, fetched if it is elsewhere."""
    import mlflow.artifacts

    fetched = mlflow.artifacts.download_artifacts(artifact_uri=version.source)
    return next(Path(fetched).rglob("model.joblib"))


def load(division: str, alias: str = CHAMPION, uri: str | None = None) -> Model:
    """Return a division's registered model; load only from a store that you trust.

    Raises
    ------
    ValueError
        No such alias.
    """
    client = store.client(uri or settings.load().mlflow_uri())
    from mlflow.exceptions import MlflowException

    try:
        version = client.get_model_version_by_alias(name_of(division), alias)
    except MlflowException:
        raise ValueError(f"{name_of(division)} has no version under alias {alias!r}") from None
    return _model(_local(version))
