"""A realistic GoSales wide log with its holdout, and the truth beside them.

What is planted
---------------
The log and the customers file show size (employees), industry, region, and what a customer bought.
Planted on these: needs by industry and size; affinities (PDM and Simulation after Solidworks,
Supplies after CAMWorks, CPE after Simulation, see `catalogue.AFFINITY`); Services and Training in
the months after new seats; a pause after new seats; Success Plans with a seat and again a year
later; DraftSight subscriptions that end after a year; Supplies that run out; quarter and year end,
school terms for Training; growth; prices; newcomers who buy much in their first months; customers
who stop for good.

Hidden, so that a model can learn them only in part: two needs of each customer and one for each
division, a mood that drifts, projects that start and end, how loyal a customer is, how fast
Supplies run out, the day on which a customer is gone. Returns (2.5% whole, 1.5% in part, in the
month after the sale) are part of the process; dirt is added to it and takes no purchase away.

How the truth is computed
-------------------------
The process runs month by month from January 2020; the log begins in July 2021. From its full state
at the cutoff (hidden parts too) many independent futures run on. `probability` is the share of them
in which the net quantity of a division in the holdout window is above 0, `expected_gp` the mean
gross profit at mean margins. The holdout is one more future of the same process. So the truth is
the best that anybody could know at the cutoff, up to the noise of `FUTURES` draws.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from gosales_lib.sample import catalogue, dirt, files, futures, ledger, names, orders, process
from gosales_lib.sample.population import Population, draw

FIRST, CUTOFF, LAST = dt.date(2021, 7, 1), dt.date(2024, 12, 31), dt.date(2025, 6, 30)
LOG, KNOWN, END = 18, 60, 66  # months since January 2020: log begins, cutoff, end of the holdout
FUTURES = 500
SPARE = 1.6  # customers drawn for each one kept: some are gone before the log begins
STREAMS = ("people", "history", "truth", "holdout", "ledger", "names", "dirt")


@dataclass(frozen=True)
class Summary:
    """What was written; `rows` are the records of the log and of the holdout, dirt included."""

    files: tuple[Path, ...]
    rows: int
    first_date: dt.date
    last_date: dt.date
    customers: int
    divisions: int


@dataclass(frozen=True)
class Simulated:
    """One past, one future and the truth of it; `known` are the places of known customers."""

    people: Population
    events: pl.DataFrame  # row, sale, month, division, customer, quantity
    known: np.ndarray
    probability: np.ndarray  # (divisions, customers)
    expected_gp: np.ndarray


def write(
    data_dir: Path | str,
    holdout_dir: Path | str,
    truth_dir: Path | str,
    customers: int = 2000,
    seed: int = 17,
) -> Summary:
    """Write the log and customers.csv, the holdout, and truth.parquet with its README.

    truth.parquet has customer_id, division, probability (net quantity above 0 in the holdout
    window) and expected_gp (USD), a row for every division of each customer of the log.

    Raises
    ------
    FileExistsError
        A folder holds files that no earlier sample wrote.
    ValueError
        Fewer than 10 customers.
    """
    if customers < 10:
        raise ValueError(f"customers={customers}: a sample needs at least 10")
    data, holdout, beside = (Path(folder) for folder in (data_dir, holdout_dir, truth_dir))
    manifest = beside / files.MANIFEST
    files.refuse([data, holdout, beside], manifest)
    rng = generators(seed)
    world = simulate(customers, rng)
    called = names.customers(world.people.industry, rng["names"])
    listed = orders.customers(world.people, called, rng["names"])
    contents = {
        data / "customers.csv": listed.write_csv().encode(),
        beside / "truth.parquet": files.parquet(truth_table(world)),
        beside / "README.md": README.encode(),
    }
    rows = invoices(world, called, rng["ledger"])
    count = 0
    for year, part in by_year(rows):
        soiled = dirt.soil(part, rng["dirt"])
        count += soiled.height
        name, content = log_file(year, soiled)
        contents[(data if year <= CUTOFF.year else holdout) / name] = content
    files.publish(contents, manifest)
    first, last = (dt.date.fromisoformat(rows["Rec Date"][at]) for at in (0, -1))
    return Summary(tuple(sorted(contents)), count, first, last, customers, len(catalogue.DIVISIONS))


def invoices(world: Simulated, called: list[str], rng: np.random.Generator) -> pl.DataFrame:
    """Return the rows of log and holdout by date; each reaches the last day of its window."""
    events = ledger.dated(ledger.priced(world.events, world.people, rng), rng)
    months = pl.col("month")
    past = events.filter(months.is_between(LOG, KNOWN - 1))
    future = events.filter(months >= KNOWN)
    both = pl.concat([ledger.reaching(past, CUTOFF), ledger.reaching(future, LAST)])
    return orders.wide(both, world.people, called)


def generators(seed: int) -> dict[str, np.random.Generator]:
    """Return one stream of random numbers for each part, so that none disturbs another."""
    return {name: np.random.default_rng([seed, number]) for number, name in enumerate(STREAMS)}


def simulate(
    customers: int, rng: dict[str, np.random.Generator], count: int = FUTURES
) -> Simulated:
    """Return a past, a future and the truth, with customers of the log and later newcomers."""
    people = draw(round(customers * SPARE) + 20, END, rng["people"])
    state = process.start(people, rng["history"])
    book = ledger.Recorder(state.owned.shape)
    ledger.run(state, people, range(KNOWN), rng["history"], book)
    buyers = book.events().filter(pl.col("month") >= LOG, pl.col("quantity") > 0)["customer"]
    seen = np.isin(np.arange(people.count), buyers.unique().to_numpy())
    kept = np.nonzero(seen | (people.arrival >= KNOWN))[0][:customers]
    active = kept[seen[kept] & state.alive[kept]]
    probability, profit = np.zeros((2, len(catalogue.DIVISIONS), people.count))
    months = range(KNOWN, END)
    some = people.pick(active)
    probability[:, active], profit[:, active] = futures.truth(
        state.pick(active), some, months, count, rng["truth"], ledger.prices(some, months)
    )
    ledger.run(state, people, months, rng["holdout"], book)
    return Simulated(
        people=people.pick(kept),
        events=renumbered(book.events(), kept),
        known=np.nonzero(seen[kept])[0],
        probability=probability[:, kept],
        expected_gp=profit[:, kept],
    )


def renumbered(events: pl.DataFrame, kept: np.ndarray) -> pl.DataFrame:
    """Return the events of the kept customers, with rows and customers counted anew."""
    events = events.filter(pl.col("customer").is_in(kept))
    row = events["row"].to_numpy()
    return events.with_columns(
        row=pl.Series(np.arange(events.height)),
        sale=pl.Series(np.searchsorted(row, events["sale"].to_numpy())),
        customer=pl.Series(np.searchsorted(kept, events["customer"].to_numpy())),
    )


def truth_table(world: Simulated) -> pl.DataFrame:
    """Return customer_id, division, probability and expected_gp of the known customers."""
    customer = np.repeat(world.known, len(catalogue.DIVISIONS))
    return pl.DataFrame(
        {
            "customer_id": customer,
            "division": catalogue.DIVISIONS * len(world.known),
            "probability": world.probability[:, world.known].T.ravel(),
            "expected_gp": world.expected_gp[:, world.known].T.ravel().round(2),
        }
    ).with_columns(orders.customer_id(pl.col("customer_id")).alias("customer_id"))


def by_year(rows: pl.DataFrame) -> list[tuple[int, pl.DataFrame]]:
    """Return the rows of each year, which are ordered by date."""
    year = rows["Rec Date"].str.slice(0, 4).cast(pl.Int64)
    return [(each, rows.filter(year == each)) for each in range(FIRST.year, LAST.year + 1)]


def log_file(year: int, rows: pl.DataFrame) -> tuple[str, bytes]:
    """Return name and content of a year's file: the oldest has decimal commas, one is gzip."""
    name = f"sales_log_{year}.csv"
    if year == FIRST.year:
        return name, files.csv(rows, separator=";", mark=True)
    if year == FIRST.year + 1:
        return f"{name}.gz", files.packed(files.csv(rows, footer="End of export\n"))
    return name, files.csv(rows)


README = f"""# The truth of the sample

`truth.parquet`: one row per division of each customer known by {CUTOFF}.

| column | meaning |
|---|---|
| customer_id | as in the log |
| division | as in the layout |
| probability | real P(net quantity > 0) from {CUTOFF + dt.timedelta(days=1)} to {LAST} |
| expected_gp | mean gross profit (USD) of the same window, returns included |

Each is the mean over {FUTURES} futures, simulated from the full state at the cutoff, hidden parts
too; the holdout is one more. So no model can rank better than this, but by luck.
`gosales_lib/sample/__init__.py` describes what is planted. Made by `gosales sample-data`.
"""
__all__ = ["Simulated", "Summary", "simulate", "write"]
