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
Names = Annotated[list[str] | None, typer.Option(help="Division as in the layout; repeatable.")]


def run(
    name: RunName = None,
    layout: Annotated[str | None, typer.Option(help="Layout file (YAML).")] = None,
    data: Annotated[Path | None, typer.Option(help="Folder of the sales log.")] = None,
    holdout: Annotated[Path | None, typer.Option(help="Folder of what happened later.")] = None,
    runs: RunsDir = None,
    division: Names = None,
    all_divisions: Annotated[bool, typer.Option(help="Even those that are rarely bought.")] = False,
    cutoff: Annotated[list[str] | None, typer.Option(help="YYYY-MM-DD; repeatable.")] = None,
    cutoffs: Annotated[str | None, typer.Option(help="Several, parted by commas.")] = None,
    window_months: Annotated[int | None, typer.Option(min=1, help="Months to predict [6].")] = None,
    window_days: Annotated[int | None, typer.Option(min=7, help="Days instead of months.")] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", "-j", min=1, help="At a time.")] = None,
    engine: Annotated[str | None, typer.Option(help="polars, duckdb or pyspark.")] = None,
    engine_kernels: Annotated[str, typer.Option(help="warm (ready ahead) or cold.")] = "warm",
    dask: Annotated[str | None, typer.Option(help="tcp://host:8786, or local.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Do what is left of RUN.")] = False,
    from_: Annotated[str | None, typer.Option("--from", help="This notebook and later.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Only this division, on resume.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Even what is up to date.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would run.")] = False,
    training_cutoffs: Annotated[int | None, typer.Option(min=1, help="Earlier cutoffs.")] = None,
    step_months: Annotated[int | None, typer.Option(min=1, help="Months between them.")] = None,
    families: Annotated[str | None, typer.Option(help="Feature families, by commas.")] = None,
    max_missing_days: Annotated[int | None, typer.Option(min=0, help="Of the holdout.")] = None,
    top_n: Annotated[int | None, typer.Option(min=1, help="Most offers to call in all.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("-p", help="name=value, of any notebook; repeatable.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything drawn by chance.")] = None,
    timeout: Annotated[
        float, typer.Option(min=0, help="Seconds a notebook; 0: any.")
    ] = working.NIGHT,
    cell_timeout: Annotated[
        float, typer.Option(min=0, help="Seconds a cell; 0: any.")
    ] = working.HOUR,
    notebooks: Annotated[Path | None, typer.Option(help="Folder of the notebooks.")] = None,
    no_mlflow: Annotated[bool, typer.Option("--no-mlflow", help="Log nothing there.")] = False,
    no_publish: Annotated[bool, typer.Option("--no-publish", help="No database.")] = False,
    trial: Annotated[
        bool | None, typer.Option("--trial/--no-trial", help="Never, or all the same, a candidate.")
    ] = None,
    run_name: Annotated[str, typer.Option("--name", help="What to call the run.")] = "",
    note: Annotated[str, typer.Option(help="What the run is for.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="Tag of the run; repeatable.")] = None,
    release: Annotated[
        str, typer.Option(help="Release the run when it has ended well: the reason.")
    ] = "",
    monthly: Annotated[
        bool, typer.Option("--monthly", help="Do what is due for the layout, once.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 where the run warns.")
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
        "cutoffs": (*(cutoff or ()), *(c.strip() for c in (cutoffs or "").split(",") if c.strip())),
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
    """Check a finished run against what happened since, without training again.

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
