"""MLflow: one experiment a division, one run a training, written by the runner alone.

A notebook never imports MLflow. A thread of the runner logs each training when it has ended, so
that nobody waits for it, and nothing that goes wrong here harms the run: one line says so.
"""

from __future__ import annotations

import json
import queue
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from gosales_lib import locks, settings
from gosales_lib.batch import receipts, record
from gosales_lib.log import logger
from gosales_lib.runs import Run, slug

STEP = "03_train"


@contextmanager
def tracker(run: Run, wanted: bool = True) -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Yield a watcher that logs each training of a run; on leaving, wait until all are logged."""
    if not wanted:
        yield lambda event: None
        return
    waiting: queue.Queue[str | None] = queue.Queue()
    thread = threading.Thread(target=_work, args=(run, waiting), name="mlflow", daemon=True)
    thread.start()

    def watch(event: Mapping[str, Any]) -> None:
        trained = event.get("key", "").startswith(STEP)
        if trained and (event["event"] == "kept" or event.get("state") == "done"):
            waiting.put(event["key"])

    try:
        yield watch
    finally:
        waiting.put(None)
        thread.join()


def _work(run: Run, waiting: queue.Queue[str | None]) -> None:
    """Log what comes; after the first failure, say so once and let the rest pass."""
    failed = False
    while (key := waiting.get()) is not None:
        if failed:
            continue
        try:
            log(run, key)
        except Exception as error:
            failed = True
            logger.warning("MLflow did not take %s (%s); the run is not harmed", key, told(error))


def told(error: Exception) -> str:
    """Return an error in one line, without the store's address: that may hold a password."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return re.sub(r"\S+://\S+", "<the store>", text)[:300]


def log(run: Run, key: str, uri: str | None = None) -> str | None:
    """Log one training and return MLflow's run id; None when it was logged before.

    Parameters
    ----------
    key
        The job's key in `run.json`.
    uri
        Where to: the setting's when left out.
    """
    item = next(item for item in record.read(run)["notebooks"] if item["key"] == key)
    folder = run.path / item["folder"]
    uri = uri or settings.load().mlflow_uri()
    client = _client(uri)
    experiment = _experiment(client, uri, item["division"])
    digest = receipts.digest(receipts.outputs(folder, STEP))
    if _known(client, experiment, run.id, digest):
        return None
    report = json.loads((folder / f"{STEP}.json").read_text(encoding="utf-8"))
    tags = {"gosales.run": run.id, "gosales.training": digest, "gosales.cutoff": item["cutoff"]}
    tags["mlflow.runName"] = f"{item['cutoff']} {run.id}"
    tags["gosales.git_commit"] = record.read(run).get("git_commit") or ""
    made = client.create_run(experiment, tags=tags).info.run_id
    _log_values(client, made, params(report, item), metrics(report))
    _log_files(client, made, folder)
    if (folder / "model" / "model.joblib").exists() and (folder / "features.parquet").exists():
        from gosales_lib import registry  # late: it brings the models

        registry.register(client, made, folder, run.id)
    client.set_terminated(made)
    return made


def params(report: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, str]:
    """Return what a training was made with, as MLflow's texts of at most 500 characters."""
    made = {key: item[key] for key in ("division", "cutoff")}
    made |= {key: report.get(key) for key in ("champion", "training_cutoffs")}
    made |= report.get("params", {})
    return {name: str(value)[:500] for name, value in made.items() if value is not None}


def metrics(report: Mapping[str, Any]) -> dict[str, float]:
    """Return every figure of a training: the champion's bare, the others' under their names."""
    champion = report.get("candidates", {}).get(report.get("champion"), {})
    groups = {"": champion, **_named("candidate", report.get("candidates", {}))}
    groups |= _named("naive", report.get("baselines", {}))
    groups["data."] = {name: report.get(name) for name in ("customers", "base_rate")}
    return {
        f"{prefix}{name}": number
        for prefix, figures in groups.items()
        for name, value in figures.items()
        if (number := _number(value)) is not None
    }


def _named(kind: str, groups: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {f"{kind}.{name}.": figures for name, figures in groups.items()}


def _number(value: Any) -> float | None:
    value = value.get("value") if isinstance(value, Mapping) else value
    return float(value) if isinstance(value, int | float) else None


def _log_values(client: Any, made: str, given: dict[str, str], figures: dict[str, float]) -> None:
    """Log parameters and metrics in one call: each call is a transaction."""
    from mlflow.entities import Metric, Param
    from mlflow.utils.time import get_current_time_millis

    time = get_current_time_millis()
    entities = [Metric(name, value, time, 0) for name, value in figures.items()]
    client.log_batch(made, entities, [Param(name, value) for name, value in given.items()])


def _log_files(client: Any, made: str, folder: Path) -> None:
    """Log the report, the model with its card, the executed notebook and its figures."""
    for path in (folder / f"{STEP}.json", folder / f"{STEP}.ipynb"):
        if path.exists():
            client.log_artifact(made, str(path))
    if (folder / "model").is_dir():
        client.log_artifacts(made, str(folder / "model"), "model")
    for number, figure in enumerate(figures_of(folder / f"{STEP}.ipynb"), 1):
        client.log_text(made, json.dumps(figure), f"figures/{number:02d}.plotly.json")


def figures_of(notebook: Path) -> list[dict[str, Any]]:
    """Return the Plotly figures among the outputs of an executed notebook."""
    if not notebook.exists():
        return []
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    data = [out.get("data", {}) for cell in cells for out in cell.get("outputs", [])]
    key = "application/vnd.plotly.v1+json"
    return [bundle[key] for bundle in data if key in bundle]


def _client(uri: str) -> Any:
    """Return a client of the store; a fresh SQLite one is made by one process at a time."""
    import logging
    import warnings

    from mlflow import MlflowClient

    warnings.filterwarnings("ignore", message="The ``noload`` loader strategy")
    for name in ("alembic", "mlflow"):
        logging.getLogger(name).setLevel(logging.WARNING)
    store = _sqlite_file(uri)
    if store is None:
        return MlflowClient(tracking_uri=uri)
    with locks.hold(store.with_name(f".{store.name}.lock")):
        client = MlflowClient(tracking_uri=uri)  # makes and migrates a fresh store
        client.search_experiments(max_results=1)
    return client


def _experiment(client: Any, uri: str, division: str) -> str:
    """Return the id of a division's experiment, made when it is new.

    Files of a local store lie beside it, not in whatever folder the runner was started in.
    """
    from mlflow.exceptions import MlflowException

    name = f"gosales/{division}"
    if found := client.get_experiment_by_name(name):
        return found.experiment_id
    store = _sqlite_file(uri)
    place = (store.parent / "mlartifacts" / slug(division)).as_uri() if store else None
    try:
        return client.create_experiment(name, artifact_location=place)
    except MlflowException:  # another runner was quicker
        return client.get_experiment_by_name(name).experiment_id


def _sqlite_file(uri: str) -> Path | None:
    return Path(uri.removeprefix("sqlite:///")).resolve() if uri.startswith("sqlite:///") else None


def _known(client: Any, experiment: str, run_id: str, digest: str) -> bool:
    wanted = f"tags.`gosales.run` = '{run_id}' and tags.`gosales.training` = '{digest}'"
    finished = f"{wanted} and attributes.status = 'FINISHED'"
    return bool(client.search_runs([experiment], finished, max_results=1))
