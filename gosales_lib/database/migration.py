"""Creates missing tables and adds new columns; nothing is ever dropped."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.schema import CreateIndex, CreateSchema, CreateTable, DDLElement, DropView
from sqlalchemy.sql.compiler import DDLCompiler

from gosales_lib.database import schema

FORMAT = 2
"""Raise it when a table's meaning changes, so that an older version refuses; not for a column."""


class AddColumn(DDLElement):
    """ALTER TABLE … ADD …: this form is understood by SQLite, PostgreSQL and SQL Server alike."""

    def __init__(self, column: sa.Column[Any]) -> None:
        self.column = column


@compiles(AddColumn)
def _add_column(element: AddColumn, compiler: DDLCompiler, **options: object) -> str:
    table = compiler.preparer.format_table(element.column.table)
    return f"ALTER TABLE {table} ADD {compiler.get_column_specification(element.column)}"


def upgrade(connection: sa.Connection, wanted: Mapping[str, sa.Table]) -> list[str]:
    """Make the tables, columns, indexes and views that are missing; return what was changed.

    Each change is a numbered row of `gosales_schema`. Columns that another gosales added stay.
    ValueError: tables of these names belong to another program, or to a newer gosales.
    """
    name = next(iter(wanted.values())).schema
    log = schema.changes(name)
    live = sa.inspect(connection)
    done: list[str] = []
    if name and name not in live.get_schema_names():
        connection.execute(CreateSchema(name))
        done.append(f"schema {name}")
        live = sa.inspect(connection)
    there = set(live.get_table_names(name))
    if log.name in there:
        refuse_newer(connection, log)
    else:
        refuse_strangers(there, wanted)
        connection.execute(CreateTable(log))
    views = set(live.get_view_names(name))
    for table in wanted.values():
        steps = (
            missing_parts(live, table)
            if table.name in there
            else [(f"table {table.name}", CreateTable(table)), *indexes(table, table.indexes)]
        )
        for _, statement in steps:
            connection.execute(statement)
        done += [change for change, _ in steps]
        widened = any(change.startswith("column") for change, _ in steps)
        if (view := f"current_{table.name}") not in views or widened:
            show_current(connection, table, view in views)
            done.append(f"view {view}")
    note(connection, log, done)
    return done


def show_current(connection: sa.Connection, table: sa.Table, exists: bool) -> None:
    """Make the view of a table's current rows, or widen it by the columns that were added.

    Grants on an existing view stay: PostgreSQL and SQL Server replace it in place, its
    columns in their old order. SQLite knows no grants, and no replacing.
    """
    columns = [c["name"] for c in sa.inspect(connection).get_columns(table.name, table.schema)]
    view = schema.view(table, columns, replace=exists and connection.dialect.name == "postgresql")
    if not exists or connection.dialect.name == "postgresql":
        connection.execute(view)
    elif connection.dialect.name == "mssql":
        statement = str(view.compile(dialect=connection.dialect))
        connection.exec_driver_sql(statement.replace("CREATE VIEW", "CREATE OR ALTER VIEW", 1))
    else:
        connection.execute(DropView(view.table))
        connection.execute(view)


def missing_parts(live: sa.Inspector, table: sa.Table) -> list[tuple[str, DDLElement]]:
    """Return the columns and indexes that a table lacks, as changes and their statements."""
    columns = {column["name"] for column in live.get_columns(table.name, table.schema)}
    existing = {index["name"] for index in live.get_indexes(table.name, table.schema)}
    lacking = [column for column in table.c if column.name not in columns]
    steps = [(f"column {table.name}.{c.name}", AddColumn(c)) for c in lacking]
    return steps + indexes(table, (i for i in table.indexes if i.name not in existing))


def indexes(table: sa.Table, which: Iterable[sa.Index]) -> list[tuple[str, DDLElement]]:
    """Return statements that make indexes, by their names in order."""
    ordered = sorted(which, key=lambda index: str(index.name))
    return [(f"index {index.name}", CreateIndex(index)) for index in ordered]


def refuse_newer(connection: sa.Connection, log: sa.Table) -> None:
    """Refuse tables whose meaning a newer version of GoSales changed."""
    newest = connection.scalar(sa.select(sa.func.max(log.c.format)))
    if newest is not None and newest > FORMAT:
        raise ValueError(
            f"the published tables have format {newest}; this version of GoSales supports "
            f"{FORMAT}: update it"
        )


def refuse_strangers(there: set[str], wanted: Mapping[str, sa.Table]) -> None:
    """Refuse to write into tables that happen to have our names (MLflow's store has `runs`)."""
    if strangers := sorted(there & set(wanted)):
        raise ValueError(
            f"table {strangers[0]} exists and does not belong to GoSales: "
            "name another schema by GOSALES_DATABASE_SCHEMA, or another database"
        )


def note(
    connection: sa.Connection,
    log: sa.Table,
    done: list[str],
    now: Callable[[], datetime] = lambda: datetime.now(UTC).replace(tzinfo=None),
) -> None:
    """Number the changes, continuing after the last one."""
    last = connection.scalar(sa.select(sa.func.max(log.c.version))) or 0
    rows = [
        {"version": last + n, "format": FORMAT, "applied": now(), "change": change}
        for n, change in enumerate(done, start=1)
    ]
    if rows:
        connection.execute(sa.insert(log), rows)
