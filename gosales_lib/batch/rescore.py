"""A new month scored with the models of an earlier run: nothing is trained.

The new run reads the new log and makes the features of the new cutoff; the models come from the
earlier run, without the season of the month that they were trained for. Before a division is
scored its features are held against those that its model learned from.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import joblib
import polars as pl

from gosales_lib import layout as layouts
from gosales_lib import run_folders
from gosales_lib.batch.execute import Task
from gosales_lib.batch.request import Request, folders
from gosales_lib.batch.runner import Batch
from gosales_lib.batch.workers import Crew
from gosales_lib.core import timeline
from gosales_lib.evaluation import drift
from gosales_lib.layout import Layout
from gosales_lib.learning.rows import KEYS
from gosales_lib.learning.training import Model
from gosales_lib.run_folders import Run, kinds, receipts, record
from gosales_lib.run_folders.plan import Job, Selection

TRAINED = ("02b_pooled", "03_train")
SELECT = Selection(keep=TRAINED)
FEW_CUTOFFS = 2
"""The new cutoff and two closed ones: enough to value an offer, a fifth of a training's matrix."""


def prepare(
    runs_dir: Path, trained: Run, data: Path | None, cutoff: str, layout: str | None = None
) -> tuple[Run, Request]:
    """Return a new run that holds the models of `trained`, and what to ask of it.

    Raises
    ------
    ValueError
        The run has no models, the cutoff is not after theirs, or the layout asks another question.
    """
    content = record.read(trained)
    if content.get("state") != "done" or not content.get("cutoffs"):
        raise ValueError(f"run {trained.id} has not ended well: it has no models to score with")
    learned_at, day = max(content["cutoffs"]), timeline.parse_date(cutoff, "--cutoff")
    if day <= timeline.parse_date(learned_at):
        raise ValueError(
            f"--cutoff {day}: the models of run {trained.id} were trained at {learned_at}; score a "
            "later month, or train at an earlier one with `gosales run --cutoff`"
        )
    asked = Request.of(content["parameters"])
    refuse_other_question(trained.layout(), layouts.load(layout or asked.layout))
    names = tuple(content["cutoffs"][learned_at])
    request = replace(
        asked,
        divisions=names,
        all_divisions=False,
        cutoffs=(day.isoformat(),),
        parameters={**asked.parameters, "training_cutoffs": FEW_CUTOFFS},
    )
    if data is not None:
        request = replace(request, data_dir=folders(data, None)["data_dir"])
    return _made(runs_dir, trained, content, learned_at, request), request


def _made(
    runs_dir: Path, trained: Run, content: Mapping[str, Any], learned_at: str, request: Request
) -> Run:
    """Return the new run's folder with its models in it."""
    fresh = run_folders.create(runs_dir, asdict(request))
    kinds.stamp(fresh, replace(kinds.of(trained, content), name="", note="", tags=()))
    (day,) = request.cutoffs
    kept = record.read(fresh) | {"scored_with": trained.id, "trained_at": learned_at}
    run_folders.artifacts.write_json(fresh.path / "run.json", kept)
    for name in request.divisions:
        _bring_model(trained.at(name, learned_at).path, fresh, name, day)
    pooled = trained.pooled(learned_at).path
    if any(pooled.glob("*_pooled.receipt.json")):  # 03_pooled until version 0.2
        shutil.copytree(pooled, fresh.pooled(day).path, copy_function=_link)
    return fresh


def _bring_model(source: Path, fresh: Run, division: str, day: str) -> None:
    """Bring a division's model into the new run, with a receipt of what was brought."""
    folder = fresh.at(division, day)
    folder.claim()
    brought = [source / name for name in receipts.outputs(source, "03_train")]
    for file in brought:
        target = folder.path / file.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        _link(str(file), str(target))
    model = without_season(joblib.load(source / "model" / "model.joblib"))
    (folder.path / "model" / "model.joblib").unlink()  # a link: the trained run keeps its own
    with folder.writing("model/model.joblib") as path:
        joblib.dump(model, path)
    kept = {k: v for k, v in (receipts.read(source, "03_train") or {}).items() if k != "outputs"}
    files = [folder.path / file.relative_to(source) for file in brought]
    receipts.write(folder.path, "03_train", kept, files)


def without_season(model: Model) -> Model:
    """Return a model that does not carry the season of the month that it was trained for."""
    return replace(
        model,
        calibrate=model.calibrate.moved(-model.level.season),
        level=replace(model.level, season=0.0),
        baseline=without_season(model.baseline) if model.baseline else None,
    )


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another disk, or a file system without links
        shutil.copy2(source, target)


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


class Scoring(Batch):
    """A run that scores with models of another one, and refuses divisions that do not fit."""

    def __init__(self, trained: Run, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.trained, self.learned_at = trained, str(record.read(self.run)["trained_at"])

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
