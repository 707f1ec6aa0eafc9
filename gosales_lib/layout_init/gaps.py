"""Months that one value of a column lacks, as where a file of one branch was not exported."""

from __future__ import annotations

import polars as pl

from gosales_lib.core import coverage
from gosales_lib.layout_init.evidence import SAME
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import Roles
from gosales_lib.layout_init.tax import MOST_PARTS


def ask(roles: Roles) -> None:
    """Ask about a column without a role, one value of which lacks months that others have."""
    log, product = roles.log, roles.column("product")
    days = pl.DataFrame({"order_day": roles.days(log.rows).cast(pl.Int32)})
    for e in (e for e in roles.free if 1 < e.distinct <= MOST_PARTS and not e.is_date):
        if product in log.of and log.determined(product, e.name) >= SAME:
            continue  # a product may be out of stock
        rows = days.with_columns(part=log.texts(e.name)).drop_nulls()
        daily = rows.group_by("part", "order_day").agg(rows=pl.len())
        parts = daily.sort("part").partition_by("part", as_dict=True, maintain_order=True)
        gaps = coverage.silent([(str(name), part) for (name,), part in parts.items()])
        for name, months in gaps.items():
            lacks = " and ".join(f"{gap.first} to {gap.last}" for gap in months)
            asks = f"no row whose {e.name!r} is {name!r} is of {lacks}, unlike the other rows: is "
            asks += "that right? Else add the missing files"
            return roles.ask("files", asks, [name], [Answer("files as they are", {})])
