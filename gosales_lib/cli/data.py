"""`gosales sample-data` and `gosales doctor`: data and checks before a run."""

from __future__ import annotations

from typing import Annotated

import typer

from gosales_lib.cli import exit_statuses
from gosales_lib.cli.common import console, relative

TRUTH = "data/truth"


def sample_data(
    customers: Annotated[int, typer.Option(min=10, help="Number of customers.")] = 2000,
    seed: Annotated[int, typer.Option(help="Random seed; the same seed gives the same log.")] = 17,
) -> None:
    """Write a realistic sales log, its holdout, and the true probabilities behind them."""
    from gosales_lib import sample
    from gosales_lib.core import settings

    chosen = settings.load()
    folders = [settings.resolve(path) for path in (chosen.data_dir, chosen.holdout_dir, TRUTH)]
    data, holdout, truth = folders
    written = sample.write(data, holdout, truth, customers=customers, seed=seed)
    days = f"{written.first_date} to {written.last_date}"
    typer.echo(f"{written.rows:,} invoices of {written.customers:,} customers, {days}:")
    for folder in folders:
        typer.echo(f"  {relative(folder)}")


def doctor() -> None:
    """Check the installation and the settings, and show the command that fixes each fault."""
    from gosales_lib.cli import doctor as examination
    from gosales_lib.cli import tables

    checks = examination.checks()
    rows = [(check.state, check.name, check.detail, check.mend) for check in checks]
    tables.show(console(), ("", "what", "found", "mend"), rows)
    if not all(check.ok or getattr(check, "optional", False) for check in checks):
        raise typer.Exit(exit_statuses.FAILED)
