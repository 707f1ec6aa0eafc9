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
    verbose: Annotated[
        bool,
        typer.Option("--verbose", "-v", help="Show debug messages, and the traceback of an error."),
    ] = False,
) -> None:
    """Set up the logger for the command that follows."""
    from gosales_lib.core import log

    log.set_up("DEBUG" if verbose else "INFO")


COMMANDS: dict[str, tuple[Callable[..., None] | typer.Typer, ...]] = {
    "Begin": (new.new, data.doctor, data.sample_data, layout.app),
    "Predict": (run.run, run.holdout, score.score),
    "Look": (watch.status, dashboard.dashboard, watch.report, watch.logs, mlflow.app),
    "Check": (watch.verify, leakage.leakage),
    "Manage": (release.release, release.tag, publish.publish, prune.prune),
}
"""The commands by the group that the help shows them in."""
for group, commands in COMMANDS.items():
    for command in commands:
        if isinstance(command, typer.Typer):
            app.add_typer(command, rich_help_panel=group)
        else:
            app.command(rich_help_panel=group)(errors_in_words(command))
