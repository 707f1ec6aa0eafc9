"""Locks that admit one publisher at a time; readers see whole runs, and a kill frees the lock."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gosales_lib.database.connection import WRITE

WAIT_SECONDS = 600
APPLOCK = """
DECLARE @result int;
EXEC @result = sp_getapplock @Resource = :resource, @LockMode = 'Exclusive',
  @LockOwner = 'Transaction', @LockTimeout = :milliseconds;
SELECT @result;
"""


@contextmanager
def publishing(engine: Engine, schema: str | None) -> Iterator[sa.Connection]:
    """Yield a connection in a transaction that excludes other publishers of this schema.

    It is committed when the block succeeds, else rolled back, also by the server after a kill.
    After ten minutes of waiting, TimeoutError is raised (SQLite: an error after one minute).
    """
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            readers_go_on(connection)
        with connection.execution_options(**{WRITE: True}).begin():
            take(connection, f"gosales:{schema or ''}")
            yield connection


def readers_go_on(connection: sa.Connection) -> None:
    """Let readers of SQLite see the last committed state during a write (write-ahead log)."""
    driver: Any = connection.connection.driver_connection
    driver.execute("PRAGMA journal_mode=WAL").close()


def take(connection: sa.Connection, name: str) -> None:
    """Wait for the publishers' lock; SQLite holds it already after BEGIN IMMEDIATE."""
    backend = connection.dialect.name
    if backend == "postgresql":
        connection.execute(sa.text(f"SET LOCAL lock_timeout = '{WAIT_SECONDS}s'"))
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(number(name))))
    elif backend == "mssql":
        asked = {"resource": name, "milliseconds": WAIT_SECONDS * 1000}
        if (connection.execute(sa.text(APPLOCK), asked).scalar() or 0) < 0:
            raise TimeoutError(f"another publisher has held {name} for {WAIT_SECONDS} s")


def number(name: str) -> int:
    """Return the 64-bit number that stands for a name in PostgreSQL's advisory locks."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


def keep_readers_out(connection: sa.Connection, tables: Iterable[sa.Table]) -> None:
    """Lock whole tables on SQL Server until the commit.

    Without row versions (READ_COMMITTED_SNAPSHOT) one scan of a reader could return old and new
    rows. With row versions, readers do not notice the lock.
    """
    if connection.dialect.name != "mssql":
        return
    for table in tables:
        locked: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(table)
        locked = locked.with_hint(table, "WITH (TABLOCKX, HOLDLOCK)", "mssql")
        connection.execute(locked.where(sa.literal_column("1") == sa.literal_column("0")))
