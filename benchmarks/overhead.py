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
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

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
    arguments.add_argument("--layout", default="layouts/gosales.yaml")
    arguments.add_argument("--divisions", type=int, default=10)
    arguments.add_argument("--cutoff", default="2024-12-31")
    arguments.add_argument("--repeat", type=int, default=2)
    arguments.add_argument("--plain", metavar="FOLDER", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.plain:
        plain(Path(given.plain), given)
        return
    whole(given)
    nothing(given.repeat)


def request(given: argparse.Namespace) -> Any:
    """Return the request of the run that is measured."""
    from gosales_lib import asking, layout

    names = layout.load(asking.layout_file(given.layout)).divisions[: given.divisions]
    return asking.request(
        {"layout": given.layout, "divisions": tuple(names), "cutoffs": (given.cutoff,)}
    )


def whole(given: argparse.Namespace) -> None:
    """Print the wall time of a whole run, each way of running it."""
    best: dict[str, float] = {}
    split: dict[str, dict[str, float]] = {}
    for _ in range(given.repeat):
        for name, seconds, timings in _turn(given):
            if seconds < best.get(name, float("inf")):
                best[name], split[name] = seconds, timings
    base = best["one plain process"]
    print(f"\n{given.divisions} divisions, {given.layout}, best of {given.repeat}\n")
    print("| way | seconds | times plain | kernel | imports | work | save |")
    print("|---|---|---|---|---|---|---|")
    for name, seconds in best.items():
        parts = [f"{split[name][part]:.2f}" if split[name] else "" for part in PARTS]
        print(f"| {name} | {seconds:.1f} | {seconds / base:.2f} | {' | '.join(parts)} |")
    print("\nThe last four: mean seconds a notebook waits for a kernel, imports, works, is saved.")


def _turn(given: argparse.Namespace) -> Iterator[tuple[str, float, dict[str, float]]]:
    from gosales_lib import batch, record, runs
    from gosales_lib.request import How

    with tempfile.TemporaryDirectory() as folder:
        options = ["--divisions", given.divisions, "--layout", given.layout]
        options += ["--cutoff", given.cutoff, "--plain", folder]
        began = time.perf_counter()
        script = [sys.executable, __file__, *map(str, options)]
        subprocess.run(script, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        yield "one plain process", time.perf_counter() - began, {}
        for name, how in VARIANTS.items():
            run = runs.create(folder, {})
            began = time.perf_counter()
            state = batch.Batch(run, request(given), How(**how)).execute()
            seconds = time.perf_counter() - began
            if state != "done":
                sys.exit(f"{name}: the run ended as {state}, see gosales logs")
            yield name, seconds, _means(record.read(run)["notebooks"])


def _means(notebooks: list[dict[str, Any]]) -> dict[str, float]:
    return {part: statistics.mean(item["timings"][part] for item in notebooks) for part in PARTS}


def plain(folder: Path, given: argparse.Namespace) -> None:
    """Make the calls of every notebook of the run in this one process."""
    from gosales_lib import kernels, plan, runs, tasks, timeline
    from gosales_lib import request as requests

    asked, run = request(given), runs.create(folder, {})
    days = {timeline.parse_date(day): list(asked.divisions) for day in asked.cutoffs}
    for job in plan.build(days):
        job.folder(run).mkdir(parents=True, exist_ok=True)
        threads = kernels.threads_per_job(1)
        task = tasks.task_of(run, asked, requests.How(), job, {}, threads)
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
    from gosales_lib import execute, kernels
    from gosales_lib.execute import Task

    print("\n| a notebook with all imports and nothing to do | seconds, median |\n|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "nothing.ipynb"
        nbformat.write(_nothing(), path)
        for name, libraries, spares in (("cold", (), 0), ("warm", kernels.LIBRARIES, 2)):
            pool, seconds = kernels.Pool(1, libraries, spares), []
            for _ in range(NOTHING * repeat):
                time.sleep(3 if spares else 0)  # as long as the work of the one before
                task = Task("nothing", "nothing", str(path), folder, {}, {})
                outcome = execute.run(task, pool, lambda event: None)
                seconds.append(outcome.seconds)
            pool.close()
            print(f"| {name} kernel | {statistics.median(seconds):.2f} |")


def _nothing() -> Any:
    """Return the imports of the real notebooks as one notebook."""
    from gosales_lib import tasks

    found = tasks.notebook_imports(ROOT / "notebooks")
    modules = [name for name in found if (ROOT / (name.replace(".", "/") + ".py")).exists()]
    source = "\n".join(f"import {name}" for name in [*modules, "polars", "plotly.graph_objects"])
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])
    nb.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python"}
    return nb


if __name__ == "__main__":
    main()
