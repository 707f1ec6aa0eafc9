"""What each family of features adds, out of time, on the last training cutoff (never the holdout).

    python benchmarks/ablation.py layouts/adventureworks.yaml layouts/online_retail_ii.yaml

Every division on sale is learned from cutoffs whose windows had closed by the last training
cutoff, once with all families and once without each; the mean of the log odds of a logistic
regression and of boosted trees ranks the customers. A row says how much is lost without a family:
the mean over the divisions of average precision and lift@10%, for all customers and for those new
to the division, with a 95% interval from bootstrap samples of customers (the same for all
divisions and variants). A family whose interval lies below 0 does harm.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import narwhals as nw
import numpy as np
import polars as pl

from gosales_lib import features, labels, layout, sales_log, timeline
from gosales_lib.features.registry import FAMILIES
from gosales_lib.learning import metrics, models
from gosales_lib.timeline import Window

WINDOW_MONTHS = 6
KEYS = ["customer_id", "cutoff_date"]
MEASURES = {
    "ap": metrics.average_precision,
    "lift_10": lambda bought, score, weight=None: metrics.lift(bought, score, 0.1, weight),
}


def main() -> None:
    """Print a table for each layout."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("layouts", nargs="+", type=Path)
    parser.add_argument("--data", help="folder of the log, instead of the layout's")
    parser.add_argument("--cutoffs", type=int, default=4, help="most cutoffs to learn from")
    parser.add_argument("--draws", type=int, default=200, help="bootstrap samples")
    parser.add_argument(
        "--families",
        default="",
        help="only without these: a,b+c is without a, and without both b and c",
    )
    arguments = parser.parse_args()
    without = [name for name in arguments.families.split(",") if name] or list(FAMILIES)
    for path in arguments.layouts:
        plan = layout.load(path)
        log = sales_log.read(plan, Path(arguments.data or plan.data))
        table = ablate(plan, log, without, arguments.cutoffs, arguments.draws)
        print(f"\n### {plan.name}\n\n{markdown(table)}", flush=True)


def ablate(
    plan: layout.Layout, log: sales_log.SalesLog, without: Sequence[str], most: int, draws: int
) -> pl.DataFrame:
    """Return one row a family: what is lost without it, with its interval."""
    sales = log.transactions
    newest = timeline.default_cutoff(sales["order_day"].max())
    judged = timeline.add_months(newest, -WINDOW_MONTHS)
    first = sales["order_day"].min()
    teaching = timeline.training_cutoffs(judged, WINDOW_MONTHS, first, step_months=3, most=most)
    sold = [
        d
        for d in labels.sellable_divisions(sales, judged, WINDOW_MONTHS)
        if d in plan.divisions and d != "Service"
    ]
    every = [f"+{name}" for name in FAMILIES]
    matrices = features.build_all(
        nw.from_native(sales.lazy()),
        [*teaching, judged],
        divisions=plan.divisions,
        on_sale=sold,
        window_months=WINDOW_MONTHS,
        customers=nw.from_native(log.customers.lazy()),
        attributes=[(a.column, a.kind) for a in plan.attributes],
        families=every,
        options={"flags": plan.flags, **plan.features},
    )
    some = matrices[sold[0]]
    named = features.dictionary(
        judged, plan.divisions, WINDOW_MONTHS, some,
        [(a.column, a.kind) for a in plan.attributes], every,
        options={"flags": plan.flags, **plan.features},
    )  # fmt: skip
    columns = {
        f: named.filter(pl.col("family").is_in(f.split("+")))["name"].to_list() for f in without
    }
    columns = {"all": [], **{f: names for f, names in columns.items() if names}}
    windows = [Window(cutoff, WINDOW_MONTHS) for cutoff in [*teaching, judged]]
    ranked = {
        division: rank(
            matrices[division].join(labels.at(sales, division, windows, plan.purchase), KEYS),
            columns,
            judged,
        )
        for division in sold
    }
    drawn = bootstrap(ranked, list(columns), draws)
    print(f"{plan.name}: {len(sold)} divisions, judged {judged}, learned {teaching}", flush=True)
    return summary(drawn, columns)


def rank(rows: pl.DataFrame, columns: dict[str, list[str]], judged: date) -> pl.DataFrame:
    """Return customer_id, bought, new and a score for each variant, on the judged cutoff."""
    taught, later = rows.filter(pl.col("cutoff_date") < judged), rows.filter(cutoff_date=judged)
    answer = later.select("customer_id", "bought", new=pl.col("own_orders_all") == 0)
    bought = taught["bought"].to_numpy()
    for variant, left_out in columns.items():
        drop = [*KEYS, "bought", "gp_window", *left_out]
        known, unseen = taught.drop(drop).to_pandas(), later.drop(drop).to_pandas()
        odds = [
            candidate.fit(known, bought).odds(unseen)
            for candidate in (models.Logistic(c=0.01), models.Boosted(trees=100))
        ]
        answer = answer.with_columns(pl.Series(variant, np.mean(odds, axis=0)))
    return answer


def bootstrap(
    ranked: dict[str, pl.DataFrame], variants: Sequence[str], draws: int
) -> dict[tuple[str, str], np.ndarray]:
    """Return by measure and variant the mean over divisions: the data's own, then each draw's."""
    generator = np.random.default_rng(17)
    people = max(frame.height for frame in ranked.values())
    weights = [np.ones(people)]
    weights += [generator.multinomial(people, np.full(people, 1 / people)) for _ in range(draws)]
    values: dict[tuple[str, str], list[list[float]]] = {}
    for frame in ranked.values():
        for who, rows in (("all", np.ones(people, bool)), ("new", frame["new"].to_numpy())):
            bought = frame["bought"].to_numpy()[rows].astype(float)
            if bought.sum() < 8:
                continue
            for variant in variants:
                score = frame[variant].to_numpy()[rows]
                for name, measure in MEASURES.items():
                    drawn = [
                        measure(bought, score, w[rows]) if w[rows] @ bought else np.nan
                        for w in weights
                    ]
                    values.setdefault((f"{name} {who}", variant), []).append(drawn)
    return {key: np.nanmean(drawn, axis=0) for key, drawn in values.items()}


def summary(
    drawn: dict[tuple[str, str], np.ndarray], columns: dict[str, list[str]]
) -> pl.DataFrame:
    """Return the table: with everything first, then what each family adds to that."""
    measures = list(dict.fromkeys(measure for measure, _ in drawn))
    rows = [
        {"family": "(all)", "columns": "", **{m: f"{drawn[m, 'all'][0]:.4f}" for m in measures}}
    ]
    for family, names in columns.items():
        if family != "all":
            cells = {m: gain(drawn[m, "all"] - drawn[m, family]) for m in measures}
            rows.append({"family": family, "columns": str(len(names)), **cells})
    return pl.DataFrame(rows)


def gain(difference: np.ndarray) -> str:
    """Return the difference on the data and its interval over the draws."""
    low, high = metrics.interval(difference[1:])
    return f"{difference[0]:+.4f} [{low:+.4f}, {high:+.4f}]"


def markdown(table: pl.DataFrame) -> str:
    """Return a frame as a Markdown table."""
    lines = [table.columns, ["---"] * table.width, *table.rows()]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    main()
