"""Finds the driver of Microsoft that reaches Azure SQL from this machine."""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from dataclasses import dataclass
from typing import Any

INSTALL = "uv sync --extra azure (PyPI's mssql-python carries Microsoft's driver)"
PREVIEW = "mssql-odbc"


@dataclass(frozen=True)
class Driver:
    """A driver for SQL Server: SQLAlchemy's dialect, its name, and advice for a better one."""

    dialect: str  # mssql+pyodbc or mssql+mssqlpython
    name: str
    mend: str = ""


def find(interactive: bool = False) -> Driver:
    """Return the best driver: Microsoft's own if it is installed, else the one of mssql-python.

    The latter's C++ driver needs `libltdl.so.7` on Linux. Where that is missing, its second driver,
    which Microsoft calls a preview, needs nothing. If a browser window must open (`interactive`),
    the installed driver serves on Windows only. RuntimeError is the command that installs one.
    """
    if (name := installed()) and (sys.platform == "win32" or not interactive):
        return Driver("mssql+pyodbc", name)
    if importlib.util.find_spec("mssql_python") is None:
        raise RuntimeError(f"no driver for Azure SQL is installed: {INSTALL}")
    if sys.platform.startswith("linux") and not loads("libltdl.so.7"):
        mend = "apt-get install libltdl7 (or your system's libltdl) for Microsoft's finished driver"
        return Driver("mssql+mssqlpython", PREVIEW, mend)
    return Driver("mssql+mssqlpython", "msodbcsql18")


def installed() -> str | None:
    """Return the newest of Microsoft's drivers that the system's ODBC manager knows."""
    try:
        import pyodbc
    except ImportError:  # unixODBC itself is missing
        return None
    names = [name for name in pyodbc.drivers() if name.endswith("for SQL Server")]
    return max((name for name in names if name.startswith("ODBC Driver")), default=None)


def loads(library: str) -> bool:
    """Return whether a shared library exists."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def choose_provider(driver: Driver) -> None:
    """Tell mssql-python which of its two drivers to load; it takes the first word only."""
    import mssql_python

    if driver.dialect == "mssql+mssqlpython":
        module: Any = mssql_python  # its own type hints know no such name
        module.native_provider = driver.name
