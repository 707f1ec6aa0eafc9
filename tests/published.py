"""Small finished run folders for the tests of publishing, and what a database holds of them."""

from __future__ import annotations

import sys
import time
from datetime import date
from pathlib import Path

import polars as pl
import reported
import sqlalchemy as sa
from sales_rows import sales_rows
from sqlalchemy.engine import Engine, make_url

from gosales_lib import reports, run_folders
from gosales_lib.core.columns import DIM_CUSTOMER, SCORES, WHITESPACE
from gosales_lib.database import bulk, connection, publishing, schema
from gosales_lib.run_folders import releases
from gosales_lib.run_folders.artifacts import write_json

CUTOFF = date(2024, 12, 31)
EVIL = "x'); DROP TABLE runs;--"
FIRST, SECOND = "2026-01-01T000000Z", "2026-02-01T000000Z"
WHOLE = {
    "runs": 1,
    "fact_transactions": 2,
    "dim_customer": 2,
    "customer_attributes": 2,
    "icp_scores": 4,
    "whitespace": 2,
    "holdout_metrics": 20,
}
"""Rows of each table that a released run of `finished_run` is published as."""
LAYOUT = {
    "name": "toy",
    "currency": "USD",
    "customers": {
        "file": "customers.csv",
        "key": "id",
        "attributes": [
            {"column": "Größe; --", "kind": "number"},
            {"column": "Industry", "kind": "category"},
        ],
    },
}


def facts(customers: int = 2) -> pl.DataFrame:
    """Return literal facts, the awkward ones first."""
    rows = [
        ("Ünïcødé 客户 🛠", "2024-01-02", EVIL, '"quoted", with\nnewline', -1e308, 5e-324),
        ("b", "2024-12-31", "Solid", "\\.", 0.1 + 0.2, 123456789.123456789),
    ]
    rows += [(f"c{n}", "2024-05-05", "Solid", "p", 1.25, 1) for n in range(customers - 2)]
    reps = pl.Series(["", None] + ["Ann"] * (customers - 2))
    return sales_rows(*rows).with_columns(rep=reps, revenue=pl.lit(None, pl.Float64))


def customers(sales: pl.DataFrame) -> pl.DataFrame:
    """Return the dimension of the facts, with two attributes."""
    ids = sales["customer_id"].unique(maintain_order=True)
    rows = pl.DataFrame({"customer_id": ids}).with_columns(
        *(pl.lit(None, dtype).alias(n) for n, dtype in DIM_CUSTOMER.items() if n != "customer_id")
    )
    return rows.with_columns(
        pl.Series("Größe; --", [1.5, None] + [2.0] * (ids.len() - 2)),
        pl.Series("Industry", ["O'Neill", None] + ["Steel"] * (ids.len() - 2)),
    )


def finished_run(
    parent: Path,
    run_id: str = FIRST,
    layout: str = "toy",
    state: str = "done",
    size: int = 2,
    released: bool = True,
    **more: object,
) -> Path:
    """Write a finished run folder with two divisions, one list and one checked holdout."""
    run = run_folders.open_run(parent / run_id)
    started = f"{run_id[:13]}:{run_id[13:15]}:{run_id[15:17]}.250Z"
    record = {"id": run_id, "state": state, "started": started, "finished": started}
    write_json(run.path / "run.json", record | {"parameters": {"window_months": 6}} | more)
    write_json(run.path / "layout.json", LAYOUT | {"name": layout})
    sales = facts(size)
    run.write("fact_transactions", sales)
    run.write("dim_customer", customers(sales))
    for division in ("Solid", EVIL):
        folder = run.at(division, CUTOFF)
        folder.write("scores", scores(sales["customer_id"], division))
        reports.write(folder, reported.later())
    run.whitespace(CUTOFF).write("whitespace", offers(sales["customer_id"]))
    if state == "done" and released:
        releases.release(run, "for a test")
    return run.path


def scores(ids: pl.Series, division: str) -> pl.DataFrame:
    rows = pl.DataFrame({"customer_id": ids.unique(maintain_order=True)})
    values = {"division": division, "cutoff_date": CUTOFF, "probability": 0.25, "percentile": 50.0}
    values |= {"decile": 5, "purchase_type": "lapsed", "expected_gp": float("nan")}
    return rows.with_columns(pl.lit(v, SCORES[n]).alias(n) for n, v in values.items())


def offers(ids: pl.Series) -> pl.DataFrame:
    rows = pl.DataFrame({"customer_id": ids.unique(maintain_order=True)}).with_row_index("rank", 1)
    given = {
        "division": EVIL,
        "cutoff_date": CUTOFF,
        "chosen": True,
        "reason_1": "Bob's \x00tables",
    }
    return rows.with_columns(
        pl.lit(given.get(name)).cast(dtype).alias(name)
        for name, dtype in WHITESPACE.items()
        if name not in rows.columns
    ).select(pl.col(name).cast(dtype) for name, dtype in WHITESPACE.items())


def rows_of(engine: Engine, table: str) -> list[tuple]:
    """Return all rows of a published table, in a steady order."""
    with engine.connect() as opened:
        found = opened.execute(sa.select(schema.tables()[table]))
        return sorted(map(tuple, found), key=repr)


def counts(engine: Engine) -> dict[str, dict[str, int]]:
    """Return how many rows each table holds of each run."""
    found: dict[str, dict[str, int]] = {}
    with engine.connect() as opened:
        for name, table in schema.tables().items():
            by_run = sa.select(table.c.run_id, sa.func.count()).group_by(table.c.run_id)
            found[name] = dict(sorted(map(tuple, opened.execute(by_run))))
    return found


def publish_and_stop_half_way(path: str, url: str) -> None:
    """Publish a run, but say `half` and wait when the scores begin; for tests that kill."""
    quick = bulk.insert

    def slow(opened, table, rows):
        if table.name == "icp_scores":
            print("half", flush=True)
            time.sleep(600)
        return quick(opened, table, rows)

    bulk.insert = slow
    publishing.publish(Path(path), connection.open_url(make_url(url)))


def publish(path: str, url: str) -> None:
    """Publish a run in a process of its own."""
    publishing.publish(Path(path), connection.open_url(make_url(url)))


if __name__ == "__main__":
    {"half": publish_and_stop_half_way, "whole": publish}[sys.argv[1]](*sys.argv[2:])
