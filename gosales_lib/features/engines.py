"""What differs between the engines: how a log is opened, kept and fetched. Nothing else does."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import narwhals as nw
import polars as pl

from gosales_lib import settings

ENGINES = ("polars", "duckdb", "pyspark")

_numbers = itertools.count()


def open_sales(
    path: str | Path,
    engine: str = "polars",
    *,
    memory_limit: str | None = None,
    threads: int = 0,
    spill_dir: str | Path = "",
) -> nw.LazyFrame:
    """Return a Parquet table as a lazy frame of `engine`.

    Parameters
    ----------
    path
        A Parquet file, such as a run's `fact_transactions.parquet`.
    engine
        polars (default), duckdb (spills to disk) or pyspark (the running session, or `local[*]`).
    memory_limit
        Of DuckDB, such as "2GB"; None takes `GOSALES_MEMORY_LIMIT`.
    threads
        Of DuckDB; 0 is one a core.
    spill_dir
        Where DuckDB writes what does not fit; empty is its own choice.

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
        wanted: dict[str, Any] = {
            "memory_limit": limit,
            "temp_directory": str(spill_dir),
            "threads": threads,
        }
        connection = duckdb.connect(config={k: v for k, v in wanted.items() if v})
        return nw.from_native(connection.read_parquet(str(path)))
    if engine == "pyspark":
        return nw.from_native(spark().read.parquet(str(path)))
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


def name_of(frame: nw.LazyFrame) -> str:
    """Return which of `ENGINES` a frame belongs to."""
    return frame.implementation.name.lower()


@contextmanager
def keeping(
    frames: Sequence[nw.LazyFrame], order: Sequence[str] = ()
) -> Iterator[list[nw.LazyFrame]]:
    """Compute the frames once, for many readers, and let go of them at the end.

    Polars holds them in memory, in `order`: what lies together is summed twice as fast. DuckDB
    holds them in temporary tables (which spill), Spark in its cache.
    """
    engine = name_of(frames[0]) if frames else "polars"
    if engine == "duckdb":
        names = [f"gosales_grain_{next(_numbers)}" for _ in frames]
        natives = [frame.to_native() for frame in frames]
        kept = [_temporary_table(*pair) for pair in zip(natives, names, strict=True)]
        try:
            yield [nw.from_native(relation) for relation in kept]
        finally:
            for native, name in zip(natives, names, strict=True):
                native.query(f"{name}_source", f"drop table {name}")
    elif engine == "pyspark":
        cached = [frame.to_native().cache() for frame in frames]
        try:
            yield [nw.from_native(frame) for frame in cached]
        finally:
            for frame in cached:
                frame.unpersist()
    else:
        natives = pl.collect_all([frame.to_native() for frame in frames])
        yield [nw.from_native(ordered(f, order).lazy()) for f in natives]


def ordered(frame: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return the frame sorted by one whole number made of its keys, which is far the fastest."""
    if frame.is_empty():
        return frame
    place = pl.repeat(0, frame.height, dtype=pl.Int64, eager=True)
    for key in keys:
        number = _codes(frame[key])
        place = place * (number.max() + 1) + number  # type: ignore[operator]
    return frame.with_columns(place.alias("_place")).sort("_place").drop("_place")


def _codes(column: pl.Series) -> pl.Series:
    """Return whole numbers from 0 in the order of the column's values; null is 0."""
    if column.dtype == pl.String:
        column = column.cast(pl.Enum(column.drop_nulls().unique().sort()))
    number = column.to_physical().cast(pl.Int64)
    return number.fill_null(0) if column.dtype == pl.Enum else number - number.min()


def gaps(frame: nw.LazyFrame, keys: Sequence[str], day: str) -> nw.LazyFrame:
    """Return keys, day and `gap`, the days since the key's day before: one row a key and day.

    Parameters
    ----------
    frame
        On Polars in the order of keys and day, as `keeping` leaves it.
    """
    if name_of(frame) != "polars":
        gap = (nw.col(day) - nw.col(day).shift(1)).over(*keys, order_by=day)
        return frame.select(*keys, day).unique().with_columns(gap.alias("gap"))
    same = pl.all_horizontal([pl.col(key) == pl.col(key).shift(1) for key in keys])
    since = pl.when(same).then(pl.col(day) - pl.col(day).shift(1)).alias("gap")
    days = frame.to_native().select(*keys, day, since)
    return nw.from_native(days.filter(pl.col("gap").is_null() | (pl.col("gap") != 0)))


def by_key(
    frame: nw.LazyFrame, keys: Sequence[str], aggregates: Sequence[nw.Expr], *, together: bool
) -> nw.LazyFrame:
    """Return one row a key: the keys and the aggregates.

    Where the rows of a key lie together, Polars counts runs instead: a median of slices is far
    faster than one of rows that have to be found.
    """
    if not together or name_of(frame) != "polars":
        return frame.group_by(*keys).agg(*aggregates)
    run = pl.struct(keys).rle_id().set_sorted().alias("_run")
    runs = nw.from_native(frame.to_native().with_columns(run)).group_by("_run")
    return runs.agg(nw.col(*keys).any_value(), *aggregates).drop("_run")


def _temporary_table(relation: Any, name: str) -> Any:
    """Write a DuckDB relation to a temporary table and return that."""
    source = f"{name}_source"
    relation.query(source, f"create temporary table {name} as select * from {source}")
    return relation.query(source, f"select * from {name}")


def fetch(frames: Sequence[nw.LazyFrame]) -> list[pl.DataFrame]:
    """Return the frames' rows as polars."""
    return list(fetched(frames))


def fetched(frames: Sequence[nw.LazyFrame]) -> Iterator[pl.DataFrame]:
    """Yield the frames' rows as polars, one frame after the other: who is done with one lets it go.

    Polars' own are computed together, sharing what they can. The last step leaves the engine: what
    is fetched has a row a customer, no longer a row a sale.
    """
    own = [frame.to_native() for frame in frames if name_of(frame) == "polars"]
    collected = pl.collect_all(own)[::-1]
    for frame in frames:
        if name_of(frame) == "polars":
            yield collected.pop()
        else:
            rows = frame.collect("polars").to_native()
            yield rows.with_columns(pl.selectors.decimal().cast(pl.Int64))  # DuckDB's whole sums
