"""A PostgreSQL server of the tests' own: on loopback, in a temporary folder, gone afterwards."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "hunter2-planted"  # must never be seen in an output
MISSING = "no PostgreSQL server here: `apt-get install postgresql` runs these tests too"


def programs() -> Path | None:
    """Return the folder of initdb and postgres, None where PostgreSQL is not installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if found := shutil.which("initdb"):
        folders.insert(0, Path(found).parent)
    whole = (f for f in folders if (f / "initdb").exists() and (f / "postgres").exists())
    return next(whole, None)


def user() -> str | None:
    """Return whom the server runs as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in names)


@contextmanager
def postgres() -> Iterator[str]:
    """Give the URL of a fresh server's own database; it is stopped and removed afterwards."""
    bins, owner = programs(), user()
    folder = Path(tempfile.mkdtemp(prefix="gosales-postgres-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (folder / "password").write_text(PASSWORD)
    if owner:
        for path in (folder, folder / "password"):
            shutil.chown(path, owner)
    quiet = {"user": owner, "cwd": folder, "stdout": subprocess.DEVNULL, "check": True}
    data = folder / "data"
    initdb = [bins / "initdb", "-D", data, "-U", "gosales", "--auth=scram-sha-256", "--no-sync"]
    encoding = ["--encoding=UTF8", "--locale=C", f"--pwfile={folder / 'password'}"]
    settings = {
        "listen_addresses": "127.0.0.1", "port": port, "unix_socket_directories": "",
        "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
    }  # fmt: skip
    options = " ".join(f"-c {name}={value or chr(39) * 2}" for name, value in settings.items())
    control = [bins / "pg_ctl", "-D", data, "-w", "-s"]
    try:
        subprocess.run([*initdb, *encoding], **quiet)
        subprocess.run([*control, "-l", folder / "log", "-o", options, "start"], **quiet)
        yield f"postgresql+psycopg://gosales:{PASSWORD}@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([*control, "-m", "immediate", "stop"], **quiet | {"check": False})
        shutil.rmtree(folder, ignore_errors=True)


def fresh_database(url: str) -> str:
    """Make an empty database on the server and return its URL."""
    import sqlalchemy as sa

    name = f"t{secrets.token_hex(4)}"
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
    return url.rsplit("/", 1)[0] + f"/{name}"
