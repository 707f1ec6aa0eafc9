"""Reads sales from a table, a view or a query in chunks, and changes nothing in the database."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import quote

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gosales_lib.core.spelling import hint
from gosales_lib.database.connection import shown

CHUNK_ROWS = 50_000
APART = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\[[^\]]*\]|--[^\n]*|/\*.*?\*/", re.DOTALL)
"""Parts of a statement that may hold any word: texts, quoted names, comments."""
POLARS: dict[type, pl.DataType] = {
    bool: pl.Boolean(),
    int: pl.Int64(),
    float: pl.Float64(),
    str: pl.String(),
    bytes: pl.Binary(),
    datetime: pl.Datetime("us"),
    date: pl.Date(),
}
POSTGRES: dict[str, type] = {
    "bool": bool, "int2": int, "int4": int, "int8": int, "float4": float, "float8": float,
    "text": str, "varchar": str, "bpchar": str, "name": str, "date": date,
    "timestamp": datetime, "timestamptz": datetime, "numeric": Decimal, "bytea": bytes,
}  # fmt: skip


def sqlite_engine(path: Path) -> Engine:
    """Return a read-only engine of a SQLite file."""
    return sa.create_engine(f"sqlite:///file:{quote(str(path.resolve()))}?mode=ro&uri=true")


def tables_of(path: Path) -> list[str]:
    """Return the tables and views of a SQLite file that hold rows; ValueError: it is broken."""
    try:
        live = sa.inspect(sqlite_engine(path))
        names = [*live.get_table_names(), *live.get_view_names()]
        with sqlite_engine(path).connect() as connection:
            first = {n: sa.select(1).select_from(sa.table(n)).limit(1) for n in names}
            return [name for name, row in first.items() if connection.execute(row).first()]
    except sa.exc.SQLAlchemyError as error:
        raise ValueError(f"the database is broken: {getattr(error, 'orig', error)}") from None


def stream(
    engine: Engine, table_or_query: str, chunk_rows: int = CHUNK_ROWS
) -> Iterator[pl.DataFrame]:
    """Yield the rows of a table, a view or a query, in frames of at most `chunk_rows`.

    It is one read-only transaction, rolled back at the end. A table (`table` or `schema.table`)
    comes in the order of its primary key if it has one; a query, one statement that begins with
    SELECT or WITH, as it says. Types are the database's: decimals with a scale stay decimals,
    without one they come as their exact text; SQLite, which has no dates, gives those of columns
    declared as such. A result without rows is one empty frame.

    ValueError: no such table (with the nearest name), more than a query, or a column of two types.
    sqlalchemy.exc.SQLAlchemyError: the database could not be reached or refused.
    """
    with engine.connect() as connection:
        read_only(connection)
        statement, types = prepared(connection, table_or_query)
        streamed = {"stream_results": True, "max_row_buffer": chunk_rows}
        result = connection.execute(statement, execution_options=streamed)
        columns = refuse_twins(list(result.keys()), table_or_query)
        description: Sequence[Any] = getattr(result.cursor, "description", None) or ()
        types = dict(zip(columns, described(engine.dialect.name, description), strict=False)) | {
            name: dtype for name, dtype in types.items() if engine.dialect.name == "sqlite"
        }
        empty = True
        for rows in result.partitions(chunk_rows):
            empty = False
            yield frame(rows, columns, types)
        if empty:
            yield frame([], columns, types)
        connection.rollback()


def read_only(connection: sa.Connection) -> None:
    """Make the transaction read-only; on SQL Server, which has no such mode, it is rolled back."""
    if connection.dialect.name == "postgresql":
        connection.execution_options(postgresql_readonly=True)
    elif connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA query_only=ON")


def is_query(asked: str) -> bool:
    """Return whether the text is a query, not a name."""
    return bool(re.match(r"\s*(select|with)\b", APART.sub(" ", asked), re.IGNORECASE))


def prepared(
    connection: sa.Connection, asked: str
) -> tuple[sa.Executable, dict[str, pl.DataType | None]]:
    """Return the statement for a table or a query, and the types that only the table declares."""
    if not is_query(asked):
        return whole_table(connection, asked)
    bare = APART.sub(" ", asked).strip().rstrip(";")
    if ";" in bare:
        raise ValueError(f"query {asked[:60]!r}: write one statement, and no `;` between")
    return sa.text(asked.strip().rstrip(";").replace(":", "\\:")), {}


def whole_table(
    connection: sa.Connection, asked: str
) -> tuple[sa.Executable, dict[str, pl.DataType | None]]:
    """Return the statement that reads a table or a view, every name quoted where it must be."""
    schema, _, name = asked.strip().rpartition(".")
    live, where, home = sa.inspect(connection), shown(connection.engine.url), schema or None
    is_sqlite = connection.dialect.name == "sqlite"
    if is_sqlite and home and home not in live.get_schema_names():
        raise ValueError(f"{where} has no schema {schema!r}: name the table alone, {name!r}")
    if not live.has_table(name, home):
        there = [*live.get_table_names(home), *live.get_view_names(home)]
        raise ValueError(f"{where} has no table or view {asked!r}{hint(name, there)}")
    columns = {c["name"]: c["type"] for c in live.get_columns(name, home)}
    table = sa.table(name, *map(sa.column, columns), schema=home)
    key = live.get_pk_constraint(name, home)["constrained_columns"]
    days = {sa.Date: pl.Date(), sa.DateTime: pl.Datetime("us")}
    types = {
        c: t for c, sql in columns.items() for kind, t in days.items() if isinstance(sql, kind)
    }
    return sa.select(*table.c).order_by(*(table.c[column] for column in key)), dict(types)


def described(backend: str, description: Sequence[Any]) -> list[pl.DataType | None]:
    """Return the type of each column by the driver; None where only the values show it."""
    if backend == "postgresql":
        from psycopg import postgres

        names = [getattr(postgres.types.get(item.type_code), "name", "") for item in description]
        kinds = [POSTGRES.get(name, str) for name in names]
        return [_exact(k, i.precision, i.scale) for k, i in zip(kinds, description, strict=True)]
    if backend == "mssql":
        return [_exact(item[1], item[4], item[5]) for item in description]
    return [None] * len(description)


def _exact(kind: type, precision: int | None, scale: int | None) -> pl.DataType:
    if kind is not Decimal:
        return POLARS.get(kind, pl.String())
    fits = precision is not None and scale is not None and 0 <= scale <= precision <= 38
    return pl.Decimal(precision, scale or 0) if fits else pl.String()


def frame(
    rows: Sequence[Any], columns: list[str], types: dict[str, pl.DataType | None]
) -> pl.DataFrame:
    """Return rows as a frame; a type that the values show is remembered in `types`."""
    columns_read = {}
    for index, name in enumerate(columns):
        values = [row[index] for row in rows]
        dtype = types.get(name) or told(values)
        columns_read[name] = series(name, values, dtype)
        if any(value is not None for value in values):
            types[name] = columns_read[name].dtype
    return pl.DataFrame(columns_read)


def told(values: list[Any]) -> pl.DataType:
    """Return the type that holds all values; whole numbers and others together are numbers."""
    kinds = {type(value) for value in values if value is not None}
    if kinds and kinds <= {int, float}:
        return pl.Float64() if float in kinds else pl.Int64()
    return POLARS.get(next(iter(kinds)), pl.String()) if len(kinds) == 1 else pl.String()


def series(name: str, values: list[Any], dtype: pl.DataType) -> pl.Series:
    """Return a column; ValueError where a value is of another type than those before it."""
    if dtype == pl.String():
        values = [v if v is None or isinstance(v, str) else str(v) for v in values]
    if dtype == pl.Float64():
        values = [float(v) if isinstance(v, int | Decimal) else v for v in values]
    texts = dtype.is_temporal() and any(isinstance(value, str) for value in values)
    try:
        if texts:  # SQLite
            return pl.Series(name, values, pl.String()).str.to_datetime().cast(dtype)
        return pl.Series(name, values, dtype, strict=True)
    except (TypeError, OverflowError, pl.exceptions.PolarsError):
        if texts:
            return pl.Series(name, values, pl.String(), strict=False)
        odd = next((v for v in values if v is not None and not isinstance(v, _kind(dtype))), None)
        raise ValueError(
            f"column {name!r} holds {odd!r} where earlier rows are {dtype}: CAST it in a query"
        ) from None


def _kind(dtype: pl.DataType) -> type:
    return next((kind for kind, dtype_of in POLARS.items() if dtype_of == dtype), object)


def refuse_twins(columns: list[str], asked: str) -> list[str]:
    """Return the columns; duplicate names are refused, since they would be ambiguous."""
    for name in columns:
        if columns.count(name) > 1:
            raise ValueError(f"{asked[:60]!r} gives column {name!r} twice: rename one with AS")
    return columns
