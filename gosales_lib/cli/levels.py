"""Prints the health of a finished run and turns it into an exit status."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from gosales_lib.cli import exit_statuses

if TYPE_CHECKING:
    from rich.console import Console

    from gosales_lib.batch.levels import Health

STYLES = {"ok": "green", "warning": "yellow", "failed": "bold red"}


def show(out: Console, health: Health) -> None:
    """Print each finding, the most severe level last."""
    out.print()
    for finding in health.findings:
        line = f"{finding.level:<8} {finding.name}: {finding.sentence}"
        out.print(line, style=STYLES[finding.level], markup=False)
    out.print(f"level    {health.level}", style=STYLES[health.level], markup=False)


def leave(health: Health, strict: bool) -> None:
    """End with status 1 where the level is failed, with 3 where it warns and `strict` is set."""
    if health.level == "failed":
        raise typer.Exit(exit_statuses.FAILED)
    if strict and health.level == "warning":
        raise typer.Exit(exit_statuses.OPEN)
