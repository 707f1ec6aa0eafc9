"""A realistic sales log whose truth is known: each customer's real probability to buy.

`market` says what is planted, `ledger` how purchases become the rows of a GoSales wide log. The
history runs from 2021-07-01 to 2024-12-31; the holdout, 2025-01-01 to 2025-06-30, is one more
future of the same process, and the truth is the mean over 512 others from the same state.
"""

from __future__ import annotations

import gzip
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from gosales_lib.artifacts import writing
from gosales_lib.sample import ledger, market
from gosales_lib.sample.market import DIVISIONS, FUTURE_MONTHS, HISTORY_MONTHS, WARM_UP_MONTHS

MARK = ".made-by-sample-data"
TRUTH_README = """# truth

`truth.parquet`: customer_id, division, probability (the real chance that the customer buys the
division, net quantity above 0, from 2025-01-01 to 2025-06-30) and expected_gp (USD). It comes
from 512 simulated futures of the process that made the sample; no notebook reads it.
"""


@dataclass(frozen=True)
class Summary:
    """What was written."""

    files: tuple[str, ...]
    rows: int
    first_date: date
    last_date: date
    customers: int
    divisions: tuple[str, ...]


def write(
    data_dir: Path | str,
    holdout_dir: Path | str,
    truth_dir: Path | str,
    *,
    customers: int = 2000,
    seed: int = 17,
) -> Summary:
    """Write the log, its holdout and its truth; the same seed gives the same bytes.

    Raises
    ------
    FileExistsError
        A folder holds files that no earlier sample wrote: somebody's own log is never touched.
    """
    folders = [Path(folder) for folder in (data_dir, holdout_dir, truth_dir)]
    for folder in folders:
        refuse_strangers(folder)
    known = market.population(customers, np.random.default_rng([seed, 0]))
    called = ledger.names(customers, np.random.default_rng([seed, 1]))
    history, state = simulate(known, seed)
    future, _ = months(known, state, range(HISTORY_MONTHS, HISTORY_MONTHS + FUTURE_MONTHS), seed)
    log = ledger.wide(history, known, called)
    later = ledger.wide(future, known, called)
    contents = yearly(log, seed) | {
        "customers.csv": csv(ledger.customers_file(known, called, np.random.default_rng([seed, 5])))
    }
    for name, content in contents.items():
        put(folders[0] / name, content)
    put(folders[1] / "sales_log_2025_H1.csv", csv(later))
    probability, number = market.truth(known, state, seed=seed)
    put(folders[2] / "truth.parquet", parquet(known, probability, number))
    put(folders[2] / "README.md", TRUTH_README.encode())
    for folder in folders:
        put(folder / MARK, f"seed {seed}, {customers} customers\n".encode())
    days = log["Rec Date"]
    return Summary(tuple(contents), log.height, days.min(), days.max(), customers, tuple(DIVISIONS))


def refuse_strangers(folder: Path) -> None:
    """Refuse to mix the sample with somebody's own files."""
    there = sorted(p.name for p in folder.glob("*")) if folder.is_dir() else []
    if there and not (folder / MARK).exists():
        raise FileExistsError(
            f"{folder} holds {there[0]!r}, which no sample wrote: move it, or point "
            "GOSALES_DATA_DIR and GOSALES_HOLDOUT_DIR to other folders"
        )


def simulate(known: market.Customers, seed: int) -> tuple[pl.DataFrame, market.State]:
    """Return the history's purchases, and the state on the cutoff."""
    count = len(known.churn)
    _, state = months(known, market.beginning(count), range(-WARM_UP_MONTHS, 0), seed)
    return months(known, state, range(HISTORY_MONTHS), seed)


def months(
    known: market.Customers, state: market.State, span: range, seed: int
) -> tuple[pl.DataFrame, market.State]:
    """Return the purchases of some months, and the state after them."""
    rows = []
    for month in span:
        rng = np.random.default_rng([seed, 2, month + WARM_UP_MONTHS])
        bought, state = market.step(known, state, month, rng)
        rows.append(ledger.lines(bought, known, month, rng))
    return pl.concat(rows), state


def yearly(log: pl.DataFrame, seed: int) -> dict[str, bytes]:
    """Return the log's files: one a year, each the way some program would write it."""
    found = {}
    years = log["Rec Date"].dt.year()
    for year in sorted(set(years)):
        text = log.filter(years == year).select(pl.all().cast(pl.String).fill_null(""))
        text = ledger.dirty(text, np.random.default_rng([seed, 4, year]))
        content = csv(text)
        if year == 2021:
            found[f"sales_log_{year}.csv.gz"] = gzip.compress(content, mtime=0)
        elif year == 2022:
            found[f"sales_log_{year}.csv"] = b"\xef\xbb\xbf" + content
        else:
            found[f"sales_log_{year}.csv"] = content + b"\n\n"  # blank lines at the end
    return found


def csv(frame: pl.DataFrame) -> bytes:
    """Return a frame as CSV, UTF-8."""
    buffer = io.BytesIO()
    frame.write_csv(buffer)
    return buffer.getvalue()


def parquet(known: market.Customers, probability: np.ndarray, number: np.ndarray) -> bytes:
    """Return the truth: customer_id, division, probability, expected_gp."""
    count = len(known.churn)
    table = pl.DataFrame(
        {
            "customer_id": np.repeat(ledger.ids(count), len(DIVISIONS)),
            "division": list(DIVISIONS) * count,
            "probability": probability.ravel(),
            "expected_gp": (number * ledger.mean_gross_profit(known)).ravel(),
        }
    )
    buffer = io.BytesIO()
    table.write_parquet(buffer)
    return buffer.getvalue()


def put(path: Path, content: bytes) -> None:
    """Write a file aside and rename it."""
    with writing(path) as aside:
        aside.write_bytes(content)


__all__ = ["Summary", "write"]
