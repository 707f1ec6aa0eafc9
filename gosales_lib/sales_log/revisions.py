"""Revisions: of an invoice that several files hold, only the newest file's lines count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from gosales_lib.sales_log.left_out_rows import LEFT_OUT
from gosales_lib.sales_log.unpivot import Tidy

REVISED = "an older revision of an invoice"


def newest(parts: Sequence[Tidy]) -> list[Tidy]:
    """Return the parts, in which only the last file with an invoice keeps it.

    Files come in the order of their names; pieces of one file are one export.
    """
    kept: list[Tidy] = []
    later, current, file = pl.Series(dtype=pl.UInt64), pl.Series(dtype=pl.UInt64), ""
    for part in reversed(parts):
        if part.reconciliation["file"] != file:
            later, current = pl.concat([later, current]).unique(), current.clear()
            file = str(part.reconciliation["file"])
        current = pl.concat([current, part.facts["invoice"].hash(seed=17)])
        kept.append(_without(part, later))
    return kept[::-1]


def _without(part: Tidy, later: pl.Series) -> Tidy:
    """Return a part without the invoices of later files; their rows are left out by rule."""
    later_keys = later.implode()
    facts = part.facts.filter(~part.facts["invoice"].hash(seed=17).is_in(later_keys))
    if facts.height == part.facts.height:
        return part
    orders = part.orders.filter(~part.orders["invoice"].hash(seed=17).is_in(later_keys))
    rows = part.orders.height - orders.height
    money = float(part.facts["gross_profit"].sum()) - float(facts["gross_profit"].sum())
    book = dict(part.reconciliation)
    line = (book["file"], REVISED, rows, money)
    left_out = pl.concat([part.left_out, pl.DataFrame([line], schema=LEFT_OUT, orient="row")])
    book |= {
        "rows_kept": orders.height,
        "rows_left_out": int(left_out["rows"].sum()),
        "gross_profit_kept": float(facts["gross_profit"].sum()),
        "gross_profit_left_out": float(left_out["gross_profit"].sum()),
        "fact_rows": facts.height,
    }
    return replace(part, facts=facts, orders=orders, reconciliation=book, left_out=left_out)
