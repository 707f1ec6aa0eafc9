"""`gosales mlflow`: MLflow's page, which compares the trainings of all runs."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from gosales_lib.cli.common import (
    LOCAL,
    RunName,
    RunsDir,
    check_free,
    errors_in_words,
    give_way,
    runs_folder,
)
from gosales_lib.mlflow_log import store

if TYPE_CHECKING:
    from mlflow import MlflowClient

ALONE = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
"""Without it MLflow starts eight more processes of 270 MB each for jobs that do not exist here."""


app = typer.Typer(name="mlflow")


@app.callback(invoke_without_command=True)
@errors_in_words
def mlflow(
    context: typer.Context,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")] = 5000,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the command that would serve, and exit.")
    ] = False,
) -> None:
    """Serve MLflow's page on this machine, to compare trainings: http://127.0.0.1:5000.

    Only this machine can reach the page, and it sends no data. Each division is an experiment with
    its own link, and each training is a run of that experiment. The models under *Model registry*
    carry the aliases champion and challenger.
    """
    if context.invoked_subcommand is not None:
        return
    from gosales_lib.core import settings

    words = ("mlflow", "ui", "--host", LOCAL, "--port", str(port), "--workers", "1")
    command = [sys.executable, "-m", *words]
    if dry_run:
        typer.echo(" ".join(command))
        return
    check_free(LOCAL, port)
    uri = settings.load().mlflow_uri()
    client = store.client(uri)  # a fresh or an older store is brought up to date first
    links = _links(client, f"http://{LOCAL}:{port}/")
    if not links:
        typer.echo("no training yet: `gosales run` logs one per division")
    for name, link in links.items():
        typer.echo(f"{name:<24}  {link}")
    typer.echo(
        "Open the link of a division after about ten seconds, tick two runs and choose Compare. "
        "Press Ctrl-C to stop."
    )
    # In the environment, where other accounts of the machine do not see it: it may hold a password.
    give_way(command, os.environ | store.QUIET | ALONE | {"MLFLOW_BACKEND_STORE_URI": uri})


def _links(client: MlflowClient, page: str) -> dict[str, str]:
    """Return the address of each division's trainings, by its name."""
    ours = client.search_experiments(filter_string="name LIKE 'gosales/%'", order_by=["name"])
    return {e.name.partition("/")[2]: page + store.RUNS.format(e.experiment_id) for e in ours}


@app.command()
@errors_in_words
def sync(name: RunName = None, runs: RunsDir = None) -> None:
    """Log those trainings and holdout figures of a run that MLflow does not hold yet."""
    from gosales_lib import run_folders
    from gosales_lib.mlflow_log import tracking

    run = run_folders.find_run(runs_folder(runs), name)
    made = tracking.sync(run, say=typer.echo)
    typer.echo(f"{made} logged of run {run.id}" if made else f"run {run.id} is already logged")


@app.command()
@errors_in_words
def relocate() -> None:
    """Update MLflow's paths after the project was moved or renamed."""
    from gosales_lib.core import settings

    typer.echo(f"{store.relocate(settings.load().mlflow_uri())} paths updated")
