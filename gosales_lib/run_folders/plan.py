"""The plan of a run: its jobs (a notebook for a division and cutoff), and their dependencies."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from gosales_lib.run_folders import Run

PER_DIVISION = ("02_features", "03_train", "04_score", "05_holdout")
STEPS = tuple(sorted(("01_etl", *PER_DIVISION, "02b_pooled", "06_whitespace")))

BLIND = ("02_features", "02b_pooled", "03_train", "04_score")
TRAINED = ("02b_pooled", "03_train")
NOT_FOR_THE_BLIND = ("holdout_transactions.parquet", "rejected_rows.parquet", "01_etl.json")
"""Outputs of 01_etl on later days: these notebooks never read them and do not depend on them."""


@dataclass(frozen=True)
class Job:
    """One notebook for one division and cutoff, and the jobs it waits for."""

    step: str
    division: str | None = None
    cutoff: date | None = None
    needs: tuple[str, ...] = ()  # keys; all of them must have ended well
    after: tuple[str, ...] = ()  # keys; must have ended, well or not
    needs_one: tuple[str, ...] = ()  # keys; at least one must have ended well

    @property
    def key(self) -> str:
        """The name of the job: `03_train Solidworks 2024-12-31`."""
        parts = (self.step, self.division, self.cutoff and self.cutoff.isoformat())
        return " ".join(part for part in parts if part)

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The keys of all jobs that must have ended, each once."""
        return tuple(dict.fromkeys((*self.needs, *self.after, *self.needs_one)))

    def folder(self, run: Run) -> Path:
        """Return the folder that the job writes into."""
        if self.cutoff is None:
            return run.path
        if self.division:
            return run.at(self.division, self.cutoff).path
        shared = run.pooled if self.step == "02b_pooled" else run.whitespace
        return shared(self.cutoff).path

    def parameters(self, given: Mapping[str, Any], run_dir: str) -> dict[str, Any]:
        """Return the parameters of the notebook, from the request of the run."""
        own: dict[str, Any] = {"run_dir": run_dir}
        if self.step == ETL.step:
            return own | {name: given[name] for name in ("layout", "data_dir", "holdout_dir")}
        own |= {"cutoff": str(self.cutoff), "window_months": given["window_months"]}
        return own | ({"division": self.division} if self.division else {})


ETL = Job("01_etl")


def build(chosen: Mapping[date, Sequence[str]]) -> list[Job]:
    """Return every job for the divisions of each cutoff, in an order that a worker can follow."""
    return [ETL] + [job for day in sorted(chosen) for job in _cutoff(chosen[day], day)]


def _cutoff(divisions: Sequence[str], cutoff: date) -> list[Job]:
    """Return the jobs of one cutoff, all features first: the pooled model needs all divisions."""
    features = [Job("02_features", name, cutoff, needs=(ETL.key,)) for name in divisions]
    ended = tuple(job.key for job in features)
    pooled = Job("02b_pooled", None, cutoff, after=ended, needs_one=ended)
    chains = [_chain(job, pooled) for job in features]
    scores = tuple(chain[1].key for chain in chains)
    holdouts = tuple(chain[2].key for chain in chains)
    last = Job("06_whitespace", None, cutoff, after=holdouts, needs_one=scores)
    return [*features, pooled, *(job for chain in chains for job in chain), last]


def _chain(features: Job, pooled: Job) -> list[Job]:
    at = (features.division, features.cutoff)
    train = Job("03_train", *at, needs=(features.key,), after=(pooled.key,))
    score = Job("04_score", *at, needs=(train.key,))
    return [train, score, Job("05_holdout", *at, needs=(score.key,))]


@dataclass(frozen=True)
class Selection:
    """The jobs that `--from`, `--only` and `--force` select to run again or to leave alone."""

    start: str | None = None
    only: tuple[str, ...] = ()  # divisions
    force: bool = False
    keep: tuple[str, ...] = ()  # steps that are not run again, however old

    def wants(self, job: Job) -> bool:
        """Return whether the job may run at all."""
        other = bool(self.only) and job.division is not None and job.division not in self.only
        return not other and job.step not in self.keep

    def forces(self, job: Job) -> bool:
        """Return whether the job runs even if its receipt still holds."""
        return self.force if self.start is None else job.step >= self.start


class Board:
    """The states of all jobs, and which of them may begin."""

    def __init__(self, jobs: Iterable[Job]) -> None:
        self.by_key: dict[str, Job] = {}
        self.states: dict[str, str] = {}
        self.add(jobs)

    def add(self, jobs: Iterable[Job]) -> None:
        """Add jobs that became known later."""
        for job in jobs:
            self.by_key.setdefault(job.key, job)
            self.states.setdefault(job.key, "pending")

    def ready(self) -> list[Job]:
        """Return the pending jobs whose dependencies have all ended."""
        return [
            job
            for key, job in self.by_key.items()
            if self.states[key] == "pending" and all(map(self.ended, job.waits_for))
        ]

    def ended(self, key: str) -> bool:
        """Return whether a job has ended; a job outside the plan counts as ended."""
        return self.states.get(key, "done") in ("done", "failed", "skipped")

    def before(self, job: Job) -> list[str]:
        """Return the keys of all direct and indirect dependencies of a job, sorted."""
        keys: set[str] = set()
        waiting = list(job.waits_for)
        while waiting:
            key = waiting.pop()
            if key not in keys:
                keys.add(key)
                waiting += self.by_key[key].waits_for
        return sorted(keys)

    def obstacle(self, job: Job) -> str | None:
        """Return in words what keeps a job from running; None if nothing does."""
        for key in job.needs:
            if self.states.get(key, "done") != "done":
                return f"{key} did not end well"
        if job.needs_one and not any(self.states.get(key) == "done" for key in job.needs_one):
            return f"no {self.by_key[job.needs_one[0]].step} succeeded"
        return None

    def left(self) -> int:
        """Return how many jobs have not begun."""
        return sum(state == "pending" for state in self.states.values())
