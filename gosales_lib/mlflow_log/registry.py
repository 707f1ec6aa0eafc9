"""MLflow's model registry: one model per contract of a division.

A candidate that is logged becomes the `challenger`; only a release may make it the `champion`
(`champions`).
"""

from __future__ import annotations

import os
import tempfile
import warnings
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import Any

import joblib
import polars as pl

from gosales_lib import reports
from gosales_lib.core import settings
from gosales_lib.learning.rows import KEYS
from gosales_lib.learning.training import Model
from gosales_lib.mlflow_log import contract, store
from gosales_lib.reports.training import Training
from gosales_lib.run_folders import Run, artifacts

CHAMPION, CHALLENGER = "champion", "challenger"
FOLDER = "registered"
EXAMPLE_ROWS = 5
RUN, DIVISION, CUTOFF = "gosales.run", "gosales.division", "gosales.cutoff"
LAYOUT = "gosales.layout"


def register(client: Any, made: str, run: Run, folder: Path) -> str:
    """Register the model of a training that is logged as MLflow run `made`; return its name.

    `folder` is the run folder's division and cutoff, with its model, features and report.
    """
    report = reports.read(folder, Training)
    name = contract.name_of(run, report.division)
    tags = {RUN: run.id, DIVISION: report.division, LAYOUT: run.layout().name}
    tags |= {CUTOFF: report.cutoff.isoformat()}
    _log(client, made, folder)
    _make(client, name, tags)
    source = f"{client.get_run(made).info.artifact_uri}/{FOLDER}"
    words = f"Run {run.id}: {report.champion}"
    version = client.create_model_version(name, source, made, tags=tags, description=words).version
    client.set_registered_model_alias(name, CHALLENGER, version)
    return name


def _make(client: Any, name: str, tags: dict[str, str]) -> None:
    from mlflow.exceptions import MlflowException

    words = f"GoSales, layout {tags[LAYOUT]}, division {tags[DIVISION]}"
    kept = {key: tags[key] for key in (DIVISION, LAYOUT)}
    try:
        client.create_registered_model(name, kept, words)
    except MlflowException:  # it is there
        client.get_registered_model(name)


def _log(client: Any, made: str, folder: Path) -> None:
    """Log the model with signature and input example; on one disk its file is kept once."""
    import mlflow.pyfunc
    from mlflow.models import infer_signature

    from gosales_lib.mlflow_log.serving import Scorer

    rows = _features(folder).head(EXAMPLE_ROWS)
    example = rows.to_pandas()
    file = folder / "model" / "model.joblib"
    model = _model(file)
    with tempfile.TemporaryDirectory() as aside, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # hints on integers that may be missing
        mlflow.pyfunc.save_model(
            str(Path(aside) / FOLDER),
            python_model=Scorer(),
            artifacts={"model": file.as_uri()},
            signature=infer_signature(example, model.probability(rows)),
            input_example=example,
            pip_requirements=[f"gosales=={metadata.version('gosales')}"],
        )
        client.log_artifacts(made, str(Path(aside) / FOLDER), FOLDER)
    _keep_once(file, client.get_run(made).info.artifact_uri)


def _keep_once(file: Path, target: str) -> None:
    """Make the logged copy of a model a hard link to the run folder's, where both are local."""
    folder = store.local_path(target)
    if folder is None:
        return
    for copy in (folder / FOLDER).rglob(file.name):
        aside = copy.with_name(f".{copy.name}.link")
        with suppress(OSError):  # another disk, or a file system without links: the copy stays
            if artifacts.file_fingerprint(copy) == artifacts.file_fingerprint(file):
                os.link(file, aside)
                aside.replace(copy)


def _features(folder: Path) -> pl.DataFrame:
    """Return the rows to score, whole numbers as floats: any of them may be missing one day."""
    rows = pl.read_parquet(folder / "features.parquet")
    newest = rows.filter(pl.col("cutoff_date") == pl.col("cutoff_date").max())
    return newest.drop(KEYS).with_columns(pl.selectors.integer().cast(pl.Float64))


def _model(path: Path) -> Model:
    model: Model = joblib.load(path)
    return model


def version_of(client: Any, name: str, alias: str) -> Any | None:
    """Return the version of a registered model under an alias, None where there is none."""
    from mlflow.exceptions import MlflowException

    try:
        return client.get_model_version_by_alias(name, alias)
    except MlflowException:
        return None


def local(version: Any) -> Path:
    """Return where a registered version's `model.joblib` lies, fetched if it is elsewhere."""
    import mlflow.artifacts

    fetched = mlflow.artifacts.download_artifacts(artifact_uri=version.source)
    return next(Path(fetched).rglob("model.joblib"))


def load(
    division: str, alias: str = CHAMPION, uri: str | None = None, layout: str | None = None
) -> Model:
    """Return a division's registered model; load only from a store that you trust.

    ValueError: the store was moved, there is no such alias, or several layouts or contracts have
    one.
    """
    uri = uri or settings.load().mlflow_uri()
    client = store.client(uri)
    store.refuse_moved(client, uri)
    versions = {name: version_of(client, name, alias) for name in names(client, division, layout)}
    aliased = {name: version for name, version in versions.items() if version is not None}
    if not aliased:
        models = ", ".join(versions) or f"no registered model of division {division!r}"
        raise ValueError(f"{models}: no version under alias {alias!r}; `gosales release` makes one")
    if len(aliased) > 1:
        raise ValueError(
            f"several models are {alias} of {division!r}: {', '.join(sorted(aliased))}"
        )
    return _model(local(next(iter(aliased.values()))))


def names(client: Any, division: str | None = None, layout: str | None = None) -> list[str]:
    """Return the registered models by name, of one division and layout or of all."""
    return sorted(
        model.name
        for model in client.search_registered_models("name LIKE 'gosales.%'", max_results=1000)
        if division in (None, model.tags.get(DIVISION)) and layout in (None, model.tags.get(LAYOUT))
    )
