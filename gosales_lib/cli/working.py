"""Carries out a run for a command: its folder, its notebooks, its results, the exit status."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from gosales_lib.cli import publish as publishing
from gosales_lib.cli.common import called, console, named, relative
from gosales_lib.cli.exit_statuses import FAILED, INTERRUPTED

if TYPE_CHECKING:
    from gosales_lib.batch.request import How, Request
    from gosales_lib.run_folders import Run
    from gosales_lib.run_folders.plan import Selection

HOUR, NIGHT = 3600, 4 * 3600  # seconds; a run that hangs in the evening has ended by the morning


def how(
    jobs: int | None,
    kernels: str = "warm",
    dask: str | None = None,
    notebook: float = NIGHT,
    cell: float = HOUR,
) -> How:
    """Return how a run is carried out, from the options.

    ValueError, RuntimeError: an option is not valid, or kernels would find no loopback interface,
    too few threads or too little memory.
    """
    from gosales_lib.batch.kernels import sharing
    from gosales_lib.batch.request import How

    if kernels not in ("warm", "cold"):
        raise ValueError(f"--engine-kernels {kernels!r}: write warm or cold")
    jobs = jobs or min(4, sharing.cores())
    sharing.refuse_little_memory()
    if dask is None:
        sharing.refuse_no_loopback()
        sharing.refuse_few_threads(jobs)
    return How(
        jobs=jobs,
        warm=kernels == "warm",
        dask=dask,
        cell_seconds=cell or None,
        notebook_seconds=notebook or None,
    )


@dataclass(frozen=True)
class Ends:
    """The actions when a run has ended."""

    mlflow: bool = True
    publish: bool = True
    strict: bool = False
    release: str = ""  # the reason, where the run is released at once


def work(run: Run, request: Request, how: How, select: Selection, ends: Ends) -> None:
    """Carry out a run, show its results and publish it; leave with an exit status."""
    from gosales_lib.cli import tables

    status = _batch(run, request, how, select, ends)
    if status["state"] != "done":
        tables.how_to_go_on(console(), status)
        raise typer.Exit(INTERRUPTED if status["state"] == "interrupted" else FAILED)
    from gosales_lib.batch import levels
    from gosales_lib.cli import levels as shown

    health = levels.of(run)
    shown.show(console(), health)
    if ends.release:
        from gosales_lib.cli import release

        release.at_once(run, ends.release, publish=ends.publish, mlflow=ends.mlflow)
    elif ends.publish:
        publishing.after(run)
    shown.leave(health, ends.strict)


def _batch(
    run: Run, request: Request, how: How, select: Selection, ends: Ends
) -> Mapping[str, Any]:
    """Run the notebooks that are due, print the closing table and return the run's status."""
    from gosales_lib.batch import rescore
    from gosales_lib.batch.request import fingerprints
    from gosales_lib.cli import alarms, progress, tables
    from gosales_lib.core.alarms import Alarm
    from gosales_lib.mlflow_log import background
    from gosales_lib.reports import summary

    inputs = fingerprints(request)
    with (
        background.tracker(run, ends.mlflow) as track,
        progress.watcher(console(stderr=True)) as show,
    ):

        def watch(event: Mapping[str, Any]) -> None:
            show(event)
            track(event)

        try:
            rescore.batch(run, request, how, select, watch, inputs).execute()
        except OSError as error:
            if error.errno != errno.ENOSPC:
                raise
            again = f"make room, then `{called()} run --resume {named(run.path)}`"
            raise OSError(f"no space left in {relative(run.path)}: {again}") from None
    status = summary.of(run)
    tables.closing(console(), status)
    alarms.show(console(), map(Alarm.model_validate, status["alarms"] or ()))
    tables.unsaid(console(), status)
    tables.where_to_look(console(), status)
    return status


def refuse_part(request: Request, option: str) -> None:
    """Refuse an option that only runs of the whole layout may have."""
    from gosales_lib.core import settings
    from gosales_lib.run_folders import kinds

    if why := kinds.partial(asdict(request), {"seed": settings.load().seed}):
        raise ValueError(f"{option} is for the whole layout: leave {why[0]} out")


def begin(
    parent: Path,
    request: Request,
    trial: bool | None = None,
    name: str = "",
    note: str = "",
    tags: Iterable[str] = (),
) -> Run:
    """Check the inputs of a new run, and return its folder with its kind noted in it."""
    from gosales_lib import layout as layouts
    from gosales_lib import run_folders
    from gosales_lib.batch import tasks
    from gosales_lib.batch.request import fingerprints
    from gosales_lib.core import settings
    from gosales_lib.run_folders import kinds, record

    tasks.check_notebooks(request)
    fingerprints(request)  # both come before a folder is made
    why = kinds.why_trial(asdict(request), {"seed": settings.load().seed}, record.git_commit())
    kind: kinds.Kind = "trial" if trial or (trial is None and why) else "candidate"
    identity = kinds.Identity(
        kind=kind,
        why=tuple(why or ["--trial"]) if kind == "trial" else (),
        name=name,
        note=note,
        tags=tuple(dict.fromkeys(tags)),
        layout=layouts.load(request.layout).name,
    )
    run = run_folders.create(parent, asdict(request))
    kinds.stamp(run, identity)
    return run
