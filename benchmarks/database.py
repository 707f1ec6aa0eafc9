"""Publishing a large run: SQLite and PostgreSQL, bulk path against plain inserts.

    python benchmarks/database.py                     # 1,000,000 facts; PostgreSQL where installed
    python benchmarks/database.py --rows 100000

A run folder is made up: facts, 50,000 customers' scores in ten divisions. It is published into an
empty database, then once more (which replaces every row). "bare executemany" is the time a row of
SQLAlchemy's ordinary insert into a table without keys or indexes, over that of publishing, which
fills those too: what a plain `to_sql` would cost.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from gosales_lib import run_folders
from gosales_lib.core.columns import DIM_CUSTOMER, FACT_TRANSACTIONS, SCORES
from gosales_lib.database import connection, publishing, schema
from gosales_lib.run_folders.artifacts import write_json

TESTS = Path(__file__).resolve().parents[1] / "tests"
DIVISIONS, CUTOFF = 10, date(2024, 12, 31)


def main() -> None:
    """Measure each database in a process of its own and print the table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--measure", nargs=2, metavar=("RUN", "URL"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        print(json.dumps(measure(Path(given.measure[0]), given.measure[1])))
        return
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        run = made_up(folder, given.rows)
        urls = {"SQLite": f"sqlite:///{folder / 'published.db'}"}
        sys.path.insert(0, str(TESTS))
        import servers

        if servers.programs():
            server = stack.enter_context(servers.postgres())
            urls["PostgreSQL"] = servers.fresh_database(server)
        print("| database | rows | publish s | again s | rows/s | bare executemany | peak MB |")
        print("|---|---:|---:|---:|---:|---:|---:|")
        for name, url in urls.items():
            command = [sys.executable, __file__, "--measure", str(run), url]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found = json.loads(done.stdout.splitlines()[-1])
            print(
                f"| {name} | {found['rows']:,} | {found['first']:.1f} | {found['again']:.1f} "
                f"| {found['rows'] / found['first']:,.0f} | {found['ratio']:.1f}x "
                f"| {found['peak']} |",
                flush=True,
            )


def measure(run: Path, url: str) -> dict[str, float]:
    """Publish twice, then insert a tenth of the facts row by row; return what each took."""
    engine = connection.open_url(make_url(url))
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        rows = sum(publishing.publish(run, engine).values())
        seconds.append(time.perf_counter() - began)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    facts = pl.read_parquet(run / "fact_transactions.parquet").head(100_000)
    known = schema.TABLES["fact_transactions"].columns.items()
    columns = [sa.Column(n, schema.column_type(n, t)) for n, t in known if n in facts.columns]
    table = sa.Table("row_by_row", sa.MetaData(), *columns)
    with engine.begin() as opened:
        table.create(opened)
        began = time.perf_counter()
        opened.execute(table.insert(), facts.select(table.c.keys()).to_dicts())
        each = (time.perf_counter() - began) / facts.height
    ratio = each / (seconds[0] / rows)
    return {"rows": rows, "first": seconds[0], "again": seconds[1], "ratio": ratio, "peak": peak}


def made_up(folder: Path, rows: int) -> Path:
    """Write a finished run folder of so many facts and return it."""
    generator = np.random.default_rng(17)
    run = run_folders.open_run(folder / "2026-01-01T000000Z")
    write_json(run.path / "run.json", {"id": run.id, "state": "done", "parameters": {}})
    write_json(run.path / "layout.json", {"name": "benchmark", "currency": "USD"})
    people = pl.Series("customer_id", [f"C{i:06d}" for i in range(max(1, rows // 20))])
    days = generator.integers(0, 1400, rows)
    facts = pl.DataFrame({
        "customer_id": people.gather(generator.integers(0, people.len(), rows)),
        "order_date": [date(2021, 1, 1) + timedelta(days=int(day)) for day in days],
        "invoice": [f"I{i:08d}" for i in range(rows)],
        "division": [f"Division {i}" for i in generator.integers(0, DIVISIONS, rows)],
        "product": [f"Product {i}" for i in generator.integers(0, 24, rows)],
        "gross_profit": generator.gamma(2, 250, rows).round(2),
        "quantity": generator.integers(1, 9, rows).astype(float),
        "rep": [f"rep {i}" for i in generator.integers(0, 50, rows)],
    }).with_columns(order_day=pl.col("order_date").cast(pl.Int32))  # fmt: skip
    run.write("fact_transactions", completed(facts, FACT_TRANSACTIONS))
    run.write("dim_customer", completed(people.to_frame(), DIM_CUSTOMER))
    for number in range(DIVISIONS):
        scores = people.to_frame().with_columns(
            division=pl.lit(f"Division {number}"),
            cutoff_date=pl.lit(CUTOFF),
            probability=pl.Series(generator.random(people.len())),
        )
        run.at(f"Division {number}", CUTOFF).write("scores", completed(scores, SCORES))
    return run.path


def completed(rows: pl.DataFrame, schema: dict[str, pl.DataType]) -> pl.DataFrame:
    """Return the rows with every column of a contract, what is missing null."""
    missing = [pl.lit(None, dtype).alias(n) for n, dtype in schema.items() if n not in rows.columns]
    return rows.with_columns(missing).select(*schema).cast(schema)


if __name__ == "__main__":
    main()
