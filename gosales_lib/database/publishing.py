"""Publishes a finished run: its rows are replaced in one transaction, or nothing changes.

Scores, lists and metrics are kept for every run. Facts and customers, the bulk, are kept of the
current run of each layout only. The current run is the released one (`run_folders.releases`);
publishing another run never changes that, and `current_…` views show it. A check adds to the
track record of the run that it checks: it has no rows of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from gosales_lib.database import bulk, connection, locks, migration, retry, schema
from gosales_lib.database.contents import Contents

if TYPE_CHECKING:
    from gosales_lib.core.settings import Settings

Tables = Mapping[str, sa.Table]


def publish_run(run_path: Path, settings: Settings) -> str:
    """Publish a run to the database of the settings, and return one sentence about it.

    ValueError: the run has not ended well, or the database belongs to another program.
    RuntimeError: the database could not be reached or refused; no secret is in the message.
    """
    engine = connection.engine(settings)
    database = connection.shown(engine.url)
    try:
        counts = publish(run_path, engine, settings.database_schema)
    except (sa.exc.SQLAlchemyError, TimeoutError) as error:
        reason = connection.in_words(error, engine.url)
        raise RuntimeError(
            f"{database}: {reason} (`gosales doctor` says what is missing)"
        ) from None
    kept = ", ".join(f"{name} {rows:,}" for name, rows in counts.items() if rows) or "none"
    return f"published {Path(run_path).name} to {database}; rows: {kept}"


def publish(run_path: Path, engine: Engine, schema_name: str | None = None) -> dict[str, int]:
    """Replace a run's rows in the published tables; return the number of rows by table.

    Everything happens in one transaction, which is repeated after a transient error. Publishing the
    same run twice changes nothing. For ValueError see `contents.Contents`, `migration.upgrade` and
    `bulk.insert`.
    """
    contents = Contents(run_path)
    judged = Contents(contents.judged) if contents.judged else None
    name = _schema(engine, schema_name)

    def work() -> dict[str, int]:
        with locks.publishing(engine, name) as open_connection:
            if judged:
                return replace_track_record(open_connection, judged, name)
            return replace(open_connection, contents, name)

    return retry.with_retries(work, f"publishing {contents.run_id}", engine.dialect.name)


def _schema(engine: Engine, name: str | None) -> str | None:
    """Return the name of the schema that the tables are in; SQLite has none."""
    return None if engine.dialect.name == "sqlite" else name


def replace(
    connection: sa.Connection, contents: Contents, schema_name: str | None
) -> dict[str, int]:
    """Replace the rows of one run, inside a transaction that holds the publishers' lock."""
    tables = schema.tables(schema_name, contents.further())
    migration.upgrade(connection, tables)
    refuse_namesake(connection, tables, contents)
    remove(connection, tables, [contents.run_id])
    bulk_rows = fill(connection, tables, contents, ["runs"])
    wanted = [n for n in tables if n != "runs" and not schema.TABLES[n].newest_only]
    layout = str(contents.layout["name"])
    if contents.release:
        mark_current(connection, tables, layout, contents.run_id)
        remove_newest_only(connection, tables, layout)
        wanted = [n for n in tables if n != "runs"]
    return bulk_rows | fill(connection, tables, contents, wanted)


def replace_track_record(
    connection: sa.Connection, judged: Contents, schema_name: str | None
) -> dict[str, int]:
    """Replace the track record of a run's predictions, and nothing else of the run."""
    tables = schema.tables(schema_name, judged.further())
    migration.upgrade(connection, tables)
    metrics = tables["holdout_metrics"]
    connection.execute(sa.delete(metrics).where(metrics.c.run_id == judged.run_id))
    return fill(connection, tables, judged, ["holdout_metrics"])


def fill(
    connection: sa.Connection, tables: Tables, contents: Contents, names: list[str]
) -> dict[str, int]:
    """Insert the run's rows into the tables `names`; return how many by table."""
    return {
        name: sum(bulk.insert(connection, tables[name], rows) for rows in contents.frames(name))
        for name in names
    }


def remove(connection: sa.Connection, tables: Tables, run_ids: list[str]) -> None:
    """Delete every row of some runs, inside a transaction that holds the publishers' lock."""
    locks.keep_readers_out(connection, tables.values())
    for table in tables.values():
        connection.execute(sa.delete(table).where(table.c.run_id.in_(run_ids)))


def remove_newest_only(connection: sa.Connection, tables: Tables, layout: str) -> None:
    """Delete facts and customers of every run of a layout: a newer copy replaces them."""
    runs = tables["runs"]
    of_layout = sa.select(runs.c.run_id).where(runs.c.layout == layout)
    for name, table in tables.items():
        if schema.TABLES[name].newest_only:
            connection.execute(sa.delete(table).where(table.c.run_id.in_(of_layout)))


def mark_current(connection: sa.Connection, tables: Tables, layout: str, run_id: str) -> None:
    """Mark one run of a layout as the current one, and no other."""
    runs = tables["runs"]
    others = sa.and_(runs.c.layout == layout, runs.c.run_id != run_id)
    connection.execute(sa.update(runs).where(others).values(is_current=False))
    connection.execute(sa.update(runs).where(runs.c.run_id == run_id).values(is_current=True))


def current(engine: Engine, schema_name: str | None = None) -> dict[str, str]:
    """Return the id of the current run of each layout that the database shows, by layout."""
    if (runs := _existing(engine, schema_name, "runs")) is None:
        return {}
    shown = sa.select(runs.c.layout, runs.c.run_id).where(runs.c.is_current == sa.true())
    with engine.connect() as connection:
        return {str(layout): str(run_id) for layout, run_id in connection.execute(shown)}


def _existing(engine: Engine, schema_name: str | None, table: str) -> sa.Table | None:
    """Return a published table, None where nothing was published yet."""
    name = _schema(engine, schema_name)
    there = sa.inspect(engine).has_table(table, schema=name)
    return schema.tables(name)[table] if there else None


def judged(engine: Engine, schema_name: str | None = None) -> set[str]:
    """Return the ids of the runs whose track record the database holds."""
    if (metrics := _existing(engine, schema_name, "holdout_metrics")) is None:
        return set()
    with engine.connect() as connection:
        return set(map(str, connection.scalars(sa.select(metrics.c.run_id).distinct())))


def refuse_namesake(connection: sa.Connection, tables: Tables, contents: Contents) -> None:
    """Refuse to replace a run of another machine that began within the same second."""
    runs = tables["runs"]
    same = sa.select(runs.c.started).where(runs.c.run_id == contents.run_id)
    started = connection.execute(same).scalar()
    if started is not None and abs((started - contents.started).total_seconds()) >= 0.01:
        raise ValueError(
            f"another run {contents.run_id}, which began at {started}, is published already: "
            "rename this run's folder"
        )


def prune(engine: Engine, keep: int, schema_name: str | None = None) -> list[str]:
    """Delete the published rows of all but the latest `keep` runs of each layout; return their ids.

    The current run of a layout stays, however old. Run folders are not touched.
    """
    if keep < 1:
        raise ValueError(f"keep {keep}: at least the current run of each layout stays")
    if _existing(engine, schema_name, "runs") is None:
        return []
    name = _schema(engine, schema_name)
    tables = schema.tables(name)
    runs = tables["runs"]

    def work() -> list[str]:
        with locks.publishing(engine, name) as open_connection:
            position = sa.func.row_number().over(
                partition_by=runs.c.layout, order_by=(runs.c.started.desc(), runs.c.run_id.desc())
            )
            ranked = sa.select(runs.c.run_id, runs.c.is_current, position.label("place")).subquery()
            old = sa.select(ranked.c.run_id).where(ranked.c.place > keep)
            old = old.where(ranked.c.is_current == sa.false()).order_by(ranked.c.run_id)
            gone = [str(run_id) for run_id in open_connection.scalars(old)]
            remove(open_connection, tables, gone)
            return gone

    return retry.with_retries(work, "pruning", engine.dialect.name)


def forget(engine: Engine, run_ids: list[str], schema_name: str | None = None) -> None:
    """Delete the published rows of some runs; the current run of a layout keeps its rows."""
    name = _schema(engine, schema_name)
    kept = set(current(engine, schema_name).values())
    gone = [run_id for run_id in run_ids if run_id not in kept]

    def work() -> None:
        with locks.publishing(engine, name) as open_connection:
            remove(open_connection, schema.tables(name), gone)

    if gone and _existing(engine, schema_name, "runs") is not None:
        retry.with_retries(work, "pruning", engine.dialect.name)
