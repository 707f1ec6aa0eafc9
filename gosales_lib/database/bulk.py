"""Bulk inserts, in the fastest way of each database."""

from __future__ import annotations

from typing import Any

import polars as pl
import polars.selectors as cs
import sqlalchemy as sa

from gosales_lib.database import schema

COPY_ROWS, MANY_ROWS = 100_000, 10_000
ASTRAL = r"[\x{10000}-\x{10FFFF}]"  # two UTF-16 units each


def insert(connection: sa.Connection, table: sa.Table, rows: pl.DataFrame) -> int:
    """Insert a frame's rows, in its order, and return their number; columns are matched by name.

    PostgreSQL: COPY. SQL Server: the driver's array of parameters (pyodbc: fast_executemany).
    SQLite: one prepared statement. Values are always bound or quoted by a library. ValueError names
    the column and value of a text that is too long.
    """
    fitting = fit(rows, table)
    if fitting.is_empty():
        return 0
    backend = connection.dialect.name
    if backend == "postgresql":
        copy(connection, table, fitting)
    else:
        many(connection, table, stored(fitting) if backend == "sqlite" else fitting)
    return fitting.height


def fit(rows: pl.DataFrame, table: sa.Table) -> pl.DataFrame:
    """Return the rows in a form that every database can hold: without NaN, infinity and NUL."""
    kept = rows.select(
        pl.when(cs.float().is_finite()).then(cs.float()),
        cs.string().str.replace_all("\x00", "", literal=True),
        (cs.categorical() | cs.enum()).cast(pl.String),
        ~(cs.float() | cs.string() | cs.categorical() | cs.enum()),
    ).select([column for column in rows.columns if column in table.c])
    for column in kept.select(cs.string()).columns:
        refuse_long(kept[column], table)
    return kept


def refuse_long(texts: pl.Series, table: sa.Table) -> None:
    """Refuse a text that the column would cut off or the server would refuse."""
    limit = schema.length(texts.name)
    if (texts.to_frame().select(pl.all().str.len_bytes().max()).item() or 0) <= limit:
        return
    units = texts.str.len_chars() + texts.str.count_matches(ASTRAL)
    if long := texts.filter(units > limit).head(1).to_list():
        raise ValueError(
            f"{table.name}.{texts.name} holds {limit} characters, but one has "
            f"{units.max()!r}: {long[0][:40]!r}…; shorten it in the source"
        )


def stored(rows: pl.DataFrame) -> pl.DataFrame:
    """Return the rows as SQLite stores them: dates and times as ISO texts, as SQLAlchemy reads."""
    return rows.with_columns(
        cs.date().dt.to_string("%Y-%m-%d"),
        cs.datetime().dt.to_string("%Y-%m-%d %H:%M:%S%.6f"),
        cs.boolean().cast(pl.Int8),
    )


def many(connection: sa.Connection, table: sa.Table, rows: pl.DataFrame) -> None:
    """Insert by one statement with many rows of parameters."""
    compiled = sa.insert(table).compile(dialect=connection.dialect, column_keys=rows.columns)
    order = list(compiled.positiontup or rows.columns)
    for part in rows.select(order).iter_slices(MANY_ROWS):
        connection.exec_driver_sql(str(compiled), part.rows())


def copy(connection: sa.Connection, table: sa.Table, rows: pl.DataFrame) -> None:
    """Insert by COPY: the frame as CSV, where a null is bare and an empty text is quoted."""
    quote = connection.dialect.identifier_preparer
    columns = ", ".join(quote.quote(column) for column in rows.columns)
    statement = f"COPY {quote.format_table(table)} ({columns}) FROM STDIN (FORMAT csv)"
    cursor: Any = connection.connection.cursor()
    try:
        with cursor, cursor.copy(statement) as out:
            for part in rows.iter_slices(COPY_ROWS):
                out.write(part.write_csv(include_header=False, quote_style="non_numeric").encode())
    except connection.dialect.loaded_dbapi.Error as error:
        raise sa.exc.DBAPIError(statement, None, error) from None
