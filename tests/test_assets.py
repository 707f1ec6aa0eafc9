"""Assets, from the layout's file to features: no row is lost, and no row is used too early."""

from __future__ import annotations

from datetime import date

import narwhals as nw
import polars as pl
import pytest

from gosales_lib import features, layout, sales_log

LAYOUT = """name: toy
shape: wide
columns: {customer_id: id, order_date: day, invoice: inv}
divisions: {Solid: [P], Care: [S]}
assets: {file: assets.csv, customer_id: id, product: what, quantity: units, start: from, expiry: to}
"""
LOG = """id,day,inv,P,P_Qty,S,S_Qty
a,2024-01-31,i1,100,1,,
b,2024-02-29,i2,,,50,1
"""
TABLE = """id,what,units,from,to
a,P,3,2023-05-01,
a,S,3,2024-01-01,2024-07-15
a,S,2,2024-07-01,2025-06-30
b,S,1,2022-01-01,2023-12-31
,P,1,2024-01-01,
b,Q,1,2024-01-01,
b,P,1,soon,
b,P,x,2024-01-01,later
b,P,1,2024-02-01,2024-01-01
"""


@pytest.fixture
def given(tmp_path):
    (tmp_path / "toy.yaml").write_text(LAYOUT)
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "assets.csv").write_text(TABLE)
    return layout.load(tmp_path / "toy.yaml"), tmp_path


def day(text: str) -> int:
    return (date.fromisoformat(text) - date(1970, 1, 1)).days


def test_every_record_is_an_asset_or_a_rejected_row(given):
    log = sales_log.read(*given)
    assert log.assets.rows() == [
        ("a", "Care", "S", 2.0, day("2024-07-01"), day("2025-06-30")),
        ("a", "Care", "S", 3.0, day("2024-01-01"), day("2024-07-15")),
        ("a", "Solid", "P", 3.0, day("2023-05-01"), None),
        ("b", "Care", "S", 1.0, day("2022-01-01"), day("2023-12-31")),
    ]
    assert dict(log.rejected.filter(file="assets.csv").select("line", "reason").rows()) == {
        6: "no customer",
        7: "product 'Q' is in no division".replace("'", ""),
        8: "unreadable start",
        9: "unreadable expiry; unreadable quantity",
        10: "expiry before start",
    }
    assert log.reconciliation["file"].to_list() == ["log.csv"], "no sales are read of it"


def matrix(log, cutoff: date) -> dict:
    built = features.build(
        nw.from_native(log.transactions.lazy()),
        [cutoff],
        "Care",
        features.Options(["Solid", "Care"], 6, families=["assets"]),
        assets=nw.from_native(log.assets.lazy()),
    )
    return {row["customer_id"]: row for row in built.iter_rows(named=True)}


def test_a_cutoff_knows_the_terms_that_had_begun_and_when_they_end(given):
    known = matrix(sales_log.read(*given), date(2024, 6, 30))
    assert (known["a"]["assets"], known["a"]["own_assets"]) == (6, 3)  # the renewal is not known
    assert known["a"]["own_assets_expiring_30d"] == 3
    assert known["a"]["assets_subscribed_share"] == 0.5
    assert (known["b"]["assets"], known["b"]["own_assets_ended"]) == (0, 1)


def test_the_renewal_counts_from_its_first_day(given):
    known = matrix(sales_log.read(*given), date(2024, 7, 1))
    assert known["a"]["own_assets"] == 5


def test_without_the_file_nothing_is_known(given):
    source, folder = given
    (folder / "assets.csv").unlink()
    assert sales_log.read(source, folder).assets.is_empty()


def test_the_holdout_reads_no_assets(given):
    assert sales_log.read_holdout(*given).assets.is_empty()


def test_a_missing_column_is_reported_with_the_key_that_names_it(given):
    source, folder = given
    (folder / "assets.csv").write_text(TABLE.replace("units", "unit"))
    with pytest.raises(ValueError, match=r"column 'units' \(key 'assets.quantity'.*mean 'unit'"):
        sales_log.read(source, folder)


def test_a_layout_names_a_file_or_a_source(given):
    with pytest.raises(ValueError, match="assets: name either `file` or `source`"):
        layout.Assets(customer_id="id", product="what", start="from")


def test_assets_of_a_frame_have_no_dates_after_their_start(given):
    assets = sales_log.read(*given).assets
    ended = assets.filter(pl.col("expiry_day") < pl.col("start_day"))
    assert ended.is_empty()
