"""Reading sales logs from a database and publishing results to one (SQLAlchemy)."""

from gosales_lib.database.checkup import describe, local_files
from gosales_lib.database.connection import engine, source_engine
from gosales_lib.database.publishing import current, forget, judged, prune, publish, publish_run
from gosales_lib.database.reading import sqlite_engine, stream, tables_of

__all__ = [
    "current",
    "describe",
    "engine",
    "forget",
    "judged",
    "local_files",
    "prune",
    "publish",
    "publish_run",
    "source_engine",
    "sqlite_engine",
    "stream",
    "tables_of",
]
