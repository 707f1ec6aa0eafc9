"""The published tables: typed columns, keys, indexes, and views of the current rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import mssql
from sqlalchemy.schema import CreateView

from gosales_lib.core.columns import DIM_CUSTOMER, FACT_TRANSACTIONS, SCORES, WHITESPACE
from gosales_lib.reports.measures import MEASURES

Columns = Mapping[str, pl.DataType]

RUNS: Columns = {
    "layout": pl.String(),
    "currency": pl.String(),
    "is_current": pl.Boolean(),  # the released run of its layout
    "kind": pl.String(),  # candidate or trial
    "run_name": pl.String(),  # like note: a text of the user
    "note": pl.String(),
    "released": pl.Datetime(),  # UTC; null while it is not the released run
    "started": pl.Datetime(),  # UTC, like finished
    "finished": pl.Datetime(),
    "window_months": pl.Int32(),
    "cutoffs": pl.String(),  # YYYY-MM-DD, separated by commas
    "fact_rows": pl.Int64(),
    "customers": pl.Int64(),
    "scores": pl.Int64(),
    "offers": pl.Int64(),
    "gosales_version": pl.String(),
    "git_commit": pl.String(),
}
CUSTOMER_ATTRIBUTES: Columns = {
    "customer_id": pl.String(),
    "attribute": pl.String(),  # the layout's own name
    "text_value": pl.String(),  # of a category
    "number_value": pl.Float64(),  # of a number
}
WITH_INTERVAL = ("auc", "average_precision", "lift_10")
HOLDOUT_METRICS: Columns = {
    "division": pl.String(),
    "cutoff_date": pl.Date(),
    "segment": pl.String(),  # all, or new to division
    "name": pl.String(),  # model, or a baseline
    "customers": pl.Int64(),
    "buyers": pl.Int64(),
    "base_rate": pl.Float64(),
    "missing_days": pl.Int64(),  # of the window, that hold no sale though they should
    "lacks": pl.String(),  # the same in words; null where the window is wholly covered
    **dict.fromkeys(MEASURES, pl.Float64()),
    # 95% intervals, bootstrap
    **{f"{m}_{end}": pl.Float64() for m in WITH_INTERVAL for end in ("low", "high")},
}


@dataclass(frozen=True)
class Published:
    """A published table: its columns behind `run_id`, the rest of its key, its indexes."""

    columns: Columns
    key: tuple[str, ...] = ()
    indexes: tuple[tuple[str, ...], ...] = ()
    newest_only: bool = False  # kept for the current run only


TABLES = {
    "runs": Published(RUNS, indexes=(("layout", "started"),)),
    "fact_transactions": Published(
        {"line": pl.Int32(), **FACT_TRANSACTIONS},  # line: its place in the log, from 1
        ("line",),
        (("customer_id", "order_date"), ("division", "order_date")),
        newest_only=True,
    ),
    "dim_customer": Published(DIM_CUSTOMER, ("customer_id",), (("rep",),), newest_only=True),
    "customer_attributes": Published(
        CUSTOMER_ATTRIBUTES, ("customer_id", "attribute"), newest_only=True
    ),
    "icp_scores": Published(
        SCORES, ("cutoff_date", "division", "customer_id"), (("customer_id",),)
    ),
    "whitespace": Published(
        WHITESPACE, ("cutoff_date", "division", "customer_id"), (("rank",), ("customer_id",))
    ),
    "holdout_metrics": Published(HOLDOUT_METRICS, ("cutoff_date", "division", "segment", "name")),
}
"""Every key begins with `run_id`."""

LENGTHS = {"run_id": 64, "layout": 100, "customer_id": 100, "division": 200, "attribute": 200}
LENGTHS |= {"segment": 40, "name": 40, "currency": 20, "rep": 200, "branch": 200}
LENGTHS |= dict.fromkeys(("reason_1", "reason_2", "reason_3", "opener"), 1000)
LENGTHS |= {"cutoffs": 4000, "note": 4000}
LENGTH = 400
BINARY = "Latin1_General_100_BIN2"
TYPES: dict[type[pl.DataType], type[sa.types.TypeEngine[Any]]] = {
    pl.Date: sa.Date, pl.Boolean: sa.Boolean,
    pl.Int8: sa.SmallInteger, pl.Int16: sa.SmallInteger, pl.Int32: sa.Integer,
    pl.UInt8: sa.SmallInteger, pl.UInt16: sa.Integer, pl.UInt32: sa.BigInteger,
    pl.Int64: sa.BigInteger, pl.Float32: sa.Double, pl.Float64: sa.Double,
}  # fmt: skip


def length(column: str) -> int:
    """Return the UTF-16 units of a text column; SQL Server cannot index unlimited texts."""
    return LENGTHS.get(column, LENGTH)


def column_type(name: str, dtype: pl.DataType) -> sa.types.TypeEngine[Any]:
    """Return the column's type in the database.

    Texts compare by their code points, as polars does: SQL Server's default would take `abc` and
    `ABC` for one customer.
    """
    if isinstance(dtype, pl.String | pl.Categorical | pl.Enum):
        binary = mssql.NVARCHAR(length(name), collation=BINARY)
        return sa.Unicode(length(name)).with_variant(binary, "mssql")
    if isinstance(dtype, pl.Datetime):
        return sa.DateTime().with_variant(mssql.DATETIME2(6), "mssql")
    if type(dtype) not in TYPES:
        raise ValueError(f"column {name!r} has type {dtype}, which no published table holds")
    return TYPES[type(dtype)]()


def tables(
    schema: str | None = None, further: Mapping[str, Columns] | None = None
) -> dict[str, sa.Table]:
    """Return the published tables by name, in the order in which they are filled.

    `further` are columns that frames have beyond the declared ones, by table: they are appended.
    """
    metadata = sa.MetaData(schema=schema)
    return {name: _table(name, metadata, (further or {}).get(name, {})) for name in TABLES}


def _table(name: str, metadata: sa.MetaData, further: Columns) -> sa.Table:
    declared = TABLES[name]
    key = ("run_id", *declared.key)
    columns = {"run_id": pl.String(), **declared.columns, **further}
    return sa.Table(
        name,
        metadata,
        *(
            sa.Column(column, column_type(column, dtype), nullable=column not in key)
            for column, dtype in columns.items()
        ),
        sa.PrimaryKeyConstraint(*key, name=f"pk_{name}"),
        *(sa.Index(f"ix_{name}_{'_'.join(columns)}", *columns) for columns in declared.indexes),
        sqlite_with_rowid=False,  # one tree, in the order of the key
    )


def changes(schema: str | None = None) -> sa.Table:
    """Return the table that records every change of the others."""
    return sa.Table(
        "gosales_schema",
        sa.MetaData(schema=schema),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("format", sa.Integer, nullable=False),
        sa.Column("applied", column_type("applied", pl.Datetime()), nullable=False),  # UTC
        sa.Column("change", sa.Unicode(LENGTH), nullable=False),
    )


def view(table: sa.Table, columns: Sequence[str], replace: bool = False) -> CreateView:
    """Return `current_<table>`: the rows of each layout's current run, with the layout's name."""
    rows = sa.table(table.name, *map(sa.column, columns), schema=table.schema)
    named = ("run_id", "layout", "is_current")
    runs = sa.table("runs", *map(sa.column, named), schema=table.schema).alias("run")
    select = sa.select(*rows.c)
    if table.name != "runs":
        select = sa.select(runs.c.layout, *rows.c)
        select = select.join_from(rows, runs, rows.c.run_id == runs.c.run_id)
    current = rows.c.is_current if table.name == "runs" else runs.c.is_current
    select = select.where(sa.type_coerce(current, sa.Boolean) == sa.true())
    return CreateView(select, f"current_{table.name}", schema=table.schema, or_replace=replace)
