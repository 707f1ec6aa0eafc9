"""MLflow's store: a client that sends nothing to anybody, and the page that compares runs.

`import mlflow` costs seconds, so it happens inside the functions.
"""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlparse

from gosales_lib.core import locks

if TYPE_CHECKING:
    from sqlite3 import Connection

    from mlflow import MlflowClient

QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_LOG_UV_FILES": "false",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
}
"""Unless the environment says otherwise: MLflow reports nothing to its makers, draws no bar for
every file, keeps no copy of `uv.lock` with every model, and a server that says nothing is given up
after 20 seconds; its own patience is minutes."""
RUNS = "#/experiments/{}/runs?workflowType=machine_learning"
"""The runs of an experiment; its plain address and the front page are about language models."""


def client(uri: str) -> MlflowClient:
    """Return a client of the store; a fresh SQLite one is made by one process at a time."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    from mlflow import MlflowClient

    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("mlflow").setLevel(logging.ERROR)  # the import has set it to INFO
    warnings.filterwarnings("ignore", message="The ``noload`` loader strategy")
    file = sqlite_file(uri)
    if file is None:
        return MlflowClient(tracking_uri=uri)
    with locks.hold(file.with_name(f".{file.name}.lock")):
        made = MlflowClient(tracking_uri=uri)  # makes and migrates a fresh store
        made.search_experiments(max_results=1)
    return made


class RefusedError(ValueError):
    """One thing that MLflow cannot take, with its mend; others can still be logged."""


def refuse_moved(client: MlflowClient, uri: str) -> None:
    """Raise RefusedError for a store that was moved with its project: it would write where it was.

    MLflow keeps the absolute place of each experiment's files.
    """
    file = sqlite_file(uri)
    if file is None:
        return
    ours = client.search_experiments(filter_string="name LIKE 'gosales/%'")
    for experiment in ours:
        path = local_path(experiment.artifact_location)
        if path is not None and path.name and not path.is_relative_to(file.parent):
            raise RefusedError(
                f"MLflow's store lies in {file.parent} and notes its files in {path.parent}: it "
                "was moved. `gosales mlflow relocate` records the new location"
            )


def relocate(uri: str) -> int:
    """Note the store's own folder as the place of all files; return how many notes changed.

    RefusedError: the store is no SQLite file, or the files are not beside it.
    """
    import sqlite3

    file = sqlite_file(uri)
    if file is None:
        raise RefusedError("only a SQLite store keeps its files beside it: move others by MLflow")
    new = (file.parent / ARTIFACTS).as_uri()
    if not (file.parent / ARTIFACTS).is_dir():
        raise RefusedError(f"there is no folder {ARTIFACTS} beside {file}: move it there first")
    changed = 0
    with sqlite3.connect(file) as opened:
        for table, column in NOTES:
            columns = {row[1] for row in opened.execute(f"PRAGMA table_info({table})")}
            if column in columns:
                changed += _rewrite(opened, table, column, new)
    return changed


ARTIFACTS = "mlartifacts"
NOTES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("model_versions", "source"),
    ("model_versions", "storage_location"),
    ("logged_models", "artifact_location"),
)
"""Where MLflow keeps absolute places of files (its tables, 3.17)."""


def _rewrite(opened: Connection, table: str, column: str, new: str) -> int:
    """Replace the path before `mlartifacts` in a column by the new folder."""
    changed = 0
    query = f"SELECT DISTINCT {column} FROM {table} WHERE {column} LIKE ?"
    for (old,) in opened.execute(query, (f"file://%/{ARTIFACTS}/%",)).fetchall():
        fresh = f"{new}/{old.split(f'/{ARTIFACTS}/', 1)[1]}"
        if fresh != old:
            update = f"UPDATE {table} SET {column} = ? WHERE {column} = ?"
            changed += opened.execute(update, (fresh, old)).rowcount
    return changed


def local_path(location: str | None) -> Path | None:
    """Return the local path of an artifact location, None of one that is elsewhere."""
    if not location or not location.startswith("file:"):
        return None
    return Path(unquote(urlparse(location).path)).resolve()


def sqlite_file(uri: str) -> Path | None:
    """Return where a SQLite store lies; None of another one."""
    return Path(uri.removeprefix("sqlite:///")).resolve() if uri.startswith("sqlite:///") else None
