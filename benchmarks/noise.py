"""False alarms: how often a division with nothing to learn would be offered.

    python benchmarks/noise.py                # two times 100 divisions; about six minutes
    python benchmarks/noise.py --logs 2       # two times 20

shuffled  the sample's own matrices, each cutoff's labels dealt out anew among its customers
random    logs of purchases at random: any customer, any day, any division

Each division goes through what 03_train does: candidates, validation, selection, quality gate. The
last column counts those that would also be said to be better than the best baseline.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import narwhals as nw
import numpy as np
import polars as pl

from gosales_lib import features, layout, sales_log, sample
from gosales_lib.core import coverage, timeline
from gosales_lib.core.columns import FACT_TRANSACTIONS
from gosales_lib.features import labels
from gosales_lib.layout import Purchase
from gosales_lib.learning import gate, training
from gosales_lib.reports.training import Verdict

CUTOFF, MONTHS, PER_LOG = date(2024, 12, 31), 6, 10
Case = tuple[str, pl.DataFrame, pl.DataFrame]


def main() -> None:
    """Count and print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logs", type=int, default=10, help="of ten divisions each")
    given = parser.parse_args()
    print("| log | divisions | false alarms | share | better than the best baseline |")
    print("|---|---:|---:|---:|---:|")
    for name, cases in {"shuffled": shuffled, "random": at_random}.items():
        found = [assessed(case, seed) for seed, case in enumerate(cases(given.logs))]
        alarms, beats = sum(v.signal for v in found), sum(v.beats_rival for v in found)
        share = alarms / len(found)
        print(f"| {name} | {len(found)} | {alarms} | {share:.1%} | {beats} |", flush=True)


def assessed(case: Case, seed: int) -> Verdict:
    """Return the quality gate's verdict on one division, as 03_train reaches it."""
    division, matrix, bought = case
    learned = training.learn(matrix, bought, division=division, window_months=MONTHS, seed=seed)
    return gate.assess(learned.evidence, division, seed=seed)


def matrices(sales: pl.DataFrame, divisions: list[str]) -> Iterator[Case]:
    """Yield division, features and labels at the closed cutoffs."""
    cutoffs = coverage.training_cutoffs(sales, CUTOFF, MONTHS, most=6).cutoffs
    windows = [timeline.Window(day, MONTHS) for day in cutoffs]
    log = nw.from_native(sales.lazy())
    every = features.build_all(log, cutoffs, divisions=divisions, window_months=MONTHS)
    for division in divisions:
        yield division, every[division], labels.at(sales, division, windows, Purchase())


def shuffled(logs: int) -> Iterator[Case]:
    """Yield the sample's divisions, their labels dealt out anew at each cutoff."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        sample.write(home / "data", home / "holdout", home / "truth", customers=1000)
        source = layout.load("layouts/gosales.yaml")
        sales = sales_log.read(source, home / "data").transactions
    sellable = labels.sellable_divisions(sales, CUTOFF, MONTHS)
    cases = [case for case in matrices(sales, source.divisions) if case[0] in sellable]
    for seed in range(logs):
        for division, matrix, bought in cases:
            dealt = pl.int_range(pl.len()).shuffle(seed).over("cutoff_date")
            yield division, matrix, bought.with_columns(
                pl.col("bought", "gp_window").gather(dealt).over("cutoff_date")
            )


def at_random(logs: int) -> Iterator[Case]:
    """Yield divisions of logs in which nobody is likelier to buy than anybody else."""
    names = [f"Division {number}" for number in range(PER_LOG)]
    for seed in range(logs):
        yield from matrices(random_log(names, seed), names)


def random_log(
    names: list[str], seed: int, customers: int = 1000, rows: int = 20_000
) -> pl.DataFrame:
    """Return `fact_transactions` of purchases at random over three years."""
    generator = np.random.default_rng(seed)
    days = [CUTOFF - timedelta(days=int(d)) for d in generator.integers(0, 1095, rows)]
    frame = pl.DataFrame({
        "customer_id": [f"C{i:05d}" for i in generator.integers(0, customers, rows)],
        "order_date": days,
        "invoice": [f"I{i}" for i in range(rows)],
        "division": [names[i] for i in generator.integers(0, len(names), rows)],
        "product": [f"p{i}" for i in generator.integers(0, 3, rows)],
        "gross_profit": generator.gamma(2, 250, rows).round(2),
        "quantity": generator.integers(1, 6, rows).astype(float),
    }).with_columns(
        order_day=pl.col("order_date").cast(pl.Int32),
        product=pl.concat_str("division", "product"),
        revenue=pl.lit(None, pl.Float64),
        rep=pl.lit("rep"),
        branch=pl.lit("branch"),
    )  # fmt: skip
    return frame.select(*FACT_TRANSACTIONS).cast(FACT_TRANSACTIONS)


if __name__ == "__main__":
    main()
