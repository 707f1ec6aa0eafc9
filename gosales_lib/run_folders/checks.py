"""Checks: runs that compare the predictions of an earlier run with later sales."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

from gosales_lib.core import timeline
from gosales_lib.run_folders import Run, kinds, list_runs, record

HOLDOUT = "05_holdout"
OPEN = ("nothing to check yet", "refused")
"""The states of a holdout without figures."""


def of(run: Run) -> list[Run]:
    """Return the finished checks of a run in the same runs folder, the newest first."""
    runs = []
    for other in record.readable(list_runs(run.path.parent)):
        content = record.read(other)
        if content.get("checks") == run.id and content.get("state") == "done":
            runs.append(other)
    return runs


def track_record(run: Run) -> Run | None:
    """Return the run that holds the sales observed after `run`: its newest check, or itself.

    None where no division has been checked yet.
    """
    return next((each for each in (*of(run), run) if is_checked(each)), None)


def is_checked(run: Run) -> bool:
    """Return whether the holdout of a run judged at least one division.

    A report without a state counts as judged: readers of its figures get an error that says so.
    """
    return any(_status(path) not in OPEN for path in run.path.glob(f"*/????-??-??/{HOLDOUT}.json"))


def _status(path: Path) -> str | None:
    try:
        status: str | None = json.loads(path.read_text(encoding="utf-8")).get("status")
    except (ValueError, AttributeError):
        return None
    return status


def window_end(run: Run) -> date | None:
    """Return the last day that a run predicts, None before its cutoffs are known."""
    content = record.read(run)
    cutoffs = content.get("cutoffs")
    if not cutoffs:
        return None
    return timeline.Window(timeline.parse_date(max(cutoffs)), record.window(content)).end


def unchecked(run: Run) -> bool:
    """Return whether a run is a finished candidate that has not been checked."""
    content = record.read(run)
    candidate = kinds.of(run, content).kind == "candidate" and content.get("state") == "done"
    return candidate and track_record(run) is None
