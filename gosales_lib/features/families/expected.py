"""Expected orders: what buying at random, at one's own pace, would bring in the window."""

from __future__ import annotations

import narwhals as nw
import numpy as np
import polars as pl
from scipy.optimize import minimize
from scipy.special import gammaln

from gosales_lib.core import terms, timeline
from gosales_lib.core.arrays import Floats
from gosales_lib.features import engines
from gosales_lib.features.family import Block, Feature, family
from gosales_lib.features.grains import CUSTOMER, DIVISION
from gosales_lib.features.known import Known

SAMPLE = 2000  # customers the four parameters are fitted to, spread evenly over the sorted ids
LIMIT = 6.0  # of a parameter's logarithm


@family(default=False)
def expected(known: Known) -> list[Block]:
    """Orders expected in the coming window, over all and in each division, and if still alive.

    BG/NBD: while alive a customer orders at their own steady pace (a gamma spread over customers)
    and may be gone after any order (a beta spread). The four parameters are fitted at the cutoff,
    to known rows. Expected orders are P(alive) x the expected pace x the window; days with an
    order count. In a division the pace alone is drawn to the division's, gamma-Poisson by moments.
    Source: Fader, Hardie and Lee, "Counting your customers the easy way" (2005).
    """
    customers, counts = rhythm(known)
    repeats, last, age = (customers[c].to_numpy().astype(float) for c in ("repeats", "last", "age"))
    end = timeline.add_months(known.cutoff, known.window_months)
    window = timeline.to_day(end) - known.cutoff_day
    parameters = fit(repeats, last, age)
    alive = probability_alive(parameters, repeats, last, age)
    r, alpha = parameters[:2]
    orders = alive * (r + repeats) / (alpha + age) * window
    frame = customers.select(CUSTOMER, expected_orders=orders, alive_probability=alive)
    features = [
        Feature("expected_orders", None, "Orders expected in the window", "orders", "window", 0),
        Feature("alive_probability", None, "Probability of still buying", "share", "all", 0),
    ]
    here = alive[:, None] * pace(counts, age) * window
    own = Feature(
        "own_expected_orders", None, "Orders expected in the window", "orders", "window", 0
    )
    own_frame = known.owned.by_division({own.name: here})
    return [
        Block.finished(frame, features),
        Block.finished(own_frame, [own], (CUSTOMER, DIVISION)),
    ]


def rhythm(known: Known) -> tuple[pl.DataFrame, Floats]:
    """Return each buyer's repeats, days to the last and to the cutoff, and days by division."""
    day = nw.col("order_day")
    bought = known.division_days.filter(terms.ordered())
    days = bought.select(CUSTOMER, DIVISION, "order_day").unique()
    spans = days.group_by(CUSTOMER).agg(
        (day.n_unique() - 1).alias("repeats"),
        (day.max() - day.min()).alias("last"),
        known.days_since(day.min()).alias("age"),
    )
    counted = days.group_by(CUSTOMER, DIVISION).agg(nw.len().alias("days"))
    found, pairs = engines.fetch([spans, counted])
    customers = pl.DataFrame({CUSTOMER: known.owned.customers})
    customers = customers.join(found, CUSTOMER, "left", maintain_order="left").fill_null(0)
    return customers, known.owned.spread(pairs, "days")


def log_likelihood(parameters: Floats, x: Floats, last: Floats, age: Floats) -> Floats:
    """Return the BG/NBD log likelihood of each customer (equation 6 of the source)."""
    r, alpha, a, b = parameters
    common = (
        gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    )  # fmt: skip
    alive = -(r + x) * np.log(alpha + age)
    gone = np.log(a) - np.log(np.maximum(b + x - 1, 1e-9)) - (r + x) * np.log(alpha + last)
    answer: Floats = common + np.where(x > 0, np.logaddexp(alive, gone), alive)
    return answer


def fit(repeats: Floats, last: Floats, age: Floats) -> Floats:
    """Return r, alpha (in days), a and b of the greatest likelihood, each held within reason."""
    if not len(repeats):
        return np.array([1.0, 365.0, 1.0, 1.0])
    some = np.unique(np.linspace(0, len(repeats) - 1, SAMPLE).astype(int))
    x, t, total = repeats[some], last[some] / 365, age[some] / 365

    def loss(logs: Floats) -> float:
        mean = log_likelihood(np.exp(logs), x, t, total).mean()
        return float(-mean + 1e-3 * (logs**2).sum())  # a weak prior: one customer fits anything

    found = minimize(loss, np.zeros(4), method="L-BFGS-B", bounds=[(-LIMIT, LIMIT)] * 4)
    answer: Floats = np.exp(found.x) * np.array([1.0, 365.0, 1.0, 1.0])
    return answer


def probability_alive(parameters: Floats, x: Floats, last: Floats, age: Floats) -> Floats:
    """Return the probability that each customer has not dropped out by the cutoff."""
    r, alpha, a, b = parameters
    odds = (r + x) * np.log((alpha + age) / (alpha + last)) + np.log(a)
    odds = odds - np.log(np.maximum(b + x - 1, 1e-9))
    return np.where(x > 0, 1 / (1 + np.exp(np.minimum(odds, 700.0))), 1.0)


def pace(counts: Floats, age: Floats) -> Floats:
    """Return expected orders a day, customers x divisions: gamma-Poisson, fitted by moments."""
    age = np.maximum(age, 1.0)[:, None]
    rate = np.maximum(counts.sum(axis=0) / age.sum(), 1e-9) if len(age) else np.ones(1)
    excess = ((counts - rate * age) ** 2 - rate * age).sum(axis=0)
    shape = np.clip(((rate * age) ** 2).sum(axis=0) / np.maximum(excess, 1e-9), 0.01, 100.0)
    answer: Floats = (shape + counts) / (shape / rate + age)
    return answer
