"""`gosales prune`: removes old runs from folder, database and MLflow, or only lists them."""

from __future__ import annotations

from typing import Annotated

import typer

from gosales_lib.cli.common import RunsDir, console, runs_folder
from gosales_lib.core.spelling import counted


def prune(
    runs: RunsDir = None,
    keep: Annotated[
        int, typer.Option(min=1, help="Number of the newest checked candidates to keep per layout.")
    ] = 12,
    days: Annotated[
        int, typer.Option(min=0, help="Number of days to keep trials and unfinished runs.")
    ] = 30,
    yes: Annotated[
        bool, typer.Option("--yes", help="Delete the runs instead of listing them.")
    ] = False,
    no_publish: Annotated[
        bool, typer.Option("--no-publish", help="Keep the published rows in the database.")
    ] = False,
    no_mlflow: Annotated[
        bool, typer.Option("--no-mlflow", help="Keep the trainings in MLflow.")
    ] = False,
) -> None:
    """List the runs that may be deleted, or delete them with --yes.

    The list holds old trials, old unfinished runs, checks that a newer check replaced, and checked
    candidates except for the newest ones (--keep). A run that was ever released or that is still to
    be checked always stays.
    """
    from gosales_lib.cli import tables
    from gosales_lib.run_folders import pruning

    parent = runs_folder(runs)
    removable = pruning.removable(parent, keep, days)
    rows = [(each.run.id, in_words(each.size), each.why) for each in removable]
    tables.show(console(), ("run", "size", "why"), rows)
    total = in_words(sum(each.size for each in removable))
    if not yes or not removable:
        typer.echo(
            f"{counted(len(removable), 'run')}, {total}"
            + ("; --yes deletes them" if removable else "")
        )
        return
    from gosales_lib.core import settings

    ids, current = [each.run.id for each in removable], settings.load()
    if not no_publish:
        from gosales_lib.database import connection, publishing

        publishing.forget(connection.engine(current), ids, current.database_schema)
    if not no_mlflow:
        from gosales_lib.mlflow_log import deletion

        deletion.forget(ids, current.mlflow_uri())
    for each in removable:
        pruning.remove(each.run)
    pruning.sweep(parent)
    typer.echo(f"deleted {counted(len(removable), 'run')}, {total}")


def in_words(size: float) -> str:
    """Return a readable number of bytes: `1.2 GB`."""
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
