"""False alarms: how often a division with nothing to learn would be offered.

    python benchmarks/noise.py                               # two times 100 divisions; half an hour
    python benchmarks/noise.py --seeds 0 1 --customers 500   # two times 20 small ones

shuffled  the sample's own matrices, each cutoff's labels dealt out anew among its customers
random    logs of purchases at random: any customer, any day, any division

Each log goes through what 02b_pooled and 03_train do: the model over all divisions, candidates,
validation, selection, quality gate. The last column counts those that would also be said to be
better than the best baseline.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from pathlib import Path

import narwhals as nw
import numpy as np
import polars as pl

from gosales_lib import features, layout, sales_log, sample
from gosales_lib.core import coverage, timeline
from gosales_lib.core.columns import FACT_TRANSACTIONS
from gosales_lib.core.terms import UNITS
from gosales_lib.features import labels
from gosales_lib.learning import gate, pooled, training
from gosales_lib.reports.training import BETTER, Verdict

CUTOFF, MONTHS, PER_LOG = date(2024, 12, 31), 6, 10
Log = dict[str, tuple[pl.DataFrame, pl.DataFrame]]
"""By division: the features and the labels of the closed cutoffs."""


def main() -> None:
    """Count and print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=range(10), help="a log each")
    parser.add_argument("--customers", type=int, default=1000)
    given = parser.parse_args()
    print("| log | divisions | false alarms | share | better than the best baseline |")
    print("|---|---:|---:|---:|---:|")
    for name, made in {"shuffled": shuffled, "random": at_random}.items():
        logs = made(given.seeds, given.customers)
        verdicts = [verdict for seed, log in logs for verdict in assessed(log, seed)]
        alarms, beats = sum(v.signal for v in verdicts), sum(v.outcome == BETTER for v in verdicts)
        share = alarms / len(verdicts)
        print(f"| {name} | {len(verdicts)} | {alarms} | {share:.1%} | {beats} |", flush=True)


def assessed(log: Log, seed: int) -> list[Verdict]:
    """Return the quality gate's verdict on each division, as 02b_pooled and 03_train reach it."""
    rows = pooled.stack((division, *parts) for division, parts in sorted(log.items()))
    shared = pooled.learn(rows, window_months=MONTHS, anchor=CUTOFF, seed=seed)
    return [
        gate.assess(
            training.learn(
                matrix, bought, division=division, window_months=MONTHS,
                pooled=shared[division], seed=seed,
            ).evidence,
            division,
            seed=seed,
        )
        for division, (matrix, bought) in log.items()
    ]  # fmt: skip


def matrices(sales: pl.DataFrame, divisions: list[str]) -> Log:
    """Return features and labels at the closed cutoffs, and the features at `CUTOFF`."""
    cutoffs = coverage.training_cutoffs(sales, CUTOFF, MONTHS, most=6).cutoffs
    windows = [timeline.Window(day, MONTHS) for day in cutoffs]
    log = nw.from_native(sales.lazy())
    every = features.build_all(log, [*cutoffs, CUTOFF], features.Options(divisions, MONTHS))
    return {d: (every[d], labels.at(sales, d, windows, UNITS)) for d in divisions}


def shuffled(seeds: Iterable[int], customers: int) -> Iterator[tuple[int, Log]]:
    """Yield, by seed, the sample's divisions, their labels dealt out anew at each cutoff."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        sample.write(home / "data", home / "holdout", home / "truth", customers=customers)
        source = layout.load("layouts/gosales.yaml")
        sales = sales_log.read(source, home / "data").transactions
    every = matrices(sales, source.divisions)
    sellable = labels.sellable_divisions(sales, CUTOFF, MONTHS)
    sold = [d for d in source.divisions if d in sellable]
    for seed in seeds:
        yield seed, {d: (every[d][0], dealt(every[d][1], seed)) for d in sold}


def dealt(bought: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return the labels of each cutoff, dealt out anew among its customers."""
    order = pl.int_range(pl.len()).shuffle(seed).over("cutoff_date")
    return bought.with_columns(pl.col("bought", "gp_window").gather(order).over("cutoff_date"))


def at_random(seeds: Iterable[int], customers: int) -> Iterator[tuple[int, Log]]:
    """Yield, by seed, divisions of logs in which all customers are equally likely to buy."""
    names = [f"Division {number}" for number in range(PER_LOG)]
    for seed in seeds:
        yield seed, matrices(random_log(names, seed, customers, 20 * customers), names)


def random_log(names: list[str], seed: int, customers: int, rows: int) -> pl.DataFrame:
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
