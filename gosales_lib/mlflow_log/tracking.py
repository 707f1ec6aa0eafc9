"""MLflow: one experiment per division, one run per training and holdout.

A notebook never imports MLflow: the runner logs (`background`), with the values of `tags`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from gosales_lib import reports
from gosales_lib.core import settings
from gosales_lib.mlflow_log import store
from gosales_lib.mlflow_log.tags import holdout_metrics, metrics, of_run, params
from gosales_lib.reports.holdout import Checked, Holdout
from gosales_lib.reports.training import Training
from gosales_lib.run_folders import Run, distinct, kinds, receipts, record

STEP, HOLDOUT = Training.step, Holdout.step

NOTE = (
    "Who buys {} in the window after the cutoff? One run per training; figures without a prefix "
    "are the champion's on the validation cutoff, `candidate.` and `naive.` those beside it, "
    "`holdout.` what was observed after the cutoff."
)

KIND = {"mlflow.experimentKind": "custom_model_development"}  # else MLflow's page has to guess

Say = Callable[[str], None]


def sync(run: Run, uri: str | None = None, say: Say = lambda line: None) -> int:
    """Log every training and holdout of a run that is not logged yet; return how many were.

    RefusedError says, after all others were logged, what MLflow refuses, with its mend.
    """
    ended = [i["key"] for i in record.read(run).get("notebooks", []) if i["state"] == "done"]
    made, refused = 0, dict[str, None]()
    for key in sorted(key for key in ended if key.startswith((STEP, HOLDOUT))):
        try:
            if log_any(run, key, uri):
                made += 1
                say(f"logged {key}")
        except store.RefusedError as error:
            refused[str(error)] = None
    if refused:
        raise store.RefusedError("; ".join(refused))
    return made


def log_any(run: Run, key: str, uri: str | None = None) -> str | None:
    """Log a training, or what a holdout has shown; return MLflow's run id, None if nothing new."""
    return log(run, key, uri) if key.startswith(STEP) else log_holdout(run, key, uri)


def in_words(error: Exception) -> str:
    """Return an error in one line, without the store's address: that may hold a password."""
    text = " ".join(f"{type(error).__name__}: {error}".split())
    return re.sub(r"\S+://\S+", "<the store>", text)[:300]


def log(run: Run, key: str, uri: str | None = None) -> str | None:
    """Log one training (its key in `run.json`) and return MLflow's run id; None if it was logged.

    By default the store is the setting's.
    """
    content = record.read(run)
    item = next(item for item in content["notebooks"] if item["key"] == key)
    folder = run.path / item["folder"]
    client, experiment = _opened(uri, item["division"])
    digest = receipts.digest(receipts.outputs(folder, STEP))
    if _logged(client, experiment, run.id, digest):
        return None
    _close_killed(client, experiment, run.id)
    report, identity = reports.read(folder, Training), kinds.of(run, content)
    tags = {"gosales.run": run.id, "gosales.training": digest, "gosales.cutoff": item["cutoff"]}
    title = f"{identity.name or run.id} {item['cutoff']} {report.champion}"
    tags["mlflow.runName"] = title.strip()  # MLflow cuts the end of a name
    tags["gosales.git_commit"] = content.get("git_commit") or ""
    tags |= {"gosales.kind": identity.kind, "gosales.tags": " ".join(identity.tags)}
    if identity.note:
        tags["mlflow.note.content"] = identity.note
    given = of_run(run, content, item["division"]) | params(report, item, folder)
    figures = metrics(report)  # before the run is made: a report may not be available
    began, ended = _when(item)
    made = client.create_run(experiment, start_time=began, tags=tags).info.run_id
    _log_values(client, made, given, figures)
    _log_files(client, made, folder)
    if identity.kind == "candidate" and _is_whole(folder):
        from gosales_lib.mlflow_log import registry  # late: it brings the models

        registry.register(client, made, run, folder)
    client.set_terminated(made, end_time=ended)
    answer: str | None = made
    return answer


def _is_whole(folder: Path) -> bool:
    return (folder / "model" / "model.joblib").exists() and (folder / "features.parquet").exists()


def log_holdout(run: Run, key: str, uri: str | None = None) -> str | None:
    """Add what a holdout has shown to the training that it judges; None where there is nothing.

    A check judges the run that it checks, any other run itself.
    """
    content = record.read(run)
    item = next(item for item in content["notebooks"] if item["key"] == key)
    report = reports.read(run.path / item["folder"], Holdout)
    if not isinstance(report, Checked):
        return None
    client, experiment = _opened(uri, item["division"])
    judged = content.get("checks") or run.id
    wanted = f"tags.`gosales.run` = '{judged}' and tags.`gosales.cutoff` = '{item['cutoff']}'"
    runs = client.search_runs([experiment], wanted, max_results=1)
    if not runs or runs[0].data.tags.get("gosales.checked_by") == run.id:
        return None
    made = str(runs[0].info.run_id)
    _log_values(client, made, {}, holdout_metrics(report))
    if report.lacks:
        client.set_tag(made, "gosales.holdout_lacks", report.lacks)
    client.set_tag(made, "gosales.checked_by", run.id)
    return made


def _close_killed(client: Any, experiment: str, run_id: str) -> None:
    """Mark trainings that a killed runner left as running; a run has only one runner."""
    wanted = f"tags.`gosales.run` = '{run_id}' and attributes.status = 'RUNNING'"
    for left in client.search_runs([experiment], wanted):
        client.set_terminated(left.info.run_id, status="KILLED")


def _when(item: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return when a training began and ended, in milliseconds; logging it is no part of it."""
    if "started" not in item:
        return None, None
    began = 1000 * datetime.fromisoformat(item["started"]).timestamp()
    return int(began), int(began + 1000 * item.get("seconds", 0))


def _log_values(client: Any, made: str, given: dict[str, str], figures: dict[str, float]) -> None:
    """Log parameters and metrics in one call: each call is a transaction."""
    from mlflow.entities import Metric, Param
    from mlflow.utils.time import get_current_time_millis

    time = get_current_time_millis()
    entities = [Metric(name, value, time, 0) for name, value in figures.items()]
    client.log_batch(made, entities, [Param(name, value) for name, value in given.items()])


def _log_files(client: Any, made: str, folder: Path) -> None:
    """Log the report, the model card, the executed notebook and its figures.

    The model itself lies in the run folder, and in the registry where it is a candidate's.
    """
    for path in (folder / f"{STEP}.json", folder / f"{STEP}.ipynb"):
        if path.exists():
            client.log_artifact(made, str(path))
    for path in sorted((folder / "model").glob("model_card.*")):
        client.log_artifact(made, str(path), "model")
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


def _opened(uri: str | None, division: str) -> tuple[Any, str]:
    """Return a client of the store, and the id of a division's experiment."""
    uri = uri or settings.load().mlflow_uri()
    client = store.client(uri)
    store.refuse_moved(client, uri)
    return client, _experiment(client, uri, division)


def _experiment(client: Any, uri: str, division: str) -> str:
    """Return the id of a division's experiment, made when it is new.

    Files of a local store lie beside it, not in whatever folder the runner was started in.
    """
    from mlflow.exceptions import MlflowException

    name = f"gosales/{division}"
    if experiment := client.get_experiment_by_name(name):
        if experiment.lifecycle_stage == "deleted":
            number = experiment.experiment_id
            raise store.RefusedError(
                f"MLflow's experiment {name} was deleted: restore it by `mlflow experiments "
                f"restore --experiment-id {number}` with MLFLOW_TRACKING_URI set to the store, "
                "then `gosales mlflow sync RUN` logs what is missing"
            )
        return str(experiment.experiment_id)
    file = store.sqlite_file(uri)
    location = (file.parent / store.ARTIFACTS / distinct(division)).as_uri() if file else None
    tags = {"mlflow.note.content": NOTE.format(division), **KIND}
    try:
        return str(client.create_experiment(name, artifact_location=location, tags=tags))
    except MlflowException:  # another runner was quicker
        return str(client.get_experiment_by_name(name).experiment_id)


def _logged(client: Any, experiment: str, run_id: str, digest: str) -> bool:
    wanted = f"tags.`gosales.run` = '{run_id}' and tags.`gosales.training` = '{digest}'"
    finished = f"{wanted} and attributes.status = 'FINISHED'"
    return bool(client.search_runs([experiment], finished, max_results=1))
