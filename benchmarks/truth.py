"""How near the models come to the best that anybody could know, on samples whose truth is planted.

    python benchmarks/truth.py                    # seeds 17, 18 and 19; two to six minutes each
    python benchmarks/truth.py --seeds 17 --customers 1000

Each seed is another company of the sample's kind. Its divisions are learned as 02_features,
03_pooled and 03_train do; only then is the holdout opened. `best` is the lift of ranking by the
planted probability, `share` the model's of it; all figures are means over the divisions on sale,
and the last row is the mean of the seeds with its standard deviation.
"""

from __future__ import annotations

import argparse
import tempfile
from datetime import date
from pathlib import Path

import narwhals as nw
import numpy as np
import polars as pl

from gosales_lib import features, holdout, labels, layout, sales_log, sample, timeline
from gosales_lib.learning import metrics, pooled, training
from gosales_lib.timeline import Window

CUTOFF, MONTHS = date(2024, 12, 31), 6
COLUMNS = (
    "AP", "lift@10%", "best", "share", "RFM",
    "new: lift@10%", "new: best", "new: share", "new: RFM", "promised", "happened",
)  # fmt: skip


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[17, 18, 19])
    parser.add_argument("--customers", type=int, default=2000)
    given = parser.parse_args()
    print(f"| seed | divisions | {' | '.join(COLUMNS)} |")
    print("|---" * (len(COLUMNS) + 2) + "|")
    every = []
    for seed in given.seeds:
        with tempfile.TemporaryDirectory() as folder:
            home = Path(folder)
            places = home / "data", home / "holdout", home / "truth"
            sample.write(*places, customers=given.customers, seed=seed)
            rows = [figures(outcome) for outcome in outcomes(*places)]
        every.append(summed(np.nanmean(rows, axis=0)))
        print(f"| {seed} | {len(rows)} | {' | '.join(f'{v:.3f}' for v in every[-1])} |", flush=True)
    spread = np.std(every, axis=0, ddof=1) if len(every) > 1 else np.zeros(len(COLUMNS))
    cells = [f"{m:.3f} ± {s:.3f}" for m, s in zip(np.mean(every, axis=0), spread, strict=True)]
    print(f"| mean | | {' | '.join(cells)} |")


def outcomes(data: Path, after: Path, truth: Path) -> list[pl.DataFrame]:
    """Return of each division on sale its customers: probability, rfm, planted, new, bought."""
    plan = layout.load("layouts/gosales.yaml")
    log = sales_log.read(plan, data)
    sales = log.transactions
    cutoffs = timeline.training_cutoffs(CUTOFF, MONTHS, sales["order_day"].min())
    windows = [Window(day, MONTHS) for day in cutoffs]
    sold = [d for d in labels.sellable_divisions(sales, CUTOFF, MONTHS) if d in plan.divisions]
    matrices = features.build_all(
        nw.from_native(sales.lazy()),
        [*cutoffs, CUTOFF],
        on_sale=sold,
        customers=nw.from_native(log.customers.lazy()),
        assets=nw.from_native(log.assets.lazy()) if plan.assets else None,
        **features.options(plan, "", MONTHS),
    )
    closed = {d: labels.at(sales, d, windows, plan.purchase) for d in sold}
    together = pooled.learn(matrices, closed, window_months=MONTHS)
    scored = {}
    for d in sold:
        learned = training.learn(
            matrices[d], closed[d], division=d, window_months=MONTHS, pooled=together[d]
        )
        now = matrices[d].filter(cutoff_date=CUTOFF).sort("customer_id")
        rivals = holdout.rivals(matrices[d], closed[d], CUTOFF)
        scored[d] = now.select("customer_id", new=training.is_new(now)).with_columns(
            probability=learned.model.probability(now), rfm=rivals["rfm_logistic"]
        )
    window = Window(CUTOFF, MONTHS)
    later = holdout.later_sales(sales, sales_log.read_holdout(plan, after).transactions, window)
    planted = pl.read_parquet(truth / "truth.parquet").rename({"probability": "planted"})
    return [
        scored[d]
        .join(labels.at(later.sales, d, [window], plan.purchase), "customer_id")
        .join(planted.filter(division=d).select("customer_id", "planted"), "customer_id")
        for d in sold
    ]


def figures(outcome: pl.DataFrame) -> list[float]:
    """Return the columns of one division; null where nobody new bought."""
    bought = outcome["bought"].to_numpy().astype(float)
    found = [metrics.average_precision(bought, outcome["probability"])]
    for rows in (outcome, outcome.filter("new")):
        happened = rows["bought"].to_numpy().astype(float)
        model, best, rfm = (
            metrics.lift(happened, rows[name], 0.1) if happened.any() else np.nan
            for name in ("probability", "planted", "rfm")
        )
        found += [model, best, 0.0, rfm]  # the share is of the means
    return [*found, outcome["probability"].mean(), bought.mean()]


def summed(means: np.ndarray) -> list[float]:
    """Return the means over divisions with the model's share of the best possible lift."""
    of = dict(zip(COLUMNS, means, strict=True))
    of["share"] = of["lift@10%"] / of["best"]
    of["new: share"] = of["new: lift@10%"] / of["new: best"]
    return list(of.values())


if __name__ == "__main__":
    main()
