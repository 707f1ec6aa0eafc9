"""Training one large division: time and peak memory of what 03_train does.

    python benchmarks/training.py                   # 50,000 customers, 150 features, 6 cutoffs
    python benchmarks/training.py --customers 5000 --threads 1

The matrix is made up: a tenth of the features tell something, 8% buy. Each number of threads has a
process of its own; seconds leave out the making of the matrix. CPU seconds tell more than seconds
where other programs run beside.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from datetime import date

import numpy as np
import polars as pl

CUTOFFS = [date(2023, 3, 31), date(2023, 6, 30), date(2023, 9, 30), date(2023, 12, 31),
           date(2024, 3, 31), date(2024, 6, 30)]  # fmt: skip


def main() -> None:
    """Measure with one thread and with all of them; print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--customers", type=int, default=50_000)
    parser.add_argument("--features", type=int, default=150)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, os.cpu_count() or 1])
    parser.add_argument("--measure", type=int, metavar="THREADS", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(given.customers, given.features, given.measure)))
        return
    print("| customers | features | cutoffs | threads | seconds | CPU seconds | peak MB |")
    print("|---:|---:|---:|---:|---:|---:|---:|", flush=True)
    for threads in dict.fromkeys(given.threads):
        size = [f"--customers={given.customers}", f"--features={given.features}"]
        command = [sys.executable, __file__, *size, f"--measure={threads}"]
        environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, check=True, env=environment
        )
        found = json.loads(done.stdout.splitlines()[-1])
        print(
            f"| {given.customers:,} | {given.features} | {len(CUTOFFS)} | {threads} "
            f"| {found['seconds']:.0f} | {found['cpu']:.0f} | {found['peak']:,} |",
            flush=True,
        )


def measure(customers: int, width: int, threads: int) -> dict[str, float]:
    """Return what one training took."""
    from gosales_lib.learning import training

    features, labels = made_up(customers, width)
    began, worked = time.perf_counter(), time.process_time()
    training.learn(features, labels, division="A", window_months=6, threads=threads)
    seconds = time.perf_counter() - began
    return {
        "seconds": seconds,
        "cpu": time.process_time() - worked,
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def made_up(customers: int, width: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return features and labels of all cutoffs."""
    generator = np.random.default_rng(17)
    names = ["own_days_since_order", "own_orders_all", "own_gp_all", "days_since_order",
             "orders_all", "gp_all"]  # fmt: skip
    names += [f"x{i}" for i in range(width - len(names))]
    rows = customers * len(CUTOFFS)
    values = generator.gamma(1.0, 2.0, (rows, width)).astype(np.float32)
    odds = values[:, : max(1, width // 10)].mean(axis=1) * 2 - 7.0
    bought = generator.random(rows) < 1 / (1 + np.exp(-odds))
    keys = {
        "customer_id": [f"c{i:06d}" for i in range(customers)] * len(CUTOFFS),
        "cutoff_date": [day for day in CUTOFFS for _ in range(customers)],
    }
    columns = {name: values[:, i].astype(float) for i, name in enumerate(names)}
    gp = bought * generator.gamma(2.0, 100.0, rows)
    labels = pl.DataFrame({**keys, "bought": bought.astype(np.int8), "gp_window": gp})
    return pl.DataFrame({**keys, **columns}), labels


if __name__ == "__main__":
    main()
