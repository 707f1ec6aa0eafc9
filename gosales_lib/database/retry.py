"""The retry rule: which errors are transient, and how long to wait before another attempt."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt

from gosales_lib.core.log import logger

Result = TypeVar("Result")

SQL_SERVER = {
    20, 64, 121, 233, 615, 926, 997, 1204, 1205, 1222, 4060, 4221, 10053, 10054, 10060, 10928,
    10929, 40143, 40197, 40501, 40540, 40613, 41301, 41302, 41305, 41325, 41839, 42108, 42109,
    49918, 49919, 49920, 49977, 49983,
}  # fmt: skip
"""Numbers of SQL Server's transient errors.

Sources, all Microsoft's: "Troubleshoot connectivity issues and other errors with Azure SQL Database
and Azure SQL Managed Instance", list of transient fault error codes; SqlClient's documentation of
SqlConfigurableRetryFactory.BaselineTransientErrors; Entity Framework Core's class
SqlServerTransientExceptionDetector. Read in November 2026."""
SQL_STATES = {
    "08000", "08001", "08003", "08004", "08006", "08007", "08S01", "08S02", "HYT01",  # connection
    "40001", "40P01",  # serialization, deadlock
    "53300", "53400",  # too many connections
    "55P03",  # a lock was not given in time
    "57P01", "57P02", "57P03", "57P05",  # the server is going down or coming up
}  # fmt: skip
"""SQLSTATEs of ODBC and of PostgreSQL (its manual, appendix A) that are transient."""
WORDS = re.compile(
    "database is locked|database table is locked|connection refused|could not connect"
    "|connection (failed|timed out|timeout)|connection is (closed|lost|bad)|login timeout"
    "|server closed the connection|terminating connection|communication link failure"
    "|unable to establish connection|is (starting up|shutting down)|too many clients"
    "|not currently available|service is (currently )?busy|please retry|broken pipe"
    "|deadlock victim|TCP Provider|connection reset",
    re.IGNORECASE,
)
"""Messages of drivers that pass on neither number nor state: SQLite, psycopg while it connects, and
mssql-python, which keeps only SQL Server's message."""
FOR_EVER = re.compile(
    "password|authentication|login failed|does not exist|no pg_hba|certificate|18456|unknown host"
    "|could not translate|name or service not known",
    re.IGNORECASE,
)
"""Connection errors that no retry can mend."""
TRIES = 5
MOST_SECONDS = 60.0
FIRST_SECONDS = {"mssql": 5.0}
"""Seconds before the second attempt, 1 for other databases. For Azure SQL Microsoft recommends 5,
then longer waits up to 60 (same page)."""


def is_transient(error: BaseException) -> bool:
    """Return whether an error is transient, by number, SQLSTATE or the driver's words."""
    cause = getattr(error, "orig", None) or error
    if isinstance(error, SQLAlchemyError) and not isinstance(error, DBAPIError):
        return False
    text = str(cause)
    if numbers(text) & SQL_SERVER:
        return True
    if FOR_EVER.search(text):
        return False
    return bool(states(cause) & SQL_STATES) or bool(WORDS.search(text))


def numbers(text: str) -> set[int]:
    """Return SQL Server's error numbers in a message of ODBC: `… is busy. (40501) (SQLExec…)`."""
    return {int(number) for number in re.findall(r"\((\d{1,5})\)(?= \(SQL|;)", text)}


def states(cause: Any) -> set[str]:
    """Return the SQLSTATE of an error: psycopg's attribute, pyodbc's first argument."""
    first = cause.args[0] if getattr(cause, "args", None) else None
    return {str(state) for state in (getattr(cause, "sqlstate", None), first) if state}


def with_retries(
    work: Callable[[], Result],
    what: str,
    backend: str = "",
    tries: int = TRIES,
    sleep: Callable[[float], None] = time.sleep,
) -> Result:
    """Return what `work` returns; after a transient error, call it again after increasing waits.

    `work` must be a whole transaction that may be repeated. Each wait is twice the last one, plus
    up to a quarter at random, so that two clients do not collide again.
    """
    first = FIRST_SECONDS.get(backend, 1.0)

    def wait(state: RetryCallState) -> float:
        seconds = min(MOST_SECONDS, first * 2 ** (state.attempt_number - 1))
        return float(seconds * (1 + random.random() / 4))

    def say(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        kind = type(getattr(error, "orig", None) or error).__name__
        seconds = state.next_action.sleep if state.next_action else 0.0
        following = state.attempt_number + 1
        logger.warning("%s: %s, try %d of %d in %.0f s", what, kind, following, tries, seconds)

    again = Retrying(
        stop=stop_after_attempt(tries),
        retry=retry_if_exception(is_transient),
        wait=wait,
        before_sleep=say,
        sleep=sleep,
        reraise=True,
    )
    return again(work)
