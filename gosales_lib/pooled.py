"""One model over all divisions at once: small divisions borrow strength from large ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from gosales_lib.learning import KEYS, Span, inputs
from gosales_lib.models import Boosted, Pooled

MOST_ROWS = 300_000


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
    cutoff: date,
    window_months: int,
    embargo_days: int = 0,
    seed: int = 17,
    threads: int = 1,
) -> pl.DataFrame:
    """Return the pooled model's log odds for the selection cutoff and for the scoring cutoff.

    The first come from a model that learned from the windows closed by the selection cutoff; the
    second from one that learned from all closed windows, with as many trees.

    Parameters
    ----------
    features, labels
        By division, as 02_features wrote them.

    Returns
    -------
    pl.DataFrame
        customer_id, division, cutoff_date, pooled_odds.
    """
    keys = [*KEYS, "division"]
    rows = stack(features)
    truth = pl.concat([f.with_columns(division=pl.lit(d)) for d, f in sorted(labels.items())])
    labelled = truth.join(rows, on=keys, how="inner").sort("cutoff_date", "division", "customer_id")
    span = Span.of(labelled["cutoff_date"].unique().to_list(), window_months, embargo_days)
    taught = among(labelled, span.teaching or span.closed)
    judged, asked = among(labelled, [span.selection]), among(rows, [cutoff])
    model = Boosted(most=800, seed=seed, threads=threads)
    if span.teaching:
        model.tune(inputs(taught), taught["bought"], None, inputs(judged), judged["bought"])
        first = odds(model, judged)
    else:
        first = None
    model.fit(inputs(labelled), labelled["bought"])
    return pl.concat([f for f in (first, odds(model, asked)) if f is not None])


def among(rows: pl.DataFrame, cutoffs: Sequence[date]) -> pl.DataFrame:
    """Return the rows of the given cutoffs."""
    return rows.filter(pl.col("cutoff_date").is_in(list(cutoffs)))


def odds(model: Boosted, rows: pl.DataFrame) -> pl.DataFrame:
    """Return keys and the model's log odds."""
    return rows.select(*KEYS, "division").with_columns(
        pl.Series(Pooled.COLUMN, model.odds(inputs(rows)))
    )
