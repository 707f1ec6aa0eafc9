"""Kills at seeded moments: a resumed run must leave, byte for byte, what an undisturbed one does.

    python benchmarks/kills.py                                  # 20 moments; ten minutes or so
    python benchmarks/kills.py --moments 5 --victims runner

Two divisions of a small sample run through the real notebooks, two at a time. At a moment drawn
from the seed, somewhere between the start and the end, SIGKILL hits the runner, a kernel, or the
process that kernels are forked from. Then no process may be left, and `gosales run --resume` must
end with 0 and with the same files. The exit status is 1 where it does not.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import psutil

from gosales_lib import run_folders, sample
from gosales_lib.batch.kernels import zygote
from gosales_lib.run_folders import Run, record

VICTIMS = ("runner", "runner", "kernel", "forker")  # the runner as often as both others
DIVISIONS = ("Services", "Success Plan")
OWN = {"run.json", "events.jsonl", "runner.lock"}
GOSALES = [sys.executable, "-c", "from gosales_lib.cli import app; app()", "run"]
QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def main() -> None:
    """Kill and resume, print a line each in Markdown, and fail where files differ."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--moments", type=int, default=20)
    arguments.add_argument("--customers", type=int, default=300)
    arguments.add_argument("--victims", nargs="+", choices=set(VICTIMS), default=VICTIMS)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        sample.write(*(folder / part for part in ("data", "holdout", "truth")), given.customers)
        began = time.monotonic()
        subprocess.run(command(folder, "undisturbed"), check=True, **QUIET)
        seconds = time.monotonic() - began
        expected = artifacts(run_folders.find_run(folder / "undisturbed"))
        print(f"undisturbed: {len(expected)} files compared, {seconds:.1f} s\n")
        print("| seed | killed | after | states at that moment | left over | resumed in | files |")
        print("|---:|---|---:|---|---:|---:|---|")
        fine = [moment(folder, seed, seconds, given, expected) for seed in range(given.moments)]
    print(f"\n{sum(fine)} of {len(fine)} resumed runs equal the undisturbed one")
    sys.exit(sum(fine) < len(fine))


def command(folder: Path, name: str) -> list[str]:
    """Return the command of a run in the folder `name`."""
    options = {"--data": folder / "data", "--holdout": folder / "holdout", "--runs": folder / name}
    options |= {"--training-cutoffs": 4, "--jobs": 2}
    words = [*options.items(), *(("--division", division) for division in DIVISIONS)]
    return [
        *GOSALES,
        *(str(word) for pair in words for word in pair),
        "--no-mlflow",
        "--no-publish",
    ]


def moment(
    folder: Path, seed: int, seconds: float, given: argparse.Namespace, expected: dict[str, bytes]
) -> bool:
    """Kill one run at the moment of a seed and resume it; return whether all is as it should be."""
    draw = random.Random(seed)
    victim, after = draw.choice(given.victims), draw.uniform(0, seconds)
    runner = psutil.Popen(command(folder, f"{seed}"), **QUIET)
    time.sleep(after)
    left = kill(runner, victim, draw)
    found = run_folders.list_runs(folder / f"{seed}")
    states = Counter(
        item["state"] for run in found for item in record.read(run).get("notebooks", ())
    )
    began = time.monotonic()
    resume = ["--resume", "--runs", str(folder / f"{seed}"), "--no-mlflow", "--no-publish"]
    again = [*GOSALES, *resume] if states else command(folder, f"{seed}")
    status = subprocess.run([*again, "--jobs", "2"], **QUIET).returncode
    took = time.monotonic() - began
    equal = artifacts(run_folders.find_run(folder / f"{seed}")) == expected
    told = ", ".join(f"{number} {state}" for state, number in states.items()) or "none yet"
    verdict = "equal" if equal and status == 0 else f"DIFFERENT, status {status}"
    print(f"| {seed} | {victim} | {after:.1f} s | {told} | {left} | {took:.1f} s | {verdict} |")
    return equal and status == 0 and left == 0


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
