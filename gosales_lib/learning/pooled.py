"""One model over all divisions at once: small divisions borrow strength from large ones."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import date

import joblib
import polars as pl

from gosales_lib.learning.baselines import Rfm
from gosales_lib.learning.models import Boosted, Candidate, Pooled
from gosales_lib.learning.rows import FEW_BUYERS, KEYS, Span, inputs, rarer, recency_weight
from gosales_lib.learning.training import refit
from gosales_lib.reports import training as reported
from gosales_lib.run_folders.artifacts import Folder


def generic(features: pl.DataFrame) -> pl.DataFrame:
    """Return the columns that mean the same in every division: none named after one (`__`)."""
    named = [c for c in features.columns if "__" in c and not c.startswith("attribute__")]
    return features.drop(named)


def stack(matrices: Mapping[str, pl.DataFrame]) -> pl.DataFrame:
    """Return the generic columns of all divisions, one below the other, with the division."""
    frames = [
        generic(frame).with_columns(division=pl.lit(division))
        for division, frame in sorted(matrices.items())
    ]
    return pl.concat(frames, how="diagonal_relaxed")


def learn(
    features: Mapping[str, pl.DataFrame],
    labels: Mapping[str, pl.DataFrame],
    *,
    window_months: int,
    embargo_days: int = 0,
    half_life_months: int = 0,
    seed: int = 17,
    threads: int = 1,
) -> dict[str, Pooled]:
    """Return, by division, the model over all of them, with RFM learned in the same way.

    Each is fitted twice: to the windows closed by the selection cutoff, where it is tuned and
    judged later on, and so tuned to all closed windows.

    Parameters
    ----------
    features, labels
        By division, as 02_features wrote them.
    """
    keys = [*KEYS, "division"]
    truth = pl.concat([f.with_columns(division=pl.lit(d)) for d, f in sorted(labels.items())])
    labelled = truth.join(stack(features), on=keys, how="inner")
    labelled = labelled.sort("cutoff_date", "division", "customer_id")
    cutoffs = labelled["cutoff_date"].unique().to_list()
    target = max(frame.select(pl.max("cutoff_date")).item() for frame in features.values())
    span = Span.of(cutoffs, window_months, embargo_days, anchor=target)
    taught, judged = among(labelled, span.teaching), among(labelled, [span.selection])
    weight = recency_weight(taught, half_life_months)
    given = (inputs(taught), taught["bought"], weight, inputs(judged), judged["bought"])

    def twice(final: Candidate) -> tuple[Candidate | None, Candidate]:
        first = None
        if rarer(taught["bought"]) >= FEW_BUYERS:
            final.tune(*given)
            first = copy.deepcopy(final)
        refit(final, labelled, half_life_months)
        return first, final

    trees, rfm = twice(Boosted(most=800, seed=seed, threads=threads)), twice(Rfm(seed=seed))
    return {name: Pooled(*trees, name, Pooled(*rfm, name)) for name in sorted(features)}


def among(rows: pl.DataFrame, cutoffs: Sequence[date]) -> pl.DataFrame:
    """Return the rows of the given cutoffs."""
    return rows.filter(pl.col("cutoff_date").is_in(list(cutoffs)))


def report(models: Mapping[str, Pooled]) -> reported.Pooled:
    """Return the report of 03_pooled: divisions, trees, features, and whether it can be judged."""
    one = next(iter(models.values()), None)
    return reported.Pooled.of(
        divisions=sorted(models),
        trees=one.final.trees if one else 0,
        features=len(one.final.names_) if one else 0,
        judged=one is not None and one.first is not None,
    )


def importance(models: Mapping[str, Pooled]) -> pl.DataFrame:
    """Return the features by their total gain in the pooled trees: feature, gain."""
    one = next(iter(models.values())).final
    gain = one.booster_.feature_importance("gain")
    table = pl.DataFrame({"feature": one.names_, "gain": gain})
    return table.sort(["gain", "feature"], descending=[True, False])


def save(folder: Folder, models: Mapping[str, Pooled]) -> None:
    """Write the models of all divisions to `pooled.joblib`."""
    with folder.writing("pooled.joblib") as path:
        joblib.dump(dict(models), path)


def load(folder: Folder, division: str) -> Pooled | None:
    """Return the pooled model asked for one division; None where 03_pooled left none."""
    path = folder.path / "pooled.joblib"
    return joblib.load(path).get(division) if path.exists() else None
