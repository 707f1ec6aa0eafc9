"""`gosales run`: the whole job, or what is left of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gosales_lib.cli import working
from gosales_lib.cli.common import RunName, RunsDir, called, console, runs_folder

if TYPE_CHECKING:
    from gosales_lib.batch.request import Request
    from gosales_lib.run_folders import Run
    from gosales_lib.run_folders.plan import Selection

OPTIONS = {
    "data_dir": "--data", "holdout_dir": "--holdout", "divisions": "--division", "parameter": "-p"
}  # fmt: skip
WHAT, DATA, TIME, MODELS = "What to run", "Data", "Time", "Models and list"
HOW, AGAIN, ENDS = "How to run", "Resume and preview", "What becomes of the run"
"""Groups of options in the help."""


def run(
    name: RunName = None,
    layout: Annotated[
        str | None, typer.Option(help="Layout file (YAML).", rich_help_panel=DATA)
    ] = None,
    data: Annotated[
        Path | None, typer.Option(help="Folder of the sales log.", rich_help_panel=DATA)
    ] = None,
    holdout: Annotated[
        Path | None, typer.Option(help="Folder of the later sales.", rich_help_panel=DATA)
    ] = None,
    runs: RunsDir = None,
    division: Annotated[
        list[str] | None,
        typer.Option(
            help="Division, as spelled in the layout. Repeat the option for several.",
            rich_help_panel=WHAT,
        ),
    ] = None,
    all_divisions: Annotated[
        bool,
        typer.Option(help="Include divisions with too few buyers.", rich_help_panel=WHAT),
    ] = False,
    cutoff: Annotated[
        list[str] | None,
        typer.Option(
            help="Last day that the models may see, as YYYY-MM-DD. Repeat the option for several.",
            rich_help_panel=TIME,
        ),
    ] = None,
    window_months: Annotated[
        int | None,
        typer.Option(
            min=1, help="Length of the window to predict, in months.", rich_help_panel=TIME
        ),
    ] = None,
    window_days: Annotated[
        int | None,
        typer.Option(min=7, help="Length of the window in days, instead.", rich_help_panel=TIME),
    ] = None,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs",
            "-j",
            min=1,
            help="Number of notebooks to run in parallel.",
            rich_help_panel=HOW,
        ),
    ] = None,
    engine: Annotated[
        str | None,
        typer.Option(
            help="Engine for the features: polars, duckdb or pyspark.", rich_help_panel=HOW
        ),
    ] = None,
    engine_kernels: Annotated[
        str,
        typer.Option(help="Start kernels ahead (warm) or on demand (cold).", rich_help_panel=HOW),
    ] = "warm",
    dask: Annotated[
        str | None,
        typer.Option(help="Address of a Dask scheduler, or local.", rich_help_panel=HOW),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Finish an unfinished run.", rich_help_panel=AGAIN)
    ] = False,
    from_: Annotated[
        str | None,
        typer.Option(
            "--from", help="Run this notebook and later ones again.", rich_help_panel=AGAIN
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="Resume this division only. Repeatable.", rich_help_panel=AGAIN),
    ] = None,
    force: Annotated[
        bool,
        typer.Option("--force", help="Run up-to-date notebooks again, too.", rich_help_panel=AGAIN),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would run, and end.", rich_help_panel=AGAIN)
    ] = False,
    training_cutoffs: Annotated[
        int | None,
        typer.Option(min=1, help="Largest number of training cutoffs.", rich_help_panel=TIME),
    ] = None,
    step_months: Annotated[
        int | None,
        typer.Option(min=1, help="Months between training cutoffs.", rich_help_panel=TIME),
    ] = None,
    families: Annotated[
        str | None,
        typer.Option(
            help="Feature families, separated by commas; +name adds one, -name removes one.",
            rich_help_panel=MODELS,
        ),
    ] = None,
    max_missing_days: Annotated[
        int | None,
        typer.Option(min=0, help="Days that the holdout may lack.", rich_help_panel=TIME),
    ] = None,
    top_n: Annotated[
        int | None,
        typer.Option(min=1, help="Largest number of offers to call.", rich_help_panel=MODELS),
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "-p", help="Notebook parameter, as name=value. Repeatable.", rich_help_panel=MODELS
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Random seed.", rich_help_panel=MODELS)] = None,
    timeout: Annotated[
        float,
        typer.Option(
            min=0, help="Time limit per notebook in seconds; 0 for none.", rich_help_panel=HOW
        ),
    ] = working.NIGHT,
    cell_timeout: Annotated[
        float,
        typer.Option(
            min=0, help="Time limit per cell in seconds; 0 for none.", rich_help_panel=HOW
        ),
    ] = working.HOUR,
    notebooks: Annotated[
        Path | None, typer.Option(help="Folder of the notebooks.", rich_help_panel=WHAT)
    ] = None,
    no_mlflow: Annotated[
        bool, typer.Option("--no-mlflow", help="Do not log to MLflow.", rich_help_panel=ENDS)
    ] = False,
    no_publish: Annotated[
        bool,
        typer.Option("--no-publish", help="Do not write to the database.", rich_help_panel=ENDS),
    ] = False,
    trial: Annotated[
        bool | None,
        typer.Option(
            "--trial/--no-trial",
            help="Make the run a trial, or a release candidate.",
            rich_help_panel=ENDS,
        ),
    ] = None,
    run_name: Annotated[
        str, typer.Option("--name", help="Name of the run.", rich_help_panel=ENDS)
    ] = "",
    note: Annotated[str, typer.Option(help="Purpose of the run.", rich_help_panel=ENDS)] = "",
    tag: Annotated[
        list[str] | None, typer.Option(help="Tag of the run. Repeatable.", rich_help_panel=ENDS)
    ] = None,
    release: Annotated[
        str,
        typer.Option(
            help="Release the run when it ends well; the value is the reason.",
            rich_help_panel=ENDS,
        ),
    ] = "",
    monthly: Annotated[
        bool,
        typer.Option("--monthly", help="Do what is due for the layout, once.", rich_help_panel=HOW),
    ] = False,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Exit with status 3 on a warning.", rich_help_panel=ENDS),
    ] = False,
) -> None:
    """Run the notebooks for each division and cutoff, and show what came out.

    A run of a part (--division, --families, -p) or of a changed checkout is a trial; any other is
    a candidate, which `gosales release` may release. Candidates that end well are written to the
    database. --resume without RUN takes the newest unfinished run of the layout. --monthly starts
    or resumes the run of the data as they are, checks the runs whose window has closed, and
    releases where the layout says `auto_release: true`; given again, it does nothing.

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
    found, request = _resumed(parent, name, asked) if resume else _new(name, asked)
    select = _selection(request, from_, only or [], force)
    if dry_run:
        from gosales_lib.cli import preview

        preview.show(console(), parent, found, request, how, select)
        return
    if found is not None:
        from gosales_lib.batch import staleness

        staleness.refuse_to_change(found, request, select)
        working.work(found, request, how, staleness.selection(found, select), ends)
        return
    if release:
        working.refuse_part(request, "--release")
        trial = False  # somebody stands behind the checkout as it is
    fresh = working.begin(parent, request, trial, run_name, note, tag or ())
    working.work(fresh, request, how, select, ends)


def _new(name: str | None, asked: dict[str, Any]) -> tuple[None, Request]:
    from gosales_lib.batch import asking

    if name:
        raise ValueError(f"{name!r}: a run is named only together with --resume")
    return None, asking.request(asked)


def _unfinished(parent: Path, asked: dict[str, Any]) -> str | None:
    """Return the id of the newest unfinished run of the layout; say so where there is none."""
    from gosales_lib import layout as layouts
    from gosales_lib import run_folders
    from gosales_lib.batch import asking, staleness
    from gosales_lib.core import settings
    from gosales_lib.run_folders import record

    given = asked.pop("layout", None)
    _refuse_given(asked)
    file = asking.layout_file(given or str(settings.load().layout))
    layout = layouts.load(file).name
    known = list(record.readable(run_folders.list_runs(parent)))
    found = staleness.unfinished(known, run_folders.shown(file), layout)
    if found is None:
        others = [run.id for run in known if record_state(run) not in ("done", None)]
        more = f"; `{called()} run --resume {others[0]}` is of another one" if others else ""
        typer.echo(f"nothing to resume: no unfinished run of layout {layout!r} in {parent}{more}")
    return found.id if found else None


def _refuse_given(asked: Mapping[str, Any]) -> None:
    """Refuse options that a resumed run has already answered."""
    from gosales_lib.batch import asking

    if given := [key for key, value in asked.items() if asking.is_given(value)]:
        option = OPTIONS.get(given[0], "--" + given[0].replace("_", "-"))
        raise ValueError(f"--resume takes {option} from the run: leave it out, or begin a new run")


def record_state(run: Run) -> str | None:
    """Return the state of a run, None where it was stopped before it began."""
    from gosales_lib.run_folders import record

    return record.read_live(run).get("state")


def _resumed(parent: Path, name: str | None, asked: dict[str, Any]) -> tuple[Run, Request]:
    from gosales_lib import run_folders
    from gosales_lib.batch import staleness
    from gosales_lib.batch.request import Request
    from gosales_lib.run_folders import record

    _refuse_given(asked)
    found = run_folders.find_run(parent, name)
    parameters = record.read(found).get("parameters")
    if not parameters or "layout" not in parameters:
        raise ValueError(f"run {found.id} was stopped before it began: start a new one")
    return found, staleness.as_it_began(found, Request.of(parameters))


def _selection(request: Request, start: str | None, only: list[str], force: bool) -> Selection:
    from gosales_lib.batch import asking
    from gosales_lib.run_folders import plan

    step = asking.nearest(start, plan.STEPS, "--from", by_start=True) if start else None
    names = tuple(asking.division(request.layout, name) for name in only)
    return plan.Selection(step, names, force)


def holdout(
    name: RunName = None,
    data: Annotated[Path | None, typer.Option("--holdout", help="Folder of later rows.")] = None,
    runs: RunsDir = None,
    max_missing_days: Annotated[int | None, typer.Option(min=0, help="Days it may lack.")] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="At a time.")] = None,
    no_publish: Annotated[bool, typer.Option("--no-publish", help="No database.")] = False,
    no_mlflow: Annotated[bool, typer.Option("--no-mlflow", help="Log nothing there.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 where the run warns.")
    ] = False,
) -> None:
    """Check a finished run against the sales since, without training again.

    The finished run is not touched: a new run folder, a check, gets its models and scores, reads
    the later rows, and runs 05_holdout and 06_whitespace on them. A check is never released and
    never current: it adds to the track record of the run that it checks.
    """
    from gosales_lib import run_folders
    from gosales_lib.batch import recheck

    parent = runs_folder(runs)
    found = run_folders.find_run(parent, name)
    fresh, request = recheck.prepare(parent, found, data, max_missing_days)
    ends = working.Ends(mlflow=not no_mlflow, publish=not no_publish, strict=strict)
    working.work(fresh, request, working.how(jobs), recheck.SELECT, ends)
