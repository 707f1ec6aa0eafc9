"""A new month scored with the models of an earlier run: nothing is trained.

The new run reads the new log and makes the features of the new cutoff; the models come from the
earlier run, without the season of the month that they were trained for where it is another. Before
a division is scored its features are held against those that its model learned from.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import joblib
import polars as pl

from gosales_lib import layout as layouts
from gosales_lib import reports, run_folders
from gosales_lib.batch import workers
from gosales_lib.batch.execute import Executed, Task
from gosales_lib.batch.failures import Failure
from gosales_lib.batch.request import Request, folders
from gosales_lib.batch.runner import Batch
from gosales_lib.batch.workers import Crew
from gosales_lib.core import timeline
from gosales_lib.evaluation import drift
from gosales_lib.layout import Layout
from gosales_lib.learning import card
from gosales_lib.learning.rows import KEYS
from gosales_lib.learning.training import Model
from gosales_lib.reports.training import Training
from gosales_lib.run_folders import Run, artifacts, kinds, plan, receipts, record
from gosales_lib.run_folders.artifacts import Folder
from gosales_lib.run_folders.plan import Job, Selection

SELECT = Selection(keep=plan.TRAINED)
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
        raise ValueError(f"run {trained.id} has not ended well: it has no models to score with")
    learned_at = max(content["cutoffs"])
    asked = Request.of(content["parameters"])
    refuse_other_question(trained.layout(), layouts.load(layout or asked.layout))
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
        request = replace(request, data_dir=folders(data, None)["data_dir"])
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


def bring_models(trained: Run, fresh: Run, divisions: Iterable[str], day: date) -> None:
    """Link the models of a run into a new one; existing files stay when a run is resumed.

    For another month than the training's, the season is removed from the models.

    Raises
    ------
    ValueError
        A model has changed since it was written.
    """
    learned_at = max(record.read(trained)["cutoffs"])
    same_month = learned_at == day.isoformat()
    for name in divisions:
        if receipts.read(fresh.at(name, day).path, "03_train") is None:
            _bring_model(trained.at(name, learned_at), fresh.at(name, day), same_month)
    pooled = trained.pooled(learned_at).path
    if any(pooled.glob("*_pooled.receipt.json")) and not fresh.pooled(day).path.exists():
        shutil.copytree(pooled, fresh.pooled(day).path, copy_function=artifacts.link)


def _bring_model(source: Folder, target: Folder, same_month: bool) -> None:
    """Link a division's model into the new run, and write a receipt for it."""
    target.claim()
    model = card.load(source)
    names = list(receipts.outputs(source.path, "03_train"))
    for name in names:
        artifacts.link(str(source.path / name), str(target.path / name))
    if not same_month:
        with target.writing(card.MODEL) as path:  # in the link's place: the other run keeps its own
            joblib.dump(without_season(model), path)
    kept = {k: v for k, v in (receipts.read(source.path, "03_train") or {}).items()}
    del kept["outputs"]
    receipts.write(target.path, "03_train", kept, [target.path / name for name in names])


def without_season(model: Model) -> Model:
    """Return a model that does not carry the season of the month that it was trained for."""
    return replace(
        model,
        calibrate=model.calibrate.moved(model.calibrate.shift - model.level.season),
        level=replace(model.level, season=0.0),
        baseline=without_season(model.baseline) if model.baseline else None,
    )


def refuse_other_question(then: Layout, now: Layout) -> None:
    """Refuse a layout whose divisions or label are not those that the models learned.

    Raises
    ------
    ValueError
        Naming what has changed.
    """
    parts = {
        "name": (then.name, now.name),
        "divisions": (then.sold_in, now.sold_in),
        "purchase": (then.purchase, now.purchase),
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

    def _crew(self) -> AbstractContextManager[Crew]:
        return workers.single(self.emit, self._executed)

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
        for day, divisions in chosen.items():
            _refuse_earlier(day, self.trained, self.learned_at)
            bring_models(self.trained, self.run, divisions, day)

    def _decide(self, job: Job, crew: Crew) -> Task | None:
        if job.step == "04_score" and self.board.obstacle(job) is None:
            reason = self._refusal(job)
            if reason:
                self._close(job, "skipped", reason=reason)
                self.emit({"event": "note", "text": f"{job.division}: {reason}"})
                return None
        return super()._decide(job, crew)

    def _refusal(self, job: Job) -> str | None:
        division, cutoff = str(job.division), job.cutoff or date.min
        learned = self.trained.at(division, self.learned_at).read("features")
        fresh = self.run.at(division, cutoff).read("features")
        limit = self.run.layout().limits.feature_drift.fail
        return misfit(learned, fresh, timeline.parse_date(self.learned_at), cutoff, limit)


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


def misfit(
    learned: pl.DataFrame, fresh: pl.DataFrame, learned_at: date, cutoff: date, limit: float | None
) -> str | None:
    """Return why a model must not score new features, None where it may.

    Parameters
    ----------
    learned, fresh
        The matrix of the training and the new one.
    limit
        The share of features that may have a population stability index above 0.25; None: any.
    """
    if missing := [name for name in learned.columns if name not in fresh.columns]:
        names = ", ".join(missing[:3])
        return f"{len(missing)} features that the model knows are missing: {names}"
    then, now = learned.filter(cutoff_date=learned_at), fresh.filter(cutoff_date=cutoff)
    if now.is_empty():
        return f"no customer is known on {cutoff}"
    features = [name for name in learned.columns if name not in KEYS]
    moved = [drift.row(name, then[name], now[name])["level"] for name in features]
    share = moved.count(drift.MUCH) / len(features)
    if limit is not None and share > limit:
        return (
            f"{share:.0%} of the features moved far since {learned_at} (limit {limit:.0%}): train "
            "again with `gosales run`"
        )
    return None
