"""The main job on a small sample: its files, and that no row after the cutoff changes them."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path

import nbformat
import polars as pl
import pytest
from toy_runs import artifacts_of
from typer.testing import CliRunner

from gosales_lib import layout, sample
from gosales_lib.cli import app
from gosales_lib.core import settings
from gosales_lib.core.columns import FACT_TRANSACTIONS, SCORES, WHITESPACE
from gosales_lib.database import retry
from gosales_lib.run_folders import Run
from gosales_lib.sales_log import dates, files, records

pytestmark = pytest.mark.slow
EARLIER = "2024-06-30"
DIVISIONS = {"Services": "services", "Success Plan": "success-plan"}


def gosales(*arguments: str | Path, **settings: str) -> subprocess.CompletedProcess[str]:
    code = "from gosales_lib.cli import app; app()"
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | settings)


def run(data: Path, holdout: Path, runs: Path, cutoff: str, *more: str) -> Path:
    chosen = [word for name in DIVISIONS for word in ("--division", name)]
    done = gosales(
        *("run", "--data", data, "--holdout", holdout, "--runs", runs, "--cutoff", cutoff),
        *chosen,
        *("--training-cutoffs", "4", "--no-mlflow", "--jobs", "2", *more),
        GOSALES_DATABASE_URL=f"sqlite:///{runs.parent / f'{runs.name}.db'}",
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return next(path for path in runs.iterdir() if (path / "run.json").exists())


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("end-to-end")
    sample.write(root / "data", root / "holdout", root / "truth", customers=400)
    return root


@pytest.fixture(scope="module")
def finished(root) -> Path:
    """A trial run of two divisions, which is made a candidate and released."""
    made = run(root / "data", root / "holdout", root / "runs", EARLIER)
    address = {"GOSALES_DATABASE_URL": f"sqlite:///{root / 'runs.db'}"}
    at_home = ("--runs", root / "runs")
    assert gosales("tag", made.name, *at_home, "--candidate").returncode == 0
    done = gosales("release", made.name, *at_home, "--no-mlflow", "--why", "a test", **address)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return made


@pytest.fixture(scope="module")
def poisoned(root) -> Path:
    """The same log, with every row after the cutoff changed, some gone and some added."""
    source, folder = layout.load("layouts/gosales.yaml"), root / "poisoned"
    folder.mkdir()
    for entry in files.find(source, root / "data").entries:
        path = entry.path
        rows = files.whole(list(files.texts(entry, source, []))).rows.drop(records.LINE)
        day = dates.days(rows["Rec Date"], source.date_formats)
        late = (day > date.fromisoformat(EARLIER)).fill_null(False)
        after = rows.filter(late)
        changed = pl.concat([after.slice(1), after.slice(1)]).with_columns(
            pl.col("CustomerId", "Customer").reverse(),
            Services=pl.lit("9999.50"),
            Services_Qty=pl.lit("7"),
        )
        name = path.name.removesuffix(".gz").replace(".csv", "_plain.csv")
        pl.concat([rows.filter(~late), changed]).write_csv(folder / name)
    (folder / "customers.csv").write_bytes((root / "data" / "customers.csv").read_bytes())
    return run(folder, root / "holdout", root / "runs-poisoned", EARLIER)


def at(run_folder: Path, slug: str, name: str, cutoff: str = EARLIER) -> Path:
    return run_folder / slug / cutoff / name


def test_every_notebook_was_executed_without_an_error(finished):
    paths = sorted(finished.rglob("*.ipynb"))
    assert len(paths) == 1 + 4 * len(DIVISIONS) + 2
    for path in paths:
        cells = nbformat.read(path, 4).cells
        kinds = [o.output_type for c in cells if c.cell_type == "code" for o in c.outputs]
        assert "error" not in kinds, path
        errors = [
            o.text
            for c in cells
            if c.cell_type == "code"
            for o in c.outputs
            if o.output_type == "stream" and o.name == "stderr"
        ]
        assert errors == [], path


def test_the_files_that_other_programs_read_keep_their_columns(finished):
    facts = pl.read_parquet(finished / "fact_transactions.parquet")
    assert dict(facts.schema) == FACT_TRANSACTIONS
    for division, slug in DIVISIONS.items():
        scores = pl.read_parquet(at(finished, slug, "scores.parquet"))
        assert dict(scores.schema) == SCORES
        assert scores["customer_id"].is_unique().all()
        assert set(scores["division"]) == {division}
        known = facts.filter(pl.col("order_date") <= pl.lit(EARLIER).str.to_date())
        assert set(scores["customer_id"]) == set(known["customer_id"])


def test_the_list_is_ranked_and_offers_nothing_that_is_owned(finished):
    folder = finished / "whitespace" / EARLIER
    ranked = pl.read_parquet(folder / "whitespace.parquet")
    assert set(WHITESPACE) <= set(ranked.columns)
    assert ranked.height > 0
    assert ranked["rank"].to_list() == list(range(1, ranked.height + 1))
    facts = pl.read_parquet(finished / "fact_transactions.parquet")
    known = facts.filter(pl.col("order_date") <= pl.lit(EARLIER).str.to_date())
    bought = known.filter(pl.col("quantity") > 0).select("customer_id", "division").unique()
    never = ranked.filter(pl.col("state") == "whitespace")
    assert never.join(bought, on=["customer_id", "division"]).is_empty()
    assert (folder / "whitespace.csv").exists()
    assert (folder / "whitespace.xlsx").exists()


def test_the_holdout_was_checked_from_later_rows_of_the_log(finished):
    report = json.loads(at(finished, "services", "05_holdout.json").read_text())
    assert report["status"] == "checked"
    assert report["missing_days"] == 0
    assert report["model"]["auc"] > 0.6
    assert set(report["baselines"]) == {
        "base_rate",
        "recency",
        "frequency",
        "mbg_nbd",
        "rfm_logistic",
    }
    low, high = report["intervals"]["model"]["lift_10"]
    assert low <= report["model"]["lift_10"] <= high


def test_status_gives_scripts_every_state_and_metric_as_json(finished, root):
    found = gosales("status", finished.name, "--json", "--runs", root / "runs")
    assert found.returncode == 0
    content = json.loads(found.stdout)
    text = json.dumps(content)
    assert "lift_10" in text and "05_holdout" in text and "Success Plan" in text


def test_two_runs_are_equal_to_the_byte_whatever_was_sold_after_the_cutoff(finished, poisoned):
    for slug in DIVISIONS.values():
        for name in ("features.parquet", "labels.parquet", "scores.parquet", "reasons.parquet",
                     "drivers.parquet", "selection.parquet", "model/model.joblib"):  # fmt: skip
            clean = at(finished, slug, name).read_bytes()
            assert clean == at(poisoned, slug, name).read_bytes(), (slug, name)


def test_the_poison_did_change_what_is_checked_against(finished, poisoned):
    clean = json.loads(at(finished, "services", "05_holdout.json").read_text())
    other = json.loads(at(poisoned, "services", "05_holdout.json").read_text())
    assert clean["buyers"] != other["buyers"]


def test_a_cluster_of_two_worker_processes_writes_the_same_bytes(root, finished):
    distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    two = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(processes=True, host="127.0.0.1", **two) as cluster:
        address = cluster.scheduler_address
        assert address.startswith("tcp://")
        log = (root / "data", root / "holdout", root / "runs-dask")
        other = run(*log, EARLIER, "--dask", address, "--no-publish")
    assert artifacts_of(Run(other)) == artifacts_of(Run(finished))


def test_the_run_is_published_row_by_row(root, finished):
    with sqlite3.connect(root / "runs.db") as opened:
        rows = {
            name: opened.execute(f"SELECT count(*) FROM current_{name}").fetchone()[0]
            for name in ("fact_transactions", "dim_customer", "icp_scores", "whitespace")
        }
        metrics = opened.execute("SELECT DISTINCT division FROM holdout_metrics ORDER BY 1")
        assert [division for (division,) in metrics] == list(DIVISIONS)
    scores = [pl.read_parquet(path) for path in finished.glob("*/*/scores.parquet")]
    offers = next(finished.glob("whitespace/*/whitespace.parquet"))
    assert rows == {
        "fact_transactions": pl.read_parquet(finished / "fact_transactions.parquet").height,
        "dim_customer": pl.read_parquet(finished / "dim_customer.parquet").height,
        "icp_scores": sum(frame.height for frame in scores),
        "whitespace": pl.read_parquet(offers).height,
    }


def test_an_unavailable_database_leaves_the_run_whole_and_the_command_to_publish_is_named(
    finished, monkeypatch
):
    away = "postgresql://u:hunter2-planted@127.0.0.1:1/d"
    monkeypatch.setenv("GOSALES_DATABASE_URL", away)
    monkeypatch.setattr(retry.with_retries, "__defaults__", ("", 1, lambda seconds: None))
    settings.load.cache_clear()
    told = CliRunner().invoke(app, ["publish", str(finished)])
    settings.load.cache_clear()
    assert told.exit_code == 2
    assert "postgresql database d on 127.0.0.1" in told.stderr
    assert "hunter2" not in told.output
