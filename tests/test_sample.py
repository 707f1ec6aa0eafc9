"""The sample: the same seed gives the same bytes, and planted effects can be measured."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from gosales_lib import layout, sales_log, sample
from gosales_lib.sample import catalogue, dirt, files, names

LAYOUT = layout.load("layouts/gosales.yaml")
CUSTOMERS, SEED = 400, 17
PLANTED = (
    ("Solidworks", "PDM"),
    ("Solidworks", "Simulation"),
    ("PDM", "Services"),
    ("CAMWorks", "Supplies"),
    ("Simulation", "CPE"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("sample")
    sample.write(root / "log", root / "holdout", root / "truth", CUSTOMERS, SEED)
    return root


@pytest.fixture(scope="module")
def log(folder: Path) -> sales_log.SalesLog:
    return sales_log.read(LAYOUT, folder / "log")


@pytest.fixture(scope="module")
def holdout(folder: Path) -> sales_log.SalesLog:
    return sales_log.read(LAYOUT, folder / "holdout")


@pytest.fixture(scope="module")
def judged(folder: Path, holdout: sales_log.SalesLog) -> pl.DataFrame:
    """The truth with the observed sales: `bought`, `profit`."""
    happened = holdout.transactions.group_by("customer_id", "division").agg(
        bought=pl.col("quantity").sum() > 0, profit=pl.col("gross_profit").sum()
    )
    truth = pl.read_parquet(folder / "truth" / "truth.parquet")
    return truth.join(happened, on=["customer_id", "division"], how="left").with_columns(
        pl.col("bought").fill_null(False), pl.col("profit").fill_null(0.0)
    )


def write(root: Path, customers: int = 40, seed: int = 3) -> sample.Summary:
    return sample.write(root / "a", root / "b", root / "c", customers, seed)


def contents(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def test_the_catalogue_is_the_layouts() -> None:
    theirs = [(p.product, p.division, p.gross_profit, p.quantity) for p in LAYOUT.products]
    ours = [(p.name, catalogue.DIVISIONS[p.division], *p.columns) for p in catalogue.PRODUCTS]
    assert list(catalogue.DIVISIONS) == LAYOUT.divisions
    assert ours == theirs


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    summary = write(tmp_path / "one")
    write(tmp_path / "two")
    write(tmp_path / "other", seed=4)
    one, two, other = (contents(tmp_path / name) for name in ("one", "two", "other"))
    assert sorted(one) == [
        *(f"a/{name}" for name in ("customers.csv", "sales_log_2021.csv")),
        *(f"a/{name}" for name in ("sales_log_2022.csv.gz", "sales_log_2023.csv")),
        *("a/sales_log_2024.csv", "b/sales_log_2025.csv"),
        *("c/README.md", "c/sample.json", "c/truth.parquet"),
    ]
    assert one == two
    assert all(one[name] != other[name] for name in one if name != "c/README.md")
    assert (summary.customers, summary.divisions) == (40, 10)
    assert {p.relative_to(tmp_path / "one").as_posix() for p in summary.files} == set(one) - {
        "c/sample.json"
    }


def test_log_and_holdout_cover_their_windows(
    log: sales_log.SalesLog, holdout: sales_log.SalesLog
) -> None:
    days = log.transactions["order_date"]
    assert dt.date(2021, 7, 1) <= days.min() <= dt.date(2021, 7, 10)
    assert days.max() == dt.date(2024, 12, 31)
    days = holdout.transactions["order_date"]
    assert dt.date(2025, 1, 1) <= days.min() <= dt.date(2025, 1, 10)
    assert days.max() == dt.date(2025, 6, 30)


def test_the_truth_has_every_division_of_every_known_customer(
    log: sales_log.SalesLog, judged: pl.DataFrame
) -> None:
    known = log.transactions["customer_id"].unique().sort()
    assert judged["customer_id"].unique().sort().equals(known)
    assert judged.height == len(known) * 10
    assert judged.select("customer_id", "division").is_duplicated().sum() == 0
    assert judged["probability"].is_between(0, 1).all()
    assert log.customers.height == CUSTOMERS  # those who come in the holdout window too
    assert len(known) > 0.9 * CUSTOMERS


def test_the_truth_is_calibrated(judged: pl.DataFrame) -> None:
    chance = pl.col("probability")
    each = judged.group_by("division").agg(
        distance=(pl.col("bought").sum() - chance.sum()) / (chance * (1 - chance)).sum().sqrt()
    )
    assert each["distance"].abs().max() < 3.5
    some = judged.filter(chance.is_between(0.002, 0.998))
    odds = np.log(some["probability"] / (1 - some["probability"])).to_numpy()[:, None]
    fitted = LogisticRegression(C=1e9).fit(odds, some["bought"])
    assert fitted.coef_[0, 0] == pytest.approx(1, abs=0.15)
    assert judged.filter(chance == 0)["bought"].sum() <= 3


def test_expected_profit_is_the_profit_in_the_mean(judged: pl.DataFrame) -> None:
    usual = judged.filter(pl.col("division") != "CPE")  # a few sales of 100,000 each
    assert usual["profit"].sum() == pytest.approx(usual["expected_gp"].sum(), rel=0.15)


def test_the_sample_is_as_hard_as_real_data(judged: pl.DataFrame, log: sales_log.SalesLog) -> None:
    owned = log.transactions.select("customer_id", "division").unique()
    new = judged.join(owned, on=["customer_id", "division"], how="anti")
    share = judged.group_by("division").agg(pl.col("probability").mean())["probability"]
    auc = roc_auc_score(judged["bought"], judged["probability"])
    assert 0.01 < share.min() < 0.04
    assert 0.25 < share.max() < 0.35
    assert 0.83 < auc < 0.95
    assert roc_auc_score(new["bought"], new["probability"]) < auc - 0.02


def test_dirt_is_there_and_takes_no_sale_away(
    log: sales_log.SalesLog, holdout: sales_log.SalesLog
) -> None:
    sales_log.check(log.reconciliation)
    sales_log.check(holdout.reconciliation)
    reasons = log.rejected["reason"].str.extract(r"^(no customer|unreadable \w+)")
    assert set(reasons) == {"no customer", "unreadable date", "unreadable number"}
    assert log.left_out["rows"].sum() > 0  # a line of text among the records is none of them
    account = log.reconciliation
    assert account["duplicates"].min() > 0
    assert account["rows_empty"].min() > 0
    assert 0.005 < 1 - account["rows_kept"].sum() / account["rows_in"].sum() < 0.02
    world = sample.simulate(CUSTOMERS, sample.generators(SEED), count=1)
    months = pl.col("month").is_between(sample.LOG, sample.KNOWN - 1)
    expected = world.events.filter(months)
    read = log.transactions.unique(["customer_id", "invoice", "product"])
    assert read.filter(pl.col("quantity") != 0).height == expected.height
    assert read["quantity"].sum() == expected["quantity"].sum()


def test_oddly_written_numbers_mean_the_same() -> None:
    profit = {"a": "1234567.5", "b": "-12.0", "c": "0.05", "d": None}
    rows = pl.DataFrame({"SWX_Core": list(profit.values())}, schema={"SWX_Core": pl.String})
    always = pl.Series([True] * 4)
    said = rows.select(dirt._money("SWX_Core", always, always))["SWX_Core"]
    assert said.to_list() == ["$1,234,567.50", "(12.00)", "$0.05", None]


def test_decimal_commas_leave_words_alone() -> None:
    rows = pl.DataFrame({"x": ["$1,234.50", "(12.00)", "-3.5", "7", "#REF!", "12..5", None]})
    said = rows.select(files._comma("x"))["x"]
    assert said.to_list() == ["$1.234,50", "(12,00)", "-3,5", "7", "#REF!", "12..5", None]


def test_hostile_names_survive(log: sales_log.SalesLog) -> None:
    assert set(names.HOSTILE) <= set(log.customers["customer_name"])


def test_owned_products_drive_the_next_purchases(log: sales_log.SalesLog) -> None:
    middle = dt.date(2023, 6, 30)
    sold = log.transactions.filter(pl.col("quantity") > 0)
    first = sold.group_by("customer_id", "division").agg(pl.col("order_date").min())
    early = first.filter(pl.col("order_date") <= middle)
    ids = {d: set(early.filter(division=d)["customer_id"]) for d in catalogue.DIVISIONS}
    ratios = []
    for owned, next_one in PLANTED:
        without = set(early["customer_id"]) - ids[next_one]
        later = set(first.filter(division=next_one)["customer_id"]) - ids[next_one]
        owners, others = without & ids[owned], without - ids[owned]
        ratios.append(len(owners & later) / len(owners) * len(others) / len(others & later))
    assert np.mean(ratios) > 1.3


def test_success_plans_are_renewed_after_a_year(log: sales_log.SalesLog) -> None:
    sold = log.transactions.filter(pl.col("division") == "Success Plan", pl.col("quantity") > 0)
    days = sold.select("customer_id", "order_date").unique().sort("customer_id", "order_date")
    gaps = days.select(pl.col("order_date").diff().dt.total_days().over("customer_id"))
    gaps = gaps["order_date"].drop_nulls()
    assert len(gaps) > 100
    assert (gaps.is_between(320, 430)).mean() > 0.6


def test_the_year_has_seasons(log: sales_log.SalesLog) -> None:
    sold = log.transactions.filter(pl.col("division") != "Success Plan")
    month = sold.group_by(pl.col("order_date").dt.month()).len()
    count = dict(month.iter_rows())
    assert count[12] > 1.5 * np.mean([count[m] for m in (7, 8, 10)])
    training = sold.filter(pl.col("division") == "Training")["order_date"].dt.month()
    assert training.is_in([9, 10]).sum() > 1.3 * training.is_in([7, 12]).sum()


def test_a_sample_replaces_an_earlier_sample_but_no_other_file(tmp_path: Path) -> None:
    write(tmp_path, seed=3)
    (tmp_path / "a" / ".gitkeep").touch()
    before = contents(tmp_path)
    write(tmp_path, seed=4)
    after = contents(tmp_path)
    assert before["a/sales_log_2024.csv"] != after["a/sales_log_2024.csv"]
    assert not [name for name in after if name.endswith(".part")]
    (tmp_path / "b" / "ours.csv").write_text("a,b\n")
    with pytest.raises(FileExistsError, match=r"'ours\.csv', which no earlier sample wrote"):
        write(tmp_path)
    assert contents(tmp_path)["a/sales_log_2024.csv"] == after["a/sales_log_2024.csv"]


def test_a_changed_file_of_a_sample_is_not_replaced(tmp_path: Path) -> None:
    write(tmp_path)
    with (tmp_path / "a" / "sales_log_2023.csv").open("a") as file:
        file.write("mine\n")
    with pytest.raises(FileExistsError, match=r"sales_log_2023\.csv"):
        write(tmp_path)


def test_ten_customers_are_the_fewest(tmp_path: Path) -> None:
    write(tmp_path, customers=10)
    last = sales_log.read(LAYOUT, tmp_path / "b").transactions["order_date"].max()
    assert last == dt.date(2025, 6, 30)
    with pytest.raises(ValueError, match="customers=9: a sample needs at least 10"):
        write(tmp_path, customers=9)
