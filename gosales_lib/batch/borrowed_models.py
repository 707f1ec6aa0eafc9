"""Models that one run trained and another scores with: they are brought, or refused.

`batch.rescore` asks for it in the process that runs the notebooks, where the libraries of the
models are loaded anyway.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

import joblib
import polars as pl

from gosales_lib.core import timeline
from gosales_lib.core.spelling import counted
from gosales_lib.evaluation import drift
from gosales_lib.learning import card
from gosales_lib.learning.rows import KEYS
from gosales_lib.learning.training import Model
from gosales_lib.reports.holdout import MUCH
from gosales_lib.run_folders import Run, artifacts, receipts, record
from gosales_lib.run_folders.artifacts import Folder


def bring_models(trained_path: str, fresh_path: str, divisions: Iterable[str], day: str) -> None:
    """Link the models of a run into a new one; existing files stay when a run is resumed.

    For another month than the training's, the season is removed from the models.
    """
    trained, fresh = Run(Path(trained_path)), Run(Path(fresh_path))
    learned_at = max(record.read(trained)["cutoffs"])
    same_month = learned_at == day
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


def why_not(
    learned: str, fresh: str, learned_at: str, cutoff: str, limit: float | None
) -> str | None:
    """Return why the model of one division's folder must not score another's; see `misfit`."""
    then, now = (Folder(Path(place)).read("features") for place in (learned, fresh))
    days = timeline.parse_date(learned_at), timeline.parse_date(cutoff)
    return misfit(then, now, *days, limit)


def misfit(
    learned: pl.DataFrame, fresh: pl.DataFrame, learned_at: date, cutoff: date, limit: float | None
) -> str | None:
    """Return why a model must not score new features, None where it may.

    `learned` and `fresh` are the matrices of the training and the new one. `limit` is the share of
    features that may have a population stability index above 0.25; None allows any.
    """
    if missing := [name for name in learned.columns if name not in fresh.columns]:
        names = ", ".join(missing[:3])
        return f"the new features lack {counted(len(missing), 'feature')} of the model: {names}"
    then, now = learned.filter(cutoff_date=learned_at), fresh.filter(cutoff_date=cutoff)
    if now.is_empty():
        return f"no customer is known on {cutoff}"
    features = [name for name in learned.columns if name not in KEYS]
    sizes = then.height, now.height
    moved = [drift.level(drift.psi(then[name], now[name]), *sizes) for name in features]
    share = moved.count(MUCH) / len(features)
    if limit is not None and share > limit:
        return (
            f"{share:.0%} of the features moved far since {learned_at} (limit {limit:.0%}): train "
            "again with `gosales run`"
        )
    return None
