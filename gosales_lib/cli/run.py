"""`gosales run` and `gosales holdout`: a new run, the rest of an unfinished one, or a check."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gosales_lib.cli import options, working
from gosales_lib.cli.common import RUN, RunName, RunsDir, called, console, named, runs_folder

if TYPE_CHECKING:
    from gosales_lib.batch.request import Request
    from gosales_lib.run_folders import Run
    from gosales_lib.run_folders.plan import Selection

OPTIONS = {
    "data_dir": "--data", "holdout_dir": "--holdout", "divisions": "--division", "parameter": "-p"
}  # fmt: skip
"""Options whose names differ from what they set."""
MONTHLY = "is not for --monthly, which decides itself what is due: leave it out"


def run(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN",
            help=f"{RUN}, with --resume; by default the newest unfinished run of the layout.",
        ),
    ] = None,
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

    A run of a part (--division, --families, -p) or of a checkout with changes is a trial. Any other
    run is a candidate: it is published to the database if it succeeds, and `gosales release` can
    release it. --monthly starts or resumes the run of the current data, checks the runs whose
    window has closed, and releases if the layout has `auto_release: true`. A second call does
    nothing.

    Exit status: 0 all notebooks succeeded and the level is ok or warning; 1 a notebook failed (the
    others still ran) or the level is failed; 2 an argument is invalid or the database cannot be
    written; 3 the level is warning, with --strict; 130 stopped by Ctrl-C.
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
    resumed = {"--from": from_, "--only": only, "--force": force}
    fresh = {"--trial": trial is not None, "--name": run_name, "--note": note, "--tag": tag}
    if monthly:
        from gosales_lib.cli import monthly as rounds

        _refuse_unread(resumed | fresh | {"--resume": resume, "--release": release}, MONTHLY)
        rounds.work(parent, _new(name, asked)[1], how, ends, dry_run)
        return
    if resume:
        _refuse_unread(fresh, "is for a new run: `gosales tag` changes it in one that has begun")
    if resume and name is None and (name := _unfinished(parent, asked)) is None:
        return
    unfinished, request = _resumed(parent, name, asked) if resume else _new(name, asked)
    select = _selection(request, from_, only or [], force)
    if not resume:
        _refuse_unread(resumed, "needs --resume: a new run does all; --division takes some")
        _refuse_two_answers(request)
    if dry_run:
        from gosales_lib.cli import preview

        preview.show(console(), parent, unfinished, request, how, select)
        return
    if unfinished is not None:
        from gosales_lib.batch import staleness

        if staleness.is_whole(unfinished, request, select):
            _leave_finished(unfinished, release)
            return
        working.work(unfinished, request, how, staleness.selection(unfinished, select), ends)
        return
    if release:
        working.refuse_part(request, "--release")
        trial = False  # the user vouches for the checkout as it is
    begun = working.begin(parent, request, trial, run_name, note, tag or ())
    working.work(begun, request, how, select, ends)


def _new(name: str | None, asked: dict[str, Any]) -> tuple[None, Request]:
    from gosales_lib.batch import arguments

    if name:
        raise ValueError(
            f"RUN {name!r} needs --resume: add it, or leave the name out to start a new run"
        )
    return None, arguments.request(asked)


def _unfinished(parent: Path, asked: dict[str, Any]) -> str | None:
    """Return the id of the newest unfinished run of the layout; an error says if there is none."""
    from gosales_lib import layout as layouts
    from gosales_lib import run_folders
    from gosales_lib.batch import arguments, staleness
    from gosales_lib.core import settings
    from gosales_lib.run_folders import record

    given = asked.pop("layout", None)
    _refuse_given(asked)
    file = arguments.layout_file(given or str(settings.load().layout))
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
    from gosales_lib.batch import arguments

    if given := [key for key, value in asked.items() if arguments.is_given(value)]:
        option = OPTIONS.get(given[0], "--" + given[0].replace("_", "-"))
        raise ValueError(f"--resume takes {option} from the run: leave it out, or start a new run")


def _resumed(parent: Path, name: str | None, asked: dict[str, Any]) -> tuple[Run, Request]:
    from gosales_lib import run_folders
    from gosales_lib.batch import staleness
    from gosales_lib.batch.request import Request
    from gosales_lib.run_folders import record

    _refuse_given(asked)
    stopped = run_folders.find_run(parent, name)
    parameters = record.read(stopped).get("parameters")
    if not parameters or "layout" not in parameters:
        raise ValueError(
            f"run {stopped.id} stopped before it recorded its request: start a new run"
        )
    return stopped, staleness.as_it_began(stopped, Request.of(parameters))


def _refuse_unread(given: Mapping[str, Any], why: str) -> None:
    """Refuse options that this command would not read."""
    if used := [option for option, value in given.items() if value]:
        raise ValueError(f"{used[0]} {why}")


def _refuse_two_answers(request: Request) -> None:
    """Refuse two answers to which divisions run."""
    if request.all_divisions and request.divisions:
        raise ValueError("--all-divisions and --division: give only one of them")


def _leave_finished(run: Run, release: str) -> None:
    """Say that nothing is left to do in a run; what it holds is not written again."""
    if release:
        raise ValueError(
            f"run {run.id} is finished: `gosales release {named(run.path)}` releases it"
        )
    typer.echo(f"run {run.id} is finished: nothing to do")


def _selection(request: Request, start: str | None, only: list[str], force: bool) -> Selection:
    from gosales_lib.batch import arguments
    from gosales_lib.run_folders import plan

    step = arguments.nearest(start, plan.STEPS, "--from", by_start=True) if start else None
    names = tuple(arguments.division(request.layout, name) for name in only)
    return plan.Selection(step, names, force)


def holdout(
    name: RunName = None,
    data: Annotated[
        Path | None,
        typer.Option(
            "--holdout",
            help="Folder of the later sales; by default that of the run.",
            rich_help_panel=options.DATA,
        ),
    ] = None,
    runs: RunsDir = None,
    max_missing_days: options.MaxMissingDays = None,
    jobs: options.Jobs = None,
    no_publish: options.NoPublish = False,
    no_mlflow: options.NoMlflow = False,
    strict: options.Strict = False,
) -> None:
    """Check a finished run against the sales since, without training again.

    A new run folder, the check, takes the models and scores of the finished run, reads the later
    sales, and runs 05_holdout and 06_whitespace on them. The finished run does not change. A check
    is never released: it adds to the track record of the run that it checks.
    """
    from gosales_lib import run_folders
    from gosales_lib.batch import recheck

    parent = runs_folder(runs)
    finished = run_folders.find_run(parent, name)
    fresh, request = recheck.prepare(parent, finished, data, max_missing_days)
    ends = working.Ends(mlflow=not no_mlflow, publish=not no_publish, strict=strict)
    working.work(fresh, request, working.how(jobs), recheck.SELECT, ends)
