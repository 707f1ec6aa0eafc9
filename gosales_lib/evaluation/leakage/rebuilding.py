"""Leakage checks that build matrices again: with poisoned later rows, and with earlier cutoffs."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import joblib
import polars as pl

from gosales_lib.core import timeline
from gosales_lib.evaluation.leakage.check import Build, Check
from gosales_lib.learning import metrics, models
from gosales_lib.learning.rows import FEW_BUYERS, KEYS, Span, inputs, rarer

EARLIER_DAYS = 14

JUMP = 0.1
"""The AUC gain that two weeks less must not reach. If all orders are dated on a month's last day,
an earlier cutoff loses a whole batch, and a smaller gain can be harmless: the result is `look`."""


def poison(
    sales: pl.DataFrame, build: Build, cutoff: date, features: pl.DataFrame, labels: pl.DataFrame
) -> Check:
    """Change, drop and double every row after the cutoff: no feature, label or model may change."""
    again = build(poisoned(sales, cutoff), 0)
    moved = [
        name
        for name in features.columns
        if name not in again[0].columns or not features[name].equals(again[0][name])
    ]
    if moved or features.height != again[0].height:
        return Check(
            "poison", False, f"rows after {cutoff} change {', '.join(moved[:3]) or 'rows'}"
        )
    if not labels.equals(again[1]):
        return Check("poison", False, f"rows after {cutoff} change labels that had closed by then")
    same = len({_bytes(features, labels), _bytes(*again)}) == 1
    sentence = (
        "features, labels, model bytes and scores stay" if same else "the model's bytes change"
    )
    return Check("poison", same, f"every row after {cutoff} scrambled: {sentence}")


def poisoned(sales: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the log with every later row changed, each third gone, each fifth doubled."""
    after = pl.col("order_day") > timeline.to_day(cutoff)
    earlier, later = sales.filter(~after), sales.filter(after)
    if later.is_empty():  # nothing came later yet: next month's are made up
        newest = sales.filter(pl.col("order_day") > timeline.to_day(cutoff) - 90)
        later = newest.with_columns(order_day=pl.col("order_day") + 100)
        later = later.with_columns(order_date=pl.col("order_day").cast(pl.Date))
    number = pl.int_range(pl.len())
    changed = later.filter(number % 3 != 0).with_columns(
        gross_profit=pl.col("gross_profit") * -7 + 1e6, quantity=pl.lit(999.0)
    )
    return pl.concat([earlier, changed, changed.filter(number % 5 == 0)])


def _bytes(features: pl.DataFrame, labels: pl.DataFrame) -> bytes:
    """Return what a model learned from the rows and how it scores them, as a digest."""
    rows = labels.join(features, on=list(KEYS), how="inner").sort("cutoff_date", "customer_id")
    if not 0 < rows["bought"].sum() < rows.height:
        return b""
    model = models.Boosted(trees=20).fit(inputs(rows), rows["bought"].to_numpy())
    answer: bytes = joblib.hash((model, model.odds(inputs(rows)))).encode()
    return answer


def shift(
    sales: pl.DataFrame, build: Build, span: Span, features: pl.DataFrame, labels: pl.DataFrame
) -> Check:
    """Move every cutoff two weeks back and keep its labels: less knowledge must not rank better."""
    earlier, _ = build(sales, EARLIER_DAYS)
    back = pl.col("cutoff_date") + timedelta(days=EARLIER_DAYS)
    aligned = earlier.with_columns(cutoff_date=back)
    people = labels.join(aligned, on=list(KEYS), how="semi")
    figures = {
        name: _judged(people, rows, span) for name, rows in (("now", features), ("then", aligned))
    }
    if figures["now"] is None or figures["then"] is None:
        return Check("shift", True, "too few buyers to tell")
    (bought, now), (_, then) = figures["now"], figures["then"]
    drawn = metrics.bootstrap(bought, {"now": now, "then": then}, metrics.auc, draws=200, seed=17)
    low, _ = metrics.interval(drawn["then"] - drawn["now"]) or (0.0, 0.0)
    before, after = metrics.auc(bought, now), metrics.auc(bought, then)
    helps = low > 0
    word = "knowing less helps: are the cutoffs kept?" if helps else "knowing less does not help"
    sentence = f"AUC {before:.3f}, two weeks earlier {after:.3f}: {word}"
    return Check("shift", not (helps and after - before > JUMP), sentence, look=helps)


def _judged(labels: pl.DataFrame, features: pl.DataFrame, span: Span) -> tuple[Any, Any] | None:
    rows = labels.join(features, on=list(KEYS), how="inner").sort("cutoff_date", "customer_id")
    taught = rows.filter(pl.col("cutoff_date").is_in(list(span.training)))
    judged = rows.filter(cutoff_date=span.validation)
    if min(rarer(taught["bought"]), rarer(judged["bought"])) < FEW_BUYERS:
        return None
    both = models.Blend([models.Logistic(), models.Boosted()])  # a single one may be lucky
    model = both.fit(inputs(taught), taught["bought"].to_numpy())
    return judged["bought"].to_numpy(), model.odds(inputs(judged))
