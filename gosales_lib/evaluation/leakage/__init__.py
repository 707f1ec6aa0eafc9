"""The leakage checks: six ways in which a model may see what it must not.

`quick` looks at a finished matrix (03_train runs it); `gauntlet` also builds matrices anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl

from gosales_lib.evaluation.leakage.check import Build, Check, Past, table
from gosales_lib.evaluation.leakage.matrix import ORACLE, dates, oracle, shuffled, twins
from gosales_lib.evaluation.leakage.past import known_by, rebuilt, same
from gosales_lib.evaluation.leakage.rebuilding import poison, poisoned, shift
from gosales_lib.learning.rows import KEYS, Span

__all__ = [
    "Build",
    "Check",
    "Past",
    "dates",
    "known_by",
    "oracle",
    "poison",
    "poisoned",
    "rebuilt",
    "same",
    "shift",
    "shuffled",
    "table",
    "twins",
]


def quick(
    features: pl.DataFrame,
    labels: pl.DataFrame,
    span: Span,
    limit: float = ORACLE,
    seed: int = 17,
    past: Past | None = None,
) -> list[Check]:
    """Return the checks that need no new matrix: oracle, dates, twins, shuffled labels.

    `past` returns the suspects that depend only on the past; it is called only if there are
    suspects.
    """
    rows = labels.join(features, on=list(KEYS), how="inner").sort("cutoff_date", "customer_id")
    return [
        oracle(rows.filter(cutoff_date=span.validation), limit, past),
        dates(features),
        twins(rows, span),
        shuffled(rows, span, seed),
    ]


def gauntlet(
    sales: pl.DataFrame, build: Build, cutoff: date, span: Span, limit: float = ORACLE
) -> list[Check]:
    """Return all six checks.

    Parameters
    ----------
    sales
        `fact_transactions` with rows after the cutoff, if there are any.
    build
        Makes features and labels as 02_features does.
    """
    features, labels = build(sales, 0)

    def past(names: Sequence[str]) -> set[str]:
        seen = known_by(sales, span.validation)
        return same(features, build(seen, 0)[0], names, span.validation)

    return [
        poison(sales, build, cutoff, features, labels),
        shift(sales, build, span, features, labels),
        *quick(features, labels, span, limit, past=past),
    ]
