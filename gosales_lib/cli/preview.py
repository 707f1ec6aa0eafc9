"""`gosales run --dry-run`: the notebooks that would run, those done, and their last durations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gosales_lib import run_folders
from gosales_lib.batch import staleness
from gosales_lib.batch.kernels import sharing
from gosales_lib.batch.request import How, Request
from gosales_lib.cli import tables
from gosales_lib.reports import summary
from gosales_lib.run_folders import Run, plan
from gosales_lib.run_folders.plan import Selection

if TYPE_CHECKING:
    from rich.console import Console

LATER = "chosen after 01_etl"


def show(
    console: Console,
    runs_dir: Path,
    unfinished: Run | None,
    wanted: Request,
    how: How,
    select: Selection,
) -> None:
    """Print the plan; nothing is written."""
    chosen = staleness.divisions(unfinished, wanted)
    seconds = summary.last_seconds(run_folders.list_runs(runs_dir), wanted.layout)
    jobs = plan.build(chosen) if chosen else [plan.ETL]
    reasons = staleness.reasons(unfinished, wanted, how, select, jobs)
    rows = [
        (
            job.step,
            job.division or "",
            str(job.cutoff or ""),
            reasons[job.key],
            _seconds(seconds.get(job.step)),
        )
        for job in jobs
    ]
    if not chosen:
        rows += [
            (step, LATER, LATER, "runs", _seconds(seconds.get(step))) for step in plan.STEPS[1:]
        ]
    tables.show(console, ("notebook", "division", "cutoff", "what", "last time"), rows)
    if not chosen:
        given = {"--cutoff": wanted.cutoffs, "--division": wanted.divisions or wanted.all_divisions}
        missing = [option for option, value in given.items() if not value]
        told = f"{' and '.join(missing)} show{'s' * (len(missing) == 1)} it now"
        console.print(f"\n01_etl would run and determine the rest; {told}", markup=False)
        return
    todo = [job for job in jobs if reasons[job.key] not in staleness.STAYS]
    expected = sum(seconds.get(job.step, 0.0) for job in todo) / min(how.jobs, sharing.cores())
    about = f", about {expected:.0f} s with {how.jobs} in parallel" if expected else ""
    console.print(f"\n{len(todo)} of {len(jobs)} notebooks would run{about}")


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
