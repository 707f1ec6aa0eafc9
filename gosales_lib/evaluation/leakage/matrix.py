"""Leakage checks on a finished matrix: shuffled labels, oracle, dates, duplicates."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from gosales_lib.core import timeline
from gosales_lib.evaluation.leakage.check import Check, Past
from gosales_lib.learning import metrics, models
from gosales_lib.learning.rows import FEW_BUYERS, FEWEST, KEYS, LABELS, Span, inputs, rarer

ORACLE = 0.995
"""A single feature that ranks buyers better than this is a leak, unless it knows only the past."""

CHANCE = 3.0
"""Standard errors above chance, which one harmless shuffle in 740 exceeds."""

SHUFFLES = 5
"""A leak exceeds `CHANCE` in each of so many shuffles; chance does so once in 10^14."""

TWINS = 5
"""Two customers with the same history of at least this many orders are copies."""

ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def shuffled(rows: pl.DataFrame, span: Span, seed: int = 17) -> Check:
    """Train on shuffled labels: a model that still ranks buyers first has a leak.

    One shuffle is enough unless its result is above chance; then others are tried.
    """
    name = "label shuffle"
    taught = rows.filter(pl.col("cutoff_date").is_in(list(span.training)))
    judged = rows.filter(cutoff_date=span.validation)
    if min(rarer(taught["bought"]), rarer(judged["bought"])) < FEW_BUYERS:
        return Check(name, True, "too few buyers to tell")
    for shuffle in range(SHUFFLES):
        labels, answers = (
            np.random.default_rng(seed + 2 * shuffle + part).permutation(each["bought"].to_numpy())
            for part, each in enumerate((taught, judged))
        )
        odds = models.Logistic().fit(inputs(taught), labels).odds(inputs(judged))
        away = metrics.auc_above_chance(answers, odds)
        sentence = (
            f"learned from shuffled labels, the AUC is {metrics.auc(answers, odds):.3f}, "
            f"{away:+.1f} standard errors from chance"
        )
        if away < CHANCE:
            return Check(name, True, sentence)
    return Check(name, False, f"{sentence}, as in {SHUFFLES} of {SHUFFLES} shuffles")


def oracle(judged: pl.DataFrame, limit: float = ORACLE, past: Past | None = None) -> Check:
    """Name each feature that alone ranks the buyers of the validation cutoff above `limit`.

    A feature that stays the same without the rows after the cutoff depends only on the past, as
    with buyers who buy in a rhythm. A feature that changes, or has no date, counts as a leak. With
    fewer than `FEWEST` buyers, or others, one of hundreds of features ranks them first by chance.
    """
    bought = judged["bought"].to_numpy()
    if rarer(bought) < FEWEST:
        return Check("single-feature oracle", True, "too few buyers to tell")
    names = [name for name in judged.columns if _is_feature(judged, name)]
    areas = {name: area(judged[name], bought) for name in names}
    suspects = sorted((n for n, a in areas.items() if a > limit), key=lambda n: -areas[n])
    if not suspects:
        best = max(areas, key=areas.__getitem__)
        fine = f"the best of {len(areas)} features alone is {best}, AUC {areas[best]:.3f}"
        return Check("single-feature oracle", True, fine)
    proven = past(suspects) if past else set()
    leaks = [name for name in suspects if name not in proven]
    named = ", ".join(f"{name} ({areas[name]:.3f})" for name in (leaks or suspects)[:5])
    if not leaks:
        rhythm = (
            f"alone rank buyers above {limit}: {named}; the same without the rows after the "
            "cutoff: a rhythm of the buyers, not a leak"
        )
        return Check("single-feature oracle", True, rhythm, look=True)
    sentence = (
        f"alone rank buyers above {limit}, and may know the window: {named}; leave out what was "
        "written after the cutoff, or raise `learning: {oracle_limit: ...}` in the layout"
    )
    return Check("single-feature oracle", False, sentence)


def _is_feature(rows: pl.DataFrame, name: str) -> bool:
    return name not in (*KEYS, *LABELS) and rows[name].dtype.is_numeric()


def area(column: pl.Series, bought: np.ndarray) -> float:
    """Return the AUC of a single feature, ascending or descending, for either meaning of null."""
    values = column.cast(pl.Float64)
    sides = [values.fill_null(end).rank("dense").to_numpy() for end in (-np.inf, np.inf)]
    return max(max(a, 1 - a) for a in (metrics.auc(bought, side) for side in sides))


def dates(features: pl.DataFrame) -> Check:
    """Name each feature that is a date, a text of one, or a day number after its cutoff."""
    suspects = []
    for name in features.columns:
        if name in KEYS:
            continue
        column = features[name]
        if column.dtype.is_temporal():
            suspects.append(f"{name} is a date")
        elif column.dtype == pl.String:
            if column.drop_nulls().head(100).str.contains(f"^{ISO_DATE.pattern}").any():
                suspects.append(f"{name} holds dates as text")
        elif _is_day(column) and (column > features["cutoff_date"].cast(pl.Int32)).any():
            suspects.append(f"{name} holds days after the cutoff")
    sentence = "; ".join(suspects) if suspects else "no feature is a date or a day after its cutoff"
    return Check("dates", not suspects, sentence)


def _is_day(column: pl.Series) -> bool:
    """Return whether a column of numbers looks like days since 1970: all within 2000 to 2100."""
    numbers = column.drop_nulls().cast(pl.Float64)
    first, last = timeline.to_day("2000-01-01"), timeline.to_day("2100-01-01")
    return bool(len(numbers)) and bool(numbers.is_between(first, last).all())


def twins(rows: pl.DataFrame, span: Span) -> Check:
    """Find customers that occur twice on one cutoff, or as a copy under another id.

    A copy may be one account under two ids, or two customers with the same subscription: it is
    named, and the run goes on.
    """
    twice = rows.height - rows.select(KEYS).n_unique()
    if twice:
        return Check("duplicate customers", False, f"{twice:,} rows repeat a customer and cutoff")
    judged = rows.filter(cutoff_date=span.validation)
    if not rarer(judged["bought"]):
        return Check(
            "duplicate customers", True, "all labels are the same: there is nothing to remember"
        )
    if "orders_all" in judged.columns:
        judged = judged.filter(pl.col("orders_all") >= TWINS)
    history = [c for c in judged.columns if c not in (*KEYS, "bought", "gp_window")]
    copies = judged.filter(pl.struct(history).is_duplicated())["customer_id"].sort()
    if len(copies):
        named = ", ".join(copies.head(4).to_list())
        alike = (
            f"{len(copies)} share their history: {named}; one account under two ids, or customers "
            "who buy alike"
        )
        return Check("duplicate customers", True, alike, look=True)
    return Check("duplicate customers", True, f"{judged.height:,} histories, each its own")
