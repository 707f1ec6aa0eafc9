"""MLflow's store: a client that sends nothing to anybody, and the page that compares runs.

`import mlflow` costs seconds, so it happens inside the functions.
"""

from __future__ import annotations

import logging
import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from gosales_lib.core import locks

if TYPE_CHECKING:
    from mlflow import MlflowClient

QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
"""MLflow reports to its makers and draws a bar for every file unless the environment says no."""
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


def sqlite_file(uri: str) -> Path | None:
    """Return where a SQLite store lies; None of another one."""
    return Path(uri.removeprefix("sqlite:///")).resolve() if uri.startswith("sqlite:///") else None
