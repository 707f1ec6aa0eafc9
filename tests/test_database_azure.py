"""Azure SQL without a server: statements, drivers, and a live test on demand.

No SQL Server can be installed here. What is meant for it is caught at the driver's door, compiled
by SQLAlchemy's dialect and parsed as T-SQL.
"""

from __future__ import annotations

import logging
import os
import re

import pytest
import sqlalchemy as sa
import sqlglot
import sqlserver
from published import EVIL, FIRST, finished_run
from sqlglot import expressions

from gosales_lib.core.settings import Settings
from gosales_lib.database import (
    checkup,
    connection,
    drivers,
    migration,
    publishing,
    reading,
    schema,
)

LOGIN = {"AZSQL_DATABASE": "sales", "AZSQL_USERNAME": "writer", "AZSQL_PASSWORD": "hunter2-planted"}


def parsed(statements: list[str]) -> list[sqlglot.Expression]:
    """Return the statements as T-SQL; sqlglot makes a Command of what it does not understand."""
    found = [tree for said in statements for tree in sqlglot.parse(said, dialect="tsql") if tree]
    lost = [tree.sql("tsql") for tree in found if isinstance(tree, expressions.Command)]
    assert lost == []
    return found


@pytest.fixture
def driver() -> sqlserver.Driver:
    return sqlserver.Driver()


@pytest.fixture
def live(monkeypatch):
    """Let the inspectors find what a test says; at first nothing."""

    def find(tables=None, views=(), schemas=("dbo",)):
        every = {name: [c.name for c in table.c] for name, table in schema.tables().items()}
        found = sqlserver.Live(tables or {}, list(views), list(schemas))
        later = sqlserver.Live(every | (tables or {}), list(views), list(schemas))
        calls = iter([found] * (2 if "dbo" not in schemas else 1))
        monkeypatch.setattr(migration.sa, "inspect", lambda _: next(calls, later))

    return find


def kinds(statements: list[str]) -> list[str]:
    return [tree.key for tree in parsed(statements)]


def test_every_statement_of_publishing_is_t_sql(driver, live, tmp_path):
    live(schemas=[])
    publishing.publish(finished_run(tmp_path), sqlserver.engine(driver), "bi")
    said = driver.statements()
    ours = said[next(i for i, text in enumerate(said) if "sp_getapplock" in text) :]
    found = kinds(ours)
    assert (
        found.count("create") == 1 + 1 + len(schema.TABLES) * 2 + 7
    )  # schema, log, tables, views, indexes
    assert {"create", "insert", "delete", "update", "select", "execute", "declare"} <= set(found)
    assert sum("TABLOCKX" in text for text in ours) == len(schema.TABLES)
    assert [said for said, _, _ in driver.log if said in ("COMMIT", "ROLLBACK")][-2:] == [
        "COMMIT",
        "ROLLBACK",  # of the connection that is closed then
    ]


def test_rows_go_in_bulk_and_values_never_into_statements(driver, live, tmp_path):
    live()
    publishing.publish(finished_run(tmp_path), sqlserver.engine(driver))
    inserts = [entry for entry in driver.log if entry[0].startswith("INSERT INTO icp_scores")]
    assert [fast for _, _, fast in inserts] == [True, True]
    assert {row[2] for _, rows, _ in inserts for row in rows} == {"Solid", EVIL}
    assert not [said for said in driver.statements() if "DROP" in said or FIRST in said]


def test_texts_compare_by_code_point_and_keys_fit_an_index(driver, live, tmp_path):
    live()
    publishing.publish(finished_run(tmp_path), sqlserver.engine(driver))
    made = next(s for s in driver.statements() if "CREATE TABLE icp_scores" in s)
    assert "customer_id NVARCHAR(100) COLLATE Latin1_General_100_BIN2 NOT NULL" in made
    assert "cutoff_date DATE NOT NULL" in made
    for table in schema.tables().values():
        key = [column for column in table.primary_key.columns]
        size = sum(2 * getattr(column.type, "length", 0) or 8 for column in key)
        assert size <= 900, table.name  # bytes that a clustered key may have


def test_widening_tables_is_t_sql_and_keeps_grants_on_views(driver, live, tmp_path):
    tables = {name: [c.name for c in t.c][:-1] for name, t in schema.tables().items()}
    live(tables | {"gosales_schema": []}, views=[f"current_{name}" for name in tables])
    publishing.publish(finished_run(tmp_path), sqlserver.engine(driver), "bi")
    said = [text for text in driver.statements() if "VIEW" in text or "ALTER TABLE" in text]
    assert said[0].startswith("ALTER TABLE bi.runs ADD git_commit NVARCHAR(400)")
    assert said[1].startswith("CREATE OR ALTER VIEW bi.current_runs AS")
    assert kinds(said) == ["alter", "create"] * len(tables)
    assert "DROP" not in " ".join(driver.statements())


def test_pruning_and_looking_are_t_sql(driver, monkeypatch):
    live = sqlserver.Live({"runs": ["run_id"]}, [], ["dbo"])
    monkeypatch.setattr(publishing.sa, "inspect", lambda _: live)
    publishing.prune(sqlserver.engine(driver), keep=2)
    with sqlserver.engine(driver).connect() as opened:
        found = checkup.rights(opened, None)
        rows = list(checkup.row_versions(opened))
        assert checkup.version(opened) == "Microsoft SQL Azure (RTM) - 12.0"
    ours = [text for text in driver.statements() if "SERVERPROPERTY" not in text]
    assert "select" in kinds(ours)
    assert found.mend.startswith("GRANT CREATE TABLE TO [gosales_writer]; GRANT CREATE VIEW TO")
    assert "GRANT SELECT ON SCHEMA::[dbo] TO [gosales_writer]" in found.mend
    assert rows[0].mend == "ALTER DATABASE CURRENT SET READ_COMMITTED_SNAPSHOT ON"
    grants = found.mend.split("; ")
    # sqlglot lacks Microsoft's grammar: GRANT right [ON SCHEMA::name] TO user
    grant = r"GRANT [A-Z ]+?( ON SCHEMA::\[dbo\])? TO \[gosales_writer\]"
    assert [said for said in grants if not re.fullmatch(grant, said)] == []


def test_reading_is_t_sql_and_undone(driver, monkeypatch):
    live = sqlserver.Live({"Sales Log": ["Order Id", "a]b"]}, [], ["dbo"])
    monkeypatch.setattr(reading.sa, "inspect", lambda _: live)
    assert [part.height for part in reading.stream(sqlserver.engine(driver), "dbo.Sales Log")] == [
        0
    ]
    query = "WITH a AS (SELECT N'x:y' AS b) SELECT b FROM a;"
    assert [part.height for part in reading.stream(sqlserver.engine(driver), query)] == [0]
    (table,) = (said for said in driver.statements() if "Sales Log" in said)
    (asked,) = (said for said in driver.statements() if said.startswith("WITH"))
    assert "[a]]b]" in table and "ORDER BY dbo.[Sales Log].[Order Id]" in table
    assert asked == query.rstrip(";")
    assert driver.log[-1][0] == "ROLLBACK"
    parsed([table, asked])


def settings(auth: str, server: str = "mi.abc.database.windows.net,3342") -> Settings:
    return Settings(AZSQL_SERVER=server, AZSQL_AUTH=auth, **LOGIN)


ODBC = drivers.Driver("mssql+pyodbc", "ODBC Driver 18 for SQL Server")
CARRIED = drivers.Driver("mssql+mssqlpython", "msodbcsql18")
COMMON = {"Encrypt": "yes", "TrustServerCertificate": "no", "ConnectRetryCount": "3"}


@pytest.mark.parametrize("driver", [ODBC, CARRIED])
@pytest.mark.parametrize(
    ("auth", "password", "keyword"),
    [
        ("sql", True, None),
        ("interactive", False, "ActiveDirectoryInteractive"),
        ("managed-identity", False, "ActiveDirectoryMsi"),
        ("service-principal", True, "ActiveDirectoryServicePrincipal"),
    ],
)
def test_each_way_to_sign_in_has_its_url(monkeypatch, driver, auth, password, keyword):
    monkeypatch.setattr(drivers, "find", lambda interactive: driver)
    url = connection.url(settings(auth))
    assert (url.drivername, url.host, url.port, url.database) == (
        driver.dialect,
        "mi.abc.database.windows.net",
        3342,
        "sales",
    )
    assert url.password == ("hunter2-planted" if password else None)
    expected = COMMON | ({"authentication": keyword} if keyword else {})
    if driver is ODBC:
        expected |= {"driver": ODBC.name, "LongAsMax": "Yes"}
    assert dict(url.query) == expected
    assert "hunter2" not in str(url) + repr(url) + connection.shown(url)


@pytest.mark.parametrize("driver", [ODBC, CARRIED])
def test_the_connection_string_asks_for_encryption_and_a_checked_certificate_and_is_quoted(
    monkeypatch, driver
):
    monkeypatch.setattr(drivers, "find", lambda interactive: driver)
    given = LOGIN | {"AZSQL_PASSWORD": "p;w}d=1"}
    known = Settings(AZSQL_SERVER="h", AZSQL_AUTH="service-principal", **given)
    url = connection.url(known)
    (told,), _ = url.get_dialect()().create_connect_args(url)
    for part in (
        "UID=writer",
        "PWD={p;w}}d=1}",
        "Encrypt=yes",
        "TrustServerCertificate=no",
        "uthentication=ActiveDirectoryServicePrincipal",
    ):
        assert part in told
    assert "Trusted_Connection" not in told


def test_without_a_user_no_windows_login_is_tried(monkeypatch):
    monkeypatch.setattr(drivers, "find", lambda interactive: ODBC)
    known = Settings(
        AZSQL_SERVER="h", AZSQL_DATABASE="d", AZSQL_AUTH="managed-identity", AZSQL_USERNAME=""
    )
    url = connection.url(known)
    (told,), _ = url.get_dialect()().create_connect_args(url)
    assert "Authentication=ActiveDirectoryMsi" in told and "Trusted_Connection" not in told


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"AZSQL_SERVER": "h"}, "AZSQL_DATABASE, AZSQL_USERNAME, AZSQL_PASSWORD: blank"),
        ({"AZSQL_DATABASE": "d", "AZSQL_AUTH": "interactive"}, "AZSQL_SERVER: blank"),
        (LOGIN | {"AZSQL_SERVER": "a b,c"}, "AZSQL_SERVER 'a b,c' is not a host name"),
    ],
)
def test_a_missing_or_odd_setting_is_named(monkeypatch, given, missing):
    monkeypatch.setattr(drivers, "find", lambda interactive: ODBC)
    with pytest.raises(ValueError, match=missing):
        connection.url(Settings(**given))


@pytest.mark.parametrize(
    ("server", "host", "port"),
    [("h", "h", None), ("tcp:h,1433", "h", 1433), ("h:3342", "h", 3342), ("h, 3342", "h", 3342)],
)
def test_servers_are_written_in_several_ways(server, host, port):
    assert connection.address(server) == (host, port)


def test_the_systems_driver_comes_first(monkeypatch):
    monkeypatch.setattr(drivers, "installed", lambda: "ODBC Driver 18 for SQL Server")
    assert drivers.find() == ODBC


def test_a_browser_needs_the_carried_driver_where_there_is_no_windows(monkeypatch):
    monkeypatch.setattr(drivers, "installed", lambda: "ODBC Driver 18 for SQL Server")
    monkeypatch.setattr(drivers.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(drivers, "loads", lambda library: True)
    monkeypatch.setattr(drivers.sys, "platform", "linux")
    assert drivers.find(interactive=True) == CARRIED


def test_without_libltdl_the_preview_serves_and_the_doctor_says_so(monkeypatch):
    monkeypatch.setattr(drivers, "installed", lambda: None)
    monkeypatch.setattr(drivers.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setattr(drivers, "loads", lambda library: False)
    monkeypatch.setattr(drivers.sys, "platform", "linux")
    found = drivers.find()
    assert (found.name, found.mend[:27]) == ("mssql-odbc", "apt-get install libltdl7 (o")


def test_without_any_driver_the_command_is_named(monkeypatch):
    monkeypatch.setattr(drivers, "installed", lambda: None)
    monkeypatch.setattr(drivers.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RuntimeError, match=r"no driver for Azure SQL.*uv sync --extra azure"):
        drivers.find()


@pytest.fixture
def closed(monkeypatch) -> Settings:
    """Settings of a server that is not there, by the driver that PyPI carries."""
    pytest.importorskip("mssql_python", reason="the extra `azure` is not installed")
    monkeypatch.setattr(drivers, "installed", lambda: None)
    return Settings(AZSQL_SERVER="127.0.0.1,1", **LOGIN)


def test_the_carried_driver_loads_and_fails_cleanly_on_a_closed_port(closed):
    engine = connection.engine(closed, login_seconds=2)
    with pytest.raises(sa.exc.OperationalError, match="unable to establish connection") as caught:
        engine.connect()
    assert "hunter2" not in str(caught.value)


def test_the_doctor_reports_a_closed_port_without_the_password(closed, caplog):
    with caplog.at_level(logging.DEBUG):
        found = checkup.describe(closed)
    assert [(finding.name, finding.ok) for finding in found] == [
        ("database", True),
        ("driver", True),
        ("server", False),
    ]
    assert found[2].mend == "check host, port, firewall and the account in .env"
    assert "hunter2" not in repr(found) + caplog.text


@pytest.mark.skipif(
    os.environ.get("GOSALES_TEST_AZSQL") != "1",
    reason="GOSALES_TEST_AZSQL=1 with AZSQL_* set runs this on a live Azure SQL",
)
def test_a_live_azure_sql_takes_a_run_and_gives_it_back(tmp_path):
    """Publish twice into a schema of our own, read it back, and drop it."""
    known = Settings()
    engine, name = connection.engine(known), "gosales_live_test"
    try:
        path = finished_run(tmp_path, size=50)
        first = publishing.publish(path, engine, name)
        assert publishing.publish(path, engine, name) == first
        rows = list(reading.stream(engine, f"{name}.fact_transactions", 20))
        assert [part.height for part in rows] == [20, 20, 10]
        assert rows[0]["division"][0] == EVIL
        assert all(finding.ok or finding.optional for finding in checkup.describe(known))
    finally:
        with engine.begin() as opened:
            for table in schema.tables(name).values():
                opened.exec_driver_sql(f"DROP VIEW IF EXISTS {name}.current_{table.name}")
                table.drop(opened, checkfirst=True)
            schema.changes(name).drop(opened, checkfirst=True)
            opened.exec_driver_sql(f"DROP SCHEMA IF EXISTS {name}")
