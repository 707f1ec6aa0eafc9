"""One matrix on three engines: every column of every family, to 1e-9."""

import shutil
from dataclasses import replace
from datetime import date
from importlib.util import find_spec

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from gosales_lib import features
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.features import engines, run_lengths
from gosales_lib.features.matrix import build_all
from tests.sales_rows import (
    CUSTOMERS,
    CUTOFF,
    DIVISIONS,
    EVERYTHING,
    INSTALLED,
    assert_sound,
    odd_sales,
)

CUTOFFS = [date(2024, 6, 30), CUTOFF]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("engines") / "fact_transactions.parquet"
    odd_sales().write_parquet(path)
    CUSTOMERS.write_parquet(path.with_name("dim_customer.parquet"))
    INSTALLED.write_parquet(path.with_name("assets.parquet"))
    return path


def matrices(path, engine, cutoffs=CUTOFFS, purchase=UNITS):
    """Return the matrices of every family, all three tables opened by `engine`."""
    tables = [path, path.with_name("dim_customer.parquet"), path.with_name("assets.parquet")]
    sales, customers, assets = (
        features.open_sales(one, engine, memory_limit="1GB") for one in tables
    )
    options = replace(EVERYTHING, purchase=purchase)
    return build_all(sales, cutoffs, options, customers=customers, assets=assets)


def assert_same(path, engine, cutoffs=CUTOFFS, purchase=UNITS):
    expected, answer = (matrices(path, e, cutoffs, purchase) for e in ("polars", engine))
    for division in DIVISIONS:
        assert_sound(answer[division])
        assert answer[division].columns == expected[division].columns
        assert answer[division].height == expected[division].height > 0
        for column in expected[division]:
            other = answer[division][column.name]
            assert column.is_null().equals(other.is_null()), (division, column.name)
            if column.dtype in (pl.String, pl.Date):
                assert column.to_list() == other.to_list(), (division, column.name)
            else:
                column, other = column.cast(pl.Float64), other.cast(pl.Float64)
                apart = ((column - other).abs() / column.abs().clip(1)).max()
                assert apart is None or apart <= 1e-9, (division, column.name, apart)


@pytest.mark.slow
def test_duckdb_gives_the_matrix_that_polars_gives(path):
    assert_same(path, "duckdb", [date(2003, 12, 31), *CUTOFFS])  # the first knows nobody


def test_duckdb_counts_by_the_layout_s_purchase_as_polars_does(path):
    assert_same(
        path, "duckdb", CUTOFFS[-1:], Purchase(measure="gross_profit", aggregate="any", above=100.0)
    )


@pytest.mark.skipif(not find_spec("pyspark"), reason="PySpark is not installed (extra: spark)")
@pytest.mark.skipif(not shutil.which("java"), reason="Java is missing; PySpark needs 17 or later")
def test_pyspark_gives_the_matrix_that_polars_gives(path):
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.sql.shuffle.partitions", "1")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.sql.codegen.wholeStage", "false")
        .config("spark.sql.codegen.factoryMode", "NO_CODEGEN")  # compiling costs more than rows
        .getOrCreate()
    )
    try:
        assert_same(path, "pyspark", CUTOFFS[-1:])
    finally:
        session.stop()


def test_an_unknown_engine_is_refused_with_the_names_of_the_three(path):
    with pytest.raises(
        ValueError, match="'duck' is unknown; choose one of polars, duckdb, pyspark"
    ):
        features.open_sales(path, "duck")


def test_duckdb_leaves_no_grain_behind(path):
    sales = features.open_sales(path, "duckdb")
    relation = sales.to_native()
    with engines.keeping(sales):
        names = "select table_name from duckdb_tables() where table_name like 'gosales%'"
        assert len(relation.query("x", names).fetchall()) == 1
    assert relation.query("x", names).fetchall() == []


@pytest.mark.parametrize("texts", [["i1", "i2", "i3"], ["i1", None, "i3"]])
def test_sums_by_number_are_those_of_a_group_by(texts):
    generator, who = np.random.default_rng(3), ["a", "b", "c"]
    rows = pl.DataFrame(
        {
            "who": pl.Series(generator.choice(who, 500), dtype=pl.Enum(who)),
            "day": generator.integers(-5, 5, 500),
            "invoice": generator.choice(texts, 500),
            "gp": generator.normal(size=500).round(2),
            "lines": pl.repeat(1, 500, dtype=pl.Int32, eager=True),
        }
    )
    keys, values = ["who", "day", "invoice"], [nw.col("gp", "lines")]
    found, wanted = run_lengths.summed(rows, keys, values), run_lengths.hashed(rows, keys, values)
    assert found["who", "day"].equals(wanted["who", "day"])
    assert_frame_equal(found.sort(keys), wanted, check_dtypes=False)


@pytest.mark.parametrize("texts", [["b", "b", "a", None, None, "b"], [None, "a"], []])
def test_keyed_texts_read_and_sort_as_before(texts):
    rows = pl.LazyFrame({"who": pl.Series(texts, dtype=pl.String), "gp": range(len(texts))})
    found = run_lengths.keyed(rows, ["who"]).collect()
    assert isinstance(found["who"].dtype, pl.Enum)
    assert found.cast({"who": pl.String}).equals(rows.collect())
    assert found["who"].sort().cast(pl.String).equals(rows.collect()["who"].sort())


def test_two_invoices_with_one_hash_stay_two(monkeypatch):
    rows = pl.DataFrame({"day": [1, 1, 1], "invoice": ["a", "b", "a"], "gp": [1.0, 2.0, 4.0]})
    monkeypatch.setattr(run_lengths, "places", lambda keys: np.zeros(len(keys), dtype=np.int64))
    found = run_lengths.summed(rows, ["day", "invoice"], [nw.col("gp")])
    assert found.rows() == [(1, "a", 5.0), (1, "b", 2.0)]


def test_keys_too_wide_for_a_number_are_grouped_all_the_same():
    far = [0, 2**62, 0]
    rows = pl.DataFrame({"a": far, "b": far, "invoice": ["x", "y", "x"], "gp": [1.0, 2.0, 4.0]})
    found = run_lengths.summed(rows, ["a", "b", "invoice"], [nw.col("gp")])
    assert found["gp"].to_list() == [5.0, 2.0]


@pytest.mark.skipif(bool(find_spec("pyspark")), reason="PySpark is installed here")
def test_missing_pyspark_names_the_extra(path):
    with pytest.raises(ModuleNotFoundError, match=r"gosales\[spark\]"):
        features.open_sales(path, "pyspark")
