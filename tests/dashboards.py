"""A small run with everything that the dashboard reads, hostile texts among it; and its server.

Twelve customers, three divisions: `Alpha` beats its baselines, `<b>Beta</b>` is better than chance,
`Gamma` has no signal. No notebook ran: the real functions and models made each report.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import reported

from gosales_lib import reports
from gosales_lib.core import columns
from gosales_lib.run_folders import Run, plan, record
from gosales_lib.run_folders.artifacts import write_json
from gosales_lib.whitespace import crm, exclusions, prospects

RUN, EARLIER, LATER = "2026-01-02T030405Z", "2026-01-01T000000Z", "2026-01-03T000000Z"
CUTOFF, DAY = "2025-06-30", date(2025, 6, 30)
ALPHA, BETA, GAMMA = "Alpha", "<b>Beta</b>", "Gamma"
DIVISIONS = (ALPHA, BETA, GAMMA)
SCRIPT, FORMULA, UP = "<script>window.hit=1</script>", '=HYPERLINK("http://x.example")', "../../etc"
NAMES = [SCRIPT, FORMULA, UP, *(f"Customer {n}" for n in range(4, 13))]
REPS = ['<img src=x onerror="window.hit=2">', "Rep B"]
CUSTOMERS = [f"C{n:02}" for n in range(1, 13)]
BASELINES = ("base_rate", "recency", "frequency", "rfm_logistic")


def write_run(runs_dir: Path, name: str = RUN, *, checked: bool = True) -> Run:
    """Write a finished run and return it."""
    run = Run(runs_dir / name)
    run.path.mkdir(parents=True)
    jobs = [("01_etl", None, None), ("06_whitespace", None, CUTOFF)]
    jobs += [(s, d, CUTOFF) for d in DIVISIONS for s in plan.PER_DIVISION]
    items = [
        {
            "key": f"{s} {d}",
            "notebook": s,
            "division": d,
            "cutoff": c,
            "folder": _folder(run, d, c),
            "state": "done",
        }
        for s, d, c in jobs
    ]
    write_json(
        run.path / "run.json",
        {
            "id": name,
            "state": "done",
            "parameters": {"layout": "layouts/toy.yaml", "window_months": 6},
            "git_commit": "0123456789abcdef",
            "notebooks": items,
            "cutoffs": {CUTOFF: list(DIVISIONS)},
        },
    )
    write_json(run.path / "layout.json", {"name": "toy", "currency": "EUR"})
    _log(run)
    for number, division in enumerate(DIVISIONS):
        _division(run, division, number, checked)
    _whitespace(run, checked)
    return run


def _folder(run: Run, division: str | None, cutoff: str | None) -> str:
    """Return the folder of a notebook as the record of a run names it."""
    if cutoff is None:
        return ""
    folder = run.at(division, cutoff) if division else run.whitespace(cutoff)
    return folder.path.relative_to(run.path).as_posix()


def _log(run: Run) -> None:
    reasons = {"no customer": 1, f"unreadable number {SCRIPT}": 1}
    days = {"last_order": date(2025, 6, 20)}
    reports.write(run, reported.etl(divisions=list(DIVISIONS), rejected_by_reason=reasons, **days))
    rows = [
        (c, DAY - timedelta(days=10 + 30 * n), f"I{n}{c}", DIVISIONS[(n + i) % 2], f"P{n}")
        for i, c in enumerate(CUSTOMERS)
        for n in range(1 + i % 3)
    ]
    names = ["customer_id", "order_date", "invoice", "division", "product"]
    sales = pl.DataFrame(rows, schema=names, orient="row").with_columns(
        order_day=(pl.col("order_date") - date(1970, 1, 1)).dt.total_days(),
        gross_profit=pl.lit(100.0),
        quantity=pl.lit(1.0),
        revenue=pl.lit(None, pl.Float64),
        rep=pl.lit(REPS[0]),
        branch=pl.lit("North"),
    )
    run.write("fact_transactions", _as(sales, columns.FACT_TRANSACTIONS))
    run.write(
        "dim_customer",
        pl.DataFrame(
            {
                "customer_id": CUSTOMERS,
                "customer_name": NAMES,
                "first_order_date": [date(2024, 7, 1)] * 12,
                "last_order_date": [date(2025, 6, 20)] * 12,
                "rep": [REPS[n % 2] for n in range(12)],
                "branch": ["North"] * 12,
                "Industry": [SCRIPT] * 12,
            }
        ),
    )
    above = {"id": ["C03", "C02"], "customer_id": ["C03", "C02"], "parent": ["C01", "C01"]}
    run.write("accounts", pl.DataFrame(above, columns.ACCOUNTS))
    rejected = {"file": ["log.csv"], "line": [7], "reason": [f"no customer {SCRIPT}"]}
    table = pl.DataFrame(rejected | {"gross_profit": [50.0], "row": ["{}"]})
    run.write("rejected_rows", _as(table, columns.REJECTED_ROWS))


def _division(run: Run, division: str, number: int, checked: bool) -> None:
    folder = run.at(division, CUTOFF)
    trained = reported.training(division, signal=division != GAMMA, beats=division == ALPHA)
    later = reported.later(checked)
    reports.write(folder, reported.features())
    reports.write(folder, reported.with_lift(trained, 3.0 - number))
    reports.write(folder, reported.scores(division))
    reports.write(folder, reported.with_lift(later, 3.0 - number) if checked else later)
    chance = [0.9 - 0.07 * n for n in range(12)]
    kinds = ["new to division", "repeat", "lapsed"] * 4
    scores = pl.DataFrame(
        {
            "customer_id": CUSTOMERS,
            "division": [division] * 12,
            "cutoff_date": [DAY] * 12,
            "probability": chance,
            "percentile": [100.0 - 8 * n for n in range(12)],
            "decile": [1 + n * 10 // 12 for n in range(12)],
            "purchase_type": kinds,
            "expected_gp": [100 * p for p in chance],
        }
    )
    folder.write("scores", _as(scores, columns.SCORES))
    reason = {"customer_id": CUSTOMERS[:3], "rank": [1] * 3, "family": ["recency"] * 3}
    reason |= {
        "feature": ["x"] * 3,
        "effect": [0.5, 0.4, -0.3],
        "reason": [f"because {SCRIPT}"] * 3,
    }
    folder.write("reasons", pl.DataFrame(reason))
    effect = {"family": ["recency", "lifecycle"], "effect": [0.5, 0.2]}
    folder.write("drivers", pl.DataFrame(effect))
    words = {"name": ["orders_12m", "b"], "family": ["recency", "lifecycle"]}
    words |= {"meaning": ["Orders", "B"]}
    words |= {"unit": ["", ""], "window": ["", ""], "coverage": [1.0, 0.5]}
    folder.write("feature_dictionary", pl.DataFrame(words))
    bought = [1, 1, 1, 0, 1, *[0] * 7]
    judged = scores.select("customer_id", "probability", "decile").with_columns(
        bought=pl.Series(bought), **{n: pl.col("probability") / 2 for n in BASELINES}
    )
    folder.write("selection", judged)
    folder.write("holdout", judged if checked else judged.clear())


def _whitespace(run: Run, checked: bool) -> None:
    folder = run.whitespace(CUTOFF)
    pairs = [(c, d) for d in (ALPHA, BETA) for c in CUSTOMERS]
    size = len(pairs)
    chance = [0.9 - 0.03 * n for n in range(size)]
    ranked = pl.DataFrame(
        {
            "rank": range(1, size + 1),
            "customer_id": [c for c, _ in pairs],
            "customer_name": [NAMES[CUSTOMERS.index(c)] for c, _ in pairs],
            "division": [d for _, d in pairs],
            "cutoff_date": [DAY] * size,
            "state": ["whitespace"] * size,
            "motion": ["cross-sell" if n % 2 else "win-back" for n in range(size)],
            "chosen": [n < 16 for n in range(size)],
            "probability": chance,
            "expected_gp_if_sold": [1000.0] * size,
            "gp_source": ["toy"] * size,
            "expected_gp": [1000 * p for p in chance],
            "affinity": [0.0] * size,
            "similarity": [0.5] * size,
            "grade": ["A"] * size,
            "score": chance,
            "rep": [REPS[CUSTOMERS.index(c) % 2] for c, _ in pairs],
            "branch": ["North"] * size,
            "reason_1": [f"because {SCRIPT}"] * size,
            "reason_2": [None] * size,
            "reason_3": [None] * size,
            "call_order": [16 - n if n < 16 else None for n in range(size)],
            "product_1": [f"Lead {SCRIPT}"] * size,
            "product_1_probability": [0.62] * size,
            "product_1_quantity": [3.0] * size,
            "likely_month": ["March 2025"] * size,
            "due_now": [n == 0 for n in range(size)],
            "opener": [f"You bought {SCRIPT} from us; shall we talk?"] * size,
        }
    )
    ranked = _as(ranked, columns.WHITESPACE)
    folder.write("whitespace", ranked)
    traits = {"division": [ALPHA], "kind": ["attribute"], "source": ["Industry"], "trait": [SCRIPT]}
    traits |= {"customers": [10], "buyers": [5], "rate": [0.5], "base_rate": [0.2]}
    folder.write("icp", pl.DataFrame(traits | {"lift": [2.5], "low": [1.4], "high": [3.2]}))
    near = {"division": [ALPHA], "customer_id": ["C01"], "fit": [1.5], "traits": [SCRIPT]}
    folder.write("icp_customers", pl.DataFrame(near))
    deal = {"customer_id": "C01", "stage": f"Proposal {SCRIPT}", "date": date(2025, 6, 1)}
    folder.write("open_deals", pl.DataFrame([deal], schema=crm.DEALS))
    barred = [{"customer_id": "C05", "reason": f"VIP {SCRIPT}", "until": date(2099, 12, 31)}]
    barred += [{"customer_id": "C07", "division": ALPHA}]
    barred += [{"customer_id": "C08", "until": date(2025, 6, 30)}]
    folder.write("exclusions", pl.DataFrame(barred, schema=exclusions.EXCLUDED))
    company = {"division": ALPHA, "rank": 1, "customer_id": "X1", "customer_name": SCRIPT}
    folder.write("prospects", pl.DataFrame([company | {"probability": 0.3}], prospects.RANKED))
    reports.write(folder, reported.whitespace(ranked, DIVISIONS, checked=checked))


def write_pooled(run: Run) -> None:
    """Write the report of 02b_pooled into a run, and the notebook into its record."""
    folder = run.pooled(CUTOFF)
    reports.write(folder, reported.pooled())
    item = {"key": f"02b_pooled {CUTOFF}", "notebook": "02b_pooled", "division": None}
    item |= {"cutoff": CUTOFF, "folder": folder.path.relative_to(run.path).as_posix()}
    content = record.read(run)
    content["notebooks"].append(item | {"state": "done"})
    write_json(run.path / "run.json", content)


def _as(table: pl.DataFrame, schema: dict) -> pl.DataFrame:
    empty = pl.lit(None)
    columns = {name: pl.col(name) if name in table.columns else empty for name in schema}
    return table.select(columns[name].cast(dtype).alias(name) for name, dtype in schema.items())


@contextmanager
def served(runs_dir: Path, *, token: str = ""):
    """Serve a folder of runs by `gosales dashboard`; give the address; stop it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "GOSALES_DASHBOARD_TOKEN": token}
    command = [str(Path(sys.executable).with_name("gosales")), "dashboard", "--no-browser"]
    command += ["--runs", str(runs_dir), "--port", str(port)]
    log = runs_dir.parent / f"server-{port}.log"
    with log.open("w") as out:
        server = subprocess.Popen(
            command, env=environment, stdout=out, stderr=out, start_new_session=True
        )
        try:
            _wait(server, log)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()
            server.wait(20)


def _wait(server: subprocess.Popen, log: Path) -> None:
    for _ in range(600):
        if "is ready" in log.read_text():
            return
        if server.poll() is not None:
            break
        time.sleep(0.2)
    raise RuntimeError(f"the dashboard did not start: {log.read_text()[-2000:]}")
