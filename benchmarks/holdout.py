"""Every candidate and every rival on sales that came later; on samples, the best possible too.

    python benchmarks/holdout.py layouts/adventureworks.yaml
    python benchmarks/holdout.py layouts/online_retail_ii.yaml --without Service
    python benchmarks/holdout.py --seeds 17 18 19       # samples: each seed another company

At the last month's end of the log all divisions on sale are learned as 02_features, 03_pooled and
03_train do; only then are the later sales opened. A figure is the mean over the divisions (and over
the seeds), with its 95% interval from bootstrap samples of customers, the same for all divisions
and scores; a division with too few buyers has fewer candidates. `truth` ranks by the planted
probability; `GoSales` is each division's champion, and its lead is over the rival that is best on
the mean.
"""

from __future__ import annotations

import argparse
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import narwhals as nw
import numpy as np
import polars as pl

from gosales_lib import features, layout, sales_log, sample
from gosales_lib.core import coverage
from gosales_lib.core.timeline import Window
from gosales_lib.evaluation import holdout
from gosales_lib.features import labels
from gosales_lib.learning import baselines, metrics, pooled, training, verdict
from gosales_lib.learning.rows import KEYS, is_new, to_pandas

MONTHS = 6
MODEL, TRUTH, DIVISIONS = "GoSales", "truth", "divisions"
SHOWN = ("auc", "average_precision", "brier_skill", "lift_10")
PROBABILITIES = (MODEL, *baselines.PROBABILITIES)
Drawn = dict[tuple[str, str, str], np.ndarray]
"""By segment, name and measure: the data's own value, then that of each bootstrap sample."""


def main() -> None:
    """Print the tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("layouts", nargs="*")
    parser.add_argument("--seeds", type=int, nargs="+", default=[])
    parser.add_argument("--customers", type=int, default=2000, help="of a sample")
    parser.add_argument("--without", nargs="+", default=[], help="divisions to leave out")
    parser.add_argument("--draws", type=int, default=200, help="bootstrap samples")
    given = parser.parse_args()
    for path in given.layouts:
        plan = layout.load(path)
        found = divisions(plan, Path(plan.data), Path(plan.holdout), given.without)
        tell(plan.name, [found], given.draws)
    if given.seeds:
        name = f"sample, seeds {' '.join(map(str, given.seeds))}"
        tell(name, [of_sample(seed, given.customers) for seed in given.seeds], given.draws)


def of_sample(seed: int, customers: int) -> dict[str, pl.DataFrame]:
    """Return the divisions of a sample, with the planted probability as `truth`."""
    with tempfile.TemporaryDirectory() as folder:
        data, after, truth = (Path(folder) / name for name in ("data", "holdout", "truth"))
        sample.write(data, after, truth, customers=customers, seed=seed)
        found = divisions(layout.load("layouts/gosales.yaml"), data, after)
        planted = pl.read_parquet(truth / "truth.parquet").rename({"probability": TRUTH})
    wanted = ("customer_id", TRUTH)
    return {
        division: rows.join(planted.filter(division=division).select(wanted), "customer_id")
        for division, rows in found.items()
    }


def divisions(
    plan: layout.Layout, data: Path, after: Path, without: Sequence[str] = ()
) -> dict[str, pl.DataFrame]:
    """Return by division its customers: new, bought, and a column a score."""
    log = sales_log.read(plan, data)
    sales = log.transactions
    cutoff = coverage.of(sales).default_cutoff()
    cutoffs = coverage.training_cutoffs(sales, cutoff, MONTHS).cutoffs
    windows = [Window(day, MONTHS) for day in cutoffs]
    sold = labels.sellable_divisions(sales, cutoff, MONTHS, plan.purchase)
    sold = [name for name in sold if name in plan.divisions and name not in without]
    matrices = features.build_all(
        nw.from_native(sales.lazy()),
        [*cutoffs, cutoff],
        on_sale=sold,
        customers=nw.from_native(log.customers.lazy()),
        assets=nw.from_native(log.assets.lazy()) if plan.assets else None,
        **features.options(plan, "", MONTHS),
    )
    closed = {name: labels.at(sales, name, windows, plan.purchase) for name in sold}
    together = pooled.learn(matrices, closed, window_months=MONTHS)
    found = {
        name: scored(name, matrices[name], closed[name], together[name]).sort("customer_id")
        for name in sold
    }
    window, fresh = Window(cutoff, MONTHS), sales_log.read_holdout(plan, after).transactions
    later = holdout.later_sales(sales, fresh, window, plan.max_missing_days)
    print(later.sentence, flush=True)
    return {
        name: rows.join(labels.at(later.sales, name, [window], plan.purchase), "customer_id")
        for name, rows in found.items()
    }


def scored(
    name: str, matrix: pl.DataFrame, closed: pl.DataFrame, together: training.Candidate
) -> pl.DataFrame:
    """Return each customer of the newest cutoff: new, and the champion's and all others' scores."""
    learned = training.learn(matrix, closed, division=name, window_months=MONTHS, pooled=together)
    print(f"- {name}: {verdict.judge(learned.selection, name).sentence}", flush=True)
    now = matrix.filter(pl.col("cutoff_date") == pl.col("cutoff_date").max()).sort("customer_id")
    rows = closed.join(matrix, on=list(KEYS)).sort("cutoff_date", "customer_id")
    rivals = holdout.rivals(matrix, closed, now["cutoff_date"][0], learned.model.rival)
    scores = {MODEL: learned.model.probability(now)}
    for candidate, fitted in learned.contest.fitted.items():
        if candidate not in rivals.columns:
            training.refit(fitted, rows)
            scores[candidate] = fitted.odds(to_pandas(now))
    kept = now.select("customer_id", new=is_new(now)).with_columns(**scores)
    return kept.join(rivals, "customer_id")


def tell(title: str, cases: list[dict[str, pl.DataFrame]], draws: int) -> None:
    """Print the tables of all customers and of those new to the division, and the calibration."""
    every = [bootstrapped(case, draws) for case in cases]
    drawn = {key: np.mean([one[key] for one in every], axis=0) for key in every[0]}
    names = list(dict.fromkeys(name for _, name, _ in drawn))
    for segment in ("all", "new to the division"):
        print(f"\n### {title}: {segment}\n\n| | divisions | {' | '.join(SHOWN)} |")
        print("|---" * (len(SHOWN) + 2) + "|")
        for name in names:
            cells = [cell(drawn[segment, name, m]) for m in SHOWN]
            told = drawn[segment, name, DIVISIONS].sum() * len(cases)
            print(f"| {name} | {told:.0f} | {' | '.join(cells)} |")
        rivals = [name for name in names if name in baselines.NAIVE]
        lead = [
            drawn[segment, MODEL, m]
            - max((drawn[segment, n, m] for n in rivals), key=lambda d: np.nan_to_num(d[0], nan=-9))
            for m in SHOWN
        ]
        print(f"| lead | | {' | '.join(map(cell, lead))} |")
        if TRUTH in names:
            share = [drawn[segment, MODEL, m] / drawn[segment, TRUTH, m] for m in SHOWN]
            print(f"| share of truth | | {' | '.join(map(cell, share))} |")
    print(f"\n{promises([rows for case in cases for rows in case.values()])}", flush=True)


def bootstrapped(case: dict[str, pl.DataFrame], draws: int) -> Drawn:
    """Return every measure's mean over the divisions, on the data and on each sample of it."""
    size = next(iter(case.values())).height
    weights = [np.ones(size), *metrics.resamples(size, draws, seed=17)]
    values: dict[tuple[str, str, str], list[list[float]]] = {}
    for rows in case.values():
        new = rows["new"].to_numpy()
        for segment, here in (("all", new | True), ("new to the division", new)):
            for name, order, found in ranked(rows.filter(here)):
                drawn = [found(weight[here][order]) for weight in weights]
                for measure in SHOWN:
                    column = [np.nan if d[measure] is None else d[measure] for d in drawn]
                    values.setdefault((segment, name, measure), []).append(column)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a measure that nobody has, or no buyer
        drawn = {k: np.nanmean(np.array(column, float), axis=0) for k, column in values.items()}
    counts = {
        (s, n, DIVISIONS): np.array([len(c)]) for (s, n, m), c in values.items() if m == "auc"
    }
    return drawn | counts


def ranked(rows: pl.DataFrame) -> Iterator[tuple[str, np.ndarray, object]]:
    """Yield each score's name, its order, and what measures it with a weight a customer."""
    for name in rows.columns:
        if name in ("customer_id", "cutoff_date", "new", "bought", "gp_window"):
            continue
        order = np.argsort(-rows[name].to_numpy(), kind="stable")
        bought, score = rows["bought"].to_numpy()[order], rows[name].to_numpy()[order]
        known = name in PROBABILITIES or name == TRUTH
        yield name, order, lambda w, b=bought, s=score, p=known: metrics.evaluate(
            b, s, probability=p, weight=w
        )


def cell(drawn: np.ndarray) -> str:
    """Return a figure with its interval, or nothing."""
    if np.isnan(drawn[0]):
        return ""
    low, high = np.nanquantile(drawn[1:], [0.025, 0.975])
    return f"{drawn[0]:.3f} [{low:.3f}, {high:.3f}]"


def promises(divisions: list[pl.DataFrame]) -> str:
    """Return in how many divisions the mean promised lies in the interval of what happened."""
    promised = np.array([rows[MODEL].mean() for rows in divisions])
    happened = np.array([rows["bought"].mean() for rows in divisions])
    low, high = metrics.wilson(happened, np.array([rows.height for rows in divisions], float))
    kept = ((low <= promised) & (promised <= high)).sum()
    mean = f"promised {promised.mean():.1%} on the mean, happened {happened.mean():.1%}"
    return f"{mean}; within the 95% interval of what happened in {kept} of {len(divisions)}."


if __name__ == "__main__":
    main()
