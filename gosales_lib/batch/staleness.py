"""Reports which notebooks of a run would run, and why, before anything is written.

A finished run is never changed. If files of it were lost, the same inputs make them again. If its
inputs, its parameters or the code have changed, a new run is needed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from gosales_lib.batch import request as asked
from gosales_lib.batch import tasks
from gosales_lib.batch.request import How, Request
from gosales_lib.core import timeline
from gosales_lib.run_folders import Run, kinds, plan, record
from gosales_lib.run_folders.plan import Board, Job, Selection

STAYS = ("up to date", "left alone")


def divisions(earlier: Run | None, wanted: Request) -> dict[date, list[str]]:
    """Return the divisions of each cutoff as far as they are known before 01_etl has run."""
    if earlier is not None and (kept := record.read(earlier).get("cutoffs")):
        return {timeline.parse_date(day): names for day, names in kept.items()}
    if not wanted.cutoffs:
        return {}
    names = list(wanted.divisions)
    if wanted.all_divisions:
        from gosales_lib import layout
        from gosales_lib.batch import arguments

        names = list(layout.load(arguments.layout_file(wanted.layout)).divisions)
    return {timeline.parse_date(day): names for day in wanted.cutoffs} if names else {}


def reasons(
    earlier: Run | None, wanted: Request, how: How, select: Selection, jobs: Iterable[Job]
) -> dict[str, str]:
    """Return, by job, why it would run, or that it is up to date."""
    jobs = list(jobs)
    board, why = Board(jobs), dict[str, str]()
    inputs = asked.fingerprints(wanted) if earlier else {}
    for job in jobs:
        upstream = [key for key in job.waits_for if why[key] not in STAYS]
        if earlier is None:
            why[job.key] = "runs"
        elif not select.wants(job):
            why[job.key] = "left alone"
        elif select.forces(job):
            why[job.key] = "asked for"
        elif upstream:
            why[job.key] = f"after {upstream[0]}"
        else:
            reads = tasks.reads_of(earlier, job, board, inputs)
            task = tasks.task_of(earlier, wanted, how, job, reads, threads=1)
            why[job.key] = tasks.why_run(task) or "up to date"
    return why


def as_it_began(earlier: Run, wanted: Request) -> Request:
    """Return a run's request with the cutoffs that it has chosen: newer data never move them."""
    chosen = record.read(earlier).get("cutoffs")
    return replace(wanted, cutoffs=tuple(sorted(chosen))) if chosen else wanted


def selection(earlier: Run, select: Selection) -> Selection:
    """Return what may run again in a run: a check or a scoring never trains."""
    content = record.read(earlier)
    if kinds.of(earlier, content).kind == "check":
        return replace(select, keep=plan.BLIND)
    return replace(select, keep=plan.TRAINED if content.get("scored_with") else ())


def is_whole(earlier: Run, wanted: Request, select: Selection) -> bool:
    """Return whether a run has finished and holds all its files, so that nothing is left to do.

    ValueError: it has finished, and its inputs, parameters or code have changed, or a notebook is
    asked for again.
    """
    if record.read(earlier).get("state") != "done":
        return False
    if select.force or select.start:
        raise ValueError(
            f"run {earlier.id} has finished and is never changed: start a new run with "
            "`gosales run`"
        )
    jobs = plan.build(divisions(earlier, wanted))
    causes = reasons(earlier, wanted, How(), selection(earlier, select), jobs)
    changed = {key: why for key, why in causes.items() if why.endswith(" changed")}
    if changed:
        key, why = next(iter(changed.items()))
        what = (
            "new data or layout"
            if why == "inputs changed"
            else why.replace(" changed", " has changed")
        )
        raise ValueError(
            f"{what}: start a new run with `gosales run`; run {earlier.id} has finished and is "
            f"never changed ({key}: {why})"
        )
    return set(causes.values()) <= set(STAYS)


def unfinished(runs: Iterable[Run], layout: str, name: str | None = None) -> Run | None:
    """Return the newest run of a layout that has begun and not ended well, None without one.

    The newest of `runs` comes first; `layout` is the file as runs keep it, `name` the layout's.
    """
    for run in runs:
        content = record.read(run)
        asked_for = (content.get("parameters") or {}).get("layout")
        mine = asked_for == layout or (name is not None and content.get("layout") == name)
        if asked_for and mine and content.get("state") != "done":
            return run
    return None
