"""What notebooks cost: the batch against the same library calls in one plain process.

    python benchmarks/overhead.py                  # sample data, 10 divisions; about 10 minutes
    python benchmarks/overhead.py --divisions 3 --repeat 1

The plain process executes the code cells of the very same notebooks one after the other, without
a kernel, a message or a saved copy, and imports everything once. Then the batch runs them cold
(plain Papermill's way) and warm, one and two at a time. A second table shows a notebook that has
nothing to do. Times are wall times; the best of `--repeat` runs, in turns, is shown.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat

from gosales_lib import layout, runs, sample, timeline
from gosales_lib.batch import asking, execute, kernels, plan, record, runner, tasks
from gosales_lib.batch.execute import Task
from gosales_lib.batch.pool import Pool
from gosales_lib.batch.request import How

LAYOUT, CUTOFF = "layouts/gosales.yaml", "2024-12-31"
FOLDERS = ("data", "holdout", "truth")
PLAIN = "one plain process"
ROOT = Path(__file__).resolve().parent.parent
VARIANTS = {
    "batch, cold kernels, 1 at a time": {"jobs": 1, "warm": False},
    "batch, warm kernels, 1 at a time": {"jobs": 1, "warm": True},
    "batch, warm kernels, 2 at a time": {"jobs": 2, "warm": True},
}
PARTS = ("kernel", "imports", "work", "save")
NOTHING = 12  # notebooks in a row that have nothing to do


def main() -> None:
    """Measure and print both tables in Markdown."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--divisions", type=int, default=10)
    arguments.add_argument("--repeat", type=int, default=2)
    arguments.add_argument("--customers", type=int, default=2000)
    arguments.add_argument("--plain", metavar="FOLDER", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.plain:
        plain(Path(given.plain), given)
        return
    nothing(given.repeat)
    with tempfile.TemporaryDirectory() as folder:
        sample.write(*(Path(folder) / n for n in FOLDERS), customers=given.customers, seed=17)
        whole(given, Path(folder))


def request(given: argparse.Namespace, folder: Path) -> Any:
    """Return the request of the run that is measured: the sample's data in `folder`."""
    names = layout.load(asking.layout_file(LAYOUT)).divisions[: given.divisions]
    asked = {"layout": LAYOUT, "divisions": tuple(names), "cutoffs": (CUTOFF,)}
    return asking.request(asked | {"data_dir": folder / "data", "holdout_dir": folder / "holdout"})


def whole(given: argparse.Namespace, folder: Path) -> None:
    """Print wall and processor time of a whole run, each way of running it."""
    best: dict[str, tuple[float, float, dict[str, float]]] = {}
    for _ in range(given.repeat):
        for name, *measured in _turn(given, folder):
            if name not in best or measured[0] < best[name][0]:
                best[name] = tuple(measured)
    wall, work, _ = best[PLAIN]
    print(f"\n{given.divisions} divisions, {given.customers} customers, best of {given.repeat}\n")
    print("| way | seconds | times | CPU seconds | times | kernel | imports | work | save |")
    print("|---|---|---|---|---|---|---|---|---|")
    for name, (seconds, cpu, split) in best.items():
        parts = [f"{split[part]:.2f}" if split else "" for part in PARTS]
        figures = (
            f"{seconds:.1f}",
            f"{seconds / wall:.2f}",
            f"{cpu:.1f}",
            f"{cpu / work:.2f}",
            *parts,
        )
        print(f"| {name} | {' | '.join(figures)} |")
    print("\nThe last four: mean seconds a notebook waits for a kernel, imports, works, is saved.")


def _turn(
    given: argparse.Namespace, folder: Path
) -> Iterator[tuple[str, float, float, dict[str, float]]]:
    """Yield name, wall seconds, processor seconds and means a notebook of each way, once."""
    options = ["--divisions", given.divisions, "--customers", given.customers, "--plain", folder]
    script = [sys.executable, __file__, *map(str, options)]
    clock = _clock()
    subprocess.run(script, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    yield PLAIN, *clock(), {}
    for name, how in VARIANTS.items():
        run = runs.create(folder / "runs", {})
        clock = _clock()
        state = runner.Batch(run, request(given, folder), How(**how)).execute()
        measured = clock()
        if state != "done":
            sys.exit(f"{name}: the run ended as {state}")
        yield name, *measured, _means(record.read(run)["notebooks"])
        shutil.rmtree(run.path)


def _clock() -> Callable[[], tuple[float, float]]:
    """Return a function that tells wall and processor seconds since now, with ended children's."""
    wall, times = time.perf_counter(), os.times()

    def elapsed() -> tuple[float, float]:
        return time.perf_counter() - wall, sum(os.times()[:4]) - sum(times[:4])

    return elapsed


def _means(notebooks: list[dict[str, Any]]) -> dict[str, float]:
    return {part: statistics.mean(item["timings"][part] for item in notebooks) for part in PARTS}


def plain(folder: Path, given: argparse.Namespace) -> None:
    """Make the calls of every notebook of the run in this one process."""
    asked, run = request(given, folder), runs.create(folder / "runs", {})
    days = {timeline.parse_date(day): list(asked.divisions) for day in asked.cutoffs}
    for job in plan.build(days):
        job.folder(run).mkdir(parents=True, exist_ok=True)
        threads = kernels.threads_per_job(1)
        task = tasks.task_of(run, asked, How(), job, {}, threads)
        _call(tasks.notebook_of(asked, job.step), task.parameters)


def _call(notebook: Path, parameters: dict[str, Any]) -> None:
    """Execute a notebook's code cells in a namespace of their own."""
    names: dict[str, Any] = {}
    for cell in nbformat.read(notebook, as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, str(notebook), "exec"), names)
        if "parameters" in cell.metadata.get("tags", []):
            names |= parameters


def nothing(repeat: int) -> None:
    """Print what a notebook costs that imports what all of them import and does nothing."""
    print("\n| a notebook with all imports and nothing to do | seconds, median |\n|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nothing.ipynb"
        nbformat.write(_nothing(), path)
        warm = (*kernels.LIBRARIES, *tasks.notebook_imports(ROOT / "notebooks"))
        for name, libraries, spares in (("cold", (), 0), ("warm", warm, 2)):
            pool, seconds = Pool(1, libraries, spares), []
            for _ in range(NOTHING * repeat):
                time.sleep(3 if spares else 0)  # as long as the work of the one before
                task = Task("nothing", "nothing", str(path), folder, {}, {})
                outcome = execute.run(task, pool, lambda event: None)
                seconds.append(outcome.seconds)
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
