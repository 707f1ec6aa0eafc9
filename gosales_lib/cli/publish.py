"""`gosales publish`: write a finished run to the database, or remove older ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gosales_lib.cli.common import RunName, RunsDir, named, runs_folder

if TYPE_CHECKING:
    from gosales_lib.run_folders import Run


def publish(
    name: RunName = None,
    runs: RunsDir = None,
    keep: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Publish nothing; delete from the database all but this number of runs per "
            "layout and the current ones.",
        ),
    ] = None,
) -> None:
    """Publish a finished run to the database again, or delete older runs from it.

    `gosales run` publishes its run. Use this command after the database was unavailable, or for a
    new database. Publishing a run twice changes nothing, and only `gosales release` decides which
    run is current. Run folders do not change.
    """
    from gosales_lib import run_folders as folders
    from gosales_lib.core import settings
    from gosales_lib.database import connection, publishing

    current = settings.load()
    if keep is not None:
        gone = publishing.prune(connection.engine(current), keep, current.database_schema)
        typer.echo(f"removed {', '.join(gone)}" if gone else "nothing to remove")
        return
    typer.echo(publishing.publish_run(folders.find_run(runs_folder(runs), name).path, current))


def after(run: Run) -> None:
    """Publish a run that has just ended well, and print it; a trial is not published.

    RuntimeError: the database could not be reached or refused; the message says how to publish
    later.
    """
    from gosales_lib.core import settings
    from gosales_lib.database import publishing
    from gosales_lib.run_folders import kinds

    if kinds.of(run).kind == "trial":
        anyway = f"`gosales publish {named(run.path)}` publishes it anyway"
        typer.echo(f"\na trial is not published; {anyway}")
        return
    try:
        typer.echo(f"\n{publishing.publish_run(run.path, settings.load())}")
    except (ValueError, RuntimeError) as error:
        again = (
            f"the run itself is complete; `gosales publish {named(run.path)}` publishes it later"
        )
        raise RuntimeError(f"not published: {error}; {again}") from None
