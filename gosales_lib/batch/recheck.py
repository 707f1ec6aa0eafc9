"""Checks a finished run against later data, in a new run that trains nothing.

The finished run stays unchanged. The new run begins with its files (hard links where the disk
has them; files are replaced whole and never modified, so sharing is safe) and runs 01_etl,
05_holdout and 06_whitespace on the later rows.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from gosales_lib import reports, run_folders
from gosales_lib.batch.request import Request, folders
from gosales_lib.core import locks
from gosales_lib.reports.training import Training
from gosales_lib.run_folders import Run, artifacts, kinds, plan, receipts, record
from gosales_lib.run_folders.plan import Selection
from gosales_lib.run_folders.record import EVENTS

SELECT = Selection(keep=plan.BLIND)


def prepare(
    runs_dir: Path, finished: Run, holdout: Path | None, max_missing_days: int | None
) -> tuple[Run, Request]:
    """Return a new run with the models and scores of `finished`, and what to ask of it.

    ValueError: the run has no scores. NotAvailableError: a training's report was changed, or
    written by another version.
    """
    content = record.read(finished)
    chosen = content.get("cutoffs")
    if not chosen:
        raise ValueError(f"run {finished.id} has no scores: finish it with `gosales run --resume`")
    for cutoff, names in chosen.items():  # or the last notebook tells it when all is done
        for name in names:
            if (finished.at(name, cutoff).path / f"{Training.step}.json").exists():
                reports.read(finished.at(name, cutoff), Training)
    divisions = dict.fromkeys(name for names in chosen.values() for name in names)
    asked = Request.of(content["parameters"])
    changes: dict[str, Any] = {"divisions": tuple(divisions), "cutoffs": tuple(chosen)}
    if holdout is not None:
        changes |= folders(None, holdout)
    if max_missing_days is not None:
        changes["parameters"] = {**asked.parameters, "max_missing_days": max_missing_days}
    request = replace(asked, all_divisions=False, **changes)
    fresh = run_folders.create(runs_dir, {})
    places = (finished.path, fresh.path)
    shutil.copytree(*places, False, _not_files, artifacts.link, dirs_exist_ok=True)
    kept = [n for n in content["notebooks"] if n["notebook"] in SELECT.keep]
    for item in content["notebooks"]:  # or a check that fails shows the earlier check's figures
        if item not in kept:
            receipts.withdraw(fresh.path / item["folder"], item["notebook"])
    layout = kinds.of(finished, content).layout
    start = {"id": fresh.id, "kind": "check", "checks": finished.id, "layout": layout}
    artifacts.write_json(fresh.path / "run.json", start | {"notebooks": kept})
    return fresh, request


def _not_files(folder: str, names: list[str]) -> set[str]:
    """Leave out the finished run's own record and the leftovers of killed writers."""
    own = {"run.json", EVENTS, locks.RUNNER, "report.html"}
    return {name for name in names if name in own or name.startswith(".")}
