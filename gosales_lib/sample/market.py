"""The market behind the sample: customers with latent needs, and the process by which they buy.

What is planted, all on the log of a monthly purchase rate (division by division):

- size and industry: large firms buy more seats, engineering buys Simulation, schools DraftSight;
- a latent need of every customer for every division, which nobody sees;
- affinity: who owns Solidworks buys Simulation, PDM and CAMWorks, who owns CPE buys Services;
- attach: Training and Services follow within three months of new seats;
- renewal: a Success Plan comes due about twelve months after the last one;
- repeat: owners of a division come back to it, though not right after a purchase of seats;
- season: quarter ends and December are strong, August is weak; growth differs by division;
- mood: a hidden business climate of each customer, an AR(1) of months;
- churn: customers leave for good, more of them when small, and nobody writes it down.

History shows these in part only: need, mood and churn must be guessed from what was bought.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DIVISIONS = (
    "Solidworks",
    "Simulation",
    "PDM",
    "CAMWorks",
    "DraftSight",
    "CPE",
    "Services",
    "Training",
    "Supplies",
    "Success Plan",
)
INDUSTRIES = ("Aerospace", "Automotive", "Consumer goods", "Education", "Machinery", "Medical")
REGIONS = ("Midwest", "Northeast", "South", "Southwest", "West")
HISTORY_MONTHS, FUTURE_MONTHS = 42, 6
WARM_UP_MONTHS = 24
"""Months that are simulated before the log begins, so that customers own something by then."""

RATE = np.log([0.0100, 0.0030, 0.0022, 0.0018, 0.0040, 0.0007, 0.0062, 0.0052, 0.0240, 0.0040])
NEED = np.array([0.9, 0.9, 0.9, 1.0, 1.0, 0.9, 0.7, 0.7, 1.0, 0.6])
SIZE = np.array([0.35, 0.30, 0.45, 0.25, -0.15, 0.60, 0.30, 0.25, 0.20, 0.15])
REPEAT = np.array([0.7, 0.8, 0.5, 0.6, 0.5, 0.6, 0.8, 0.4, 1.0, 0.6])
RESTING = np.array([-1.2, -1.0, -1.5, -1.2, -1.5, -0.8, 0.2, -0.3, 0.2, -3.0])
"""In the three months after a purchase of the same division."""
SEASON = np.array([0.5, 0.5, 0.5, 0.4, 0.3, 0.6, 0.1, 0.2, 0.1, 0.0])
GROWTH = np.array([0.00, 0.012, 0.004, 0.0, -0.01, 0.008, 0.004, 0.0, 0.0, 0.004])
INDUSTRY = np.array(  # rows: industries, columns: divisions
    [
        [0.4, 0.9, 0.4, 0.3, -0.5, 0.9, 0.3, 0.1, 0.0, 0.2],
        [0.3, 0.5, 0.3, 0.6, -0.3, 0.6, 0.2, 0.1, 0.1, 0.1],
        [0.1, 0.0, -0.1, -0.2, 0.3, -0.5, 0.0, 0.0, 0.2, 0.0],
        [-0.4, -0.8, -0.9, -0.6, 0.9, -1.5, -0.6, 0.6, 0.3, -0.3],
        [0.2, 0.1, 0.2, 0.7, 0.1, -0.2, 0.1, 0.0, 0.1, 0.1],
        [0.0, 0.4, 0.5, -0.6, -0.2, 0.2, 0.3, 0.2, -0.2, 0.2],
    ]
)


def links(pairs: dict[tuple[str, str], float]) -> Floats:
    """Return the matrix of effects: from the division of the row to that of the column."""
    matrix = np.zeros((len(DIVISIONS), len(DIVISIONS)))
    for (source, target), effect in pairs.items():
        matrix[DIVISIONS.index(source), DIVISIONS.index(target)] = effect
    return matrix


AFFINITY = links(
    {
        ("Solidworks", "Simulation"): 1.3,
        ("Solidworks", "PDM"): 1.4,
        ("Solidworks", "CAMWorks"): 1.2,
        ("Solidworks", "Success Plan"): 1.6,
        ("Solidworks", "DraftSight"): -0.7,
        ("Simulation", "Training"): 0.5,
        ("PDM", "Services"): 0.9,
        ("CPE", "Services"): 1.2,
        ("CAMWorks", "Supplies"): 0.6,
        ("Simulation", "CPE"): 1.0,
        ("DraftSight", "Solidworks"): 0.5,
    }
)
ATTACH = links(
    {
        ("Solidworks", "Training"): 1.6,
        ("Solidworks", "Services"): 1.0,
        ("Simulation", "Training"): 1.4,
        ("PDM", "Services"): 1.8,
        ("CPE", "Services"): 1.8,
        ("Solidworks", "Success Plan"): 2.2,
    }
)
RENEWAL = 4.2
"""On the log rate of a Success Plan in the months 11 to 13 after the last one."""
PLAN = DIVISIONS.index("Success Plan")
NEVER = 999


@dataclass(frozen=True)
class Customers:
    """What does not change: industry, employees, region, latent need and churn of every customer.

    `first_month` counts from the first month of the log; negative: was a customer before.
    """

    industry: NDArray[np.int64]
    employees: NDArray[np.int64]
    region: NDArray[np.int64]
    first_month: NDArray[np.int64]
    rate: Floats  # customers x divisions, on the log
    churn: Floats  # a month

    def part(self, rows: slice) -> Customers:
        """Return some of the customers."""
        return Customers(**{name: value[rows] for name, value in vars(self).items()})


@dataclass(frozen=True)
class State:
    """What changes by the month; a leading axis of futures is allowed everywhere.

    `since` is the months since the last purchase of each division, NEVER without one.
    """

    alive: Bools
    mood: Floats
    since: NDArray[np.int16]


def population(count: int, rng: np.random.Generator) -> Customers:
    """Return so many customers, drawn at random."""
    industry = rng.choice(len(INDUSTRIES), count, p=[0.12, 0.16, 0.18, 0.10, 0.28, 0.16])
    employees = np.round(np.exp(rng.normal(4.0, 1.3, count))).astype(np.int64) + 1
    early = rng.random(count) < 0.72
    first = np.where(early, -WARM_UP_MONTHS, rng.integers(-6, HISTORY_MONTHS - 1, count))
    size = (np.log(employees) - 4.0) / 1.3
    need = rng.normal(0, NEED, (count, len(DIVISIONS)))
    general = rng.normal(0, 0.5, (count, 1))
    rate = RATE + INDUSTRY[industry] + SIZE * size[:, None] + need + general
    churn = 0.010 * np.exp(-0.35 * size + rng.normal(0, 0.5, count))
    region = rng.choice(len(REGIONS), count, p=[0.28, 0.22, 0.2, 0.12, 0.18])
    return Customers(industry, employees, region, first, rate, churn)


def beginning(count: int) -> State:
    """Return the state before anybody bought anything."""
    shape = (count, len(DIVISIONS))
    return State(np.ones(count, bool), np.zeros(count), np.full(shape, NEVER, np.int16))


def season(month: int) -> Floats:
    """Return the season of each division; `month` counts from the July in which the log begins."""
    calendar = (month + 6) % 12  # 0 is January
    strength = {2: 0.5, 5: 0.7, 7: -0.9, 8: 0.5, 11: 1.0}.get(calendar, -0.2)
    return SEASON * strength


def step(
    customers: Customers, state: State, month: int, rng: np.random.Generator
) -> tuple[Bools, State]:
    """Return who buys which division in a month, and the state after it."""
    owned = state.since < NEVER
    fresh = state.since <= 3
    rate = customers.rate + season(month) + GROWTH * month
    rate = rate + owned @ AFFINITY + fresh @ ATTACH + REPEAT * owned + RESTING * fresh
    due = (state.since[..., PLAN] >= 11) & (state.since[..., PLAN] <= 13)
    rate[..., PLAN] += RENEWAL * due
    rate = rate + 0.8 * state.mood[..., None]
    here = state.alive & (customers.first_month <= month)
    chance = 1 - np.exp(-np.exp(np.minimum(rate, 1.5)))
    bought = (rng.random(chance.shape) < chance) & here[..., None]
    since = np.where(bought, 1, np.where(owned, np.minimum(state.since + 1, NEVER - 1), NEVER))
    stays = rng.random(state.alive.shape) >= np.where(here, customers.churn, 0)
    mood = 0.85 * state.mood + rng.normal(0, 0.5, state.mood.shape)
    return bought, State(state.alive & stays, mood, since.astype(np.int16))


def futures(state: State, count: int) -> State:
    """Return so many copies of a state, side by side on a leading axis."""
    return replace(
        state,
        **{name: np.repeat(value[None], count, axis=0) for name, value in vars(state).items()},
    )


def truth(
    customers: Customers, state: State, *, draws: int = 512, chunk: int = 1000, seed: int = 17
) -> tuple[Floats, Floats]:
    """Return each customer's probability to buy each division in the window, and the mean number.

    Monte Carlo: `draws` independent futures from the state on the cutoff, by the very process
    that draws the holdout too; the standard error is at most 0.5 / sqrt(draws).
    """
    probability, number = [], []
    for start in range(0, len(customers.churn), chunk):
        rows = slice(start, start + chunk)
        rng = np.random.default_rng([seed, 3, start])
        some = customers.part(rows)
        future = futures(State(*(value[rows] for value in vars(state).values())), draws)
        times = np.zeros(future.since.shape, np.int16)
        for month in range(HISTORY_MONTHS, HISTORY_MONTHS + FUTURE_MONTHS):
            bought, future = step(some, future, month, rng)
            times += bought
        probability.append((times > 0).mean(axis=0))
        number.append(times.mean(axis=0))
    return np.concatenate(probability), np.concatenate(number)
