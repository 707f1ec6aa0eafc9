"""A new month scored with the models of an earlier run: nothing is trained.

The new run reads the new log and makes the features of the new cutoff; the models come from the
earlier run, without the season of the month that they were trained for where it is another. Before
a division is scored its features are held against those that its model learned from.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from gosales_lib import layout as layouts
from gosales_lib import reports, run_folders
from gosales_lib.batch import inline, workers
from gosales_lib.batch.execute import Executed, Task
from gosales_lib.batch.failures import Failure
from gosales_lib.batch.kernels.sharing import environment
from gosales_lib.batch.request import Request, folders
from gosales_lib.batch.runner import Batch
from gosales_lib.batch.workers import Crew
from gosales_lib.core import timeline
from gosales_lib.layout import Layout
from gosales_lib.reports.training import Training
from gosales_lib.run_folders import Run, artifacts, endings, kinds, plan, record
from gosales_lib.run_folders.artifacts import Folder
from gosales_lib.run_folders.plan import Job, Selection

SELECT = Selection(keep=plan.TRAINED)
BORROWED_MODELS = "gosales_lib.batch.borrowed_models"
"""What is done with models: in the process that runs the notebooks, where their libraries are."""
FEW_CUTOFFS = 1
"""Closed cutoffs that are built anew; the others come from the training."""


def prepare(
    runs_dir: Path, trained: Run, data: Path | None, cutoff: str | None, layout: str | None = None
) -> tuple[Run, Request]:
    """Return a new run that scores with the models of `trained`, and what to ask of it.

    Parameters
    ----------
    cutoff
        YYYY-MM-DD; the last month's end that the log reaches where it is left out.

    Raises
    ------
    ValueError
        The run has no models, the cutoff is before theirs, or the layout asks another question.
    NotAvailableError
        A training's report was changed, or written by another version.
    """
    trained = _original(trained)
    content = record.read(trained)
    if content.get("state") != "done" or not content.get("cutoffs"):
        state, mend = content.get("state") or "not begun", endings.go_on(trained.id, content)
        raise ValueError(f"run {trained.id} is {state}: only a finished run scores; {mend}")
    learned_at = max(content["cutoffs"])
    asked = Request.of(content["parameters"])
    refuse_other_question(trained.layout(), layouts.answered(layout or asked.layout))
    for name in content["cutoffs"][learned_at]:  # or an older version's is told when all is done
        reports.read(trained.at(name, learned_at), Training)
    days = [timeline.parse_date(cutoff, "--cutoff")] if cutoff else []
    for day in days:
        _refuse_earlier(day, trained, learned_at)
    request = replace(
        asked,
        layout=layout or asked.layout,
        divisions=tuple(content["cutoffs"][learned_at]),
        all_divisions=False,
        cutoffs=tuple(day.isoformat() for day in days),
        parameters={**asked.parameters, "training_cutoffs": FEW_CUTOFFS},
    )
    if data is not None:
        request = replace(request, **folders(data, None))
    return _made(runs_dir, trained, content, learned_at, request), request


def _original(run: Run) -> Run:
    """Return the run that trained the models of a scoring run; None if its folder is gone."""
    source = record.read(run).get("scored_with")
    path = run.path.parent / str(source)
    return Run(path) if source and (path / "run.json").exists() else run


def _refuse_earlier(day: date, trained: Run, learned_at: str) -> None:
    if day < timeline.parse_date(learned_at):
        raise ValueError(
            f"cutoff {day}: the models of run {trained.id} were trained at {learned_at}; score a "
            "later month, or train at an earlier one with `gosales run --cutoff`"
        )


def _made(
    runs_dir: Path, trained: Run, content: Mapping[str, Any], learned_at: str, request: Request
) -> Run:
    """Return the folder of the new run, whose record names the run that trained its models."""
    trained_at = content.get("trained_at", learned_at)
    source = {"scored_with": trained.id, "trained_at": trained_at}
    fresh = run_folders.create(runs_dir, asdict(request))
    kinds.stamp(fresh, replace(kinds.of(trained, content), name="", note="", tags=()))
    artifacts.write_json(fresh.path / "run.json", record.read(fresh) | source)
    return fresh


def refuse_other_question(then: Layout, now: Layout) -> None:
    """Refuse a layout whose divisions, label or money are not those that the models learned.

    Raises
    ------
    ValueError
        Naming what has changed.
    """
    parts = {
        "name": (then.name, now.name),
        "divisions": (then.sold_in, now.sold_in),
        "purchase": (then.purchase, now.purchase),
        "currency": (then.currency, now.currency),
        "gross_profit": (then.gross_profit, now.gross_profit),
        "learning.label_buffer_days": (
            then.learning.label_buffer_days,
            now.learning.label_buffer_days,
        ),
    }
    for key, (before, after) in parts.items():
        if before != after:
            raise ValueError(
                f"the layout's `{key}` has changed since the models were trained: they answer "
                "another question; train again with `gosales run`"
            )


def batch(run: Run, *args: Any, **options: Any) -> Batch:
    """Return the batch that executes a run; one that scores with other models trains none."""
    trained = record.read(run).get("scored_with")
    kind = Batch if trained is None else Scoring
    return kind(run, *args, **options)


class Scoring(Batch):
    """A run that scores with models of another one, and refuses divisions that do not fit."""

    def __init__(self, run: Run, *args: Any, **options: Any) -> None:
        super().__init__(run, *args, **options)
        content = record.read(run)
        self.trained = run_folders.find_run(run.path.parent, str(content["scored_with"]))
        self.learned_at = max(record.read(self.trained)["cutoffs"])

    @contextmanager
    def _crew(self) -> Iterator[Crew]:
        self.process = inline.Process(environment(1))
        with workers.single(self.process, self.emit, self._executed) as crew:
            yield crew

    def _executed(self, executed: Executed) -> Executed:
        """Return what executes a notebook, and adds to 02_features what the models learned from."""

        def more(task: Task, notebook: Path, folder: Path, *others: Any) -> Failure | None:
            failure = executed(task, notebook, folder, *others)
            if failure is None and task.step == "02_features":
                learned = self.trained.at(task.parameters["division"], self.learned_at)
                add_learned(learned, Folder(folder))
            return failure

        return more

    def _prepare(self, chosen: Mapping[date, Sequence[str]]) -> None:
        runs = str(self.trained.path), str(self.run.path)
        for day, divisions in chosen.items():
            _refuse_earlier(day, self.trained, self.learned_at)
            if str(day) == self.learned_at:
                same = f"no month is new: run {self.trained.id} was trained at {day}, too"
                self.emit({"event": "outlook", "sentence": same})
            self.process.answer(f"{BORROWED_MODELS}.bring_models", *runs, list(divisions), str(day))

    def _decide(self, job: Job, crew: Crew) -> Task | None:
        if job.step == "04_score" and self.board.obstacle(job) is None:
            reason = self._refusal(job)
            if reason:
                self._close(job, "skipped", reason=reason)
                self.emit({"event": "note", "text": f"{job.division}: {reason}"})
                return None
        return super()._decide(job, crew)

    def _refusal(self, job: Job) -> str | None:
        division, cutoff = str(job.division), str(job.cutoff)
        places = self.trained.at(division, self.learned_at), self.run.at(division, cutoff)
        limit = self.run.layout().limits.feature_drift.fail
        asked = (*(str(place.path) for place in places), self.learned_at, cutoff, limit)
        reason: str | None = self.process.answer(f"{BORROWED_MODELS}.why_not", *asked)
        return reason


def add_learned(learned: Folder, fresh: Folder) -> None:
    """Add the closed cutoffs of a training to the features and labels of a new month.

    What an offer is worth, how its timing was and what has drifted are seen on all of them. A
    cutoff that was built anew, from the new log, stays.
    """
    closed = learned.read("labels")
    there = fresh.read("labels")["cutoff_date"].unique()
    days = set(closed["cutoff_date"]) - set(there)
    for name in ("features", "labels"):
        new, old = fresh.read(name), learned.read(name)
        old = old.filter(pl.col("cutoff_date").is_in(sorted(days)))
        old = old.select(column for column in new.columns if column in old.columns)
        rows = pl.concat([old, new], how="diagonal_relaxed")
        fresh.write(name, rows.sort("cutoff_date", "customer_id"))
