"""The runner's record of a run: `run.json` and `events.jsonl`, which only the runner writes."""

from __future__ import annotations

import contextlib
import json
import platform
import subprocess
import threading
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from importlib import metadata
from typing import Any

from gosales_lib.core import locks, settings, timeline
from gosales_lib.run_folders import Run, artifacts
from gosales_lib.run_folders.plan import Job

PACKAGES = (
    "gosales", "polars", "duckdb", "narwhals", "pandas", "numpy", "scikit-learn", "lightgbm",
    "mlflow", "papermill", "plotly",
)  # fmt: skip
EVENTS = "events.jsonl"
STOPPED = "stopped"
"""The key of `run.json` that says why the runner itself gave up; a notebook keeps its own error."""
DAMAGED = "put back a whole copy of it, or remove the folder of this run"


def now() -> str:
    """Return the time in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Record:
    """The record of one run, kept by its runner. Every change is written to disk at once."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._lock = threading.Lock()
        self.content = read(run)

    def begin(self, parameters: dict[str, Any], inputs: Mapping[str, str]) -> None:
        """Record the request of the run, the versions and the input files."""
        first = "started" not in self.content
        self.content |= {"id": self.run.id, "state": "running", "parameters": parameters}
        self.content["versions"] = versions()
        self.content["git_commit"] = git_commit()
        self.content["inputs"] = inputs
        self.content.setdefault("started", now())
        if not first:
            self.content.setdefault("resumed", []).append(now())
        self.content.setdefault("notebooks", [])
        for old in ("finished", STOPPED):
            self.content.pop(old, None)
        self.save()
        self._mend_events()

    def _mend_events(self) -> None:
        """End a last line that a kill cut off, so that the next event gets a line of its own."""
        path = self.run.path / EVENTS
        if path.exists() and not path.read_bytes().endswith(b"\n"):
            with path.open("ab") as file:
                file.write(b"\n")

    def plan(self, jobs: Iterable[Job]) -> None:
        """Add the jobs that are not listed yet, as pending; keep the plan's order."""
        listed = {item["key"]: item for item in self.content["notebooks"]}
        fresh = {job.key: entry(self.run, job) for job in jobs}
        rest = [listed_entry for key, listed_entry in listed.items() if key not in fresh]
        self.content["notebooks"] = [listed.get(key, new) for key, new in fresh.items()] + rest
        self.content["notebooks"].sort(key=lambda item: item["notebook"] != "01_etl")
        self.save()

    def set(self, key: str, state: str, **details: Any) -> None:
        """Record a notebook's new state; details of an earlier attempt are dropped."""
        with self._lock:
            item = next(item for item in self.content["notebooks"] if item["key"] == key)
            for old in ("started", "seconds", "timings", "error", "reason"):
                if state in ("running", "skipped") or old in details:
                    item.pop(old, None)
            item |= {"state": state, **{k: v for k, v in details.items() if v is not None}}
            self.save()

    def finish(self, state: str, why: str = "") -> None:
        """Record the end of the run; a notebook that was still running is interrupted.

        `why` is what the runner itself stopped at.
        """
        for item in self.content["notebooks"]:
            if item["state"] == "running":
                item["state"] = "interrupted"
        self.content |= {"state": state, "finished": now(), **({STOPPED: why} if why else {})}
        self.save()

    def save(self) -> None:
        """Write `run.json`."""
        artifacts.write_json(self.run.path / "run.json", self.content)

    def event(self, event: Mapping[str, Any]) -> None:
        """Append one line to `events.jsonl`."""
        line = json.dumps({"time": now(), **artifacts.plain(event)}, ensure_ascii=False)
        with self._lock, (self.run.path / EVENTS).open("a", encoding="utf-8") as file:
            file.write(line + "\n")


def entry(run: Run, job: Job) -> dict[str, Any]:
    """Return the entry of a job that has not begun."""
    return {
        "key": job.key,
        "notebook": job.step,
        "division": job.division,
        "cutoff": job.cutoff.isoformat() if job.cutoff else None,
        "folder": job.folder(run).relative_to(run.path).as_posix(),
        "state": "pending",
    }


def read(run: Run) -> dict[str, Any]:
    """Return `run.json`, empty when there is none; ValueError names a file that is damaged."""
    path = run.path / "run.json"
    if not path.exists():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{path} is cut off or damaged ({error}); {DAMAGED}") from None
    if not isinstance(content, dict):
        raise ValueError(f"{path} holds no JSON object; {DAMAGED}")
    return content


def window(content: Mapping[str, Any]) -> timeline.Length:
    """Return the length of the window that a run predicts: months, or days if so asked."""
    asked = content.get("parameters") or {}
    days = (asked.get("parameters") or {}).get("window_days", 0)
    return timeline.length(int(asked.get("window_months", 6)), int(days))


def readable(runs: Iterable[Run]) -> Iterator[Run]:
    """Yield the runs whose `run.json` can be read: a damaged one hides no other."""
    for run in runs:
        try:
            read(run)
        except (ValueError, OSError):
            continue
        yield run


def read_live(run: Run) -> dict[str, Any]:
    """Return `run.json` as it is now: running notebooks of a dead runner are interrupted."""
    content = read(run)
    if content.get("state") == "running" and not locks.is_held(run.path / locks.RUNNER):
        content["state"] = "interrupted"
        for item in content.get("notebooks", []):
            if item["state"] == "running":
                item["state"] = "interrupted"
    return content


def events(run: Run) -> Iterator[dict[str, Any]]:
    """Return the events of a run; a last line cut off by a kill is left out."""
    return artifacts.json_lines(run.path / EVENTS)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that make results."""
    numbers = {"python": platform.python_version()}
    for package in PACKAGES:
        with contextlib.suppress(metadata.PackageNotFoundError):
            numbers[package] = metadata.version(package)
    return numbers


def git_commit() -> str | None:
    """Return the commit of the checkout, with a `+` when files were changed; None without git."""
    root = str(settings.project_root())
    try:
        ask: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 10, "check": True}
        commit = subprocess.run(["git", "-C", root, "rev-parse", "HEAD"], **ask).stdout.strip()
        arguments = ["git", "-C", root, "status", "--porcelain", "--untracked-files=no"]
        answer: str | None = commit + (
            "+" if subprocess.run(arguments, **ask).stdout.strip() else ""
        )
        return answer
    except (OSError, subprocess.SubprocessError):
        return None
