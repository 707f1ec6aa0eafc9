"""What the sample's log cannot tell: the lift of the planted truth without its hidden parts.

    python benchmarks/ceiling.py                    # seeds 17, 18 and 19; a minute
    python benchmarks/ceiling.py --model --seeds 32 # and the models of a run; minutes per seed

The future of a customer depends on what everybody can see (industry, size, what is owned since
when, the season) and on what nobody can: needs of its own, a drifting mood, a project that runs.
Each row ranks by the planted probability, simulated with the true rules and every visible state,
but with some hidden parts set to their mean. Lift@10% is of expected purchases, so it has no luck
in it: the mean over divisions, for all customers and for those new to the division. History betrays
some of what is hidden, so a model may do better than the last row of the truth; none can reach the
first. `--model` adds what 02_features to 04_score make of the log: its lift over that of the row
before it is its share of the visible truth. Then all rows are of the divisions that a run trains: a
small one has few buyers and a high lift, so that the means of two sets of divisions differ.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from unittest import mock

import numpy as np
import polars as pl
import quality

from gosales_lib import layout, sample
from gosales_lib.learning import metrics
from gosales_lib.sample import catalogue, futures, ledger, population, process

NOTHING = tuple(0.0 for _ in catalogue.OWN_NEED)
ROWS = ("everything known", "other futures", "without own needs", "without mood and project",
        "without anything hidden")  # fmt: skip


def main() -> None:
    """Print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[17, 18, 19])
    parser.add_argument("--customers", type=int, default=2000)
    parser.add_argument("--model", action="store_true", help="train and score too")
    given = parser.parse_args()
    found = np.mean([rows(seed, given.customers, given.model) for seed in given.seeds], axis=0)
    print("| ranked by the truth | lift@10% | share | new: lift@10% | share |")
    print("|---|---:|---:|---:|---:|")
    for name, (everybody, new) in zip((*ROWS, "the models"), found, strict=False):
        shares = everybody / found[0][0], new / found[0][1]
        print(f"| {name} | {everybody:.2f} | {shares[0]:.1%} | {new:.2f} | {shares[1]:.1%} |")


def rows(seed: int, customers: int, model: bool) -> np.ndarray:
    """Return the lift of each row of one sample, for all customers and for new ones."""
    if not model:
        return lifts(seed, customers, catalogue.DIVISIONS)
    predicted = of_model(seed, customers)
    trained = predicted["division"].unique().to_list()
    if left_out := set(catalogue.DIVISIONS) - set(trained):
        print(f"seed {seed}: without {', '.join(left_out)}, which is not trained", flush=True)
    return np.vstack([lifts(seed, customers, trained), model_lifts(predicted)])


def lifts(seed: int, customers: int, divisions: Collection[str]) -> np.ndarray:
    """Return the lift of each row of the truth, the mean over `divisions`, of one sample."""
    streams, drawn = sample.generators(seed), round(customers * sample.SPARE) + 20
    people = population.draw(drawn, sample.END, streams["people"])
    state = process.start(people, streams["history"])
    book = ledger.Recorder(state.owned.shape)
    ledger.run(state, people, range(sample.KNOWN), streams["history"], book)
    bought = book.events().filter(pl.col("month") >= sample.LOG, pl.col("quantity") > 0)
    known = bought["customer"].unique().sort().to_numpy()[:customers]
    new = np.ones(state.owned.shape, bool)
    new[bought["division"].to_numpy(), bought["customer"].to_numpy()] = False
    asked = [place for place, name in enumerate(catalogue.DIVISIONS) if name in divisions]
    calm = replace(state, mood=np.zeros_like(state.mood), project=shuffled(state.project, seed))
    none = {"OWN_NEED": NOTHING, "NEEDS": np.zeros_like(catalogue.NEEDS)}
    without_own = hidden(seed, drawn, {"OWN_NEED": NOTHING})
    cases = [(people, state), (people, state), (without_own, state), (people, calm),
             (hidden(seed, drawn, none), calm)]  # fmt: skip
    alive = known[state.alive[known]]
    truths = [truth(*case, alive, [seed, place]) for place, case in enumerate(cases)]
    real, groups = truths[0][asked], (new[asked] | True, new[asked])
    return np.array([
        [mean_lift(real, ranked[asked], known, here) for here in groups] for ranked in truths
    ])  # fmt: skip


def of_model(seed: int, customers: int) -> pl.DataFrame:
    """Return what the models of a run predict, beside the planted probability."""
    with tempfile.TemporaryDirectory() as folder:
        data, after, truth = (Path(folder) / part for part in ("data", "later", "truth"))
        sample.write(data, after, truth, customers=customers, seed=seed)
        plan = layout.load("layouts/gosales.yaml")
        [case] = quality.origins(f"sample {seed}", plan, data, after, [], False)
        planted = pl.read_parquet(truth / "truth.parquet")
    return quality.predictions(case).join(planted, ["customer_id", "division"])


def model_lifts(rows: pl.DataFrame) -> np.ndarray:
    """Return the lift of the models' ranking, for all customers and for new ones."""
    frames = rows.partition_by("division"), rows.filter("new").partition_by("division")
    return np.array([
        np.mean([
            metrics.lift(part["probability"].to_numpy(), part[quality.MODEL].to_numpy(), 0.1)
            for part in parts
            if part["probability"].sum() >= 1
        ])
        for parts in frames
    ])  # fmt: skip


def hidden(seed: int, drawn: int, parts: dict[str, object]) -> population.Population:
    """Return the customers of a sample, drawn again without some parts of their needs."""
    with mock.patch.multiple(catalogue, **parts):
        return population.draw(drawn, sample.END, sample.generators(seed)["people"])


def shuffled(project: np.ndarray, seed: int) -> np.ndarray:
    """Return as many projects, each with anybody."""
    return np.random.default_rng(seed).permutation(project)


def truth(
    people: population.Population, state: process.State, alive: np.ndarray, seed: list[int]
) -> np.ndarray:
    """Return the probability of a purchase in the window, by division and customer."""
    some, months = people.pick(alive), range(sample.KNOWN, sample.END)
    found = np.zeros(state.owned.shape)
    found[:, alive], _ = futures.truth(
        state.pick(alive), some, months, sample.FUTURES, np.random.default_rng(seed),
        ledger.prices(some, months),
    )  # fmt: skip
    return found


def mean_lift(truth: np.ndarray, ranked: np.ndarray, known: np.ndarray, here: np.ndarray) -> float:
    """Return the lift@10% of expected purchases, the mean over divisions that anybody may buy."""
    found = []
    for expected, score, wanted in zip(truth, ranked, here, strict=True):
        rows = known[wanted[known]]
        if expected[rows].sum() >= 1:
            found.append(metrics.lift(expected[rows], score[rows], 0.1))
    return float(np.mean(found))


if __name__ == "__main__":
    main()
