"""What each family of features adds, out of time, on the last training cutoff (never the holdout).

    python benchmarks/ablation.py layouts/adventureworks.yaml layouts/online_retail_ii.yaml
    python benchmarks/ablation.py layouts/*.yaml --judged 4 --families trend,lifecycle

Every division on sale is learned from cutoffs whose windows had closed by the last training
cutoff; the mean of the log odds of a logistic regression and of boosted trees ranks the customers.
A row says what a family adds beside others, with it less without it: beside the default families
(one that is off is added to them, one that is on taken away), and beside recency, frequency and
monetary alone. It is the mean over the divisions, and over the cutoffs judged where several are
asked for, of average precision and lift@10%, for all customers and for those new to the division,
with a 95% interval from bootstrap samples of customers (the same for all divisions, cutoffs and
variants).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import narwhals as nw
import numpy as np
import polars as pl

from gosales_lib import features, layout, sales_log
from gosales_lib.core import coverage, timeline
from gosales_lib.core.timeline import Window
from gosales_lib.features import labels, run_lengths
from gosales_lib.features.family import FAMILIES
from gosales_lib.learning import metrics, models

WINDOW_MONTHS = 6
KEYS = ["customer_id", "cutoff_date"]
BESIDE = {
    "the default families": {f.name for f in features.choose()},
    "recency, frequency and monetary": {"recency", "frequency_monetary"},
}
MEASURES = {
    "average precision": metrics.average_precision,
    "lift@10%": lambda bought, score, weight=None: metrics.lift(bought, score, 0.1, weight),
}


def main() -> None:
    """Print a table for each measure and set of families beside."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("layouts", nargs="+", type=Path)
    parser.add_argument("--data", help="folder of the log, instead of the layout's")
    parser.add_argument("--cutoffs", type=int, default=4, help="most cutoffs to learn from")
    parser.add_argument("--judged", type=int, default=1, help="cutoffs to judge on, a month apart")
    parser.add_argument("--draws", type=int, default=200, help="bootstrap samples")
    parser.add_argument(
        "--families", default="", help="only these: a,b+c is a, and b and c together"
    )
    arguments = parser.parse_args()
    off = "+".join(f.name for f in FAMILIES.values() if not f.default)
    asked = [name for name in arguments.families.split(",") if name] or [*FAMILIES, off]
    found = []
    for path in arguments.layouts:
        plan = layout.load(path)
        log = sales_log.read(plan, Path(arguments.data or plan.data))
        told = ablate(plan, log, asked, arguments)
        found.append(told.with_columns(layout=pl.lit(plan.name)))
    tables = pl.concat(found).group_by("measure", "beside", maintain_order=True)
    for (measure, beside), rows in tables:
        table = rows.pivot("layout", index="family", values="gain").fill_null("none")
        print(f"\n### {measure}, beside {beside}\n\n{markdown(table)}")


def ablate(
    plan: layout.Layout, log: sales_log.SalesLog, asked: Sequence[str], how: argparse.Namespace
) -> pl.DataFrame:
    """Return what each family adds: beside (of `BESIDE`), measure, family, gain with interval."""
    newest = coverage.of(log.transactions).default_cutoff()
    kept: dict[tuple[str, str], set[str]] = {}
    ranked = []
    for back in range(how.judged):
        judged = timeline.add_months(newest, -WINDOW_MONTHS - back)
        try:
            kept, frames = judge(plan, log, asked, judged, how.cutoffs)
        except ValueError as error:  # the log is too short to learn from before it
            if not back:
                raise
            print(f"{plan.name}: {error}", flush=True)
            break
        ranked += frames
    return summary(bootstrap(ranked, kept, how.draws))


def judge(
    plan: layout.Layout, log: sales_log.SalesLog, asked: Sequence[str], judged: date, most: int
) -> tuple[dict[tuple[str, str], set[str]], list[pl.DataFrame]]:
    """Return the variants, and for each division on sale its customers as each one ranks them."""
    sales = log.transactions
    teaching = coverage.training_cutoffs(
        sales, judged, WINDOW_MONTHS, step_months=3, most=most
    ).cutoffs
    sold = [
        d
        for d in labels.sellable_divisions(sales, judged, WINDOW_MONTHS, plan.purchase)
        if d in plan.divisions and d != "Service"
    ]
    how = features.options(plan, ",".join(f"+{name}" for name in FAMILIES), WINDOW_MONTHS)
    matrices = features.build_all(
        nw.from_native(sales.lazy()),
        [*teaching, judged],
        how,
        on_sale=sold,
        customers=nw.from_native(log.customers.lazy()),
    )
    named = features.dictionary(judged, how, matrices[sold[0]])
    columns = dict(named.group_by("family").agg("name").iter_rows())
    kept = variants([name for name in asked if set(name.split("+")) & set(columns)])
    windows = [Window(cutoff, WINDOW_MONTHS) for cutoff in [*teaching, judged]]
    ranked = []
    for division in sold:
        bought = labels.at(sales, division, windows, plan.purchase)
        ranked.append(rank(matrices[division].join(bought, KEYS), columns, kept, judged))
    print(f"{plan.name}: {len(sold)} divisions, judged {judged}, learned {teaching}", flush=True)
    return kept, ranked


def variants(asked: Sequence[str]) -> dict[tuple[str, str], set[str]]:
    """Return the families of each variant, by what they stand beside and which one is swapped."""
    found = {}
    for beside, base in BESIDE.items():
        found[beside, ""] = base
        found |= {(beside, name): base ^ set(name.split("+")) for name in asked}
    return found


def rank(
    rows: pl.DataFrame,
    columns: dict[str, list[str]],
    kept: dict[tuple[str, str], set[str]],
    judged: date,
) -> pl.DataFrame:
    """Return customer_id, bought, new and a score for each variant, on the judged cutoff."""
    taught, later = rows.filter(pl.col("cutoff_date") < judged), rows.filter(cutoff_date=judged)
    answer = later.select("customer_id", "bought", new=pl.col("own_orders_all") == 0)
    bought = taught["bought"].to_numpy()
    for variant, families in kept.items():
        some = [
            name for family in FAMILIES if family in families for name in columns.get(family, [])
        ]
        known, unseen = taught.select(some).to_pandas(), later.select(some).to_pandas()
        odds = [
            candidate.fit(known, bought).odds(unseen)
            for candidate in (models.Logistic(c=0.01), models.Boosted(trees=50))
        ]
        answer = answer.with_columns(pl.Series(str(variant), np.mean(odds, axis=0)))
    return answer


def bootstrap(
    ranked: Sequence[pl.DataFrame], kept: Iterable[tuple[str, str]], draws: int
) -> dict[tuple[str, tuple[str, str]], np.ndarray]:
    """Return by measure and variant the mean over the frames: the data's own, then each draw's."""
    generator = np.random.default_rng(17)
    everybody = pl.concat([frame["customer_id"] for frame in ranked]).unique().sort()
    people = len(everybody)
    drawn = [np.ones(people)]
    drawn += [generator.multinomial(people, np.full(people, 1 / people)) for _ in range(draws)]
    values: dict[tuple[str, tuple[str, str]], list[list[float]]] = {}
    for frame in ranked:
        who = run_lengths.positions(frame["customer_id"], everybody).to_numpy()
        weights = [w[who] for w in drawn]
        for group, rows in (
            ("", np.ones(frame.height, bool)),
            (" of new customers", frame["new"].to_numpy()),
        ):
            bought = frame["bought"].to_numpy()[rows].astype(float)
            if bought.sum() < 8:
                continue
            for variant in kept:
                score = frame[str(variant)].to_numpy()[rows]
                for name, measure in MEASURES.items():
                    each = [
                        measure(bought, score, w[rows]) if w[rows] @ bought else np.nan
                        for w in weights
                    ]
                    values.setdefault((f"{name}{group}", variant), []).append(each)
    return {key: np.nanmean(each, axis=0) for key, each in values.items()}


def summary(drawn: dict[tuple[str, tuple[str, str]], np.ndarray]) -> pl.DataFrame:
    """Return the rows: the value of the families of `BESIDE` first, then what each one adds."""
    rows = []
    for (measure, (beside, name)), values in drawn.items():
        base = drawn[measure, (beside, "")]
        sign = -1 if set(name.split("+")) & BESIDE[beside] else 1
        said = gain(sign * (values - base), measure) if name else f"{base[0]:.4f}"
        row = {"beside": beside, "measure": measure, "family": name or "(these)", "gain": said}
        rows.append(row)
    return pl.DataFrame(rows)


def gain(difference: np.ndarray, measure: str) -> str:
    """Return the difference on the data and its interval over the draws."""
    digits = 2 if measure.startswith("lift") else 3
    low, high = metrics.interval(difference[1:])
    return f"{difference[0]:+.{digits}f} [{low:+.{digits}f}, {high:+.{digits}f}]"


def markdown(table: pl.DataFrame) -> str:
    """Return a frame as a Markdown table."""
    lines = [table.columns, ["---"] * table.width, *table.rows()]
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


if __name__ == "__main__":
    main()
