"""`gosales status`, `logs` and `report`: looking at runs, finished or not."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gosales_lib.cli.common import RunName, RunsDir, console, relative, runs_folder

if TYPE_CHECKING:
    from gosales_lib.run_folders import Run

Json = Annotated[bool, typer.Option("--json", help="JSON for scripts, on standard output.")]


def status(name: RunName = None, runs: RunsDir = None, as_json: Json = False) -> None:
    """List the runs, the latest first; with RUN, its states and every metric.

    With --json and without RUN: a list of {run, folder, state, started, finished, notebooks:
    {state: count}}. With RUN: the dictionary that `gosales_lib.reports.summary.of` documents: it
    holds, for each cutoff and division, the state of each notebook and all that it reported.
    """
    from gosales_lib import run_folders as folders
    from gosales_lib.reports import summary

    parent = runs_folder(runs)
    if name is None:
        _list(folders.list_runs(parent), as_json)
        return
    found = summary.of(folders.find_run(parent, name))
    if as_json:
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        _show(found)


def _list(found: list[Run], as_json: bool) -> None:
    from gosales_lib.cli import tables
    from gosales_lib.run_folders import record

    rows = [_line(run, record.read_live(run)) for run in found]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
        return
    lines = [(row["run"], row["state"] or "-", _counts(row["notebooks"])) for row in rows]
    tables.show(console(), ("run", "state", "notebooks"), lines)


def _line(run: Run, content: dict[str, Any]) -> dict[str, Any]:
    states = Counter(item["state"] for item in content.get("notebooks", []))
    known = {key: content.get(key) for key in ("state", "started", "finished")}
    return {"run": run.id, "folder": str(run.path), **known, "notebooks": dict(states)}


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {state}" for state, number in counts.items()) or "-"


def _show(found: dict[str, Any]) -> None:
    from gosales_lib.cli import tables
    from gosales_lib.reports import summary

    out = console()
    out.print(f"{found['run']}: {found['state']}, {_counts(summary.counts(found))}", markup=False)
    tables.closing(out, found)
    tables.where_to_look(out, found)


def logs(
    name: RunName = None,
    runs: RunsDir = None,
    cells: Annotated[bool, typer.Option("--cells", help="Every cell that began, too.")] = False,
) -> None:
    """Print what happened in a run, one line an event."""
    from gosales_lib import run_folders as folders
    from gosales_lib.cli import progress
    from gosales_lib.run_folders import record

    for event in record.events(folders.find_run(runs_folder(runs), name)):
        text = progress.line(event)
        if event["event"] == "run ended":
            text = f"run ended: {event['state']}"
        elif event["event"] in ("started", "note"):
            text = f"started {event['key']}" if "key" in event else event["text"]
        elif event["event"] == "cell" and cells:
            text = f"cell    {event['key']}: {event['cell']}/{event['of']} {event['title']}"
        if text:
            typer.echo(f"{event['time']} {text}")


def report(
    name: RunName = None,
    runs: RunsDir = None,
    to: Annotated[Path | None, typer.Option(help="File to write.")] = None,
    dashboard: Annotated[
        bool, typer.Option("--dashboard", help="The dashboard's pages, not the notebooks.")
    ] = False,
) -> None:
    """Write one HTML page of a run that opens without any network."""
    from gosales_lib import run_folders as folders

    run = folders.find_run(runs_folder(runs), name)
    if dashboard:
        from gosales_lib.dashboard.export import snapshot

        written = snapshot.write(run, to)
    else:
        from gosales_lib.dashboard.export import notebooks as pages

        written = pages.write(run, to)
    typer.echo(relative(written))
