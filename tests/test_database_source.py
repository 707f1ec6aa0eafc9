"""Sales from a database: the same rows and account as from files; nothing is changed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal

from gosales_lib import layout, layout_init, sales_log
from gosales_lib.core import settings
from gosales_lib.database import reading, retry
from gosales_lib.sales_log import tables

NAME = "Ünïcødé 客户 🛠 =HYPERLINK('x')"
SALES = [
    ("a1", date(2024, 1, 31), NAME, "i1", Decimal("1234.56"), 2),
    ("a1", date(2024, 2, 29), NAME, "i2", Decimal("-0.01"), -1),
    (None, date(2024, 3, 1), "nobody", "i3", Decimal("10.00"), 1),
    ("b2", None, "no date", "i4", Decimal("20.00"), 1),
    ("b2", date(2024, 3, 2), "empty", "i5", None, None),
]
LAYOUT = """name: toy
shape: wide
{place}
columns: {{customer_id: customer, customer_name: name, order_date: day, invoice: invoice}}
divisions: {{Solid: [P]}}
"""


@pytest.fixture
def sales_table(engine, database_url, monkeypatch) -> sa.Table:
    """A wide log as a typed table of the database that layouts read from."""
    monkeypatch.setenv("GOSALES_SOURCE_URL", database_url)
    settings.load.cache_clear()
    table = sa.Table(
        "Sales Log",
        sa.MetaData(),
        sa.Column("customer", sa.Text),
        sa.Column("day", sa.Date),
        sa.Column("name", sa.Text),
        sa.Column("invoice", sa.Text, primary_key=True),
        sa.Column("P", sa.Numeric(12, 2, asdecimal=True)),
        sa.Column("P_Qty", sa.Integer),
    )
    with engine.begin() as opened:
        table.create(opened)
        for row in SALES:
            opened.execute(table.insert().values(row))
    yield table
    settings.load.cache_clear()


def write(folder, place: str):
    path = folder / "toy.yaml"
    path.write_text(LAYOUT.format(place=place))
    return layout.load(path)


def test_types_come_as_the_database_has_them(engine, sales_table):
    (rows,) = reading.stream(engine, "Sales Log")
    assert rows["day"].to_list() == [row[1] for row in SALES]
    assert rows["name"][0] == NAME
    assert [v if v is None else Decimal(str(v)) for v in rows["P"].to_list()] == [
        Decimal("1234.56"), Decimal("-0.01"), Decimal(10), Decimal(20), None,
    ]  # fmt: skip
    assert rows["P_Qty"].dtype == pl.Int64
    if engine.dialect.name == "postgresql":
        assert rows["P"].dtype == pl.Decimal(12, 2)


def test_a_long_table_comes_in_chunks_in_the_order_of_its_key(engine, sales_table):
    parts = list(reading.stream(engine, "Sales Log", chunk_rows=2))
    assert [part.height for part in parts] == [2, 2, 1]
    assert pl.concat([p.select("invoice") for p in parts])["invoice"].to_list() == [
        "i1", "i2", "i3", "i4", "i5",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "place",
    ["source: {table: Sales Log}", 'source: {query: SELECT * FROM "Sales Log" ORDER BY invoice}'],
)
def test_a_table_or_query_gives_what_the_same_file_gives(tmp_path, sales_table, place):
    columns = [column.name for column in sales_table.c]
    (tmp_path / "log").mkdir()
    pl.DataFrame(SALES, schema=columns, orient="row").write_csv(tmp_path / "log" / "log.csv")
    from_file = sales_log.read(write(tmp_path, ""), tmp_path / "log")
    found = sales_log.read(write(tmp_path, place), None)
    sales_log.check(found.reconciliation)
    assert_frame_equal(found.transactions, from_file.transactions)
    assert_frame_equal(found.customers, from_file.customers)
    assert found.rejected["reason"].to_list() == from_file.rejected["reason"].to_list()
    assert found.rejected["gross_profit"].to_list() == [10.0, 20.0]
    assert_frame_equal(found.reconciliation.drop("file"), from_file.reconciliation.drop("file"))


def test_chunks_make_one_account(tmp_path, sales_table, monkeypatch):
    monkeypatch.setattr(reading, "CHUNK_ROWS", 2)
    monkeypatch.setattr(reading.stream, "__defaults__", (2,))
    found = sales_log.read(write(tmp_path, "source: {table: Sales Log}"), None)
    (account,) = found.reconciliation.to_dicts()
    assert (account["rows_in"], account["rows_kept"], account["rows_rejected"]) == (5, 2, 2)
    assert found.rejected["line"].to_list() == [3, 4]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("Sales Lag", "no table or view 'Sales Lag'; did you mean 'Sales Log'"),
        (
            "dbo.Sales Log",
            "has no (schema 'dbo': name the table alone|table or view 'dbo.Sales Log')",
        ),
        ("SELECT 1 AS a; DROP TABLE runs", "write one statement, and no `;` between"),
        ('SELECT invoice, "P" AS invoice FROM "Sales Log"', "gives column 'invoice' twice"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(engine, sales_table, asked, told):
    with pytest.raises(ValueError, match=told):
        list(reading.stream(engine, asked))


def test_a_query_can_change_nothing(engine, sales_table):
    hidden = 'WITH gone AS (DELETE FROM "Sales Log" RETURNING invoice) SELECT * FROM gone'
    with pytest.raises(sa.exc.SQLAlchemyError):
        list(reading.stream(engine, hidden))
    with engine.connect() as opened:
        assert opened.scalar(sa.select(sa.func.count()).select_from(sales_table)) == len(SALES)


def test_an_unreachable_server_is_reported_without_its_password(tmp_path, monkeypatch):
    monkeypatch.setenv("GOSALES_SOURCE_URL", "postgresql://u:hunter2-planted@127.0.0.1:1/d")
    monkeypatch.setattr(retry.with_retries, "__defaults__", ("", 1, lambda seconds: None))
    settings.load.cache_clear()
    with pytest.raises(RuntimeError, match=r"sales of postgresql database d") as caught:
        sales_log.read(write(tmp_path, "source: {table: sales}"), None)
    settings.load.cache_clear()
    assert "hunter2" not in str(caught.value)


@pytest.fixture
def adventureworks(engine, database_url, monkeypatch):
    """The layout of AdventureWorks, and the same with the database for its files."""
    plain = layout.load("layouts/adventureworks.yaml")
    folder = settings.resolve(plain.data)
    if not folder.is_dir():
        pytest.skip(f"{plain.data} is not here: the public data set lies beside the project")
    monkeypatch.setenv("GOSALES_SOURCE_URL", database_url)
    settings.load.cache_clear()
    for name, path in {
        "sales_log": folder / "sales_log.csv",
        "sales_log_2013h2": next((folder / "holdout").glob("*.csv")),
        "customers": folder / "customers.csv",
    }.items():
        rows = pl.read_csv(path, infer_schema_length=None, try_parse_dates=True)
        rows.to_pandas().to_sql(name, engine, index=False)
    given = plain.model_dump(mode="json", by_alias=True, exclude_none=True)
    given |= {"source": {"table": "sales_log"}, "holdout_source": {"table": "sales_log_2013h2"}}
    given["customers"] |= {"source": {"table": "customers"}}
    del given["data"], given["holdout"], given["customers"]["file"]
    yield plain, layout.Layout.model_validate(given), folder
    settings.load.cache_clear()


def test_adventureworks_from_sql_is_adventureworks_from_files(adventureworks):
    plain, from_sql, folder = adventureworks
    keys = ["invoice", "product"]
    for files_log, sql_log in (
        (sales_log.read(plain, folder), sales_log.read(from_sql, None)),
        (
            sales_log.read_holdout(plain, folder / "holdout"),
            sales_log.read_holdout(from_sql, None),
        ),
    ):
        sales_log.check(sql_log.reconciliation)
        assert_frame_equal(
            sql_log.transactions.sort(keys), files_log.transactions.sort(keys), check_exact=True
        )
    assert_frame_equal(
        sales_log.read(from_sql, None).customers, sales_log.read(plain, folder).customers
    )


def test_a_source_is_named_in_accounts():
    assert tables.name(layout.Source(table="dbo.sales")) == "dbo.sales"
    assert tables.name(layout.Source(query="SELECT 1")) == "query"


@pytest.mark.parametrize("kind", ["table", "query"])
def test_a_layout_is_proposed_for_a_table_or_a_query(engine, database_url, monkeypatch, kind):
    monkeypatch.setenv("GOSALES_SOURCE_URL", database_url)
    settings.load.cache_clear()
    lines = sa.Table(
        "order_lines",
        sa.MetaData(),
        sa.Column("order_no", sa.Text),
        sa.Column("order_date", sa.Date),
        sa.Column("customer_no", sa.Text),
        sa.Column("item", sa.Text),
        sa.Column("qty", sa.Integer),
        sa.Column("net_amount", sa.Numeric(12, 2)),
    )
    rows = [
        (
            f"A{i}",
            date(2024, 1 + i % 12, 1 + i % 28),
            f"C{i % 7}",
            f"Item {i % 3}",
            1,
            Decimal(i * 7 % 60),
        )
        for i in range(60)
    ]
    with engine.begin() as opened:
        lines.create(opened)
        opened.execute(
            lines.insert(), [dict(zip(lines.c.keys(), row, strict=True)) for row in rows]
        )
    asked = "order_lines" if kind == "table" else "SELECT * FROM order_lines WHERE qty > 0"
    found = layout_init.propose(layout.Source(**{kind: asked}))
    assert not found.questions
    assert found.layout.data is None
    assert found.layout.source.asked == asked
    assert found.layout.name == ("order_lines" if kind == "table" else "query")
    log = sales_log.read(found.layout, None)
    assert log.transactions.height == 60
    assert log.transactions["gross_profit"].sum() == 1770.0
    settings.load.cache_clear()
