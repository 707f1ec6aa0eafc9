"""The command line: `gosales run`, `gosales status` and so on. Heavy imports happen late."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from gosales_lib.cli import (
    dashboard,
    data,
    layout,
    leakage,
    mlflow,
    new,
    prune,
    publish,
    release,
    run,
    score,
    watch,
)
from gosales_lib.cli.common import errors_in_words

app = typer.Typer(
    name="gosales",
    help="Predict which existing customers will buy from which division next, and prove it.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"gosales {version('gosales')}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show debug messages.")] = False,
) -> None:
    """Set up the logger for the command that follows."""
    from gosales_lib.core import log

    log.set_up("DEBUG" if verbose else "INFO")


COMMANDS: tuple[Callable[..., None], ...] = (
    *(
        run.run,
        run.holdout,
        score.score,
        release.release,
        prune.prune,
        release.tag,
        watch.status,
        watch.verify,
        watch.logs,
        watch.report,
        publish.publish,
    ),
    *(dashboard.dashboard, leakage.leakage, new.new, data.sample_data, data.doctor),
)
for command in COMMANDS:
    app.command()(errors_in_words(command))
app.add_typer(layout.app)
app.add_typer(mlflow.app, name="mlflow")
