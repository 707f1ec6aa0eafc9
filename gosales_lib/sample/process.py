"""The process behind the sample: from the state of one month to that of the next.

Arrays are (divisions, customers), with an axis of futures between them where there are many.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gosales_lib.sample import catalogue
from gosales_lib.sample.catalogue import CPE, DRAFTSIGHT, PDM, PLAN, SEATS, SUPPLIES
from gosales_lib.sample.population import Population

FLOAT = np.float32
NEVER = 99  # months since an event that never took place; counting stops there
FULL_RETURN, PART_RETURN = 0.025, 0.015
SEASON = catalogue.season()
AFFINITY = np.array(catalogue.AFFINITY, FLOAT).T
MOOD, PROJECT, ATTACH, GROWTH, UNITS = (
    np.array(row, FLOAT)
    for row in (
        catalogue.MOOD,
        catalogue.PROJECT,
        catalogue.ATTACH,
        catalogue.MONTHLY_GROWTH,
        catalogue.UNITS,
    )
)


@dataclass
class State:
    """The state that the future depends on, besides the customers' fixed traits."""

    owned: np.ndarray  # units bought and not returned
    depth: np.ndarray  # log(1 + owned), kept beside it because it changes rarely
    since: np.ndarray  # months since the last purchase
    bought: np.ndarray  # units bought in the last month, which may still come back
    fresh: np.ndarray  # (customers) seats of the last months, fading
    mood: np.ndarray  # (customers) hidden, drifts
    project: np.ndarray  # (customers) hidden: a project runs
    alive: np.ndarray  # (customers)

    def pick(self, index: np.ndarray) -> State:
        """Return the state of the customers at these places, a copy."""
        return State(**{name: array[..., index] for name, array in vars(self).items()})

    def copies(self, count: int) -> State:
        """Return the same state `count` times, on a new axis before the customers."""
        return State(
            **{
                name: np.repeat(array[..., None, :], count, axis=-2)
                for name, array in vars(self).items()
            }
        )


def start(people: Population, rng: np.random.Generator) -> State:
    """Return the state before the first month: nobody owns anything yet."""
    shape = (len(catalogue.DIVISIONS), people.count)
    return State(
        owned=np.zeros(shape, FLOAT),
        depth=np.zeros(shape, FLOAT),
        since=np.full(shape, NEVER, FLOAT),
        bought=np.zeros(shape, FLOAT),
        fresh=np.zeros(people.count, FLOAT),
        mood=rng.normal(0, 0.5, people.count).astype(FLOAT),
        project=rng.random(people.count) < 0.2,
        alive=np.ones(people.count, bool),
    )


def step(
    state: State, people: Population, month: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Move the state on by one month; return the units bought and the units returned in it.

    Parameters
    ----------
    month
        Months since January of the first year; it sets the season and who has arrived.
    """
    back = returned(state, rng)
    drift(state, people, rng)
    rates = log_rates(state, people, month)
    rates[:, ~(state.alive & (people.arrival <= month))] = -np.inf
    patience = rng.standard_exponential(rates.shape, FLOAT)
    seats = patience[:SEATS] < np.exp(rates[:SEATS])
    state.fresh = FLOAT(0.6) * state.fresh + np.log1p(seats.sum(0, dtype=FLOAT))
    for division in range(SEATS, PLAN):
        rates[division] += state.fresh * ATTACH[division]
    rates[PLAN] += plan_log_rate(state, people, seats.any(0))
    others = patience[SEATS:] < np.exp(rates[SEATS:])
    bought = units(np.concatenate([seats, others]), state, people, rng)
    state.since += 1
    np.minimum(state.since, NEVER, out=state.since)
    places = np.nonzero(bought)
    state.since[places] = 0
    own(state, places, bought[places])
    state.bought = bought
    return bought, back


def own(state: State, places: tuple[np.ndarray, ...], change: np.ndarray) -> None:
    """Add units to what the customers at these places own."""
    state.owned[places] += change
    state.depth[places] = np.log1p(state.owned[places])


def returned(state: State, rng: np.random.Generator) -> np.ndarray:
    """Return the units of last month's purchases that come back."""
    back = np.zeros_like(state.bought)
    places = np.nonzero(state.bought)
    count = state.bought[places]
    fate = rng.random(len(count), FLOAT)
    part = np.where(fate < FULL_RETURN + PART_RETURN, np.floor(count / 2), 0)
    back[places] = np.where(fate < FULL_RETURN, count, part)
    own(state, places, -back[places])
    return back


def drift(state: State, people: Population, rng: np.random.Generator) -> None:
    """Let moods drift, projects start and end, and some customers go for good."""
    shape = state.mood.shape
    state.mood = FLOAT(0.96) * state.mood + FLOAT(0.14) * rng.standard_normal(shape, FLOAT)
    change = rng.random(shape, FLOAT)
    state.project = np.where(state.project, change > 0.15, change < 0.035)
    state.alive = state.alive & (rng.random(shape, FLOAT) >= people.leaving)


def log_rates(state: State, people: Population, month: int) -> np.ndarray:
    """Return the log-rates of this month, before what this month's seats add."""
    rates = (AFFINITY @ state.depth.reshape(len(AFFINITY), -1)).reshape(state.depth.shape)
    young = 3.0 * ((month - people.arrival < 3) & (people.arrival > 0))
    for division, rate in enumerate(rates):
        fixed = people.needs[division] + SEASON[month % 12, division] + GROWTH[division] * month
        rate += fixed + young if division < SEATS else fixed
        rate += state.mood * MOOD[division]
        rate += state.project * PROJECT[division]
        if division < SEATS:
            rate -= FLOAT(0.9) * (state.since[division] < 4)  # who has just bought has enough
    again(rates, state, people)
    answer: np.ndarray = rates
    return answer


def again(rates: np.ndarray, state: State, people: Population) -> None:
    """Add the rhythms of those who own a thing already."""
    since = state.since
    rates[PDM] += FLOAT(1.3) * (since[PDM] < NEVER)  # more users of the same vault
    term = since[DRAFTSIGHT] + 1  # a yearly subscription, often forgotten
    rates[DRAFTSIGHT] += FLOAT(4.2) * ((term > 11) & (term < 14))
    rates[CPE] += FLOAT(2.2) * ((since[CPE] > 4) & (since[CPE] < 24))  # the next phase
    worn = since[SUPPLIES] / people.cycle
    used = FLOAT(3.0) * np.minimum(worn, FLOAT(1.2)) - FLOAT(0.6) * worn
    rates[SUPPLIES] += used * (since[SUPPLIES] < NEVER)


def plan_log_rate(state: State, people: Population, seat: np.ndarray) -> np.ndarray:
    """Return the log-rate of a Success Plan: with a new seat, or a year after the last one."""
    since = np.minimum(state.since[PLAN] + 1, 15).astype(np.int8)
    odds = DUE[since]
    odds = np.where(seat & (since > 14), FLOAT(-0.5), odds) + people.loyalty
    owns = seat | (state.owned[:SEATS].sum(0) > 0)
    return np.where(owns, np.log(np.log1p(np.exp(odds))), -np.inf)  # P = 1 - exp(-rate)


# Log-odds to buy a Success Plan, by months since the last one; 15: none runs.
DUE = np.full(16, -5.5, FLOAT)
DUE[11:15] = (-4.0, -0.5, -2.0, -3.5)


def units(
    sold: np.ndarray, state: State, people: Population, rng: np.random.Generator
) -> np.ndarray:
    """Return how many units each purchase has; a Success Plan covers the seats owned."""
    places = np.nonzero(sold)
    division, customer = places[0], places[-1]
    more = UNITS[division] * np.exp(FLOAT(0.5) * np.clip(people.size[customer], -2, 2.5))
    count = (1 + rng.poisson(more)).astype(FLOAT)
    plan = division == PLAN
    covered = state.owned[:SEATS].sum(0)[tuple(axis[plan] for axis in places[1:])]
    count[plan] = np.maximum(covered, 1)
    bought = np.zeros(sold.shape, FLOAT)
    bought[places] = count
    return bought
