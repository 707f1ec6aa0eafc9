"""Alarms as lines of the console, the gravest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

STYLES = {"failed": "bold red", "warning": "yellow"}


def show(out: Console, alarms: Iterable[Mapping[str, Any]]) -> None:
    """Print each alarm of a report with its example and its mend."""
    from gosales_lib.layout_init.writing import plain

    for alarm in sorted(alarms, key=lambda one: (one["level"], one["name"])):
        line = f"\n{alarm['level']}: {alarm['name']}: {plain(alarm['sentence'])}"
        out.print(line, style=STYLES[alarm["level"]], markup=False)
        for name in ("example", "mend"):
            if alarm[name]:
                out.print(f"  {name}: {plain(str(alarm[name]))}", markup=False)
