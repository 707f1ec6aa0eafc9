"""Databases for the tests: SQLite in a file, and a real PostgreSQL server where it is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
import servers

from gosales_lib.core import settings

hypothesis.settings.register_profile("gosales", deadline=None)  # a busy machine is no failure
hypothesis.settings.load_profile("gosales")


@pytest.fixture(autouse=True)
def own_settings() -> Iterator[None]:
    """Each test reads the settings of its own environment, not those that another test read."""
    settings.load.cache_clear()
    yield
    settings.load.cache_clear()


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a PostgreSQL server that lives as long as the tests."""
    if servers.programs() is None:
        pytest.skip(servers.MISSING)
    with servers.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def open_dashboard(tmp_path_factory) -> Iterator[str]:
    """The address of a dashboard on this machine, over a small run and one without later sales."""
    import dashboards

    folder = tmp_path_factory.mktemp("dashboard") / "runs"
    dashboards.write_run(folder)
    dashboards.write_run(folder, dashboards.EARLIER, checked=False)
    with dashboards.served(folder) as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path: Path) -> str:
    """The URL of an empty database, of each kind in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'published.db'}"
    return servers.fresh_database(request.getfixturevalue("postgres"))


@pytest.fixture
def engine(database_url: str):
    """The engine of an empty database, of each kind in turn."""
    from sqlalchemy.engine import make_url

    from gosales_lib.database import connection

    return connection.open_url(make_url(database_url))


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """A whole toy run with two divisions, nothing wrong: (run, request, events)."""
    from toy_runs import ask, work

    from gosales_lib import run_folders

    folder = tmp_path_factory.mktemp("undisturbed")
    request = ask(folder)
    run = run_folders.create(folder / "runs", {})
    state, events = work(run, request)
    assert state == "done"
    return run, request, events
