"""What it costs to give each notebook a kernel of its own, by the way kernels are started.

    python benchmarks/kernels.py                                    # both data sets
    python benchmarks/kernels.py --data sample --divisions 10 --jobs 1 --repeat 3

The same batch runs with forked kernels (the default on Linux), with kernels that are started ahead
(other systems) and with cold kernels. Each batch is a process of its own. Wall and CPU seconds are
those of the process and of all kernels; CPU seconds are steadier on a machine that others use.
`one process` runs the code of all notebooks in a single process without pictures, as
`gosales score` does.

The sample is written by `gosales sample-data`; AdventureWorks is the public data set beside the
project.
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
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from gosales_lib import layout, run_folders, sample
from gosales_lib.batch import arguments, runner, workers
from gosales_lib.batch.request import How, Request
from gosales_lib.run_folders import record

ROOT = Path(__file__).resolve().parent.parent
CUTOFFS = {"sample": "2024-12-31", "adventureworks": "2013-05-31"}
LAYOUTS = {"sample": "layouts/gosales.yaml", "adventureworks": "layouts/adventureworks.yaml"}
WAYS: dict[str, dict[str, Any]] = {
    "forked": {"fork": True},
    "started ahead": {"fork": False},
    "cold": {"warm": False},
    "one process": {"kernels": False},
}
PARTS = ("kernel", "imports", "work", "save")
Measured = tuple[float, float, list[float]]
"""Wall seconds, CPU seconds, and the mean seconds of each of `PARTS` per notebook."""


def main() -> None:
    """Measure every way on every data set and print a table in Markdown; or be one batch."""
    if sys.argv[1:2] == ["--batch"]:
        batch(*sys.argv[2:])
        return
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", choices=CUTOFFS, default=list(CUTOFFS))
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS)[:3])
    parser.add_argument("--divisions", type=int, default=3)
    parser.add_argument("--customers", type=int, default=1000, help="of the sample")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--repeat", type=int, default=1)
    chosen = parser.parse_args()
    print(f"{chosen.divisions} divisions, {chosen.jobs} notebooks in parallel\n")
    columns = ("data", "kernels", "seconds", "ratio", "CPU seconds", "ratio", "load", *PARTS)
    print(f"| {' | '.join(columns)} |\n|---|---|{'---:|' * (len(columns) - 2)}")
    for data in chosen.data:
        table(data, chosen)
    print("\nRatios are to the first row. The last four columns are mean seconds per notebook.")


def table(data: str, chosen: argparse.Namespace) -> None:
    """Print the row of each way; of several repeats the one with the least CPU time."""
    with tempfile.TemporaryDirectory() as folder:
        if data == "sample":
            parts = (Path(folder) / name for name in ("data", "holdout", "truth"))
            sample.write(*parts, customers=chosen.customers, seed=17)
        best: dict[str, Measured] = {}
        loads: dict[str, float] = {}
        for way in chosen.ways * chosen.repeat:
            load = os.getloadavg()[0]
            measured = measure(data, way, chosen, Path(folder))
            if way not in best or measured[1] < best[way][1]:
                best[way], loads[way] = measured, load
    wall, work, _ = best[chosen.ways[0]]
    for way, (seconds, cpu, means) in best.items():
        figures = (f"{seconds:.1f}", f"{seconds / wall:.2f}", f"{cpu:.1f}", f"{cpu / work:.2f}")
        cells = [data, way, *figures, f"{loads[way]:.1f}", *(f"{part:.2f}" for part in means)]
        print(f"| {' | '.join(cells)} |", flush=True)


def measure(data: str, way: str, chosen: argparse.Namespace, folder: Path) -> Measured:
    """Run one batch in a process of its own and return what it took."""
    run = run_folders.create(folder / f"{way.replace(' ', '_')}_{time.time_ns()}", {})
    how = json.dumps({"jobs": chosen.jobs, **WAYS[way]})
    command = ["--batch", data, str(chosen.divisions), folder, run.path, how]
    clock, cpu = time.perf_counter(), children()
    quiet = {"stdout": subprocess.DEVNULL, "cwd": ROOT, "check": True}
    subprocess.run([sys.executable, __file__, *command], **quiet)
    seconds, used = time.perf_counter() - clock, children() - cpu
    timings = [notebook["timings"] for notebook in record.read(run)["notebooks"]]
    return seconds, used, [statistics.mean(t.get(part, 0.0) for t in timings) for part in PARTS]


def children() -> float:
    """Return the CPU seconds of all processes that were started from here and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def request(data: str, divisions: int, folder: Path) -> Request:
    """Return the request of the run that is measured."""
    names = list(layout.load(arguments.layout_file(LAYOUTS[data])).divisions)[:divisions]
    options = {"layout": LAYOUTS[data], "divisions": tuple(names), "cutoffs": (CUTOFFS[data],)}
    if data == "sample":
        options |= {"data_dir": folder / "data", "holdout_dir": folder / "holdout"}
    return arguments.request(options)


class InOneProcess(runner.Batch):
    """A batch without kernels."""

    def _crew(self) -> AbstractContextManager[workers.Crew]:
        return workers.single(self.emit, lambda executed: executed)


def batch(data: str, divisions: str, folder: str, run: str, how: str) -> None:
    """Run the batch that is measured; end with an error when a notebook fails."""
    options = json.loads(how)
    kind = runner.Batch if options.pop("kernels", True) else InOneProcess
    asked = request(data, int(divisions), Path(folder))
    state = kind(run_folders.open_run(Path(run)), asked, How(**options)).execute()
    sys.exit(f"the run ended as {state}" if state != "done" else 0)


if __name__ == "__main__":
    main()
