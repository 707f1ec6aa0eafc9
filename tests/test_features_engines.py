"""One matrix on three engines: every column of every family, to 1e-9."""

import shutil
from datetime import date
from importlib.util import find_spec

import narwhals as nw
import polars as pl
import pytest

from gosales_lib import features
from gosales_lib.features import engines
from gosales_lib.features.matrix import build_all
from gosales_lib.features.registry import FAMILIES
from tests.sales_rows import CUTOFF, DIVISIONS, random_sales

CUTOFFS = [date(2024, 6, 30), CUTOFF]
CUSTOMERS = pl.DataFrame(
    {"customer_id": ["c001", "c002"], "industry": ["Steel", None], "staff": [5, 7]}
)
ASSETS = pl.DataFrame(
    {
        "customer_id": ["c001", "c001", "c002"],
        "division": ["Solid", "Sim", "Solid"],
        "product": ["p0", "p1", "p0"],
        "quantity": [2.0, 1.0, 4.0],
        "start_day": [19000, 19100, 19000],
        "expiry_day": [20100, None, 19500],
    }
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("engines") / "fact_transactions.parquet"
    random_sales().write_parquet(path)
    return path


def matrices(path, engine, cutoffs=CUTOFFS):
    return build_all(
        features.open_sales(path, engine, memory_limit="1GB"),
        cutoffs,
        divisions=DIVISIONS,
        window_months=6,
        families=[f"+{name}" for name in FAMILIES],
        customers=nw.from_native(CUSTOMERS.lazy()),
        attributes=[("industry", "category"), ("staff", "number")],
        assets=nw.from_native(ASSETS.lazy()),
        options={"flags": {"support": ["p1", "p4"]}, "products": ["p0"]},
    )


def assert_same(path, engine, cutoffs=CUTOFFS):
    expected, answer = matrices(path, "polars", cutoffs), matrices(path, engine, cutoffs)
    for division in DIVISIONS:
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


def test_duckdb_gives_the_matrix_that_polars_gives(path):
    assert_same(path, "duckdb")


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


def test_an_unknown_engine_is_told_of_the_three(path):
    with pytest.raises(
        ValueError, match="'duck' is unknown; choose one of polars, duckdb, pyspark"
    ):
        features.open_sales(path, "duck")


def test_duckdb_leaves_no_grain_behind(path):
    sales = features.open_sales(path, "duckdb")
    relation = sales.to_native()
    with engines.keeping([sales]):
        names = "select table_name from duckdb_tables() where table_name like 'gosales%'"
        assert len(relation.query("x", names).fetchall()) == 1
    assert relation.query("x", names).fetchall() == []


@pytest.mark.skipif(bool(find_spec("pyspark")), reason="PySpark is installed here")
def test_missing_pyspark_names_the_extra(path):
    with pytest.raises(ModuleNotFoundError, match=r"gosales\[spark\]"):
        features.open_sales(path, "pyspark")
