"""Tables, views and queries of a database as records: chunk by chunk, as files are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import polars as pl

from gosales_lib.core import settings
from gosales_lib.layout import Source
from gosales_lib.sales_log import files
from gosales_lib.sales_log.records import LINE
from gosales_lib.sales_log.text import Text, typed

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

Result = TypeVar("Result")


def texts(source: Source) -> Iterator[Text]:
    """Yield the records of a source in chunks, numbered through from 1."""
    from gosales_lib.database import reading

    above = 0
    for rows in reading.stream(engine(), source.asked):
        text = typed(name(source), rows)
        yield replace(text, rows=text.rows.with_columns(pl.col(LINE) + above))
        above += rows.height


def whole(source: Source) -> Text:
    """Return all records of a source that fits in memory, such as the customers."""
    return files.whole(patiently(lambda: list(texts(source)), source))


def patiently(work: Callable[[], Result], source: Source) -> Result:
    """Return what `work` reads; it starts again after a transient error.

    A RuntimeError says, without a secret, that the database could not be reached, or refused.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from gosales_lib.database import connection, retry

    url = engine().url
    try:
        return retry.with_retries(work, f"reading {name(source)}", url.get_backend_name())
    except SQLAlchemyError as error:
        message = connection.in_words(error, url)
        raise RuntimeError(f"{name(source)} of {connection.shown(url)}: {message}") from None


def engine() -> Engine:
    """Return the engine of the database that logs are read from."""
    from gosales_lib.database import connection

    return connection.source_engine(settings.load())


def name(source: Source) -> str:
    """Return the name in accounts: the table's, or `query`."""
    return source.table or "query"
