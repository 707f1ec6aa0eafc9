"""A driver that reaches no SQL Server but keeps every statement meant for one, with its values."""

from __future__ import annotations

import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine, make_url

ANSWERS: dict[str, list[tuple[Any, ...]]] = {
    r"ProductVersion": [("16.0.4000.1",)],
    r"SELECT schema_name\(\)": [("dbo",)],
    r"@result": [(0,)],
    r"max\(.*version": [(None,)],
    r"max\(.*format": [(1,)],
    r"ORDER BY .*started DESC": [("2026-01-01T000000Z",)],
    r"COALESCE\(.*SCHEMA_NAME": [("gosales_writer", "dbo")],
    r"HAS_PERMS_BY_NAME": [(0,)],
    r"@@VERSION": [("Microsoft SQL Azure (RTM) - 12.0",)],
    r"is_read_committed_snapshot_on": [(0,)],
}


class Error(Exception):
    """The driver's error."""


class Cursor:
    """Takes anything, answers by ANSWERS, and knows nothing else."""

    def __init__(self, log: list[tuple[str, Any, bool]]) -> None:
        self.log, self.rows, self.description = log, [], None
        self.rowcount, self.fast_executemany = -1, False

    def execute(self, statement: str, parameters: Any = ()) -> None:
        self._take(statement, parameters)

    def executemany(self, statement: str, parameters: Any) -> None:
        self._take(statement, parameters)

    def _take(self, statement: str, parameters: Any) -> None:
        self.log.append((statement, parameters, self.fast_executemany))
        found = (rows for sign, rows in ANSWERS.items() if re.search(sign, statement, re.S))
        self.rows = list(next(found, []))
        reads = re.match(r"\s*(SELECT|WITH|DECLARE)", statement)
        width = len(self.rows[0]) if self.rows else statement.count(",") + 1
        one = (str, None, None, None, None, None)
        self.description = [(f"c{n}", *one) for n in range(width)] if reads else None

    def fetchone(self) -> Any:
        return self.rows.pop(0) if self.rows else None

    def fetchmany(self, size: int = 1) -> list[Any]:
        return [self.rows.pop(0) for _ in range(min(size, len(self.rows)))]

    def fetchall(self) -> list[Any]:
        return self.fetchmany(len(self.rows))

    def nextset(self) -> bool:
        return False

    def setinputsizes(self, sizes: Any) -> None:
        """Nothing to size."""

    def close(self) -> None:
        """Nothing to close."""


class Connection:
    """A connection to nowhere."""

    autocommit = False

    def __init__(self, log: list[tuple[str, Any, bool]]) -> None:
        self.log = log

    def cursor(self) -> Cursor:
        return Cursor(self.log)

    def add_output_converter(self, kind: int, convert: Any) -> None:
        """Nothing to convert."""

    def commit(self) -> None:
        self.log.append(("COMMIT", (), False))

    def rollback(self) -> None:
        self.log.append(("ROLLBACK", (), False))

    def close(self) -> None:
        """Nothing to close."""


class Driver:
    """What SQLAlchemy asks of pyodbc."""

    paramstyle, version, pooling = "qmark", "5.5.0", False
    Cursor = Cursor
    apilevel, threadsafety = "2.0", 1
    Error = DatabaseError = OperationalError = ProgrammingError = Error
    InterfaceError = IntegrityError = DataError = InternalError = NotSupportedError = Error
    SQL_WVARCHAR = SQL_DECIMAL = SQL_VARBINARY = BINARY = None
    NUMBER, STRING, DATETIME, ROWID = float, str, int, bytes
    Binary, SQL_CHAR, SQL_WCHAR = bytes, 1, -8

    def __init__(self) -> None:
        self.log: list[tuple[str, Any, bool]] = []

    def connect(self, *given: Any, **options: Any) -> Connection:
        return Connection(self.log)

    def statements(self) -> list[str]:
        return [said for said, _, _ in self.log if said not in ("COMMIT", "ROLLBACK")]


class Live:
    """What an inspector would find on the server."""

    def __init__(self, tables: dict[str, list[str]], views: list[str], schemas: list[str]) -> None:
        self.tables, self.views, self.schemas = tables, views, schemas

    def get_schema_names(self) -> list[str]:
        return self.schemas

    def get_table_names(self, schema: str | None = None) -> list[str]:
        return list(self.tables)

    def get_view_names(self, schema: str | None = None) -> list[str]:
        return self.views

    def has_table(self, name: str, schema: str | None = None) -> bool:
        return name in self.tables

    def get_columns(self, name: str, schema: str | None = None) -> list[dict[str, Any]]:
        return [{"name": column, "type": sa.Unicode()} for column in self.tables[name]]

    def get_indexes(self, name: str, schema: str | None = None) -> list[dict[str, Any]]:
        return []

    def get_pk_constraint(self, name: str, schema: str | None = None) -> dict[str, Any]:
        return {"constrained_columns": self.tables[name][:1]}


def engine(driver: Driver) -> Engine:
    """Return an engine that speaks to SQL Server through the driver that reaches none."""
    url = make_url("mssql+pyodbc://u:p@h/d?driver=ODBC+Driver+18+for+SQL+Server")
    return sa.create_engine(
        url, module=driver, fast_executemany=True, poolclass=sa.pool.NullPool, hide_parameters=True
    )
