"""`gosales release` and `gosales tag`: the run that the team works from, and names of runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gosales_lib.cli import options
from gosales_lib.cli.common import RUN, RunName, RunsDir, console, named, runs_folder

if TYPE_CHECKING:
    from gosales_lib.batch.release_conditions import Condition
    from gosales_lib.run_folders import Run
    from gosales_lib.run_folders.releases import Release

Tags = Annotated[list[str] | None, typer.Option("--add", help="Tag to add. Repeatable.")]


def release(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="RUN", help=f"{RUN}; by default the newest finished candidate of the layout."
        ),
    ] = None,
    runs: RunsDir = None,
    why: Annotated[str, typer.Option(help="Reason, kept in the record of releases.")] = "",
    previous: Annotated[
        bool,
        typer.Option("--previous", help="Revoke the release, and release the run before it again."),
    ] = False,
    layout: Annotated[
        str | None, typer.Option(help=f"{options.LAYOUT}; --history by default shows all layouts.")
    ] = None,
    history: Annotated[
        bool, typer.Option("--history", help="Print the record of releases, and exit.")
    ] = False,
    no_publish: options.NoPublish = False,
    no_mlflow: Annotated[
        bool, typer.Option("--no-mlflow", help="Do not change the model registry.")
    ] = False,
) -> None:
    """Release a finished run: the dashboard, the database and BI tools then show it as current.

    Only the models of a released run can become champions of the registry. The record of releases
    (who, when, why) is `releases.jsonl` in the runs folder.
    """
    from gosales_lib.run_folders import releases

    parent = runs_folder(runs)
    if history:
        show_history(parent, layout_name(layout) if layout else None)
        return
    if previous:
        act = releases.take_back(parent, layout_name(layout), why)
        now = f"run {act.run} is the released one again" if act.run else "no run is released now"
        typer.echo(f"taken back: run {act.instead_of}; {now}")
        _follow(act, publish=not no_publish, mlflow=not no_mlflow)
        return
    run = chosen(parent, name, layout)
    at_once(run, why, publish=not no_publish, mlflow=not no_mlflow)


def at_once(run: Run, why: str, *, publish: bool, mlflow: bool) -> None:
    """Release a run on request; the conditions are evaluated and recorded anyway.

    ValueError: a file or a report of the run is not as it was written.
    """
    from gosales_lib.batch import release_conditions
    from gosales_lib.run_folders import releases

    releases.refuse_others(run)
    asked = release_conditions.conditions(run)
    answers(asked)
    release_conditions.refuse(asked)
    known = {each.run: each for each in releases.released_runs(run.path.parent).values()}
    act = known.get(run.id) or releases.release(run, why, map(asdict, asked))
    word = "released already" if run.id in known else "released"
    typer.echo(f"{word}: run {act.run} of layout {act.layout}, at {act.time} by {act.by}")
    _follow(act, publish=publish, mlflow=mlflow)


def layout_name(file: str | None) -> str:
    """Return the name of a layout file; by default of the one in the settings."""
    from gosales_lib import layout as layouts
    from gosales_lib.batch import arguments
    from gosales_lib.core import settings

    return layouts.load(arguments.layout_file(file or str(settings.load().layout))).name


def chosen(parent: Path, name: str | None, layout: str | None) -> Run:
    """Return the named run, or else the newest finished candidate of the layout.

    FileNotFoundError: there is none. ValueError: the named run is of another layout.
    """
    from gosales_lib import run_folders
    from gosales_lib.run_folders import kinds

    if name is not None:
        run = run_folders.find_run(parent, name)
        if layout and (of := kinds.of(run).layout) != (wanted := layout_name(layout)):
            raise ValueError(
                f"run {run.id} is of layout {of!r}, not {wanted!r}: leave --layout out"
            )
        return run
    wanted = layout_name(layout)
    for run, content, identity in kinds.listed(parent):
        mine = identity.layout == wanted and identity.kind == "candidate"
        if mine and content.get("state") == "done":
            return run
    raise FileNotFoundError(f"no finished candidate of layout {wanted!r} in {parent}: name a RUN")


def answers(asked: Iterable[Condition]) -> None:
    """Print each condition with its result."""
    out = console()
    for condition in asked:
        mark = "yes" if condition.ok else "NO "
        out.print(f"{mark}  {condition.name}: {condition.answer}", markup=False)


def show_history(parent: Path, layout: str | None) -> None:
    """Print the record, the oldest act first."""
    from gosales_lib.cli import tables
    from gosales_lib.run_folders import releases

    rows = [
        (act.time, act.layout, act.act, act.run or "none", act.by, act.why)
        for act in releases.history(parent, layout)
    ]
    tables.show(console(), ("time", "layout", "act", "released run", "by", "why"), rows)


def _follow(act: Release, *, publish: bool, mlflow: bool) -> None:
    """Bring the database and the registry in step with the record."""
    from gosales_lib.cli import publish as publishing
    from gosales_lib.run_folders import Run

    run = act.opened() if act.run else Run(act.runs_dir / str(act.instead_of))
    if publish:  # the run that was taken back is published as one that is not current
        publishing.after(run)
    if mlflow:
        in_registry(run)


def in_registry(run: Run) -> None:
    """Compare the models of a released run with the champions, and print the outcome.

    Those of a revoked run stop being champions. If the registry fails, the record stands.
    """
    from gosales_lib.mlflow_log import champions, tracking

    try:
        for line in champions.of_release(run):
            typer.echo(f"champion of {line}")
    except Exception as error:
        words = tracking.in_words(error)
        typer.echo(f"the model registry was not updated ({words}); `gosales release` tries again")


def automatic(run: Run, *, publish: bool, mlflow: bool) -> bool:
    """Release a run if its layout asks for it and every condition is met; return whether it did."""
    from gosales_lib.batch import release_conditions
    from gosales_lib.run_folders import releases

    asked = release_conditions.conditions(run)
    answers(asked)
    if not all(condition.ok for condition in asked):
        typer.echo(
            "not released: a condition is not met; "
            f"`gosales release {named(run.path)}` releases it anyway"
        )
        return False
    why = "auto_release: every condition of the layout is met"
    act = releases.release(run, why, map(asdict, asked))
    typer.echo(f"released: run {act.run} of layout {act.layout}")
    _follow(act, publish=publish, mlflow=mlflow)
    return True


def tag(
    name: RunName = None,
    runs: RunsDir = None,
    run_name: Annotated[str | None, typer.Option("--name", help="Name of the run.")] = None,
    note: Annotated[str | None, typer.Option(help="Purpose of the run.")] = None,
    add: Tags = None,
    remove: Annotated[list[str] | None, typer.Option(help="Tag to remove. Repeatable.")] = None,
    candidate: Annotated[
        bool, typer.Option("--candidate", help="Turn a trial into a release candidate.")
    ] = False,
) -> None:
    """Give a run a name, a note or tags; its results stay as they are."""
    from gosales_lib import run_folders
    from gosales_lib.run_folders import kinds

    run = run_folders.find_run(runs_folder(runs), name)
    identity = kinds.tag(
        run, name=run_name, note=note, add=add or (), remove=remove or (), candidate=candidate
    )
    typer.echo(f"{run.id}: {identity.kind}  {identity.name}  {' '.join(identity.tags)}".rstrip())
    if identity.note:
        typer.echo(identity.note)
