"""`gosales status`, `logs` and `report`: show runs in tables, lines and pages."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gosales_lib.cli import exit_statuses
from gosales_lib.cli import levels as shown
from gosales_lib.cli.common import RUN, RunName, RunsDir, console, relative, runs_folder
from gosales_lib.core.spelling import counted

if TYPE_CHECKING:
    from gosales_lib.run_folders import Run
    from gosales_lib.run_folders.kinds import Identity

Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def status(
    name: Annotated[
        str | None, typer.Argument(metavar="RUN", help=f"{RUN}; by default all runs are listed.")
    ] = None,
    runs: RunsDir = None,
    as_json: Json = False,
) -> None:
    """List the runs, the latest first; or show the states and metrics of one RUN.

    With --json, the list has the keys run, folder, state, kind, why, name, note, tags, checks,
    layout, released, started, finished and notebooks (the count per state). For one RUN the JSON is
    the dictionary that `gosales_lib.reports.summary.of` documents, with the state and the reports
    of each notebook by cutoff and division; its key health holds the level and its findings
    (`gosales_lib.batch.levels.of`).
    """
    from gosales_lib import run_folders as folders
    from gosales_lib.reports import summary

    parent = runs_folder(runs)
    if name is None:
        _list(folders.list_runs(parent), as_json)
        return
    from gosales_lib.batch import levels
    from gosales_lib.run_folders import kinds

    run = folders.find_run(parent, name)
    content, health = summary.of(run), levels.of(run)
    if as_json:
        document = content | _identity(run) | {"health": health.model_dump(mode="json")}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
        return
    _describe(kinds.of(run), _released(run))
    _show(content)
    shown.show(console(), health)


def _list(runs: list[Run], as_json: bool) -> None:
    from gosales_lib.cli import tables
    from gosales_lib.run_folders import record

    rows, damaged = [], []
    nothing = dict.fromkeys(("layout", "kind", "name", "released", "checks"))
    for run in runs:
        try:
            rows.append(_line(run, record.read_live(run)))
        except ValueError as error:
            row = {"run": run.id, "folder": str(run.path), "state": "damaged", **nothing}
            rows.append(row | {"tags": [], "notebooks": {}})
            damaged.append(str(error))
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    lines = [
        (row["run"], row["layout"] or "-", _kind(row), row["state"] or "-", row["name"] or "",
         " ".join(row["tags"]), _counts(row["notebooks"]))
        for row in rows
    ]  # fmt: skip
    headings = ("run", "layout", "kind", "state", "name", "tags", "notebooks")
    tables.show(console(), headings, lines)
    for text in damaged:
        console(stderr=True).print(text, style="bold red", markup=False)


def _kind(row: dict[str, Any]) -> str:
    if row["released"]:
        return "released"
    return f"check of {row['checks']}" if row["checks"] else row["kind"] or "-"


def _identity(run: Run, content: dict[str, Any] | None = None) -> dict[str, Any]:
    from gosales_lib.run_folders import kinds

    return asdict(kinds.of(run, content)) | {"released": _released(run)}


def _released(run: Run) -> bool:
    from gosales_lib.run_folders import releases

    return any(act.run == run.id for act in releases.released_runs(run.path.parent).values())


def _describe(identity: Identity, is_released: bool) -> None:
    """Print the kind, name, note and tags of a run."""
    words = [identity.kind, f"({', '.join(identity.why)})" if identity.why else ""]
    words += [f"of {identity.checks}" if identity.checks else "", "released" if is_released else ""]
    words += [identity.name, *(f"#{word}" for word in identity.tags)]
    console().print(" ".join(word for word in words if word), markup=False)
    if identity.note:
        console().print(identity.note, markup=False)


def _line(run: Run, content: dict[str, Any]) -> dict[str, Any]:
    states = Counter(item["state"] for item in content.get("notebooks", []))
    times = {key: content.get(key) for key in ("state", "started", "finished")}
    line = {"run": run.id, "folder": str(run.path), **_identity(run, content), **times}
    return line | {"notebooks": dict(states)}


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in counts.items()) or "-"


def _show(content: dict[str, Any]) -> None:
    from gosales_lib.cli import tables
    from gosales_lib.reports import summary

    out = console()
    out.print(
        f"{content['run']}: {content['state']}, {_counts(summary.counts(content))}", markup=False
    )
    tables.closing(out, content)
    tables.where_to_look(out, content)
    tables.how_to_go_on(out, content)


def verify(name: RunName = None, runs: RunsDir = None) -> None:
    """Compare every file of a run with its receipts; exit with status 1 if one differs."""
    from gosales_lib import run_folders as folders
    from gosales_lib.cli import tables
    from gosales_lib.run_folders import integrity, record

    run = folders.find_run(runs_folder(runs), name)
    state = record.read_live(run).get("state", "not known")
    differences = list(integrity.differences(run))
    if differences:
        rows = [(each.file, each.state) for each in differences]
        tables.show(console(), ("file", "state"), rows)
        files = counted(len(differences), "file")
        typer.echo(f"{files} of run {run.id}: not as the notebooks wrote them")
        raise typer.Exit(exit_statuses.FAILED)
    count = integrity.count(run)
    if not count:
        raise ValueError(
            f"run {run.id} has no receipts, because none of its notebooks has succeeded: "
            f"`gosales run --resume {run.id}` runs them"
        )
    rest = "" if state == "done" else f"; the run is {state}, so files may be missing"
    typer.echo(
        f"{counted(count, 'file')} of run {run.id}: unchanged since the notebooks wrote them{rest}"
    )


def logs(
    name: RunName = None,
    runs: RunsDir = None,
    cells: Annotated[
        bool, typer.Option("--cells", help="Print the start of every cell as well.")
    ] = False,
) -> None:
    """Print the events of a run, one line per event."""
    from gosales_lib import run_folders as folders
    from gosales_lib.cli import progress
    from gosales_lib.run_folders import record

    for event in record.events(folders.find_run(runs_folder(runs), name)):
        text = progress.line(event)
        if event["event"] == "run ended":
            text = ": ".join(filter(None, ("run ended", event["state"], event.get("why"))))
        elif event["event"] in ("started", "note"):
            text = f"started {event['key']}" if "key" in event else event["text"]
        elif event["event"] == "cell" and cells:
            text = f"cell    {event['key']}: {event['cell']}/{event['of']} {event['title']}"
        if text:
            typer.echo(f"{event['time']} {text}")


class Per(StrEnum):
    """The kinds of reader for whom one file each can be written."""

    REP = "rep"


def report(
    name: RunName = None,
    runs: RunsDir = None,
    to: Annotated[
        Path | None,
        typer.Option(help="File to write, or the folder with --per; by default in the run folder."),
    ] = None,
    per: Annotated[
        Per | None,
        typer.Option(help="Write one file per rep, with the calls and a page per account to call."),
    ] = None,
) -> None:
    """Write a run as one HTML file that needs no network, or as one file per rep.

    The file holds the dashboard's pages and the executed notebooks.
    """
    from gosales_lib import run_folders as folders
    from gosales_lib.dashboard.export import snapshot

    run = folders.find_run(runs_folder(runs), name)
    for file in snapshot.write_reps(run, to) if per else [snapshot.write(run, to)]:
        typer.echo(relative(file))
