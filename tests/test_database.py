"""Publishing: whole or not at all, on SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import logging
import math
import signal
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import reported
import sqlalchemy as sa
from published import EVIL, FIRST, SECOND, WHOLE, counts, customers, facts, finished_run, rows_of

from gosales_lib.core.settings import Settings
from gosales_lib.database import bulk, locks, migration, publishing, retry, schema
from gosales_lib.database.publishing import publish
from gosales_lib.reports.measures import MEASURES
from gosales_lib.run_folders.artifacts import write_json


def of(run_id: str, **changed: int) -> dict[str, dict[str, int]]:
    return {name: {run_id: rows} for name, rows in (WHOLE | changed).items()}


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(retry.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(retry.with_retries, "__defaults__", ("", retry.TRIES, lambda seconds: None))


def test_every_table_is_made_and_filled(engine, tmp_path):
    assert publish(finished_run(tmp_path), engine) == WHOLE
    assert counts(engine) == of(FIRST)


def test_values_come_back_as_they_were(engine, tmp_path):
    publish(finished_run(tmp_path), engine)
    expected = sorted(((FIRST, n, *row) for n, row in enumerate(facts().rows(), 1)), key=repr)
    assert rows_of(engine, "fact_transactions") == expected
    described = [(row[1], row[2], row[3], row[4]) for row in rows_of(engine, "customer_attributes")]
    name = "Ünïcødé 客户 🛠"
    assert described == [(name, "Größe; --", None, 1.5), (name, "Industry", "O'Neill", None)]


def test_values_that_no_server_can_hold_become_null_or_are_removed(engine, tmp_path):
    publish(finished_run(tmp_path), engine)
    assert {row[-1] for row in rows_of(engine, "icp_scores")} == {None}  # was NaN
    place = list(schema.tables()["whitespace"].c.keys()).index("reason_1")
    texts = {row[place] for row in rows_of(engine, "whitespace")}
    assert texts == {"Bob's tables"}  # was with U+0000


def test_types_are_the_databases_own(engine, tmp_path):
    publish(finished_run(tmp_path), engine)
    with engine.connect() as opened:
        tables = schema.tables()
        run = opened.execute(sa.select(tables["runs"])).mappings().one()
        offer = opened.execute(sa.select(tables["whitespace"])).mappings().first()
    assert run["started"] == datetime(2026, 1, 1, 0, 0, 0, 250_000)
    assert (run["is_current"], run["cutoffs"], run["window_months"]) == (True, "2024-12-31", 6)
    assert (offer["chosen"], offer["cutoff_date"]) == (True, date(2024, 12, 31))


def test_a_division_that_looks_like_sql_is_a_division(engine, tmp_path):
    publish(finished_run(tmp_path), engine)
    assert {row[2] for row in rows_of(engine, "icp_scores")} == {"Solid", EVIL}
    assert counts(engine)["runs"] == {FIRST: 1}


def test_every_measure_stands_beside_its_baselines_with_intervals(engine, tmp_path):
    publish(finished_run(tmp_path), engine)
    report = reported.later()
    table = schema.tables()["holdout_metrics"]
    with engine.connect() as opened:
        wanted = sa.select(table).where(table.c.division == EVIL, table.c.segment == "all")
        found = {row.name: row for row in opened.execute(wanted)}
    assert set(found) == {"model", *report.baselines}
    for name, values in report.named().items():
        assert {m: getattr(found[name], m) for m in MEASURES} == values.fields()
    assert (found["model"].auc_low, found["model"].auc_high) == report.interval("model", "auc")
    assert found["recency"].brier is None, "what was not measured is no 0"


def test_publishing_twice_changes_nothing(engine, tmp_path):
    path = finished_run(tmp_path)
    publish(path, engine)
    before = {name: rows_of(engine, name) for name in schema.TABLES}
    publish(path, engine)
    assert {name: rows_of(engine, name) for name in schema.TABLES} == before


def test_a_changed_run_replaces_its_own_rows(engine, tmp_path):
    publish(finished_run(tmp_path, size=5), engine)
    publish(finished_run(tmp_path, size=2), engine)
    assert counts(engine) == of(FIRST)


def test_facts_are_of_the_released_run_and_scores_of_every_run(engine, tmp_path):
    publish(finished_run(tmp_path, SECOND, size=3), engine)
    publish(finished_run(tmp_path, FIRST, released=False), engine)  # another one later
    found = counts(engine)
    assert found["fact_transactions"] == {SECOND: 3}
    assert found["dim_customer"] == {SECOND: 3}
    assert found["customer_attributes"] == {SECOND: 4}
    assert found["icp_scores"] == {FIRST: 4, SECOND: 6}
    assert found["runs"] == {FIRST: 1, SECOND: 1}
    with engine.connect() as opened:
        shown = opened.execute(sa.text("SELECT DISTINCT run_id, layout FROM current_icp_scores"))
        assert list(map(tuple, shown)) == [(SECOND, "toy")]
        assert opened.scalar(sa.text("SELECT count(*) FROM current_runs")) == 1


def test_layouts_live_side_by_side(engine, tmp_path):
    publish(finished_run(tmp_path, FIRST, "toy"), engine)
    publish(finished_run(tmp_path, SECOND, "other"), engine)
    assert counts(engine)["fact_transactions"] == {FIRST: 2, SECOND: 2}
    with engine.connect() as opened:
        shown = opened.execute(sa.text("SELECT layout FROM current_runs ORDER BY layout"))
        assert [layout for (layout,) in shown] == ["other", "toy"]


@pytest.mark.parametrize("state", ["failed", "interrupted", "running"])
def test_a_run_that_did_not_succeed_leaves_the_database_as_it_is(engine, tmp_path, state):
    publish(finished_run(tmp_path), engine)
    with pytest.raises(ValueError, match=f"{SECOND} is {state} and not published.*--resume"):
        publish(finished_run(tmp_path, SECOND, state=state), engine)
    assert counts(engine) == of(FIRST)


def test_a_folder_that_is_no_run_is_refused(engine, tmp_path):
    with pytest.raises(ValueError, match="is not a run folder"):
        publish(tmp_path, engine)


def test_another_run_of_the_same_name_is_not_replaced(engine, tmp_path):
    publish(finished_run(tmp_path), engine)
    other = finished_run(tmp_path / "elsewhere")
    write_json(other / "run.json", {"state": "done", "started": "2026-01-01T00:00:00.900Z"})
    with pytest.raises(ValueError, match="another run 2026-01-01T000000Z, which began at"):
        publish(other, engine)


def test_a_text_that_is_too_long_is_refused_by_name_and_nothing_changes(engine, tmp_path):
    publish(finished_run(tmp_path), engine)
    path = finished_run(tmp_path, SECOND)
    sales = facts().with_columns(product=pl.lit("🛠" * 201))  # 402 UTF-16 units
    sales.write_parquet(path / "fact_transactions.parquet")
    with pytest.raises(ValueError, match=r"fact_transactions.product holds 400 .* has 402"):
        publish(path, engine)
    assert counts(engine) == of(FIRST)


def test_a_reader_never_sees_half(engine, tmp_path, monkeypatch):
    publish(finished_run(tmp_path), engine)
    seen, quick = [], bulk.insert

    def spying(opened, table, rows):
        seen.append(counts(engine))
        return quick(opened, table, rows)

    monkeypatch.setattr(bulk, "insert", spying)
    publish(finished_run(tmp_path, SECOND, size=5), engine)
    assert len(seen) >= len(WHOLE)
    assert all(sight == of(FIRST) for sight in seen)
    assert counts(engine)["fact_transactions"] == {SECOND: 5}


def start(how: str, path: Path, url: str) -> subprocess.Popen[str]:
    script = Path(__file__).with_name("published.py")
    command = [sys.executable, str(script), how, str(path), url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_killed_half_way_one_whole_copy_stays(engine, database_url, tmp_path):
    publish(finished_run(tmp_path, size=3), engine)
    before = counts(engine)
    publisher = start("half", finished_run(tmp_path, size=5), database_url)
    assert publisher.stdout.readline() == "half\n"
    publisher.send_signal(signal.SIGKILL)
    publisher.wait()
    assert counts(engine) == before
    publish(tmp_path / FIRST, engine)
    assert counts(engine)["fact_transactions"] == {FIRST: 5}
    assert counts(engine)["icp_scores"] == {FIRST: 10}


@pytest.mark.slow
def test_several_publishers_at_once_leave_whole_copies(engine, database_url, tmp_path):
    first, second = finished_run(tmp_path, FIRST), finished_run(tmp_path, SECOND, size=40)
    publishers = [start("whole", path, database_url) for path in (first, second, first, second)]
    assert [publisher.wait() for publisher in publishers] == [0, 0, 0, 0]
    found = counts(engine)
    assert found["fact_transactions"] == {SECOND: 40}
    assert found["icp_scores"] == {FIRST: 4, SECOND: 80}
    with engine.connect() as opened:
        versions = opened.scalars(sa.text("SELECT version FROM gosales_schema ORDER BY version"))
        assert list(versions) == list(range(1, len(schema.TABLES) * 2 + 8))


def test_after_a_lost_connection_the_whole_publication_is_repeated(
    engine, tmp_path, monkeypatch, caplog
):
    publish(finished_run(tmp_path), engine)
    quick, losses = bulk.insert, ["icp_scores", "whitespace"]

    def losing(opened, table, rows):
        if losses and table.name == losses[0]:
            losses.pop(0)
            lose(opened)
        return quick(opened, table, rows)

    def lose(opened):
        if opened.dialect.name == "sqlite":
            error = sa.exc.OperationalError("", {}, Exception("database is locked"))
            raise error
        backend = opened.scalar(sa.text("SELECT pg_backend_pid()"))
        with engine.connect() as other:
            other.execute(sa.text("SELECT pg_terminate_backend(:pid)"), {"pid": backend})

    monkeypatch.setattr(bulk, "insert", losing)
    with caplog.at_level(logging.WARNING, "gosales"):
        publish(finished_run(tmp_path, SECOND), engine)
    said = [record.getMessage() for record in caplog.records]
    assert [text.partition(", try ")[2][:6] for text in said] == ["2 of 5", "3 of 5"]
    assert counts(engine)["fact_transactions"] == {SECOND: 2}
    assert counts(engine)["icp_scores"] == {FIRST: 4, SECOND: 4}


def test_a_publisher_that_meets_a_lock_of_sqlite_tries_again(tmp_path, monkeypatch):
    path = tmp_path / "locked.db"
    engine = sa.create_engine(
        f"sqlite:///{path}", poolclass=sa.pool.NullPool, connect_args={"timeout": 0}
    )
    other = sa.create_engine(f"sqlite:///{path}").raw_connection()
    other.driver_connection.isolation_level = None
    other.driver_connection.execute("BEGIN EXCLUSIVE")
    waits: list[float] = []

    def release(seconds: float) -> None:
        waits.append(seconds)
        other.driver_connection.execute("ROLLBACK")

    monkeypatch.setattr(retry.with_retries, "__defaults__", ("", retry.TRIES, release))
    assert publish(finished_run(tmp_path), engine) == WHOLE
    assert len(waits) == 1


def without(columns: dict[str, set[str]]) -> dict[str, schema.Published]:
    return {
        name: schema.Published(
            {c: t for c, t in said.columns.items() if c not in columns.get(name, ())},
            said.key,
            () if name in columns else said.indexes,
            said.newest_only,
        )
        for name, said in schema.TABLES.items()
    }


def test_tables_of_an_older_gosales_get_the_new_columns_and_keep_their_rows(
    engine, tmp_path, monkeypatch
):
    old = without({"icp_scores": {"expected_gp", "decile"}, "runs": {"offers"}})
    with monkeypatch.context() as then:
        then.setattr(schema, "TABLES", old)
        then.setattr(publishing.schema, "TABLES", old)
        path = finished_run(tmp_path)
        for scores in path.glob("*/2024-12-31/scores.parquet"):
            pl.read_parquet(scores).drop("expected_gp", "decile").write_parquet(scores)
        with locks.publishing(engine, None) as opened:
            tables = schema.tables()
            migration.upgrade(opened, tables)
            opened.execute(
                sa.insert(tables["runs"]).values(
                    run_id="older", layout="toy", started=datetime(2025, 1, 1)
                )
            )
            row = {"run_id": "older", "division": "Solid", "cutoff_date": date(2024, 12, 31)}
            opened.execute(sa.insert(tables["icp_scores"]).values(**row, customer_id="b"))
    publish(finished_run(tmp_path, SECOND), engine)
    assert counts(engine)["icp_scores"] == {SECOND: 4, "older": 1}
    changes = change_log(engine)
    added = [change for _, change in changes if change.startswith("column")]
    assert added == [
        "column runs.offers",
        "column icp_scores.decile",
        "column icp_scores.expected_gp",
    ]
    assert ("index ix_icp_scores_customer_id") in [change for _, change in changes]
    assert [version for version, _ in changes] == list(range(1, len(changes) + 1))
    with engine.connect() as opened:
        shown = opened.execute(sa.text("SELECT * FROM current_icp_scores")).mappings().first()
    assert shown["decile"] == 5


def change_log(engine) -> list[tuple[int, str]]:
    with engine.connect() as opened:
        query = sa.text("SELECT version, change FROM gosales_schema ORDER BY version")
        return list(map(tuple, opened.execute(query)))


def test_a_column_that_only_the_frame_knows_is_added(engine, tmp_path):
    publish(finished_run(tmp_path), engine)
    path = finished_run(tmp_path, SECOND)
    offers = path / "whitespace" / "2024-12-31" / "whitespace.parquet"
    widened = pl.read_parquet(offers).with_columns(next_step=pl.lit("call"), odds=pl.lit(0.5))
    widened.write_parquet(offers)
    publish(path, engine)
    with engine.connect() as opened:
        found = opened.execute(
            sa.text("SELECT run_id, next_step, odds FROM whitespace ORDER BY run_id")
        )
        assert sorted(set(map(tuple, found)), key=repr) == [
            (FIRST, None, None),
            (SECOND, "call", 0.5),
        ]
        assert opened.scalar(sa.text("SELECT min(next_step) FROM current_whitespace")) == "call"
    publish(finished_run(tmp_path, FIRST), engine)  # who does not know the column leaves it null
    assert counts(engine)["whitespace"] == {FIRST: 2, SECOND: 2}


def test_somebody_elses_tables_are_left_alone(engine, tmp_path):
    with engine.begin() as opened:
        opened.execute(sa.text("CREATE TABLE runs (run_uuid VARCHAR(32))"))  # as MLflow's store has
    with pytest.raises(
        ValueError, match=r"table runs exists and does not belong to GoSales.*SCHEMA"
    ):
        publish(finished_run(tmp_path), engine)
    assert sa.inspect(engine).get_table_names() == ["runs"]


def test_tables_of_a_newer_gosales_are_left_alone(engine, tmp_path, monkeypatch):
    publish(finished_run(tmp_path), engine)
    monkeypatch.setattr(migration, "FORMAT", 0)
    with pytest.raises(ValueError, match="have format 2; this version of GoSales supports 0"):
        publish(finished_run(tmp_path), engine)


def test_pruning_keeps_the_latest_runs_of_each_layout(engine, tmp_path):
    ids = [f"2026-0{month}-01T000000Z" for month in (1, 2, 3)]
    for run_id in ids:
        publish(finished_run(tmp_path, run_id), engine)
    publish(finished_run(tmp_path, "2025-01-01T000000Z", "other"), engine)
    assert publishing.prune(engine, keep=2) == ids[:1]
    assert set(counts(engine)["icp_scores"]) == {"2025-01-01T000000Z", *ids[1:]}
    with pytest.raises(ValueError, match="keep 0"):
        publishing.prune(engine, keep=0)
    assert publishing.prune(engine, keep=1) == ids[1:2]


def test_a_schema_is_made_and_used(postgres, tmp_path):
    import servers
    from sqlalchemy.engine import make_url

    from gosales_lib.database import connection

    engine = connection.open_url(make_url(servers.fresh_database(postgres)))
    publish(finished_run(tmp_path), engine, 'odd "schema"')
    live = sa.inspect(engine)
    assert set(schema.TABLES) <= set(live.get_table_names('odd "schema"'))
    assert live.get_table_names() == []
    assert "current_whitespace" in live.get_view_names('odd "schema"')


def test_publish_run_says_what_it_did_and_never_a_secret(database_url, tmp_path):
    known = Settings(GOSALES_DATABASE_URL=database_url)
    said = publishing.publish_run(finished_run(tmp_path), known)
    assert said.startswith(f"published {FIRST} to ")
    assert "fact_transactions 2," in said
    assert "hunter2" not in said


def test_an_unreachable_database_is_reported_without_the_password(tmp_path):
    known = Settings(GOSALES_DATABASE_URL="postgresql://u:hunter2-planted@127.0.0.1:1/d")
    with pytest.raises(RuntimeError, match=r"postgresql database d on 127\.0\.0\.1") as caught:
        publishing.publish_run(finished_run(tmp_path), known)
    assert "hunter2-planted" not in str(caught.value)


def test_fit_keeps_what_every_database_can_hold():
    table = schema.tables()["whitespace"]
    rows = pl.DataFrame({"run_id": ["a\x00b"], "score": [math.inf], "odds": [1], "rank": [3]})
    fitting = bulk.fit(rows, table)
    assert fitting.to_dicts() == [{"run_id": "ab", "score": None, "rank": 3}]


def test_the_toy_run_describes_whom_it_sells_to():
    assert customers(facts())["customer_id"].to_list() == ["Ünïcødé 客户 🛠", "b"]
