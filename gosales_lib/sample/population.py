"""The customers of the sample: their visible and their hidden traits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gosales_lib.sample import catalogue

REGIONS = ("Northeast", "Southeast", "Midwest", "Texas", "Mountain", "Pacific", "Canada")
REGION_SHARE = (0.20, 0.15, 0.22, 0.13, 0.08, 0.14, 0.08)
BRANCHES = (
    ("Boston", "Newark"),
    ("Atlanta", "Charlotte"),
    ("Chicago", "Detroit"),
    ("Dallas", "Houston"),
    ("Denver",),
    ("Los Angeles", "Seattle"),
    ("Toronto",),
)
MEDIAN_EMPLOYEES, SPREAD = 80, 1.3


@dataclass(frozen=True)
class Population:
    """Customers as arrays of one length; `needs` (divisions, customers) are log-rates."""

    industry: np.ndarray
    region: np.ndarray
    branch: np.ndarray  # 0 or 1: which of the region's branches
    employees: np.ndarray
    size: np.ndarray  # deviations of log(employees)
    arrival: np.ndarray  # month since the start of the process
    needs: np.ndarray
    loyalty: np.ndarray  # log-odds to renew a Success Plan
    cycle: np.ndarray  # months that Supplies last
    leaving: np.ndarray  # probability per month to leave for good
    terms: np.ndarray  # factor on every gross profit

    @property
    def count(self) -> int:
        """How many customers there are."""
        return len(self.industry)

    def pick(self, index: np.ndarray) -> Population:
        """Return the customers at these places."""
        return Population(**{name: column[..., index] for name, column in vars(self).items()})


def draw(count: int, months: int, rng: np.random.Generator) -> Population:
    """Return customers; 60% are there from the start, the others arrive over the months."""
    industry = rng.choice(len(catalogue.INDUSTRIES), count, p=catalogue.INDUSTRY_SHARE)
    region = rng.choice(len(REGIONS), count, p=REGION_SHARE)
    branch = rng.integers(0, [len(BRANCHES[r]) for r in region])
    spread = rng.normal(0, 1, count) + np.where(industry == 1, 0.5, 0) - 0.4 * (industry == 5)
    employees = np.clip(MEDIAN_EMPLOYEES * np.exp(SPREAD * spread), 3, 40_000).round()
    size = np.log(employees / MEDIAN_EMPLOYEES) / SPREAD
    later = rng.random(count) < 0.4
    arrival = np.where(later, np.floor(months * rng.random(count) ** 0.8), 0)
    needs = (
        np.array(catalogue.BASE)
        + np.array(catalogue.FIT)[industry]
        + size[:, None] * np.array(catalogue.SIZE)
        + rng.normal(0, 1, (count, 2)) @ np.array(catalogue.NEEDS)
        + rng.normal(0, 1, (count, len(catalogue.DIVISIONS))) * np.array(catalogue.OWN_NEED)
        + rng.normal(0, 0.15, (len(REGIONS), 2))[region, branch][:, None]  # how good its reps are
    )
    return Population(
        industry=industry,
        region=region,
        branch=branch,
        employees=employees.astype(np.int64),
        size=size.astype(np.float32),
        arrival=arrival.astype(np.int64),
        needs=np.ascontiguousarray(needs.T, np.float32),
        loyalty=(0.8 + 0.2 * size + rng.normal(0, 0.9, count)).astype(np.float32),
        cycle=rng.uniform(3, 10, count).astype(np.float32),
        leaving=(0.005 * np.exp(-0.3 * size + rng.normal(0, 0.6, count))).astype(np.float32),
        terms=np.exp(-0.05 * size + rng.normal(0, 0.10, count)),
    )
