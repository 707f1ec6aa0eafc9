"""The database at both ends: logs come out of it, results go into it (SQLAlchemy)."""

from gosales_lib.database.connection import engine
from gosales_lib.database.publishing import prune, publish, publish_run

__all__ = ["engine", "prune", "publish", "publish_run"]
