"""The record of a run: its cutoffs, whether it can be shown, and what failed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gosales_lib.dashboard.read.choice import FINISHED
from gosales_lib.run_folders import Run, endings


def cutoffs(run: Run) -> list[str]:
    """Return the cutoffs of a run, the latest first."""
    return sorted((content(run.path / "run.json").get("cutoffs") or {}), reverse=True)


def obstacle(run: Run, state: str, scoped: bool = False) -> str | None:
    """Return why a run cannot be shown; None if it can.

    An error may name any customer, so a viewer who may see some only is not told it.
    """
    held = content(run.path / "run.json")
    mend = endings.go_on(run.id, held)
    if state == "running":
        return f"Run {run.id} is still running. It can be shown when it has ended."
    if state == "interrupted":
        return f"Run {run.id} was interrupted before it ended; {mend}."
    if state not in FINISHED:
        return f"Run {run.id} is damaged: its run.json says nothing of how it ended; {mend}."
    if not cutoffs(run):
        why = None if scoped else endings.why(held)
        told = f": {why.rstrip('.')}" if why else ""
        return f"Run {run.id} stopped before a division was planned{told}. How to go on: {mend}."
    return None


def failed(record: Mapping[str, Any], cutoff: str) -> Sequence[str]:
    """Return the notebooks of a cutoff that failed or were skipped, as text."""
    items = record.get("notebooks", [])
    return [
        " ".join(str(word) for word in (item["notebook"], item["division"], item["state"]) if word)
        for item in items
        if item["cutoff"] in (cutoff, None) and item["state"] in ("failed", "skipped")
    ]


def content(path: Path) -> dict[str, Any]:
    """Return a JSON file; empty where it is missing or damaged."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}
