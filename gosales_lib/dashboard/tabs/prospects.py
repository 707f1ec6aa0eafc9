"""Prospects: companies that never ordered, apart from the customers, where they can be ranked."""

from __future__ import annotations

from typing import Any

import polars as pl

from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.read.view import View
from gosales_lib.dashboard.render.blocks import Block, Note, Page, Table, section
from gosales_lib.dashboard.render.columns import Column
from gosales_lib.reports.whitespace_tables import Prospects
from gosales_lib.whitespace.prospects import CHANCE, NEW_CUSTOMERS, NOTHING

QUALITY = (
    Column("division", "Division"),
    Column("prospects", "Companies", "number"),
    Column("outcome", "Ranking", "badge"),
    Column("auc", "AUC", "ratio", below="interval"),
    Column("buyers", "Buyers in the check", "number"),
    Column("measured", "Checked on", wide=True),
    Column("expected_buyers", "Expected buyers", "number"),
    Column("later_buyers", "Bought after the cutoff", "number"),
    Column("later_auc", "AUC after the cutoff", "ratio"),
)
RANKED = (
    Column("rank", "#", "number"),
    Column("customer_name", "Company", wide=True),
    Column("customer_id", "Number"),
    Column("probability", "Probability in the window", "bar"),
)
MOST = 50


def page(shown: Shown, view: View, other: Shown | None = None) -> Page:
    """Return the quality of the rankings of prospects, and the first prospects of each division."""
    qualities = shown.offers_report.prospects
    if not qualities:
        text = (
            "No company without an order is known, or no attribute of any: the customers file of "
            "the layout and the key `prospects` of the rules file name them."
        )
        return Page([Note(text, "info")])
    quality = pl.DataFrame([quality_of(row) for row in qualities], infer_schema_length=None)
    below = (
        "Companies that never ordered, ranked by their attributes alone. They are not "
        "customers, and the list has no offer to them. If a ranking is not surely better than "
        "chance, no prospect is ranked."
    )
    known = [c for c in QUALITY if quality[c.name].null_count() < quality.height]
    blocks: list[Block] = [section("Prospects", below, Table(known, quality))]
    ranked = shown.frame(shown.run.whitespace(shown.cutoff), "prospects")
    for row in qualities:
        if not row.ranked:
            continue
        mine = ranked.filter(division=row.division)
        named = mine.head(MOST).with_columns(pl.coalesce("customer_name", "customer_id"))
        more = f" The first {MOST} of {mine.height:,}." if mine.height > MOST else ""
        blocks.append(section(row.division, row.sentence + more, Table(columns(row), named)))
    return Page(blocks)


def columns(row: Prospects) -> list[Column]:
    """Return the columns of a ranking, which say what its probability is of."""
    last = Column("probability", "Probability once a customer", "bar")
    return [*RANKED[:-1], last] if row.measured == NEW_CUSTOMERS else list(RANKED)


def quality_of(row: Prospects) -> dict[str, Any]:
    """Return how good a division's ranking is, with its outcome and interval in words."""
    if row.low is None or row.high is None:
        return {**row.fields(), "outcome": NOTHING, "interval": None}
    below = "too weak" if row.low > CHANCE else "no better than chance"
    outcome = "better than chance" if row.ranked else below
    return {**row.fields(), "outcome": outcome, "interval": f"{row.low:.2f} to {row.high:.2f}"}
