"""Runs of the toy notebooks and their files, for tests that compare."""

import json
import os
import signal
import sys
import time

import psutil
import toys
from typer.testing import CliRunner

from gosales_lib import run_folders
from gosales_lib.batch import runner
from gosales_lib.batch.request import How, Request
from gosales_lib.cli import app
from gosales_lib.run_folders import record

CUTOFF = "2024-12-31"
LEAN = ("polars",)
OWN = {"run.json", "events.jsonl", "runner.lock"}


def ask(folder, *divisions):
    notebooks, layout, data, holdout = (run_folders.shown(path) for path in toys.write(folder))
    chosen = {"divisions": divisions or ("A", "B"), "cutoffs": (CUTOFF,)}
    usual = {"seed": 17, "engine": "polars"}
    return Request(layout, data, holdout, notebooks=notebooks, parameters=usual, **chosen)


def work(run, request, select=None, **how):
    events = []
    state = runner.Batch(
        run, request, How(**{"jobs": 2, "libraries": LEAN, **how}), select, events.append
    ).execute()
    return state, events


def by_command(folder, *divisions, **more):
    """Run the toy notebooks as `gosales run` does; return its result and the run."""
    notebooks, layout, data, _ = toys.write(folder)
    options = {"--layout": layout, "--data": data, "--notebooks": notebooks, "--cutoff": CUTOFF}
    options |= {"--runs": folder / "runs", "--jobs": 2, **more}
    words = ["run", *(word for pair in options.items() for word in pair)]
    words += [word for name in divisions for word in ("--division", name)]
    words += ["--no-mlflow", "--no-publish"]
    result = CliRunner().invoke(app, list(map(str, words)))
    return result, run_folders.list_runs(folder / "runs")[0]


def ran(events):
    return [event["key"].split()[0] for event in events if event["event"] == "started"]


def artifacts_of(run):
    """Return all that must not depend on when or how it was made, by file.

    Of a receipt without the library's print: a test must hold while somebody edits the library.
    """
    return {
        path.relative_to(run.path).as_posix(): content(path)
        for path in sorted(run.path.rglob("*"))
        if path.is_file() and path.name not in OWN and path.suffix != ".ipynb"
    }


def content(path):
    if not path.name.endswith(".receipt.json"):
        return path.read_bytes()
    return json.loads(path.read_text()) | {"library": ""}


def begin(folder, request):
    """Start a process that makes a run in `folder / "runs"` and works on it."""
    asked = folder / "request.json"
    asked.write_text(json.dumps(request.__dict__))
    command = [sys.executable, toys.__file__, str(folder / "runs"), str(asked)]
    heard = {} if os.name == "nt" else {"preexec_fn": hear_signals}
    return psutil.Popen(command, **heard)


def hear_signals():
    """Undo what nohup and a shell's background have their children ignore."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def wait_for_cell(folder, step, seconds=60):
    for _ in range(seconds * 10):
        for run in run_folders.list_runs(folder):
            if any(e["event"] == "cell" and e["key"].startswith(step) for e in record.events(run)):
                return
        time.sleep(0.1)
    raise AssertionError(f"{step} never began")


def still_there(processes, seconds=30):
    """Return those of some processes that have not ended after a while."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
