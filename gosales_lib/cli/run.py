"""`gosales run` and `gosales holdout`: a new run, the rest of an unfinished one, or a check."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gosales_lib.cli import options, working
from gosales_lib.cli.common import NamedRun, RunName, RunsDir, called, console, runs_folder

if TYPE_CHECKING:
    from gosales_lib.batch.request import Request
    from gosales_lib.run_folders import Run
    from gosales_lib.run_folders.plan import Selection

OPTIONS = {
    "data_dir": "--data", "holdout_dir": "--holdout", "divisions": "--division", "parameter": "-p"
}  # fmt: skip
"""Options whose names differ from what they set."""


def run(
    name: NamedRun = None,
    layout: options.LayoutFile = None,
    data: options.Log = None,
    holdout: options.Holdout = None,
    runs: RunsDir = None,
    division: options.Divisions = None,
    all_divisions: options.AllDivisions = False,
    cutoff: options.Cutoffs = None,
    window_months: options.WindowMonths = None,
    window_days: options.WindowDays = None,
    jobs: options.Jobs = None,
    engine: options.Engine = None,
    engine_kernels: options.Kernels = "warm",
    dask: options.Dask = None,
    resume: options.Resume = False,
    from_: options.From = None,
    only: options.Only = None,
    force: options.Force = False,
    dry_run: options.DryRun = False,
    training_cutoffs: options.TrainingCutoffs = None,
    step_months: options.StepMonths = None,
    families: options.Families = None,
    max_missing_days: options.MaxMissingDays = None,
    top_n: options.TopN = None,
    parameter: options.Parameters = None,
    seed: options.Seed = None,
    timeout: options.Timeout = working.NIGHT,
    cell_timeout: options.CellTimeout = working.HOUR,
    notebooks: options.Notebooks = None,
    no_mlflow: options.NoMlflow = False,
    no_publish: options.NoPublish = False,
    trial: options.Trial = None,
    run_name: options.Name = "",
    note: options.Note = "",
    tag: options.Tags = None,
    release: options.Release = "",
    monthly: options.Monthly = False,
    strict: options.Strict = False,
) -> None:
    """Run the notebooks for each division and cutoff, and print the results.

    A run of a part (--division, --families, -p) or of a changed checkout is a trial; any other is
    a candidate, which `gosales release` may release. Candidates that end well are written to the
    database. RUN goes with --resume; by default it is the newest unfinished run of the layout.
    --monthly starts or resumes the run of the present data, checks the runs whose window has
    closed, and releases where the layout says `auto_release: true`; repeated, it does nothing.

    Exit status: 0 all done (level ok or warning), 1 a notebook failed (the others still ran) or the
    level is failed, 2 invalid arguments or a database that cannot be written, 3 level warning with
    --strict, 130 stopped by Ctrl-C.
    """
    asked = {
        "layout": layout,
        "data_dir": data,
        "holdout_dir": holdout,
        "divisions": tuple(division or ()),
        "all_divisions": all_divisions,
        "cutoffs": tuple(day.strip() for text in cutoff or () for day in text.split(",")),
        "window_months": window_months,
        "window_days": window_days,
        "engine": engine,
        "families": families,
        "training_cutoffs": training_cutoffs,
        "step_months": step_months,
        "seed": seed,
        "max_missing_days": max_missing_days,
        "top_n": top_n,
        "notebooks": notebooks,
        "parameter": tuple(parameter or ()),
    }
    parent = runs_folder(runs)
    how = working.how(jobs, engine_kernels, dask, timeout, cell_timeout)
    ends = working.Ends(
        mlflow=not no_mlflow, publish=not no_publish, strict=strict, release=release
    )
    if monthly:
        from gosales_lib.cli import monthly as rounds

        rounds.work(parent, _new(name, asked)[1], how, ends, dry_run)
        return
    if resume and name is None and (name := _unfinished(parent, asked)) is None:
        return
    unfinished, request = _resumed(parent, name, asked) if resume else _new(name, asked)
    select = _selection(request, from_, only or [], force)
    if dry_run:
        from gosales_lib.cli import preview

        preview.show(console(), parent, unfinished, request, how, select)
        return
    if unfinished is not None:
        from gosales_lib.batch import staleness

        staleness.refuse_to_change(unfinished, request, select)
        working.work(unfinished, request, how, staleness.selection(unfinished, select), ends)
        return
    if release:
        working.refuse_part(request, "--release")
        trial = False  # the user vouches for the checkout as it is
    fresh = working.begin(parent, request, trial, run_name, note, tag or ())
    working.work(fresh, request, how, select, ends)


def _new(name: str | None, asked: dict[str, Any]) -> tuple[None, Request]:
    from gosales_lib.batch import asking

    if name:
        raise ValueError(f"{name!r}: a run is named only together with --resume")
    return None, asking.request(asked)


def _unfinished(parent: Path, asked: dict[str, Any]) -> str | None:
    """Return the id of the newest unfinished run of the layout; an error says if there is none."""
    from gosales_lib import layout as layouts
    from gosales_lib import run_folders
    from gosales_lib.batch import asking, staleness
    from gosales_lib.core import settings
    from gosales_lib.run_folders import record

    given = asked.pop("layout", None)
    _refuse_given(asked)
    file = asking.layout_file(given or str(settings.load().layout))
    layout = layouts.load(file).name
    readable = list(record.readable(run_folders.list_runs(parent)))
    newest = staleness.unfinished(readable, run_folders.shown(file), layout)
    if newest is None:
        states = {run.id: record.read_live(run).get("state") for run in readable}
        others = [run_id for run_id, state in states.items() if state not in ("done", None)]
        more = (
            f"; `{called()} run --resume {others[0]}` belongs to another layout" if others else ""
        )
        typer.echo(f"nothing to resume: no unfinished run of layout {layout!r} in {parent}{more}")
    return newest.id if newest else None


def _refuse_given(asked: Mapping[str, Any]) -> None:
    """Refuse options that a resumed run has already fixed."""
    from gosales_lib.batch import asking

    if given := [key for key, value in asked.items() if asking.is_given(value)]:
        option = OPTIONS.get(given[0], "--" + given[0].replace("_", "-"))
        raise ValueError(f"--resume takes {option} from the run: leave it out, or begin a new run")


def _resumed(parent: Path, name: str | None, asked: dict[str, Any]) -> tuple[Run, Request]:
    from gosales_lib import run_folders
    from gosales_lib.batch import staleness
    from gosales_lib.batch.request import Request
    from gosales_lib.run_folders import record

    _refuse_given(asked)
    stopped = run_folders.find_run(parent, name)
    parameters = record.read(stopped).get("parameters")
    if not parameters or "layout" not in parameters:
        raise ValueError(f"run {stopped.id} was stopped before it began: start a new one")
    return stopped, staleness.as_it_began(stopped, Request.of(parameters))


def _selection(request: Request, start: str | None, only: list[str], force: bool) -> Selection:
    from gosales_lib.batch import asking
    from gosales_lib.run_folders import plan

    step = asking.nearest(start, plan.STEPS, "--from", by_start=True) if start else None
    names = tuple(asking.division(request.layout, name) for name in only)
    return plan.Selection(step, names, force)


def holdout(
    name: RunName = None,
    data: Annotated[Path | None, typer.Option("--holdout", help="Folder of later sales.")] = None,
    runs: RunsDir = None,
    max_missing_days: options.MaxMissingDays = None,
    jobs: options.Jobs = None,
    no_publish: options.NoPublish = False,
    no_mlflow: options.NoMlflow = False,
    strict: options.Strict = False,
) -> None:
    """Check a finished run against the sales since, without training again.

    The finished run is not touched: a new run folder, a check, gets its models and scores, reads
    the later rows, and runs 05_holdout and 06_whitespace on them. A check is never released and
    never current: it adds to the track record of the run that it checks.
    """
    from gosales_lib import run_folders
    from gosales_lib.batch import recheck

    parent = runs_folder(runs)
    finished = run_folders.find_run(parent, name)
    fresh, request = recheck.prepare(parent, finished, data, max_missing_days)
    ends = working.Ends(mlflow=not no_mlflow, publish=not no_publish, strict=strict)
    working.work(fresh, request, working.how(jobs), recheck.SELECT, ends)
