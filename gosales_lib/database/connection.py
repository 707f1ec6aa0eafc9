"""The database that the settings name: its URL, its driver, its engine."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Engine, make_url
from sqlalchemy.pool import NullPool

from gosales_lib.core import settings as project
from gosales_lib.database import drivers

if TYPE_CHECKING:
    from pydantic import SecretStr

    from gosales_lib.core.settings import Settings

FILE = "gosales.db"
LOGIN_SECONDS = 30  # Microsoft's advice for Azure; the drivers' default is 15
WRITE = "gosales_write"  # execution option: this transaction will write
ENTRA = {
    "interactive": "ActiveDirectoryInteractive",
    "managed-identity": "ActiveDirectoryMsi",
    "service-principal": "ActiveDirectoryServicePrincipal",
}
"""Values of the keyword Authentication. Source: Microsoft's documentation of ODBC Driver 18,
"Using Microsoft Entra ID with the ODBC Driver"."""
NEEDED = {
    "sql": ("AZSQL_USERNAME", "AZSQL_PASSWORD"),
    "interactive": (),
    "managed-identity": (),  # AZSQL_USERNAME: client id of a user-assigned one
    "service-principal": ("AZSQL_USERNAME", "AZSQL_PASSWORD"),
}


def url(settings: Settings) -> URL:
    """Return the URL: GOSALES_DATABASE_URL, else AZSQL_*, else SQLite in the project's root.

    ValueError names an invalid URL or a missing setting, never with a value.
    """
    if settings.database_url is not None:
        return parsed(settings.database_url, "GOSALES_DATABASE_URL")
    if settings.azsql_server or settings.azsql_database:
        return azure(settings)
    return URL.create("sqlite", database=(project.project_root() / FILE).as_posix())


def parsed(secret: SecretStr, setting: str) -> URL:
    """Return the URL of a setting, with a driver and, for SQLite, an absolute file."""
    try:
        url = make_url(re.sub(r"^postgres://", "postgresql://", secret.get_secret_value()))
    except sa.exc.ArgumentError:
        shape = "such as postgresql+psycopg://user:password@host/database"
        raise ValueError(f"{setting} is not an SQLAlchemy URL: write one {shape}") from None
    if url.drivername == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database not in (None, "", ":memory:"):
        return url.set(database=Path(project.resolve(str(url.database))).as_posix())
    return url


def azure(settings: Settings) -> URL:
    """Return the URL of Azure SQL by the AZSQL_* settings: encrypted, its certificate checked."""
    given = {
        "AZSQL_SERVER": settings.azsql_server,
        "AZSQL_DATABASE": settings.azsql_database,
        "AZSQL_USERNAME": settings.azsql_username,
        "AZSQL_PASSWORD": settings.azsql_password,
    }
    auth = settings.azsql_auth
    missing = [n for n in ("AZSQL_SERVER", "AZSQL_DATABASE", *NEEDED[auth]) if not given[n]]
    if missing:
        raise ValueError(f"{', '.join(missing)}: blank, and AZSQL_AUTH={auth} needs it; see .env")
    driver = drivers.find(interactive=auth == "interactive")
    query = {"Encrypt": "yes", "TrustServerCertificate": "no", "ConnectRetryCount": "3"}
    if driver.dialect == "mssql+pyodbc":
        query |= {"driver": driver.name, "LongAsMax": "Yes"}
    if auth in ENTRA:
        query["authentication"] = ENTRA[auth]
    host, port = address(str(settings.azsql_server))
    password = settings.azsql_password
    return URL.create(
        driver.dialect,
        username=settings.azsql_username,
        password=password.get_secret_value() if password and NEEDED[auth] else None,
        host=host,
        port=port,
        database=settings.azsql_database,
        query=query,
    )


def address(server: str) -> tuple[str, int | None]:
    """Return host and port of `tcp:host,3342`, `host,3342`, `host:3342` or `host`."""
    match = re.fullmatch(r"(?:tcp:)?([^,:]+)(?:[,:]\s*(\d+))?", server.strip())
    if not match:
        raise ValueError(f"AZSQL_SERVER {server!r} is not a host name: write host or host,port")
    return match[1], int(match[2]) if match[2] else None


def engine(settings: Settings, login_seconds: int = LOGIN_SECONDS) -> Engine:
    """Return the engine of the database that the settings name; nothing is opened yet."""
    return open_url(url(settings), login_seconds)


def source_engine(settings: Settings) -> Engine:
    """Return the engine that logs are read from: GOSALES_SOURCE_URL, else the same database."""
    if settings.source_url is None:
        return engine(settings)
    return open_url(parsed(settings.source_url, "GOSALES_SOURCE_URL"))


def open_url(url: URL, login_seconds: int = LOGIN_SECONDS) -> Engine:
    """Return an engine with time limits and bulk paths set; errors never show a row's values.

    Connections are not kept, so that a connection lost in a fail-over is never used again.
    """
    options: dict[str, Any] = {"poolclass": NullPool, "hide_parameters": True}
    backend, name = url.get_backend_name(), url.get_driver_name()
    if backend == "sqlite":
        made = sa.create_engine(url, connect_args={"timeout": 60}, **options)
        sa.event.listen(made, "connect", _leave_begin_to_us)
        sa.event.listen(made, "begin", _begin)
        return made
    if backend == "postgresql":
        return sa.create_engine(url, connect_args={"connect_timeout": login_seconds}, **options)
    if backend == "mssql":
        options["connect_args"] = {"timeout": login_seconds}
        if name == "pyodbc":
            options["fast_executemany"] = True
        elif name == "mssqlpython":
            drivers.choose_provider(drivers.find(interactive=True))
    return sa.create_engine(url, **options)


def _leave_begin_to_us(connection: Any, record: Any) -> None:
    connection.isolation_level = None


def _begin(connection: sa.Connection) -> None:
    """Begin a writing transaction as a writer: a later upgrade of a reader may never succeed."""
    writes = connection.get_execution_options().get(WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def shown(url: URL) -> str:
    """Return where a database is, without any secret: `postgresql database sales on host`."""
    if url.get_backend_name() == "sqlite":
        return f"sqlite {Path(url.database or ':memory:').name}"
    return f"{url.get_backend_name()} database {url.database} on {url.host or 'this machine'}"


def in_words(error: Exception, url: URL) -> str:
    """Return the message of the driver in one line, with its codes and without the password."""
    cause = getattr(error, "orig", None) or error
    text = " ".join(str(cause).split()) or type(cause).__name__
    if url.password:
        text = text.replace(str(url.password), "***")
    return text[:500]
