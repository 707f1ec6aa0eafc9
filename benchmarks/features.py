"""From CSV to matrix: time and peak memory of each engine beside pandas and the floor.

    python benchmarks/features.py                        # 100,000, 1 and 5 million rows
    python benchmarks/features.py --rows 100000 --steps floor pyspark

The log is made up: wide, 24 product pairs of which one to three are filled, 12 divisions, a
customer for every 20 rows, four years. Each step runs in a process of its own, so that its memory
is its own; a step's time leaves out the start of the interpreter and its imports. CPU seconds are
of all cores: where they are far below seconds x cores, the machine was busy with something else.

floor     DuckDB's count(*) over the CSV: how fast the file can be read at all
unpivot   gosales_lib.sales_log: CSV to the tidy table, every row and cent accounted for
pandas unpivot
          the same table as one would make it in pandas, without rejects and account
polars, duckdb, pyspark
          gosales_lib.features: the default families, matrices of all 12 divisions at one cutoff
one ...   the same of one division, as 02_features asks for it
small ... of all divisions, the four families that the pandas step has too
csv to matrices, csv to one matrix
          CSV to tidy to these four families in one process on Polars: of all divisions, or of one
pandas    these four families as one would write them in pandas
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import narwhals as nw
import numpy as np
import polars as pl

PRODUCTS, DIVISIONS, CUTOFF = 24, 12, date(2023, 12, 31)
NAMES = [f"Division {i:02d}" for i in range(DIVISIONS)]
MOST = 1_000_000  # rows in one file
SMALL = ["recency", "frequency_monetary", "division_mix"]
STEPS = ["floor", "pandas unpivot", "unpivot", "pandas"]
STEPS += ["small polars", "small duckdb", "csv to matrices", "csv to one matrix"]
STEPS += ["polars", "duckdb"]


def main() -> None:
    """Run the steps and print the table, or run the one step that a parent asks for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", nargs="+", type=int, default=[100_000, 1_000_000, 5_000_000])
    parser.add_argument("--steps", nargs="+", default=STEPS)
    parser.add_argument("--memory-limit", default="2GB", help="of DuckDB")
    parser.add_argument("--folder", type=Path, help="keep the made-up logs here")
    parser.add_argument("--repeat", type=int, default=2, help="the best of so many is shown")
    parser.add_argument("--step", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.step:
        print(json.dumps(measure(arguments.step, arguments.folder, arguments.memory_limit)))
        return
    print("| rows | step | seconds | CPU seconds | peak MB | columns |", flush=True)
    print("|---:|---|---:|---:|---:|---:|", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        for rows in arguments.rows:
            folder = (arguments.folder or Path(temporary)) / str(rows)
            in_a_process(f"write {rows}", folder, arguments)  # a child inherits its parent's peak
            for step in arguments.steps:
                best = min(
                    (in_a_process(step, folder, arguments) for _ in range(arguments.repeat)),
                    key=lambda result: result["seconds"],
                )
                took = (f"{best['seconds']:.2f}", f"{best['cpu']:.2f}")
                line = (f"{rows:,}", step, *took, best["peak"], best["columns"])
                print("| " + " | ".join(str(cell) for cell in line) + " |", flush=True)


def in_a_process(step: str, folder: Path, arguments: argparse.Namespace) -> dict[str, float]:
    """Return seconds, peak memory and columns of one step."""
    command = [sys.executable, __file__, "--step", step, "--folder", str(folder)]
    command += ["--memory-limit", arguments.memory_limit]
    run = subprocess.run(command, capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"step {step!r} failed:\n{run.stderr[-2000:]}")
    return json.loads(run.stdout.splitlines()[-1])


def measure(step: str, folder: Path, memory_limit: str) -> dict[str, float]:
    """Run one step here and return what it took."""
    work = prepared(step, folder, memory_limit)
    began, cpu = time.perf_counter(), time.process_time()
    columns = work()
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"seconds": seconds, "cpu": cpu, "peak": peak, "columns": columns}


def prepared(step: str, folder: Path, memory_limit: str) -> Callable[[], int]:
    """Return the step as a function that answers with the columns it made; imports are done."""
    if step.startswith("write"):
        return lambda: write_log(folder, int(step.split()[1]))
    if step == "floor":
        import duckdb

        query = f"select count(*) from read_csv('{folder / 'log'}/*.csv')"
        return lambda: len(duckdb.sql(query).fetchall()[0])
    if step == "unpivot":
        from gosales_lib import layout, sales_log

        plan = layout.load(folder / "layout.yaml")
        return lambda: sales_log.read(plan, folder / "log").transactions.width
    if step.startswith("csv to"):
        return csv_to_matrix(folder, NAMES[:1] if "one" in step else NAMES)
    if step == "pandas unpivot":
        return pandas_tidy(folder / "log")
    if step == "pandas":
        return pandas_matrices(folder / "facts.parquet")
    from gosales_lib import features

    engine = step.split()[-1]
    families = SMALL if step.startswith("small") else None
    on_sale = NAMES[:1] if step.startswith("one") else NAMES
    features.choose(families)

    def build() -> int:
        sales = features.open_sales(folder / "facts.parquet", engine, memory_limit=memory_limit)
        return matrices(sales, on_sale, families)

    return build


def matrices(sales: nw.LazyFrame, on_sale: list[str], families: list[str] | None) -> int:
    """Build the matrices of some divisions at the cutoff and return how many columns they have."""
    from gosales_lib import features

    made = features.build_all(
        sales, [CUTOFF], features.Options(NAMES, 6, families=families), on_sale=on_sale
    )
    return sum(matrix.width - 2 for matrix in made.values())


def csv_to_matrix(folder: Path, on_sale: list[str]) -> Callable[[], int]:
    """Return the whole way as one step: the tidy table stays in memory."""
    from gosales_lib import features, layout, sales_log

    plan = layout.load(folder / "layout.yaml")
    features.choose(SMALL)

    def build() -> int:
        sales = nw.from_native(sales_log.read(plan, folder / "log").transactions.lazy())
        return matrices(sales, on_sale, SMALL)

    return build


def write_log(folder: Path, rows: int) -> int:
    """Write the wide log, its layout, and the tidy table that the matrix steps begin with.

    A file holds a million rows at most, and the tidy table is made file by file: what is measured
    may be larger than what this process could hold.
    """
    if (folder / "facts.parquet").exists():
        return 0
    (folder / "log").mkdir(parents=True)
    (folder / "layout.yaml").write_text(LAYOUT + "\n".join(
        f"  {name}: [P{2 * i:02d}, P{2 * i + 1:02d}]" for i, name in enumerate(NAMES)
    ) + "\n")  # fmt: skip
    from gosales_lib import layout, sales_log

    plan, parts = layout.load(folder / "layout.yaml"), []
    for number, start in enumerate(range(0, rows, MOST)):
        path = folder / "log" / f"log-{number:02d}.csv"
        wide_rows(rows, start, min(MOST, rows - start)).write_csv(path)
        parts.append(folder / f"facts-{number:02d}.parquet")
        sales_log.read(plan, path).transactions.write_parquet(parts[-1])
    pl.scan_parquet(parts).sink_parquet(folder / "facts.parquet")
    for part in parts:
        part.unlink()
    return rows


def wide_rows(rows: int, start: int, count: int) -> pl.DataFrame:
    """Return `count` of `rows` records from `start` on; a customer has 20 of them all in all."""
    generator = np.random.default_rng([17, start])
    customer = generator.integers(0, max(1, rows // 20), count)
    first = date(2020, 1, 1).toordinal()
    day = generator.integers(first, date(2024, 7, 1).toordinal(), count)
    who = pl.Series(customer)
    keys = {
        "CustomerId": "C" + who.cast(pl.String).str.zfill(7),
        "Invoice": "I" + pl.arange(start, start + count, eager=True).cast(pl.String).str.zfill(8),
        "Rep": "rep " + (who % 50).cast(pl.String),
        "Branch": "branch " + (who % 9).cast(pl.String),
    }
    filled = generator.random((count, PRODUCTS)).argsort(axis=1)
    filled = filled < generator.integers(1, 4, count)[:, None]
    values: dict[str, pl.Series] = {}
    for product in range(PRODUCTS):
        gp = pl.Series(np.round(generator.gamma(2, 250, count) - 50, 2))
        quantity = pl.Series(
            generator.choice([-1, 1, 2, 3, 5], count, p=[0.05, 0.5, 0.25, 0.1, 0.1])
        )
        here = pl.Series(filled[:, product])
        values[f"P{product:02d}"] = pl.select(pl.when(here).then(gp)).to_series()
        values[f"P{product:02d}_Qty"] = pl.select(pl.when(here).then(quantity)).to_series()
    return pl.DataFrame({**keys, **values}).with_columns(
        pl.Series("Rec Date", day - date(1970, 1, 1).toordinal(), dtype=pl.Int32).cast(pl.Date)
    )


LAYOUT = """name: benchmark
shape: wide
columns:
  customer_id: CustomerId
  order_date: Rec Date
  invoice: Invoice
  branch: Branch
  rep: Rep
divisions:
"""


def pandas_tidy(log: Path) -> Callable[[], int]:
    """Return the unpivot in idiomatic pandas."""
    import pandas as pd

    keys = ["CustomerId", "Invoice", "Rep", "Branch", "Rec Date"]

    def build() -> int:
        files = [pd.read_csv(path, parse_dates=["Rec Date"]) for path in sorted(log.glob("*.csv"))]
        wide, parts = pd.concat(files, ignore_index=True), []
        for product in range(PRODUCTS):
            name = f"P{product:02d}"
            pair = wide[[*keys, name, f"{name}_Qty"]]
            pair = pair.set_axis([*keys, "gross_profit", "quantity"], axis=1)
            pair = pair[pair["gross_profit"].fillna(0).ne(0) | pair["quantity"].fillna(0).ne(0)]
            parts.append(pair.assign(product=name, division=NAMES[product // 2]))
        return pd.concat(parts, ignore_index=True).shape[1]

    return build


def pandas_matrices(path: Path) -> Callable[[], int]:
    """Return recency, frequency, money, mix and returns in idiomatic pandas, for all divisions."""
    import pandas as pd

    last_day = pd.Timestamp(CUTOFF)

    def windows(rows: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
        parts = []
        for months in (3, 6, 12, 24, None):
            start = last_day - pd.DateOffset(months=months or 1200)
            recent = rows[rows["order_date"] > start]
            sums = recent.groupby(keys).agg(
                orders=("bought", "sum"),
                gp=("gp", "sum"),
                revenue=("revenue", "sum"),
                quantity=("quantity", "sum"),
            )
            parts.append(sums.add_suffix(f"_{months}m" if months else "_all"))
        grouped = rows.groupby(keys)
        parts.append(grouped["gp"].max().rename("largest_order_gp"))
        parts.append((last_day - grouped["order_date"].max()).dt.days.rename("days_since"))
        return pd.concat(parts, axis=1)

    def build() -> int:
        sales = pd.read_parquet(path)
        sales["order_date"] = pd.to_datetime(sales["order_date"])
        sales = sales[sales["order_date"] <= last_day]
        sales["bought_quantity"] = sales["quantity"].clip(lower=0)
        sums = {
            "gp": ("gross_profit", "sum"),
            "revenue": ("revenue", "sum"),
            "quantity": ("quantity", "sum"),
            "bought_quantity": ("bought_quantity", "sum"),
        }
        keys = ["customer_id", "invoice", "order_date"]
        days = sales.groupby([*keys, "division"], as_index=False).agg(**sums)
        days["bought"] = (days["bought_quantity"] > 0).astype(int)
        orders = sales.groupby(keys, as_index=False).agg(**sums)
        orders["bought"] = (orders["bought_quantity"] > 0).astype(int)
        shared = windows(orders, ["customer_id"])
        pairs = days.groupby(["customer_id", "division"]).agg(
            orders=("bought", "sum"), gp=("gp", "sum"), last=("order_date", "max")
        )
        pairs["last"] = (last_day - pairs["last"]).dt.days
        mix = pairs.unstack("division")
        mix.columns = ["__".join(column) for column in mix.columns]
        count = mix.filter(like="orders__").fillna(0)
        share = (count + 1).div(count.sum(axis=1) + DIVISIONS, axis=0).add_prefix("share_of_")
        shared = shared.join(mix).join(share)
        own = windows(days, ["customer_id", "division"]).add_prefix("own_")
        matrices = {d: shared.join(own.xs(d, level="division")) for d in NAMES}
        return sum(matrix.shape[1] for matrix in matrices.values())

    return build


if __name__ == "__main__":
    main()
