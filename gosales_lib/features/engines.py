"""The differences between the engines: how a log is opened, kept and fetched."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from gosales_lib.core import settings
from gosales_lib.core.settings import ENGINES
from gosales_lib.features import run_lengths

_numbers = itertools.count()


def open_sales(
    path: str | Path, engine: str = "polars", *, memory_limit: str | None = None
) -> nw.LazyFrame[Any]:
    """Return a Parquet table as a lazy frame of `engine`.

    Parameters
    ----------
    path
        A Parquet file, such as a run's `fact_transactions.parquet`.
    engine
        polars (default), duckdb (spills to disk) or pyspark (the running session, or `local[*]`).
    memory_limit
        Of DuckDB, such as "2GB"; None takes `GOSALES_MEMORY_LIMIT`.

    Raises
    ------
    ValueError
        The engine is unknown.
    ModuleNotFoundError
        PySpark is not installed; the message names the extra.
    """
    if engine == "polars":
        return nw.from_native(pl.scan_parquet(path))
    if engine == "duckdb":
        import duckdb

        limit = settings.load().memory_limit if memory_limit is None else memory_limit
        connection = duckdb.connect(config={"memory_limit": limit})
        return nw.from_native(connection.read_parquet(str(path)))
    if engine == "pyspark":
        answer: nw.LazyFrame[Any] = nw.from_native(spark().read.parquet(str(path)))
        return answer
    raise ValueError(f"engine {engine!r} is unknown; choose one of {', '.join(ENGINES)}")


def spark() -> Any:
    """Return the running Spark session, or a new local one."""
    try:
        from pyspark.sql import SparkSession
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "engine 'pyspark' needs PySpark and Java 17: install the extra, gosales[spark]"
        ) from None
    return SparkSession.getActiveSession() or (
        SparkSession.builder.appName("gosales")
        .config("spark.sql.shuffle.partitions", "8")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.execution.arrow.pyspark.enabled", "true")
        .getOrCreate()
    )


def name_of(frame: nw.LazyFrame[Any]) -> str:
    """Return which of `ENGINES` a frame belongs to."""
    answer: str = frame.implementation.name.lower()
    return answer


def keyed(frame: nw.LazyFrame[Any], keys: Sequence[str]) -> nw.LazyFrame[Any]:
    """Return the frame with keys in the type that the engine groups fastest, with the same text."""
    if name_of(frame) != "polars":
        return frame
    return nw.from_native(run_lengths.keyed(frame.to_native(), keys))


@contextmanager
def summing(
    frame: nw.LazyFrame[Any], keys: Sequence[str], values: Sequence[nw.Expr], decimals: int
) -> Iterator[nw.LazyFrame[Any]]:
    """Sum `values` by the keys once, for many readers, and release the sums at the end.

    Polars holds the rows in memory, in the order of the keys, which makes later sums twice as
    fast. DuckDB holds them in a temporary table (which spills), Spark in its cache. Fractions
    are rounded to `decimals`.

    Parameters
    ----------
    frame
        The keys and the columns that the values need, nothing else: Polars reads all of it.
    """
    fractions = nw.selectors.by_dtype(nw.Float64).round(decimals)
    if name_of(frame) == "polars":
        rows = nw.from_native(run_lengths.summed(frame.to_native().collect(), keys, values))
        yield rows.with_columns(fractions).lazy()
        return
    every = frame.select(*keys, *values)
    names = [name for name in every.collect_schema().names() if name not in keys]
    sums = every.group_by(*keys).agg(nw.col(*names).sum())
    with keeping(sums.with_columns(fractions)) as kept:
        yield kept


@contextmanager
def keeping(frame: nw.LazyFrame[Any]) -> Iterator[nw.LazyFrame[Any]]:
    """Compute a frame of DuckDB or Spark once, for many readers, and release it at the end."""
    native = frame.to_native()
    if name_of(frame) == "pyspark":
        cached = native.cache()
        try:
            yield nw.from_native(cached)
        finally:
            cached.unpersist()
        return
    name = f"gosales_grain_{next(_numbers)}"
    source = f"{name}_source"
    native.query(source, f"create temporary table {name} as select * from {source}")
    try:
        yield nw.from_native(native.query(source, f"select * from {name}"))
    finally:
        native.query(source, f"drop table {name}")


def gaps(frame: nw.LazyFrame[Any], keys: Sequence[str], day: str) -> nw.LazyFrame[Any]:
    """Return keys, day and `gap`, the days since the key's day before: one row per key and day.

    Parameters
    ----------
    frame
        On Polars in the order of keys and day, as `summing` leaves it.
    """
    if name_of(frame) != "polars":
        gap = (nw.col(day) - nw.col(day).shift(1)).over(*keys, order_by=day)
        rows = frame.select(*keys, day).unique().with_columns(gap.alias("gap"))
        position = nw.col("gap").rank("ordinal").over(*keys) * 2
        count = nw.col("gap").count().over(*keys)
        middle = nw.when((position >= count) & (position <= count + 2)).then(nw.col("gap"))
        return rows.with_columns(middle.alias("middle"))
    same = pl.all_horizontal([pl.col(key) == pl.col(key).shift(1) for key in keys])
    since = pl.when(same).then(pl.col(day) - pl.col(day).shift(1)).alias("gap")
    days = frame.to_native().select(*keys, day, since)
    answer: nw.LazyFrame[Any] = nw.from_native(
        days.filter(pl.col("gap").is_null() | (pl.col("gap") != 0))
    )
    return answer


def median_gap(gaps: nw.LazyFrame[Any]) -> nw.Expr:
    """Return the aggregate that is the median of `gaps`.

    DuckDB and Spark take the mean of the one or two middle gaps, which a window function has
    marked, because their own median holds the gaps of all customers in memory and does not spill.
    """
    return nw.col("gap").median() if name_of(gaps) == "polars" else nw.col("middle").mean()


def by_key(
    frame: nw.LazyFrame[Any], keys: Sequence[str], aggregates: Sequence[nw.Expr], *, together: bool
) -> nw.LazyFrame[Any]:
    """Return one row per key: the keys and the aggregates.

    Where the rows of a key lie together, Polars aggregates runs of rows, which is much faster for a
    median than gathering the rows of each key.
    """
    if not together or name_of(frame) != "polars":
        return frame.group_by(*keys).agg(*aggregates)
    run = pl.struct(keys).rle_id().set_sorted().alias("_run")
    runs = nw.from_native(frame.to_native().with_columns(run)).group_by("_run")
    answer: nw.LazyFrame[Any] = runs.agg(nw.col(*keys).any_value(), *aggregates).drop("_run")
    return answer


def fetch(frames: Sequence[nw.LazyFrame[Any]]) -> list[pl.DataFrame]:
    """Return the frames' rows as polars."""
    return list(fetched(frames))


def fetched(frames: Sequence[nw.LazyFrame[Any]]) -> Iterator[pl.DataFrame]:
    """Yield the frames' rows as polars, one frame after the other, so that each can be released.

    Polars' own are computed together, sharing what they can. The last step leaves the engine: what
    is fetched has a row per customer, no longer a row per sale.
    """
    own = [frame.to_native() for frame in frames if name_of(frame) == "polars"]
    collected = pl.collect_all(own)[::-1]
    for frame in frames:
        if name_of(frame) == "polars":
            yield collected.pop()
        else:
            rows = frame.collect("polars").to_native()
            yield rows.with_columns(pl.selectors.decimal().cast(pl.Int64))  # DuckDB's whole sums
