"""`gosales run --dry-run`: what would run, what is done, and how long it took last time."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from gosales_lib import run_folders
from gosales_lib.batch import request, tasks
from gosales_lib.batch.kernels import sharing
from gosales_lib.batch.request import How, Request
from gosales_lib.cli import tables
from gosales_lib.core import timeline
from gosales_lib.reports import summary
from gosales_lib.run_folders import Run, plan, record
from gosales_lib.run_folders.plan import Board, Job, Selection

if TYPE_CHECKING:
    from rich.console import Console

LATER = "chosen after 01_etl"
STAYS = ("up to date", "left alone")


def show(
    console: Console,
    runs_dir: Path,
    found: Run | None,
    wanted: Request,
    how: How,
    select: Selection,
) -> None:
    """Print the plan; nothing is written."""
    chosen = divisions(found, wanted)
    seconds = summary.last_seconds(run_folders.list_runs(runs_dir), wanted.layout)
    jobs = plan.build(chosen) if chosen else [plan.ETL]
    reasons = _reasons(found, wanted, how, select, jobs)
    rows = [
        (job.step, job.division or "", str(job.cutoff or ""), reasons[job.key], _time(job, seconds))
        for job in jobs
    ]
    if not chosen:
        rows += [
            (step, LATER, LATER, "runs", _seconds(seconds.get(step))) for step in plan.STEPS[1:]
        ]
    tables.show(console, ("notebook", "division", "cutoff", "what", "last time"), rows)
    if not chosen:
        console.print(
            "\n01_etl would run and tell how many more; --cutoff and --division say it now"
        )
        return
    todo = [job for job in jobs if reasons[job.key] not in STAYS]
    known = sum(seconds.get(job.step, 0.0) for job in todo) / min(how.jobs, sharing.cores())
    about = f", about {known:.0f} s with {how.jobs} at a time" if known else ""
    console.print(f"\n{len(todo)} of {len(jobs)} notebooks would run{about}")


def divisions(found: Run | None, wanted: Request) -> dict[date, list[str]]:
    """Return the divisions of each cutoff as far as they are known before 01_etl has run."""
    if found is not None and (kept := record.read(found).get("cutoffs")):
        return {timeline.parse_date(day): names for day, names in kept.items()}
    if not wanted.cutoffs:
        return {}
    names = list(wanted.divisions)
    if wanted.all_divisions:
        from gosales_lib import layout
        from gosales_lib.batch import asking

        names = list(layout.load(asking.layout_file(wanted.layout)).divisions)
    return {timeline.parse_date(day): names for day in wanted.cutoffs} if names else {}


def _reasons(
    found: Run | None, wanted: Request, how: How, select: Selection, jobs: list[Job]
) -> dict[str, str]:
    """Return for each job why it would run, or that it is up to date."""
    board, reasons = Board(jobs), dict[str, str]()
    inputs = request.fingerprints(wanted) if found else {}
    for job in jobs:
        upstream = [key for key in job.waits_for if reasons[key] not in STAYS]
        if found is None:
            reasons[job.key] = "runs"
        elif not select.wants(job):
            reasons[job.key] = "left alone"
        elif select.forces(job):
            reasons[job.key] = "asked for"
        elif upstream:
            reasons[job.key] = f"after {upstream[0]}"
        else:
            reads = tasks.reads_of(found, job, board, inputs)
            task = tasks.task_of(found, wanted, how, job, reads, threads=1)
            reasons[job.key] = tasks.why_run(task) or "up to date"
    return reasons


def _time(job: Job, seconds: dict[str, float]) -> str:
    return _seconds(seconds.get(job.step))


def _seconds(value: float | None) -> str:
    return "-" if value is None else f"{value:.1f} s"
