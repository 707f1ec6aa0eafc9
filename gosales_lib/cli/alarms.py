"""Prints alarms on the console, the most severe first."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from gosales_lib.core.alarms import Alarm

STYLES = {"failed": "bold red", "warning": "yellow"}


def show(out: Console, alarms: Iterable[Alarm]) -> None:
    """Print each alarm with its example and its mend."""
    from gosales_lib.layout_init.writing import plain

    for alarm in sorted(alarms, key=lambda item: (item.level, item.name)):
        line = f"\n{alarm.level}: {alarm.name}: {plain(alarm.sentence)}"
        out.print(line, style=STYLES[alarm.level], markup=False)
        for name, text in (("example", alarm.example), ("mend", alarm.mend)):
            if text:
                out.print(f"  {name}: {plain(text)}", markup=False)
