"""What would run, and why: each notebook of a run against its receipt, before anything is written.

A finished run is never changed. Where something of it was lost, the same inputs make the same files
again; where its inputs, its parameters or the code have changed, another run is the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date

from gosales_lib.batch import request as asked
from gosales_lib.batch import tasks
from gosales_lib.batch.request import How, Request
from gosales_lib.core import timeline
from gosales_lib.run_folders import Run, kinds, plan, record
from gosales_lib.run_folders.plan import Board, Job, Selection

STAYS = ("up to date", "left alone")


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


def reasons(
    found: Run | None, wanted: Request, how: How, select: Selection, jobs: Iterable[Job]
) -> dict[str, str]:
    """Return for each job why it would run, or that it is up to date."""
    jobs = list(jobs)
    board, known = Board(jobs), dict[str, str]()
    inputs = asked.fingerprints(wanted) if found else {}
    for job in jobs:
        upstream = [key for key in job.waits_for if known[key] not in STAYS]
        if found is None:
            known[job.key] = "runs"
        elif not select.wants(job):
            known[job.key] = "left alone"
        elif select.forces(job):
            known[job.key] = "asked for"
        elif upstream:
            known[job.key] = f"after {upstream[0]}"
        else:
            reads = tasks.reads_of(found, job, board, inputs)
            task = tasks.task_of(found, wanted, how, job, reads, threads=1)
            known[job.key] = tasks.why_run(task) or "up to date"
    return known


def as_it_began(found: Run, wanted: Request) -> Request:
    """Return a run's request with the cutoffs that it has chosen: newer data never move them."""
    chosen = record.read(found).get("cutoffs")
    return replace(wanted, cutoffs=tuple(sorted(chosen))) if chosen else wanted


def selection(found: Run, select: Selection) -> Selection:
    """Return what may run again in a run: a check or a scoring never trains."""
    content = record.read(found)
    if kinds.of(found, content).kind == "check":
        return replace(select, keep=plan.BLIND)
    return replace(select, keep=plan.TRAINED if content.get("scored_with") else ())


def refuse_to_change(found: Run, wanted: Request, select: Selection) -> None:
    """Refuse to write anything else into a finished run than what it held.

    Raises
    ------
    ValueError
        Its inputs, parameters or code have changed, or a notebook is asked for again.
    """
    if record.read(found).get("state") != "done":
        return
    if select.force or select.start:
        raise ValueError(
            f"run {found.id} has finished and is never changed: start a new run with `gosales run`"
        )
    jobs = plan.build(divisions(found, wanted))
    known = reasons(found, wanted, How(), selection(found, select), jobs)
    changed = {key: why for key, why in known.items() if why.endswith(" changed")}
    if changed:
        key, why = next(iter(changed.items()))
        what = "new data" if why == "inputs changed" else why.replace(" changed", " has changed")
        raise ValueError(
            f"{what}: start a new run with `gosales run`; run {found.id} has finished and is never "
            f"changed ({key}: {why})"
        )


def unfinished(runs: Iterable[Run], layout: str, name: str | None = None) -> Run | None:
    """Return the newest run of a layout that has begun and not ended well, None without one.

    Parameters
    ----------
    runs
        The runs of a folder, the newest first.
    layout, name
        The layout's file as runs keep it, and its name.
    """
    return next((run for run in runs if _is_left(record.read(run), layout, name)), None)


def _is_left(content: Mapping[str, object], layout: str, name: str | None) -> bool:
    given = content.get("parameters")
    asked_for = given.get("layout") if isinstance(given, Mapping) else None
    mine = asked_for == layout or (name is not None and content.get("layout") == name)
    return bool(asked_for) and mine and content.get("state") != "done"
