"""The database checks of `gosales doctor`: each names a command that fixes it, and no secret."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import URL

from gosales_lib.database import connection, drivers
from gosales_lib.database.schema import TABLES

if TYPE_CHECKING:
    from gosales_lib.core.settings import Settings

SECONDS = 5
DATA_RIGHTS = ("SELECT", "INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True)
class Check:
    """One check; an `optional` one never makes the doctor fail."""

    name: str
    ok: bool
    detail: str
    mend: str = ""
    optional: bool = False
    bad: str = "missing"
    """The word for a check that is not ok."""

    @property
    def state(self) -> str:
        """`ok`, or the fault in one word."""
        return "ok" if self.ok else self.bad


def describe(settings: Settings) -> list[Check]:
    """Return the checks of the database: location, driver, server, rights."""
    try:
        url = connection.url(settings)
    except (ValueError, RuntimeError) as error:
        return [Check("database", False, str(error), "see .env.template")]
    location = Check("database", True, connection.shown(url))
    if url.get_backend_name() == "sqlite":
        return [location, sqlite_file(Path(str(url.database)))]
    return [location, *server(url, settings)]


def local_files(settings: Settings) -> list[Path]:
    """Return the file of a SQLite database, none of a server or where the settings are wrong."""
    try:
        url = connection.url(settings)
    except (ValueError, RuntimeError):
        return []
    return [Path(url.database)] if url.get_backend_name() == "sqlite" and url.database else []


def sqlite_file(path: Path) -> Check:
    """Check the SQLite file without creating it."""
    driver = f"sqlite {sqlite3.sqlite_version}"
    target = path if path.exists() else path.parent
    if not os.access(target, os.W_OK):
        return Check("rights", False, f"{path} cannot be written", f"make {target} writable")
    size = f"{path.stat().st_size / 1e6:.1f} MB" if path.exists() else "made by the first run"
    return Check("driver", True, f"{driver}; {path.name}: {size}")


def server(url: URL, settings: Settings) -> Iterator[Check]:
    """Yield the checks of a server: driver, version, rights."""
    try:
        yield driver(url, settings)
        engine = connection.open_url(url, SECONDS)
    except (ImportError, RuntimeError) as error:
        yield Check("driver", False, str(error), mend_of(url))
        return
    try:
        with engine.connect() as opened:
            yield Check("server", True, version(opened))
            yield rights(opened, settings.database_schema)
            yield from row_versions(opened)
    except Exception as error:
        reason = connection.in_words(error, url)
        hint = "check host, port, firewall and the account in .env"
        yield Check("server", False, reason, hint)


def driver(url: URL, settings: Settings) -> Check:
    """Return the driver that will be used, and a better one if there is one."""
    if url.get_backend_name() == "mssql":
        best = drivers.find(interactive=settings.azsql_auth == "interactive")
        name = f"{best.dialect.partition('+')[2]}, {best.name}"
        return Check("driver", True, name, best.mend, optional=True)
    module = url.get_dialect().import_dbapi()
    return Check("driver", True, f"{module.__name__} {getattr(module, '__version__', '')}")


def mend_of(url: URL) -> str:
    """Return the command that installs the driver of a URL."""
    extra = {"postgresql": "postgres", "mssql": "azure"}.get(url.get_backend_name())
    return f"uv sync --extra {extra}" if extra else f"pip install the driver of {url.drivername}"


def version(opened: sa.Connection) -> str:
    """Return the first line of the server's version text."""
    query = "SELECT @@VERSION" if opened.dialect.name == "mssql" else "SELECT version()"
    return str(opened.exec_driver_sql(query).scalar()).splitlines()[0][:80]


def rights(opened: sa.Connection, schema: str | None) -> Check:
    """Return the rights that the account lacks, and the GRANT that gives them."""
    if opened.dialect.name not in ("postgresql", "mssql"):
        return Check("rights", True, "not known", optional=True)
    look = postgres_rights if opened.dialect.name == "postgresql" else sql_server_rights
    account, missing = look(opened, schema)
    if not missing:
        return Check("rights", True, f"{account} can publish")
    quote = opened.dialect.identifier_preparer.quote_identifier
    mend = "; ".join(f"GRANT {right} TO {quote(account)}" for right in missing)
    return Check("rights", False, f"{account} lacks {', '.join(missing)}", mend)


def postgres_rights(opened: sa.Connection, schema: str | None) -> tuple[str, list[str]]:
    """Return the account and the rights it lacks, as GRANT spells them."""
    row = opened.execute(sa.text("""
        SELECT current_user AS account, current_database() AS base,
          coalesce(:schema, current_schema()) AS schema,
          to_regnamespace(quote_ident(coalesce(:schema, current_schema()))) IS NOT NULL AS there
    """), {"schema": schema}).one()  # fmt: skip
    quote = opened.dialect.identifier_preparer.quote
    if not row.there:
        may = sa.func.has_database_privilege(row.base, "CREATE")
        ok = opened.scalar(sa.select(may))
        return row.account, [] if ok else [f"CREATE ON DATABASE {quote(row.base)}"]
    asked = {
        f"{right} ON SCHEMA {quote(row.schema)}": sa.func.has_schema_privilege(row.schema, right)
        for right in ("USAGE", "CREATE")
    }
    there = set(sa.inspect(opened).get_table_names(row.schema)) & set(TABLES)
    for table in sorted(there):
        named = f"{quote(row.schema)}.{quote(table)}"
        for right in DATA_RIGHTS:
            asked[f"{right} ON {named}"] = sa.func.has_table_privilege(named, right)
    if there == set(TABLES):
        asked.pop(f"CREATE ON SCHEMA {quote(row.schema)}")
    return row.account, [right for right, may in asked.items() if not opened.scalar(sa.select(may))]


def sql_server_rights(opened: sa.Connection, schema: str | None) -> tuple[str, list[str]]:
    """Return the account and the rights it lacks, as GRANT spells them."""
    statement = sa.text("SELECT USER_NAME(), COALESCE(:s, SCHEMA_NAME())")
    account, name = opened.execute(statement, {"s": schema}).one()
    may = sa.text("SELECT HAS_PERMS_BY_NAME(:securable, :kind, :permission)")
    quoted = opened.dialect.identifier_preparer.quote_identifier(name)
    asked: list[tuple[str | None, str, str, str]] = []
    asked += [(None, "DATABASE", right, right) for right in ("CREATE TABLE", "CREATE VIEW")]
    asked += [
        (quoted, "SCHEMA", right, f"{right} ON SCHEMA::{quoted}")
        for right in ("ALTER", *DATA_RIGHTS)
    ]
    return account, [
        grant
        for securable, kind, right, grant in asked
        if not opened.scalar(may, {"securable": securable, "kind": kind, "permission": right})
    ]


def row_versions(opened: sa.Connection) -> Iterator[Check]:
    """Yield whether readers of SQL Server are blocked while a run is published."""
    if opened.dialect.name != "mssql":
        return
    query = "SELECT is_read_committed_snapshot_on FROM sys.databases WHERE database_id = DB_ID()"
    on = bool(opened.exec_driver_sql(query).scalar())
    mend = "" if on else "ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON"
    detail = "readers never wait" if on else "readers wait while a run is published"
    yield Check("row versions", on, detail, mend, optional=True)
