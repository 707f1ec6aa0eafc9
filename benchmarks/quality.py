"""The quality bench: what users feel of the models, on many data sets at once.

    python benchmarks/quality.py                            # all data sets, the last window each
    python benchmarks/quality.py --earlier                  # the earlier windows: to choose by
    python benchmarks/quality.py --data adventureworks 17   # one layout, the sample of seed 17
    python benchmarks/quality.py --keep NEW --against OLD   # predictions kept, and compared

Origins roll: at each one all divisions on sale are trained as 02_features, 02b_pooled and 03_train
do, on windows that had closed by then, and the window after it is predicted. Choices are made on
the earlier origins (`--earlier`); the last window lies in the holdout and is opened to report.

Figures are means over divisions, with 95% intervals of bootstrap samples of customers, the same for
all divisions and scores, so that differences are paired. `lead` is GoSales less the baseline that
is best on the mean. The list is the `LIST` rows of customer and division that rank best: by
probability for buyers, by expected money for money.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import narwhals as nw
import numpy as np
import polars as pl
import recommender

from gosales_lib import features, layout, sales_log, sample
from gosales_lib.core import coverage, timeline
from gosales_lib.core.timeline import Window
from gosales_lib.evaluation import holdout
from gosales_lib.features import labels
from gosales_lib.learning import baselines, calibration, gate, metrics, pooled, scoring, training
from gosales_lib.learning.rows import KEYS, inputs, is_new

MONTHS, LIST, MODEL = 6, 500, "GoSales"
EARLIER = (6, 9)  # months before the last origin
REAL = {"adventureworks": [], "online_retail_ii": ["Service"], "iowa_liquor": ["Staples"]}
SEEDS = (17, 18, 19, 20, 21)
SIMPLE = (*baselines.NAIVE, "recommender")
SCORES = (MODEL, *SIMPLE)
RANKED = ("average_precision", "lift_10")
Drawn = dict[str, np.ndarray]
"""By figure: the data's own value, then that of each bootstrap sample."""


@dataclass(frozen=True)
class Case:
    """A data set at one origin: matrices and labels of its divisions, what came later included."""

    name: str
    origin: date
    matrices: Mapping[str, pl.DataFrame]
    labels: Mapping[str, pl.DataFrame]
    recommended: pl.DataFrame


def main() -> None:
    """Print the tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", nargs="+", default=[*REAL, *map(str, SEEDS)])
    parser.add_argument("--earlier", action="store_true", help="the earlier origins")
    parser.add_argument("--customers", type=int, default=1000, help="of a sample")
    parser.add_argument("--draws", type=int, default=200, help="bootstrap samples")
    parser.add_argument("--keep", type=Path, help="folder for the predictions")
    parser.add_argument("--against", type=Path, help="folder of earlier predictions to compare")
    given = parser.parse_args()
    found = {}
    for case in cases(given.data, given.earlier, given.customers):
        key = f"{case.name}_{case.origin}"
        found[key] = predictions(case)
        if given.keep:
            given.keep.mkdir(parents=True, exist_ok=True)
            found[key].write_parquet(given.keep / f"{key}.parquet")
    files = {key: given.against / f"{key}.parquet" for key in found} if given.against else {}
    old = {key: pl.read_parquet(path) for key, path in files.items() if path.exists()}
    report(found, given.draws, old)


def cases(names: list[str], earlier: bool, customers: int) -> Iterator[Case]:
    """Yield the data sets at their origins."""
    for name in names:
        if name.isdigit():
            with tempfile.TemporaryDirectory() as folder:
                data, after, truth = (Path(folder) / part for part in ("data", "later", "truth"))
                sample.write(data, after, truth, customers=customers, seed=int(name))
                plan = layout.load("layouts/gosales.yaml")
                yield from origins(f"sample {name}", plan, data, after, [], earlier)
        else:
            plan = layout.load(f"layouts/{name}.yaml")
            yield from origins(name, plan, Path(plan.data), Path(plan.holdout), REAL[name], earlier)


def origins(
    name: str, plan: layout.Layout, data: Path, after: Path, without: list[str], earlier: bool
) -> Iterator[Case]:
    """Yield one data set at its last origin, or at the earlier ones that the log has."""
    log = sales_log.read(plan, data)
    sales = log.transactions
    last, sure = coverage.of(sales).default_cutoff(), sales
    if not earlier:
        fresh = sales_log.read_holdout(plan, after).transactions
        later = holdout.later_sales(sales, fresh, Window(last, MONTHS), plan.max_missing_days)
        print(f"{name}: {later.sentence}", flush=True)
        sure = later.sales
    for back in EARLIER if earlier else (0,):
        origin = timeline.add_months(last, -back)
        try:
            closed = coverage.training_cutoffs(sales, origin, MONTHS).cutoffs
        except ValueError as error:
            print(f"{name} at {origin}: {error}", flush=True)
            continue
        known = sales.filter(pl.col("order_day") <= timeline.to_day(origin))
        sold = labels.sellable_divisions(known, origin, MONTHS, plan.purchase)
        sold = [d for d in sold if d in plan.divisions and d not in without]
        matrices = features.build_all(
            nw.from_native(sales.lazy()), [*closed, origin], features.options(plan, "", MONTHS),
            on_sale=sold, customers=nw.from_native(log.customers.lazy()),
        )  # fmt: skip
        windows = [Window(day, MONTHS, anchor=origin) for day in [*closed, origin]]
        bought = {d: labels.at(sure, d, windows, plan.purchase) for d in sold}
        yield Case(name, origin, matrices, bought, recommender.scores(sales, origin))


def predictions(case: Case) -> pl.DataFrame:
    """Return a row per customer and division: predicted and observed purchases."""
    closed = {d: f.filter(pl.col("cutoff_date") < case.origin) for d, f in case.labels.items()}
    rows = pooled.stack((d, case.matrices[d], closed[d]) for d in sorted(closed))
    shared = pooled.learn(rows, window_months=MONTHS, anchor=case.origin)
    frames = []
    for division, matrix in case.matrices.items():
        learned = training.learn(
            matrix, closed[division], division=division, window_months=MONTHS,
            pooled=shared[division],
        )  # fmt: skip
        now = matrix.filter(cutoff_date=case.origin).sort("customer_id")
        model, verdict = learned.model, gate.assess(learned.evidence, division)
        rfm = model.baseline.probability(now) if model.baseline else None
        rate = float(closed[division]["bought"].mean())
        money = scoring.gp_if_bought(now, closed[division].join(matrix, list(KEYS)), MONTHS)
        frame = now.select("customer_id", new=is_new(now)).with_columns(
            pl.Series(MODEL, model.probability(now)),
            pl.Series("gp_if_bought", money),
            division=pl.lit(division),
            level_error=pl.lit(model.level.error),
            outcome=pl.lit(verdict.outcome),
            baseline=pl.lit(verdict.baseline),
            **baselines.scores(rate, inputs(now), rfm),
        )
        happened = case.labels[division].filter(cutoff_date=case.origin)
        frames.append(frame.join(happened.drop("cutoff_date"), "customer_id"))
    keys = ["customer_id", "division"]
    every = pl.concat(frames).join(case.recommended, keys, "left", maintain_order="left")
    return every.with_columns(pl.col("recommender").fill_null(0.0))


def report(found: Mapping[str, pl.DataFrame], draws: int, old: Mapping[str, pl.DataFrame]) -> None:
    """Print the tables: rankings, probabilities and the list, and the change since `old`."""
    drawn = {key: figures(frame, draws) for key, frame in found.items()}
    for part in ("all", "new"):
        head = [f"{part} {m}" for m in RANKED]
        table("Ranking: " + ", ".join(head), drawn, lambda d, part=part: ranking(d, part))
    table("Probabilities and the list", drawn, probabilities)
    if old:
        before = {key: figures(frame, draws) for key, frame in old.items()}
        compare({k: {n: drawn[k][n] - b[n] for n in drawn[k] if n in b} for k, b in before.items()})


def compare(change: Mapping[str, Drawn]) -> None:
    """Print the change of each figure: by data set, its mean over them, and the worst of them."""
    table("Change", change, lambda d: {n: cell(d[n], "+") for n in CHANGES if n in d})
    print("\n| change | mean of data sets | worst data set |\n|---|---|---|")
    for name in CHANGES:
        every = {key: one[name] for key, one in change.items() if name in one}
        mean = np.mean(list(every.values()), axis=0)
        worst = min(every, key=lambda key, e=every, n=name: SIGN.get(n, 1) * e[key][0])
        print(f"| {name} | {cell(mean, '+')} | {worst}: {cell(every[worst], '+')} |")


CHANGES = (f"{MODEL} all average_precision", f"{MODEL} all lift_10",
           f"{MODEL} new average_precision", f"{MODEL} new lift_10",
           "log loss", "log loss new", "inside", "list buyers", "list money")  # fmt: skip
SIGN = {"log loss": -1, "log loss new": -1}


def table(title: str, drawn: Mapping[str, Drawn], row: Callable[[Drawn], dict[str, str]]) -> None:
    """Print one row per data set and origin."""
    rows = {key: row(one) for key, one in drawn.items()}
    names = list(next(iter(rows.values())))
    print(f"\n### {title}\n\n| | {' | '.join(names)} |\n|{'---|' * (len(names) + 1)}")
    for key, cells in rows.items():
        print(f"| {key} | {' | '.join(cells.get(name, '') for name in names)} |", flush=True)


def figures(frame: pl.DataFrame, draws: int, seed: int = 17) -> Drawn:
    """Return every figure of one data set and origin, on the data and on each sample of it."""
    who = (frame["customer_id"].rank("dense") - 1).cast(pl.Int64).to_numpy()
    people = int(who.max()) + 1
    weights = [np.ones(people), *metrics.resamples(people, draws, seed)]
    frame = frame.with_columns(who=pl.Series(who))
    parts = frame.partition_by("division", maintain_order=True)
    values: dict[str, list[np.ndarray]] = {}
    for part in parts:
        for name, drawn in of_division(part, weights).items():
            values.setdefault(name, []).append(drawn)
    with np.errstate(all="ignore"):
        means = {name: np.nanmean(np.array(each), axis=0) for name, each in values.items()}
    slopes = [one[0] for one in values["slope"]]
    means["slope"] = np.array([np.nanmedian(slopes)] * len(weights))
    means["better log loss"] = np.mean(
        np.array(values["log loss"]) < np.array(values["log loss of RFM"]), axis=0
    )
    return means | lists(frame, weights)


def of_division(part: pl.DataFrame, weights: list[np.ndarray]) -> Drawn:
    """Return the figures of one division by name, each with its value on every sample."""
    bought, who = part["bought"].to_numpy().astype(float), part["who"].to_numpy()
    drawn: Drawn = {}
    for name, here in (("all", np.ones(part.height, bool)), ("new", part["new"].to_numpy())):
        if bought[here].sum() < 5:
            continue
        for score in SCORES:
            if score not in part.columns:
                continue
            value = part[score].to_numpy().astype(float)
            order = np.flatnonzero(here)[np.argsort(-value[here], kind="stable")]
            each = [ranks(bought[order], value[order], w[who[order]]) for w in weights]
            for i, measure in enumerate(RANKED):
                drawn[f"{score} {name} {measure}"] = np.array([e[i] for e in each])
    p, rfm = part[MODEL].to_numpy(), part[baselines.LEARNED].to_numpy()
    new = part["new"].to_numpy()
    drawn["log loss"] = np.array([metrics.log_loss(bought, p, w[who]) for w in weights])
    drawn["log loss of RFM"] = np.array([metrics.log_loss(bought, rfm, w[who]) for w in weights])
    if bought[new].any():
        drawn["log loss new"] = np.array([
            metrics.log_loss(bought[new], p[new], w[who][new]) if w[who][new].any() else np.nan
            for w in weights
        ])  # fmt: skip
    low, high = metrics.wilson(np.array([bought.mean()]), np.array([float(len(bought))]))
    drawn["inside"] = np.full(len(weights), float(low[0] <= p.mean() <= high[0]))
    if "level_error" in part.columns:
        drawn["inside predicted"] = np.full(len(weights), float(within(part, bought.sum())))
    line = calibration.line(p, bought)["slope"] if bought.sum() >= 10 else np.nan
    drawn["slope"] = np.full(len(weights), line)
    return drawn


def ranks(bought: np.ndarray, score: np.ndarray, weight: np.ndarray) -> tuple[float, float]:
    """Return average precision and lift@10%; nan where the sample has no buyer."""
    if not 0 < weight @ bought < weight.sum():
        return np.nan, np.nan
    return (
        metrics.average_precision(bought, score, weight),
        metrics.lift(bought, score, 0.1, weight),
    )


def within(part: pl.DataFrame, observed: float) -> bool:
    """Return whether the observed total lies in the 95% interval that was predicted."""
    low, high = scoring.total_interval(part[MODEL].to_numpy(), part["level_error"][0])
    return low <= observed <= high


def lists(frame: pl.DataFrame, weights: list[np.ndarray]) -> Drawn:
    """Return buyers and money in the list, of GoSales and of the best naive list."""
    size = min(LIST, frame.height // 10)
    bought, who = frame["bought"].to_numpy().astype(float), frame["who"].to_numpy()
    earned, money = frame["gp_window"].to_numpy(), frame["gp_if_bought"].to_numpy()
    drawn: Drawn = {}
    for score in SCORES:
        if score not in frame.columns:
            continue
        value = frame[score].to_numpy()
        worth = value * money if score in (MODEL, *baselines.PROBABILITIES) else value
        drawn[f"buyers {score}"] = np.array([top(value, bought, w[who], size) for w in weights])
        drawn[f"money {score}"] = np.array([top(worth, earned, w[who], size) for w in weights])
    for what in ("buyers", "money"):
        naive = [drawn[f"{what} {n}"] for n in SIMPLE if f"{what} {n}" in drawn]
        best = max(naive, key=lambda d: d[0])
        drawn[f"list {what}"] = drawn[f"{what} {MODEL}"]
        drawn[f"list {what} lead"] = drawn[f"list {what}"] - best
    return drawn


def top(score: np.ndarray, value: np.ndarray, weight: np.ndarray, size: int) -> float:
    """Return the sum of `value` over the best `size` rows, each counted `weight` times."""
    order = np.argsort(-score, kind="stable")
    taken = np.cumsum(weight[order])
    counted = np.diff(np.minimum(taken, size), prepend=0)
    return float(counted @ value[order])


def ranking(drawn: Drawn, part: str) -> dict[str, str]:
    """Return GoSales and every baseline on the rows of one part, and the lead."""
    cells = {}
    for measure in RANKED:
        keys = {s: drawn.get(f"{s} {part} {measure}") for s in SCORES}
        told = {score: value for score, value in keys.items() if value is not None}
        naive = [value for score, value in told.items() if score != MODEL]
        short = "AP" if measure == "average_precision" else "lift"
        cells |= {f"{short} {score}": f"{value[0]:.3f}" for score, value in told.items()}
        cells[f"{short} {MODEL}"] = cell(told[MODEL])
        cells[f"{short} lead"] = cell(told[MODEL] - max(naive, key=lambda d: d[0]), "+")
    return cells


def probabilities(drawn: Drawn) -> dict[str, str]:
    """Return log loss, slope, totals and the list."""
    names = ("log loss", "log loss of RFM", "log loss new", "better log loss", "slope", "inside",
             "inside predicted", "list buyers", "list buyers lead", "list money",
             "list money lead")  # fmt: skip
    plain = ("better log loss", "slope", "inside", "inside predicted")
    return {
        n: f"{drawn[n][0]:.2f}" if n in plain else cell(drawn[n], "+" if "lead" in n else "")
        for n in names
        if n in drawn
    }


def cell(drawn: np.ndarray, sign: str = "") -> str:
    """Return a figure with its interval."""
    low, high = np.nanquantile(drawn[1:], [0.025, 0.975])
    digits = ",.0f" if abs(drawn[0]) >= 20 or abs(high) >= 20 else ".3f"
    return f"{drawn[0]:{sign}{digits}} [{low:{sign}{digits}}, {high:{sign}{digits}}]"


if __name__ == "__main__":
    main()
