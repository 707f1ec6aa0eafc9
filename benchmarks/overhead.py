"""What notebooks cost: the batch against the same library calls in one plain process.

    python benchmarks/overhead.py                           # the table; some minutes on two cores
    python benchmarks/overhead.py --customers 500 --ways plain forked

The plain process executes the code cells of the very same notebooks one after the other, with the
same parameters: no kernel, no message, no picture shown, no saved copy; it imports everything once.
The batch does the same work a notebook at a time, each in a kernel of its own that is forked (the
usual way on Linux), started ahead (other systems) or started when it is needed (cold).

Both are processes of their own, measured from their start to their end, with all processes that
they started. CPU seconds (user and system) are the steadier figure on a machine that others use.
The work is the sample as `gosales sample-data` writes it, 2,000 customers, ten divisions, nothing
made longer: some two seconds a notebook. The larger the log, the smaller the share of the overhead.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat

from gosales_lib import layout, run_folders, sample
from gosales_lib.batch import asking, execute, runner, tasks
from gosales_lib.batch.execute import Task
from gosales_lib.batch.kernels import launch, sharing
from gosales_lib.batch.kernels.pool import Pool
from gosales_lib.batch.request import How, Request
from gosales_lib.core import timeline
from gosales_lib.run_folders import plan, record

ROOT = Path(__file__).resolve().parent.parent
LAYOUT, CUTOFF = "layouts/gosales.yaml", "2024-12-31"
FOLDERS = ("data", "holdout", "truth")
WAYS = {
    "plain": ("one plain process", {}),
    "forked": ("batch, forked kernels, 1 at a time", {"jobs": 1}),
    "forked2": ("batch, forked kernels, 2 at a time", {"jobs": 2}),
    "ahead": ("batch, kernels started ahead, 1 at a time", {"jobs": 1, "fork": False}),
    "ahead2": ("batch, kernels started ahead, 2 at a time", {"jobs": 2, "fork": False}),
    "cold": ("batch, cold kernels, 1 at a time", {"jobs": 1, "warm": False}),
}
PARTS = ("kernel", "imports", "work", "save")
NOTHING = 6  # notebooks in a row that have nothing to do
PLAIN = """
import json, sys
for notebook, cells, parameters in json.load(open(sys.argv[1])):
    names = {}
    for source, is_parameters in cells:
        exec(compile(source, notebook, "exec"), names)
        if is_parameters:
            names.update(parameters)
"""


def main() -> None:
    """Measure and print both tables in Markdown; or be the batch that is measured."""
    if sys.argv[1:2] == ["--batch"]:
        batch(Path(sys.argv[2]), Path(sys.argv[3]), json.loads(sys.argv[4]))
        return
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--divisions", type=int, default=10)
    arguments.add_argument("--customers", type=int, default=2000)
    arguments.add_argument("--repeat", type=int, default=1)
    usual = ("plain", "forked", "forked2", "cold")
    arguments.add_argument("--ways", nargs="+", choices=WAYS, default=usual)
    given = arguments.parse_args()
    nothing()
    with tempfile.TemporaryDirectory() as folder:
        sample.write(*(Path(folder) / n for n in FOLDERS), customers=given.customers, seed=17)
        whole(given, Path(folder))


def whole(given: argparse.Namespace, folder: Path) -> None:
    """Print wall and CPU time of a whole run, each way of running it; the best of the repeats."""
    ways = list(dict.fromkeys(["plain", *given.ways]))
    best: dict[str, tuple[float, float, dict[str, float]]] = {}
    load = os.getloadavg()[0]
    for way in ways * given.repeat:
        measured = _measure(way, given, folder)
        best[way] = min(best.get(way, measured), measured, key=lambda figures: figures[1])
    wall, work, _ = best["plain"]
    size = f"{given.divisions} divisions, {given.customers} customers"
    print(f"\n{size}, least CPU of {given.repeat}; load average before {load:.1f}\n")
    print("| way | CPU seconds | times | seconds | times | kernel | imports | work | save |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    for way, (seconds, cpu, split) in best.items():
        figures = (f"{cpu:.1f}", f"{cpu / work:.2f}", f"{seconds:.1f}", f"{seconds / wall:.2f}")
        parts = [f"{split[part]:.2f}" if split else "" for part in PARTS]
        print(f"| {WAYS[way][0]} | {' | '.join([*figures, *parts])} |")
    print("\nThe last four: mean seconds a notebook waits for a kernel, imports, works, is saved.")


def _measure(
    way: str, given: argparse.Namespace, folder: Path
) -> tuple[float, float, dict[str, float]]:
    """Return wall seconds, CPU seconds and means a notebook of one way, once."""
    run = run_folders.create(folder / way, {})
    asked = request(given.divisions, folder)
    if way == "plain":
        calls = folder / "calls.json"
        calls.write_text(json.dumps(_calls(run, asked)))
        command = ["-c", PLAIN, calls]
    else:
        command = [
            __file__,
            "--batch",
            folder,
            run.path,
            json.dumps([given.divisions, WAYS[way][1]]),
        ]
    clock, cpu = time.perf_counter(), _children()
    env = sharing.environment(sharing.threads_per_job(1))
    quiet = {"stdout": subprocess.DEVNULL, "cwd": ROOT, "env": env, "check": True}
    subprocess.run([sys.executable, *command], **quiet)
    seconds, used = time.perf_counter() - clock, _children() - cpu
    return seconds, used, {} if way == "plain" else _means(record.read(run)["notebooks"])


def _children() -> float:
    """Return the processor seconds of all processes that were started from here and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def _means(notebooks: list[dict[str, Any]]) -> dict[str, float]:
    return {part: statistics.mean(item["timings"][part] for item in notebooks) for part in PARTS}


def request(divisions: int, folder: Path) -> Request:
    """Return the request of the run that is measured: the sample's data in `folder`."""
    names = layout.load(asking.layout_file(LAYOUT)).divisions[:divisions]
    asked = {"layout": LAYOUT, "divisions": tuple(names), "cutoffs": (CUTOFF,)}
    return asking.request(asked | {"data_dir": folder / "data", "holdout_dir": folder / "holdout"})


def batch(folder: Path, run: Path, asked: tuple[int, dict[str, Any]]) -> None:
    """Be the batch: work on a run, and fail where a notebook fails."""
    divisions, how = asked
    state = runner.Batch(
        run_folders.open_run(run), request(divisions, folder), How(**how)
    ).execute()
    sys.exit(f"the run ended as {state}" if state != "done" else 0)


def _calls(run: run_folders.Run, asked: Request) -> list[tuple[str, list, dict[str, Any]]]:
    """Return each notebook of the run in order: its name, its code cells, its parameters."""
    days = {timeline.parse_date(day): list(asked.divisions) for day in asked.cutoffs}
    found = []
    for job in plan.build(days):
        job.folder(run).mkdir(parents=True, exist_ok=True)
        task = tasks.task_of(run, asked, How(), job, {}, sharing.threads_per_job(1))
        cells = nbformat.read(tasks.notebook_of(asked, job.step), as_version=4).cells
        code = [cell for cell in cells if cell.cell_type == "code"]
        tagged = [(c.source, "parameters" in c.metadata.get("tags", [])) for c in code]
        found.append((job.key, tagged, task.parameters))
    return found


def nothing() -> None:
    """Print what a notebook costs that imports what all of them import and does nothing."""
    print("\n| a notebook with all imports and nothing to do | seconds, median |\n|---|---:|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nothing.ipynb"
        nbformat.write(_nothing(), path)
        libraries = (*launch.LIBRARIES, *tasks.notebook_imports(ROOT / "notebooks"))
        for name, pool in (("cold", Pool(1, (), 0)), ("ready", Pool(1, libraries, 2))):
            seconds = []
            for _ in range(NOTHING):
                time.sleep(pool.spares)  # the notebook before works that long
                task = Task("nothing", "nothing", str(path), folder, {}, {})
                seconds.append(
                    execute.run(task, execute.in_kernels(pool), lambda event: None).seconds
                )
            pool.close()
            print(f"| {name} kernel | {statistics.median(seconds):.2f} |")


def _nothing() -> Any:
    """Return the imports of the real notebooks as one notebook."""
    found = tasks.notebook_imports(ROOT / "notebooks")
    modules = [name for name in found if (ROOT / (name.replace(".", "/") + ".py")).exists()]
    source = "\n".join(f"import {name}" for name in [*modules, "polars", "plotly.graph_objects"])
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nb.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python"}
    return nb


if __name__ == "__main__":
    main()
