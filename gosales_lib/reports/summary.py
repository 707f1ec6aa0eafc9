"""A run in one dictionary, for scripts, tables and pages: states and every metric, from its files.

Nothing is computed here: the states come from `run.json`, the figures from the notebooks' reports.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gosales_lib.run_folders import Folder, Run, plan, record


def of(run: Run) -> dict[str, Any]:
    """Return the state and the figures of a run.

    Returns
    -------
    dict
        `run` (id), `folder`, `state` (running, done, failed, interrupted), `started`, `finished`,
        `parameters`, `versions`, `git_commit`, `inputs` (file: SHA-256), `etl` and `cutoffs`.
        `etl` and each entry hold `folder`, `notebooks` (name: {`state`, `path`, and where known
        `started`, `seconds`, `timings`, `error`, `reason`}) and `reports` (name: what the notebook
        reported). A cutoff holds `cutoff`, `divisions` (entries with `division`), `pooled` and
        `whitespace`.
        A state is pending, running, done, failed, skipped or interrupted.
    """
    content = record.read_live(run)
    keys = ("state", "started", "finished", "resumed", "parameters", "versions", "git_commit")
    items = content.get("notebooks", [])
    return {
        "run": run.id,
        "folder": str(run.path),
        **{key: content.get(key) for key in (*keys, "inputs")},
        "left_out": content.get("left_out", []),
        "holdouts": content.get("holdouts", {}),
        "alarms": (_report(run.path, "01_etl") or {}).get("alarms", []),
        "etl": _entry(Folder(run.path), [i for i in items if i["cutoff"] is None]),
        "cutoffs": [
            _cutoff(run, cutoff, [i for i in items if i["cutoff"] == cutoff])
            for cutoff in sorted({i["cutoff"] for i in items if i["cutoff"]})
        ],
    }


def _cutoff(run: Run, cutoff: str, items: list[dict]) -> dict[str, Any]:
    names = dict.fromkeys(item["division"] for item in items if item["division"])
    divisions = [
        {
            "division": name,
            **_entry(run.at(name, cutoff), [i for i in items if i["division"] == name]),
        }
        for name in names
    ]
    shared = {"pooled": (run.pooled, "03_pooled"), "whitespace": (run.whitespace, "06_whitespace")}
    lists = {
        name: _entry(folder(cutoff), [item for item in items if item["notebook"] == step])
        for name, (folder, step) in shared.items()
    }
    return {"cutoff": cutoff, "divisions": divisions, **lists}


def _entry(folder: Folder, items: list[dict]) -> dict[str, Any]:
    hidden = ("key", "notebook", "division", "cutoff", "folder")
    notebooks = {
        item["notebook"]: {k: v for k, v in item.items() if k not in hidden}
        | {"path": str(folder.path / f"{item['notebook']}.ipynb")}
        for item in items
    }
    reports = {step: report for step in notebooks if (report := _report(folder.path, step))}
    return {"folder": str(folder.path), "notebooks": notebooks, "reports": reports}


def _report(folder: Path, step: str) -> dict[str, Any] | None:
    try:
        return json.loads((folder / f"{step}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


@dataclass(frozen=True)
class Row:
    """One line of the closing table, as text."""

    cutoff: str
    division: str
    customers: str
    base_rate: str
    auc: str
    lift: str
    holdout: str
    verdict: str


def rows(status: Mapping[str, Any]) -> list[Row]:
    """Return the closing table, a line a division and cutoff."""
    return [
        _row(cutoff["cutoff"], entry)
        for cutoff in status["cutoffs"]
        for entry in cutoff["divisions"]
    ]


def _row(cutoff: str, entry: Mapping[str, Any]) -> Row:
    trained = entry["reports"].get("03_train", {})
    model = trained.get("candidates", {}).get(trained.get("champion"), {})
    return Row(
        cutoff=cutoff,
        division=entry["division"],
        customers=_count(trained.get("customers")),
        base_rate=_percent(trained.get("base_rate")),
        auc=_figure(model.get("auc"), 3),
        lift=_against(model, trained.get("baselines", {})),
        holdout=_holdout(entry["reports"].get("05_holdout", {})),
        verdict=_verdict(entry, trained),
    )


def _holdout(report: Mapping[str, Any]) -> str:
    if report.get("status") != "checked":
        return report.get("status", "-")
    model = report.get("model", {})
    lift = _against(model, report.get("baselines", {}))
    return f"AUC {_figure(model.get('auc'), 3)}, lift {lift}"


def _against(model: Mapping[str, Any], rivals: Mapping[str, Any]) -> str:
    """Return the lift at 10% with the best naive rival's behind it: `2.61 (rfm_logistic 2.54)`."""
    lifts = {name: number(metrics.get("lift_10")) for name, metrics in rivals.items()}
    known = {name: lift for name, lift in lifts.items() if lift is not None}
    text = _figure(model.get("lift_10"), 2)
    best = max(known, key=lambda name: known[name], default=None)
    return text if best is None else f"{text} ({best} {known[best]:.2f})"


def _verdict(entry: Mapping[str, Any], trained: Mapping[str, Any]) -> str:
    for step, notebook in entry["notebooks"].items():
        if notebook["state"] not in ("done", "pending"):
            return f"{step} {notebook['state']}"
    if "verdict" not in trained:
        return "-"
    return "signal" if trained["verdict"].get("signal") else "no signal"


def number(value: Any) -> float | None:
    """Return a figure, whether it stands alone or with its interval as {"value": …}."""
    value = value.get("value") if isinstance(value, Mapping) else value
    return float(value) if isinstance(value, int | float) else None


def _figure(value: Any, digits: int) -> str:
    found = number(value)
    return "-" if found is None else f"{found:.{digits}f}"


def _percent(value: Any) -> str:
    found = number(value)
    return "-" if found is None else f"{found:.1%}"


def _count(value: Any) -> str:
    found = number(value)
    return "-" if found is None else f"{found:,.0f}"


def failures(status: Mapping[str, Any]) -> Iterator[dict[str, str]]:
    """Yield each failed notebook: its name, cell, parameters, error, own frame, hint and path."""
    for entry in entries(status):
        for step, notebook in entry["notebooks"].items():
            if notebook["state"] == "failed":
                at = {key: entry[key] for key in ("division", "cutoff") if key in entry}
                told = {
                    "cell": "",
                    "error": "",
                    "frame": "",
                    "hint": "",
                    **notebook.get("error", {}),
                }
                shown = ", ".join(f"{name} {value}" for name, value in at.items())
                yield {"notebook": step, "parameters": shown, **told, "path": notebook["path"]}


def entries(status: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every folder of a run that has notebooks, each with its cutoff."""
    yield status["etl"]
    for cutoff in status["cutoffs"]:
        for entry in (*cutoff["divisions"], cutoff["pooled"], cutoff["whitespace"]):
            yield {**entry, "cutoff": cutoff["cutoff"]}


def counts(status: Mapping[str, Any]) -> dict[str, int]:
    """Return how many notebooks are in each state."""
    found: dict[str, int] = {}
    for entry in entries(status):
        for notebook in entry["notebooks"].values():
            found[notebook["state"]] = found.get(notebook["state"], 0) + 1
    return found


def last_seconds(runs: list[Run], layout: str) -> dict[str, float]:
    """Return how long each step took in the latest run of a layout: the mean over divisions."""
    for run in runs:
        content = record.read(run)
        if content.get("parameters", {}).get("layout") == layout:
            found = {step: _mean_seconds(content, step) for step in plan.STEPS}
            if any(found.values()):
                return {step: seconds for step, seconds in found.items() if seconds is not None}
    return {}


def _mean_seconds(content: Mapping[str, Any], step: str) -> float | None:
    items = [i for i in content.get("notebooks", []) if i["notebook"] == step and "seconds" in i]
    return sum(item["seconds"] for item in items) / len(items) if items else None
