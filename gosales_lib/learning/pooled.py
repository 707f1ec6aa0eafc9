"""The pooled model: one model over all divisions, so that small divisions learn from large ones."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import joblib
import polars as pl
import polars.selectors as cs

from gosales_lib.core import timeline
from gosales_lib.learning.baselines import Rfm
from gosales_lib.learning.models import Boosted, Pooled
from gosales_lib.learning.rows import KEYS, LABELS, Span, among, inputs
from gosales_lib.learning.validation import learnable, splits
from gosales_lib.reports import training as reported
from gosales_lib.run_folders.artifacts import Folder

MOST_ROWS = 400_000
"""Rows to train on at most; above it customers are sampled, each with all divisions and cutoffs.
What sampling costs in ranking is not measured yet."""


def generic(columns: Sequence[str]) -> list[str]:
    """Return the columns that mean the same in every division: no division's name (`__`)."""
    return [c for c in columns if "__" not in c or c.startswith("attribute__")]


def gather(folders: Sequence[Folder], seed: int = 17, most: int = MOST_ROWS) -> pl.DataFrame:
    """Return the labelled rows of all divisions, sampled: see `stack`.

    The divisions are read one after the other, and only the sampled rows of each.
    """
    rows = sum(folder.read("labels").height for folder in folders)
    keep = sampled(folders[0].read("labels")["customer_id"], rows, seed, most) if folders else None
    return stack(
        (
            (str(f.division), pl.scan_parquet(f.find("features.parquet")), f.read("labels"))
            for f in folders
        ),
        keep,
    )


def sampled(customers: pl.Series, rows: int, seed: int, most: int = MOST_ROWS) -> pl.Series | None:
    """Return the customers to train on so that about `most` rows are left; None: all of them."""
    if rows <= most:
        return None
    every = customers.unique().sort()
    return every.sample(max(1, round(every.len() * most / rows)), seed=seed)


def stack(
    parts: Iterable[tuple[str, pl.DataFrame | pl.LazyFrame, pl.DataFrame]],
    keep: pl.Series | None = None,
) -> pl.DataFrame:
    """Return the labelled rows of all divisions: division, features and labels.

    Parameters
    ----------
    keep
        The customers to keep; None: all of them.

    Returns
    -------
    pl.DataFrame
        customer_id, cutoff_date, bought, gp_window, the generic features (single precision) and
        division; sorted by cutoff, division and customer.
    """
    frames = []
    for division, features, labels in parts:
        some = (
            labels if keep is None else labels.filter(pl.col("customer_id").is_in(keep.implode()))
        )
        lazy = features.lazy()
        narrow = lazy.select(generic(lazy.collect_schema().names()))
        joined = some.lazy().join(narrow, on=list(KEYS), how="inner")
        numbers = cs.numeric().exclude(LABELS).cast(pl.Float32)
        frames.append(joined.with_columns(numbers, division=pl.lit(division)).collect())
    return pl.concat(frames, how="diagonal_relaxed").sort("cutoff_date", "division", "customer_id")


def learn(
    rows: pl.DataFrame,
    *,
    window_months: timeline.Length,
    embargo_days: int = 0,
    anchor: date | None = None,
    seed: int = 17,
    threads: int = 1,
) -> dict[str, Pooled]:
    """Return, by division, the model over all of them, with RFM trained in the same way.

    Each is fitted once per validation cutoff, to be tuned and validated there, and once more to all
    closed windows with the tuned settings.

    Parameters
    ----------
    rows
        Labelled rows of all divisions, as `gather` and `stack` return them.
    anchor
        The cutoff to score at.
    """
    cutoffs = rows["cutoff_date"].unique().to_list()
    span = Span.of(cutoffs, window_months, embargo_days, anchor=anchor)
    folds = [fold for fold in span.folds if learnable(among(rows, fold.training))]
    trees, rfm = Boosted(most=800, rate=0.03, seed=seed, threads=threads), Rfm()
    parts = splits(rows, folds) if folds else []
    grown = trees.grow(parts) if parts else []
    if parts:
        rfm.validate(parts)
    fitted = [copy.deepcopy(rfm).fit(part.features, part.bought) for part in parts]
    validated = [part.validation for part in parts]
    del parts
    features, bought = inputs(rows), rows["bought"].to_numpy()
    for model in (trees, rfm):
        model.fit(features, bought)
    first, second = (dict(zip(validated, made, strict=True)) for made in (grown, fitted))
    return {
        name: Pooled(first, trees, name, Pooled(second, rfm, name))
        for name in rows["division"].unique().sort().to_list()
    }


def report(models: Mapping[str, Pooled]) -> reported.Pooled:
    """Return the report of 02b_pooled: divisions, trees, features, and whether it was validated."""
    model = next(iter(models.values()), None)
    return reported.Pooled.of(
        divisions=sorted(models),
        trees=model.final.trees if model else 0,
        features=len(model.final.names_) if model else 0,
        judged=model is not None and bool(model.validated),
    )


def importance(models: Mapping[str, Pooled]) -> pl.DataFrame:
    """Return the features by their total gain in the pooled trees: feature, gain."""
    model = next(iter(models.values())).final
    gain = model.booster_.feature_importance("gain")
    table = pl.DataFrame({"feature": model.names_, "gain": gain})
    return table.sort(["gain", "feature"], descending=[True, False])


def save(folder: Folder, models: Mapping[str, Pooled]) -> None:
    """Write the models of all divisions to `pooled.joblib`."""
    with folder.writing("pooled.joblib") as path:
        joblib.dump(dict(models), path)


def load(folder: Folder, division: str) -> Pooled | None:
    """Return the pooled model for one division; None if 02b_pooled trained none."""
    path = folder.path / "pooled.joblib"
    return joblib.load(path).get(division) if path.exists() else None
