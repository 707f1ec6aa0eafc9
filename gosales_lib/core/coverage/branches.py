"""How far each branch of a log reaches, and the months that any part of it lacks."""

from __future__ import annotations

import numpy as np
import polars as pl

from gosales_lib.core import timeline
from gosales_lib.core.coverage import rule, tally
from gosales_lib.core.coverage.measured import span_of, spans
from gosales_lib.core.coverage.result import Coverage, Span, Stretch

BRANCH = 10
"""Customers of a branch whose end tells more than their own silence."""


def branches(sales: pl.DataFrame, seen: Coverage) -> list[Span]:
    """Return how far each branch of a log reaches, by name, and the covered days that it lacks.

    `sales` holds branch, order_day and customer_id. The end of a branch of fewer than BRANCH
    customers tells nothing: its silence is that of customers.
    """
    if seen.first is None or seen.last is None:
        return []
    first, last = timeline.to_day(seen.first), timeline.to_day(seen.last)
    inside = pl.col("order_day").is_between(first, last)
    named = sales.drop_nulls("branch").filter(inside)
    customers = dict(named.group_by("branch").agg(pl.n_unique("customer_id")).iter_rows())
    every = tally.parts(named, "branch")
    long = spans([part for part in every if customers[part[0]] >= BRANCH], first, last)
    gaps = silent(every)
    told = [_with_gaps(span, gaps.pop(span.name, [])) for span in long]
    small = [(name, daily) for name, daily in every if name in gaps]
    told += [
        _with_gaps(
            span_of(name, int(daily["rows"].sum()), *daily["order_day"].gather([0, -1])),
            gaps[name],
        )
        for name, daily in small
    ]
    return sorted(told, key=lambda span: span.name)


def silent(parts: list[tuple[str, pl.DataFrame]]) -> dict[str, list[Stretch]]:
    """Return the months that parts of a log lack though other parts have some, by name.

    Each part has the columns order_day and rows. Its first and its last month are its own ends.
    """
    days = [daily.select(tally.month(), "rows", part=pl.lit(name)) for name, daily in parts]
    if len(days) < 2:
        return {}
    counts = pl.concat(days).group_by("month", "part").agg(pl.col("rows").sum())
    table = (
        counts.pivot("part", index="month", values="rows")
        .sort("month")
        .upsample("month", every="1mo")
    )
    whole = table.drop("month").fill_null(0)
    every = whole.sum_horizontal().to_numpy()
    found: dict[str, list[Stretch]] = {}
    for name in whole.columns:
        mine = whole[name].to_numpy()
        own = np.flatnonzero(mine)
        here = slice(own[0], own[-1] + 1)
        for low, high in rule.silences(mine[here], (every - mine)[here], len(parts)):
            first, last = table["month"][int(own[0]) + low], table["month"][int(own[0]) + high]
            found.setdefault(name, []).append(Stretch(first=first, last=timeline.month_end(last)))
    return found


def _with_gaps(span: Span, gaps: list[Stretch]) -> Span:
    """Return a span that lacks further days; a gap that it has, longer or not, is one of both."""
    new = [
        g for g in gaps if not any(g.first <= h.last and h.first <= g.last for h in span.missing)
    ]
    missing = sorted([*span.missing, *new], key=lambda stretch: stretch.first)
    return span.model_copy(update={"missing": tuple(missing)})
