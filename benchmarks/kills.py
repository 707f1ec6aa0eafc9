"""Kills at seeded moments: a resumed run must leave, byte for byte, what an undisturbed one does.

    python benchmarks/kills.py                                  # 20 moments; ten minutes or so
    python benchmarks/kills.py --moments 5 --victims runner
    python benchmarks/kills.py --holdout                        # the check of a finished run

Two divisions of a small sample run through the real notebooks, two at a time. At a moment drawn
from the seed, somewhere between the start and the end, SIGKILL hits the runner, a kernel, or the
process that kernels are forked from. Then no process may be left, and `gosales run --resume` must
end with 0 and with the same files. The exit status is 1 where it does not. A check (`--holdout`)
that was killed before its record was whole cannot be resumed and is begun anew, as gosales says.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from gosales_lib import run_folders, sample
from gosales_lib.batch.kernels import zygote
from gosales_lib.run_folders import Run, record

VICTIMS = ("runner", "runner", "kernel", "forker")  # the runner as often as both others
DIVISIONS = ("Services", "Success Plan")
OWN = {"run.json", "events.jsonl", "runner.lock"}
GOSALES = [sys.executable, "-c", "from gosales_lib.cli import app; app()"]
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def main() -> None:
    """Kill and resume, print a line each in Markdown, and fail where files differ."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--moments", type=int, default=20)
    arguments.add_argument("--customers", type=int, default=300)
    arguments.add_argument("--victims", nargs="+", choices=set(VICTIMS), default=VICTIMS)
    arguments.add_argument("--holdout", action="store_true")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample.write(*(folder / part for part in ("data", "holdout", "truth")), given.customers)
        if given.holdout:
            subprocess.run(run_of(folder, "finished", "later"), check=True, **QUIET)
        command = check_of if given.holdout else run_of
        asked = command(folder, "undisturbed")
        began = time.monotonic()
        subprocess.run(asked, check=True, **QUIET)
        seconds = time.monotonic() - began
        expected = artifacts(run_folders.find_run(folder / "undisturbed"))
        print(f"undisturbed: {len(expected)} files compared, {seconds:.1f} s\n")
        print("| seed | killed | after | states at that moment | left over | resumed in | files |")
        print("|---:|---|---:|---|---:|---:|---|")
        fine = []
        for seed in range(given.moments):
            asked = command(folder, str(seed))
            fine.append(moment(folder / str(seed), asked, seed, seconds, given.victims, expected))
    print(f"\n{sum(fine)} of {len(fine)} resumed runs equal the undisturbed one")
    sys.exit(sum(fine) < len(fine))


def run_of(folder: Path, name: str, holdout: str = "holdout") -> list[str]:
    """Return the command of a run in the folder `name`; no file in `holdout`: an open window."""
    (folder / holdout).mkdir(exist_ok=True)
    options = {"--data": folder / "data", "--holdout": folder / holdout, "--runs": folder / name}
    words = [*options.items(), *(("--division", division) for division in DIVISIONS)]
    words.append(("--training-cutoffs", 4))
    return gosales("run", *(word for pair in words for word in pair))


def check_of(folder: Path, name: str) -> list[str]:
    """Return the command of a check in the folder `name`, which gets a copy of the finished run."""
    finished = run_folders.find_run(folder / "finished")
    shutil.copytree(folder / "finished", folder / name)
    where = {"--runs": folder / name, "--holdout": folder / "holdout"}
    return gosales("holdout", finished.id, *(word for pair in where.items() for word in pair))


def gosales(*words: object) -> list[str]:
    """Return a command that runs two notebooks at a time and leaves MLflow and database alone."""
    return [*GOSALES, *map(str, words), "--jobs", "2", "--no-mlflow", "--no-publish"]


def moment(
    folder: Path,
    asked: list[str],
    seed: int,
    seconds: float,
    victims: Sequence[str],
    expected: dict[str, bytes],
) -> bool:
    """Kill one run at the moment of a seed and resume it; return whether all is as it should be."""
    draw = random.Random(seed)
    victim, after = draw.choice(victims), draw.uniform(0, seconds)
    before = {run.id for run in run_folders.list_runs(folder)}
    runner = psutil.Popen(asked, **QUIET)
    time.sleep(after)
    left = kill(runner, victim, draw)
    begun = [run for run in run_folders.list_runs(folder) if run.id not in before]
    states = Counter(item["state"] for run in begun for item in unfinished(run))
    began = time.monotonic()
    again = gosales("run", "--resume", begun[0].id, "--runs", folder) if states else asked
    status = subprocess.run(again, **QUIET).returncode
    took = time.monotonic() - began
    equal = artifacts(run_folders.find_run(folder)) == expected
    told = ", ".join(f"{number} {state}" for state, number in states.items()) or "none yet"
    verdict = "equal" if equal and status == 0 else f"DIFFERENT, status {status}"
    print(f"| {seed} | {victim} | {after:.1f} s | {told} | {left} | {took:.1f} s | {verdict} |")
    return equal and status == 0 and left == 0


def unfinished(run: Run) -> list[dict[str, Any]]:
    """Return the notebooks of a run that can be resumed: its record holds what was asked."""
    content = record.read(run)
    return list(content["notebooks"]) if content.get("parameters") else []


def kill(runner: psutil.Popen, victim: str, draw: random.Random) -> int:
    """Kill one process of a run, wait until the run has ended; return how many are left of it."""
    with contextlib.suppress(psutil.NoSuchProcess):  # it has ended before
        family = runner.children(recursive=True)
        forkers = [process for process in family if zygote.__name__ in process.cmdline()]
        forker = [process for process in forkers if process.ppid() == runner.pid]
        kernels = [process for process in forkers if process not in forker]
        chosen = {"runner": [runner], "forker": forker, "kernel": kernels}[victim]
        (draw.choice(chosen) if chosen else runner).kill()
    runner.wait()
    _, alive = psutil.wait_procs(family, timeout=30)
    return len(alive)


def artifacts(run: Run) -> dict[str, bytes]:
    """Return every file of a run that must not depend on when or how often it was worked on."""
    files = [path for path in sorted(run.path.rglob("*")) if path.is_file()]
    kept = [path for path in files if path.name not in OWN and path.suffix != ".ipynb"]
    return {path.relative_to(run.path).as_posix(): path.read_bytes() for path in kept}


if __name__ == "__main__":
    os.environ.pop("GOSALES_RUNS_DIR", None)
    main()
