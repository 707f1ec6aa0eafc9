"""The sample: same seed, same bytes; the truth holds; what is planted is there."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from gosales_lib import labels, layout, sales_log, sample, timeline
from gosales_lib.sample import ledger, market

CUSTOMERS = 500


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("sample")
    sample.write(root / "data", root / "holdout", root / "truth", customers=CUSTOMERS)
    return root


@pytest.fixture(scope="module")
def gosales() -> layout.Layout:
    return layout.load("layouts/gosales.yaml")


@pytest.fixture(scope="module")
def log(folder, gosales) -> sales_log.SalesLog:
    return sales_log.read(gosales, folder / "data")


@pytest.fixture(scope="module")
def later(folder, gosales) -> sales_log.SalesLog:
    return sales_log.read(gosales, folder / "holdout")


def prints(root: Path) -> dict[str, str]:
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {
        p.relative_to(root).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(folder, tmp_path):
    for name, seed in (("again", 17), ("other", 18)):
        root = tmp_path / name
        sample.write(
            root / "data", root / "holdout", root / "truth", customers=CUSTOMERS, seed=seed
        )
    assert prints(tmp_path / "again") == prints(folder)
    assert prints(tmp_path / "other") != prints(folder)


def test_log_and_holdout_cover_their_months(log, later):
    assert log.transactions["order_date"].min() == date(2021, 7, 1)
    assert date(2024, 12, 29) <= log.transactions["order_date"].max() <= date(2024, 12, 31)
    assert later.transactions["order_date"].min() >= date(2025, 1, 1)
    assert later.transactions["order_date"].max() <= date(2025, 6, 30)


def test_the_dirt_is_rejected_with_its_reasons_and_the_account_closes(log, later):
    sales_log.check(log.reconciliation)
    sales_log.check(later.reconciliation)
    reasons = set(log.rejected["reason"])
    assert "no customer" in reasons
    assert "unreadable date 'Rec Date': 31/31/2024" in reasons
    assert "unreadable number 'Supplies': n.a. (see mail)" in reasons
    assert log.reconciliation["duplicates"].sum() > 0
    assert log.rejected.height < 0.02 * log.reconciliation["rows_in"].sum()


def test_hostile_names_arrive_as_they_are(log):
    assert set(ledger.HOSTILE) <= set(log.customers["customer_name"])


def test_leading_zeros_of_a_key_survive(log):
    assert log.customers["customer_id"].str.contains("^00").all()


def test_the_truth_agrees_with_what_happened(folder, gosales, log, later):
    truth = pl.read_parquet(folder / "truth" / "truth.parquet")
    window = timeline.Window(date(2024, 12, 31), 6)
    sales = pl.concat([log.transactions, later.transactions])
    promised, happened = [], []
    for division in gosales.divisions:
        bought = labels.at(sales, division, [window], gosales.purchase)
        both = bought.join(truth.filter(division=division), on="customer_id")
        p = both["probability"].to_numpy()
        promised.append(p)
        happened.append(both["bought"].to_numpy())
        error = np.sqrt((p * (1 - p)).sum())
        assert abs(p.sum() - both["bought"].cast(pl.Int64).sum()) < 4 * error + 1, division
    p, y = np.concatenate(promised), np.concatenate(happened)
    high = p > 0.5
    assert abs(y[high].mean() - p[high].mean()) < 0.06
    assert abs(y[~high].mean() - p[~high].mean()) < 0.02


def owners(log: sales_log.SalesLog, division: str) -> set[str]:
    return set(log.transactions.filter(division=division)["customer_id"])


def test_affinity_is_planted(log):
    everybody = set(log.transactions["customer_id"])
    solidworks, pdm = owners(log, "Solidworks"), owners(log, "PDM")
    among_owners = len(pdm & solidworks) / len(solidworks)
    among_others = len(pdm - solidworks) / len(everybody - solidworks)
    assert among_owners > 1.8 * among_others


def test_success_plans_renew_after_a_year(log):
    plans = log.transactions.filter(pl.col("division") == "Success Plan", pl.col("quantity") > 0)
    days = plans.select("customer_id", "order_day").unique().sort("customer_id", "order_day")
    gaps = days.with_columns(gap=pl.col("order_day").diff().over("customer_id"))["gap"].drop_nulls()
    assert gaps.is_between(320, 410).sum() > 2 * gaps.is_between(200, 290).sum()


def test_december_is_strong_and_august_is_weak(log):
    seats = log.transactions.filter(pl.col("division").is_in(["Solidworks", "Simulation", "PDM"]))
    by_month = dict(seats.group_by(pl.col("order_date").dt.month()).len().iter_rows())
    assert by_month[12] > 1.5 * by_month[8]


def test_somebodys_own_log_is_never_touched(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "mine.csv").write_text("a,b\n")
    with pytest.raises(FileExistsError, match=r"mine\.csv.*which no sample wrote"):
        sample.write(tmp_path / "data", tmp_path / "h", tmp_path / "t", customers=20)
    assert not (tmp_path / "h").exists()


def test_divisions_and_products_are_those_of_the_layout(gosales):
    assert set(market.DIVISIONS) == set(gosales.divisions)
    for product in gosales.products:
        assert product.gross_profit == ledger.gp_column(product.product)
        assert product.quantity == ledger.quantity_column(product.product)
