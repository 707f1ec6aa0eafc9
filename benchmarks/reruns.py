"""Runs 06_whitespace again and again: each time must leave the same bytes as the first.

    python benchmarks/reruns.py                      # 100 times; a quarter of an hour or so
    python benchmarks/reruns.py --times 10 --customers 1000

A small sample with two divisions is run once; then one process with all cores runs the cells of the
notebook on its folder, and the bytes of every file are compared. The exit status is 1 where one
differs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kills import QUIET, artifacts, command
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook

from gosales_lib import run_folders, sample
from gosales_lib.batch import inline
from gosales_lib.batch.kernels.sharing import cores, environment
from gosales_lib.core import settings
from gosales_lib.run_folders import Run, record

STEP = "06_whitespace"


def main() -> None:
    """Run the notebook, compare, and fail where a file differs."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--times", type=int, default=100)
    arguments.add_argument("--customers", type=int, default=300)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample.write(*(folder / part for part in ("data", "holdout", "truth")), given.customers)
        subprocess.run(command(folder, "runs"), check=True, **QUIET)
        run = run_folders.find_run(folder / "runs")
        began = time.monotonic()
        different = reruns(run, given.times)
    print(f"{given.times - len(different)} of {given.times} reruns equal the first run")
    for files in different:
        print(f"different: {', '.join(files)}")
    print(f"{time.monotonic() - began:.0f} s")
    sys.exit(bool(different))


def reruns(run: Run, times: int) -> list[list[str]]:
    """Return the names of the files that differ from the first run, for each rerun that differs."""
    expected, cells = artifacts(run), code(run)
    process = inline.Process(environment(cores()))
    different = []
    try:
        for _ in range(times):
            made = process.outputs(cells, None)
            failed = [
                each for outputs in made for each in outputs if each["output_type"] == "error"
            ]
            if failed:
                raise RuntimeError(f"{failed[0]['ename']}: {failed[0]['evalue']}")
            written = artifacts(run)
            names = sorted(expected.keys() | written.keys())
            if files := [name for name in names if written.get(name) != expected.get(name)]:
                different.append(files)
    finally:
        process.close()
    return different


def code(run: Run) -> list[str]:
    """Return the code cells of the notebook with the parameters of its run."""
    notebook = load_notebook_node(str(settings.project_root() / "notebooks" / f"{STEP}.ipynb"))
    (cutoff,) = record.read(run)["cutoffs"]
    parameters = {"cutoff": cutoff, "run_dir": str(run.path)}
    asked = parameterize_notebook(notebook, parameters, kernel_name="python3", language="python")
    return [cell.source for cell in asked.cells if cell.cell_type == "code"]


if __name__ == "__main__":
    main()
