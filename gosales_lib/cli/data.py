"""`gosales sample-data`, `doctor` and `dashboard`: what stands before and after a run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from gosales_lib.cli.common import RunsDir, console, relative, runs_folder

TRUTH = "data/truth"


def sample_data(
    customers: Annotated[int, typer.Option(min=10, help="How many.")] = 2000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same log.")] = 17,
) -> None:
    """Write a realistic sales log and its holdout, with the planted truth beside them."""
    from gosales_lib import sample, settings

    chosen = settings.load()
    folders = [settings.resolve(path) for path in (chosen.data_dir, chosen.holdout_dir, TRUTH)]
    written = sample.write(*folders, customers=customers, seed=seed)
    days = f"{written.first_date} to {written.last_date}"
    typer.echo(f"{written.rows:,} invoices of {written.customers:,} customers, {days}:")
    for folder in folders:
        typer.echo(f"  {relative(folder)}")


def doctor() -> None:
    """Say what is installed, what is missing, and the command that mends it."""
    from gosales_lib import doctor as examination
    from gosales_lib.cli import tables

    checks = examination.checks()
    rows = [
        ("ok" if check.ok else "missing", check.name, check.detail, check.mend) for check in checks
    ]
    tables.show(console(), ("", "what", "found", "mend"), rows)
    if not all(check.ok or getattr(check, "optional", False) for check in checks):
        raise typer.Exit(1)


def dashboard(
    runs: RunsDir = None,
    port: Annotated[int, typer.Option(help="Port on this machine.")] = 8866,
    open_browser: Annotated[bool, typer.Option("--browser/--no-browser")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the command only.")] = False,
) -> None:
    """Serve the dashboard on this machine: http://127.0.0.1:8866."""
    import os

    from gosales_lib import settings

    page = settings.project_root() / "notebooks" / "dashboard.ipynb"
    command = voila(page, port, open_browser)
    if dry_run:
        typer.echo(" ".join(command))
        return
    if not page.is_file():
        raise FileNotFoundError("notebooks/dashboard.ipynb is missing: this checkout has none yet")
    environment = {**os.environ, "GOSALES_RUNS_DIR": str(runs_folder(runs))}
    raise typer.Exit(subprocess.call(command, env=environment))


def voila(page: Path, port: int, open_browser: bool) -> list[str]:
    """Return the command that serves a notebook by Voila on the loopback address only.

    The kernels are warmed ahead, end ten minutes after a tab is closed (each holds 245 MB), and
    the page fetches nothing from outside.
    """
    extensions = (
        "['@jupyter-widgets/jupyterlab-manager','anywidget','@voila-dashboards/widgets-manager8']"
    )
    return [
        *(sys.executable, "-m", "voila", str(page)),
        "--Voila.ip=127.0.0.1",
        f"--port={port}",
        *(() if open_browser else ("--no-browser",)),
        "--preheat_kernel=True",
        "--pool_size=2",
        f"--VoilaConfiguration.extension_allowlist={extensions}",
        "--KernelManager.transport_encryption=auto",
        "--MappingKernelManager.cull_idle_timeout=600",
        "--MappingKernelManager.cull_interval=60",
    ]
