"""The summary of a run in one dictionary, for scripts, tables and pages: states and metrics.

Nothing is computed here: the states come from `run.json`, the figures from the notebooks' reports.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from gosales_lib.reports import base, division
from gosales_lib.reports.base import NotAvailableError, Report
from gosales_lib.reports.division import NOT_AVAILABLE, Division
from gosales_lib.reports.etl import Etl
from gosales_lib.reports.features import Features
from gosales_lib.reports.holdout import CHECKED, REFUSED, Holdout
from gosales_lib.reports.measures import Values
from gosales_lib.reports.scores import Scores
from gosales_lib.reports.segments import Segment
from gosales_lib.reports.training import Pooled, Training
from gosales_lib.reports.whitespace import Whitespace
from gosales_lib.run_folders import Run, endings, plan, record
from gosales_lib.run_folders.artifacts import Folder

KINDS: dict[str, type[Report]] = {
    kind.step: kind for kind in (Etl, Features, Pooled, Training, Scores, Holdout, Whitespace)
}
"""The model of each notebook's report."""
OTHER_NOTEBOOK = (
    "this GoSales has no notebook of that name: the run was made by another version of GoSales; "
    "`gosales run` makes a new one"
)


def of(run: Run) -> dict[str, Any]:
    """Return the state and the figures of a run.

    Returns
    -------
    dict
        `run` (id), `folder`, `state` (running, done, failed, interrupted), `started`, `finished`,
        `parameters`, `versions`, `git_commit`, `inputs` (file: SHA-256), `scored_with` (the run
        that trained the models, null where this one did), `stopped` (why a failed run stopped,
        one sentence), `etl` and `cutoffs`.
        `etl` and each entry hold `folder`, `notebooks` (name: {`state`, `path`, and where known
        `started`, `seconds`, `timings`, `error`, `reason`}), `reports` (name: what the notebook
        reported, see `gosales_lib.reports`) and `not_available` (name: why a report cannot be
        read, with its file and field). A cutoff holds `cutoff`, `divisions` (entries with
        `division`), `pooled` and
        `whitespace`. `alarms` are those of 01_etl, null where they are not available.
        A state is pending, running, done, failed, skipped or interrupted.
    """
    content = record.read_live(run)
    keys = ("state", "started", "finished", "resumed", "parameters", "versions", "git_commit")
    items = content.get("notebooks", [])
    etl = _entry(Folder(run.path), [i for i in items if i["cutoff"] is None])
    return {
        "run": run.id,
        "folder": str(run.path),
        **{key: content.get(key) for key in (*keys, "inputs")},
        "scored_with": content.get("scored_with"),
        record.STOPPED: endings.why(content),
        "left_out": content.get("left_out", []),
        "holdouts": content.get("holdouts", {}),
        "alarms": etl["reports"]["01_etl"]["alarms"] if "01_etl" in etl["reports"] else None,
        "etl": etl,
        "cutoffs": [
            _cutoff(run, cutoff, [i for i in items if i["cutoff"] == cutoff])
            for cutoff in sorted({i["cutoff"] for i in items if i["cutoff"]})
        ],
    }


def _cutoff(run: Run, cutoff: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    names = dict.fromkeys(item["division"] for item in items if item["division"])
    divisions = [
        {
            "division": name,
            **_entry(run.at(name, cutoff), [i for i in items if i["division"] == name]),
        }
        for name in names
    ]
    shared = {"pooled": run.pooled(cutoff), "whitespace": run.whitespace(cutoff)}
    lists = {
        name: _entry(folder, [i for i in items if run.path / i["folder"] == folder.path])
        for name, folder in shared.items()
    }
    return {"cutoff": cutoff, "divisions": divisions, **lists}


def _entry(folder: Folder, items: list[dict[str, Any]]) -> dict[str, Any]:
    hidden = ("key", "notebook", "division", "cutoff", "folder")
    notebooks = {
        item["notebook"]: {k: v for k, v in item.items() if k not in hidden}
        | {"path": str(folder.path / f"{item['notebook']}.ipynb")}
        for item in items
    }
    reports, problems = {}, {}
    for step in notebooks:
        if step not in KINDS:
            problems[step] = f"not available: {step}.json: {OTHER_NOTEBOOK}"
            continue
        try:
            reports[step] = base.read(folder, KINDS[step]).fields()
        except FileNotFoundError:
            continue
        except NotAvailableError as error:
            problems[step] = str(error)
    where = {"folder": str(folder.path), "notebooks": notebooks}
    return where | {"reports": reports, "not_available": problems}


def rows(status: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return the closing table, a line per division and cutoff: texts by the column's heading."""
    return [
        _row(cutoff["cutoff"], entry)
        for cutoff in status["cutoffs"]
        for entry in cutoff["divisions"]
    ]


def _row(cutoff: str, entry: Mapping[str, Any]) -> dict[str, str]:
    reported = division.of(entry["division"], Path(entry["folder"]))
    trained, model = reported.trained, reported.trained and reported.trained.model
    missing = NOT_AVAILABLE if Training.step in reported.problems else "-"
    return {
        "cutoff": cutoff,
        "division": reported.name,
        "validated at": f"{trained.selection_cutoff}" if trained else missing,
        "customers": f"{trained.customers:,}" if trained else missing,
        "base rate": _figure(trained.base_rate, ".1%") if trained else missing,
        "AUC": _figure(model.auc, ".3f") if model else missing,
        "lift@10% (best baseline)": _against(model, trained) if model and trained else missing,
        "holdout": _holdout(reported),
        "verdict": _verdict(entry, reported),
    }


def _holdout(reported: Division) -> str:
    if reported.checked is None:
        return reported.holdout
    lift = _against(reported.checked.model, reported.checked)
    part = f"in part ({reported.checked.lacks}): " if reported.checked.lacks else ""
    return f"{part}AUC {_figure(reported.checked.model.auc, '.3f')}, lift {lift}"


def _against(model: Values, everybody: Segment) -> str:
    """Return the lift at 10% with the best baseline's behind it: `2.61 (2.54)`."""
    best, text = everybody.best_baseline(), _figure(model.lift_10, ".2f")
    return text if best is None else f"{text} ({best.figure:.2f})"


def _verdict(entry: Mapping[str, Any], reported: Division) -> str:
    for step, notebook in entry["notebooks"].items():
        if notebook["state"] not in ("done", "pending"):
            return f"{step} {notebook['state']}"
    measured = reported.trained.verdict.measured if reported.trained else ""
    return f"{reported.verdict}: {measured}" if measured else reported.verdict


def _figure(value: float | None, how: str) -> str:
    return NOT_AVAILABLE if value is None else format(value, how)


def problems(status: Mapping[str, Any]) -> list[str]:
    """Return a sentence per report that is not available: its file and its field."""
    return [text for entry in entries(status) for text in entry["not_available"].values()]


def failures(status: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield each failed notebook: its name, cell, parameters, error, own frame, hint and path."""
    for entry in entries(status):
        for step, notebook in entry["notebooks"].items():
            if notebook["state"] == "failed":
                at = {key: entry[key] for key in ("division", "cutoff") if key in entry}
                nothing = dict.fromkeys(("cell", "error", "frame", "hint"), "")
                fields = nothing | notebook.get("error", {})
                shown = ", ".join(f"{name} {value}" for name, value in at.items())
                yield {"notebook": step, "parameters": shown, **fields, "path": notebook["path"]}


def refused(status: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield each division whose holdout was refused though its window was checked, and why."""
    for cutoff in status["cutoffs"]:
        whole = status["holdouts"].get(cutoff["cutoff"], {}).get("status")
        for entry in cutoff["divisions"] if whole == CHECKED else ():
            report = entry["reports"].get(Holdout.step, {})
            if report.get("status") == REFUSED:
                yield f"{entry['division']} at {cutoff['cutoff']}", report["sentence"]


def entries(status: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every folder of a run that has notebooks, each with its cutoff."""
    yield status["etl"]
    for cutoff in status["cutoffs"]:
        for entry in (*cutoff["divisions"], cutoff["pooled"], cutoff["whitespace"]):
            yield {**entry, "cutoff": cutoff["cutoff"]}


def counts(status: Mapping[str, Any]) -> dict[str, int]:
    """Return how many notebooks are in each state."""
    numbers: dict[str, int] = {}
    for entry in entries(status):
        for notebook in entry["notebooks"].values():
            numbers[notebook["state"]] = numbers.get(notebook["state"], 0) + 1
    return numbers


def last_seconds(runs: list[Run], layout: str) -> dict[str, float]:
    """Return how long each step took in the latest run of a layout: the mean over divisions."""
    for run in record.readable(runs):
        content = record.read(run)
        if content.get("parameters", {}).get("layout") == layout:
            means = {step: _mean_seconds(content, step) for step in plan.STEPS}
            if any(means.values()):
                return {step: seconds for step, seconds in means.items() if seconds is not None}
    return {}


def _mean_seconds(content: Mapping[str, Any], step: str) -> float | None:
    items = [i for i in content.get("notebooks", []) if i["notebook"] == step and "seconds" in i]
    return sum(item["seconds"] for item in items) / len(items) if items else None
