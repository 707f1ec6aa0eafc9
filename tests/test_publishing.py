"""What publishing replaces, keeps and deletes: rows of small runs in a SQLite file."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from published import FIRST, SECOND, WHOLE, counts, finished_run
from sqlalchemy.engine import Engine, make_url

from gosales_lib.core.settings import Settings
from gosales_lib.database import connection, publishing
from gosales_lib.database.publishing import current, forget, judged, prune, publish
from gosales_lib.run_folders.artifacts import write_json

THIRD = "2026-03-01T000000Z"


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """The engine of an empty SQLite database."""
    return connection.open_url(make_url(f"sqlite:///{tmp_path / 'published.db'}"))


def test_the_number_of_published_rows_is_reported_by_table(engine, tmp_path):
    found = publish(finished_run(tmp_path), engine)
    assert found == WHOLE
    unreleased = publish(finished_run(tmp_path, SECOND, released=False), engine)
    assert {name for name, rows in found.items() if name not in unreleased} == {
        "fact_transactions",
        "dim_customer",
        "customer_attributes",
    }


@pytest.mark.parametrize(("begun", "same"), [("00.245", True), ("00.265", False), ("00.9", False)])
def test_a_run_is_the_same_one_where_it_began_in_the_same_hundredth_of_a_second(
    engine, tmp_path, begun, same
):
    publish(finished_run(tmp_path), engine)  # began at 00:00:00.250
    other = finished_run(tmp_path / "elsewhere", size=3)
    write_json(other / "run.json", {"state": "done", "started": f"2026-01-01T00:00:{begun}Z"})
    if same:
        publish(other, engine)
        assert counts(engine)["fact_transactions"] == {FIRST: 3}
        return
    with pytest.raises(ValueError, match="rename this run's folder"):
        publish(other, engine)
    assert counts(engine)["fact_transactions"] == {FIRST: 2}


def test_the_current_run_of_each_layout_is_the_one_released_last(engine, tmp_path):
    assert current(engine) == {}
    publish(finished_run(tmp_path, FIRST), engine)
    publish(finished_run(tmp_path, SECOND), engine)
    publish(finished_run(tmp_path, THIRD, "other"), engine)
    assert current(engine) == {"toy": SECOND, "other": THIRD}
    with engine.connect() as opened:
        assert opened.scalar(sa.text("SELECT count(*) FROM current_runs")) == 2
    assert counts(engine)["fact_transactions"] == {SECOND: 2, THIRD: 2}


def test_pruning_keeps_the_current_run_however_old_it_is(engine, tmp_path):
    for run_id, released in ((FIRST, True), (SECOND, False), (THIRD, False)):
        publish(finished_run(tmp_path, run_id, released=released), engine)
    assert prune(engine, keep=1) == [SECOND]
    assert set(counts(engine)["runs"]) == {FIRST, THIRD}
    assert counts(engine)["fact_transactions"] == {FIRST: 2}
    assert prune(engine, keep=1) == []


def test_a_database_where_nothing_was_published_has_nothing_to_remove(engine):
    assert prune(engine, keep=12) == []


def test_the_name_of_a_schema_is_passed_over_where_there_are_none(engine, tmp_path):
    publish(finished_run(tmp_path, FIRST, released=False), engine, "dbo")
    publish(finished_run(tmp_path, SECOND), engine, "dbo")
    assert (current(engine, "dbo"), judged(engine, "dbo")) == ({"toy": SECOND}, {FIRST, SECOND})
    forget(engine, [FIRST], "dbo")
    assert prune(engine, 1, "dbo") == []
    assert set(counts(engine)["runs"]) == {SECOND}


def test_of_runs_that_began_at_once_the_last_by_name_is_the_latest(engine, tmp_path):
    same = {"started": "2026-05-01T00:00:00.250Z"}
    for run_id in (THIRD, FIRST, SECOND):
        publish(finished_run(tmp_path, run_id, released=False, **same), engine)
    assert prune(engine, keep=1) == [FIRST, SECOND]


def test_a_run_that_is_forgotten_has_no_rows_and_the_current_one_stays(engine, tmp_path):
    forget(engine, [FIRST])  # nothing was ever published
    publish(finished_run(tmp_path, FIRST, released=False), engine)
    publish(finished_run(tmp_path, SECOND), engine)
    forget(engine, [FIRST, SECOND])
    assert {name: set(runs) - {SECOND} for name, runs in counts(engine).items()} == {
        name: set() for name in counts(engine)
    }
    assert counts(engine)["icp_scores"] == {SECOND: 4}


def test_the_track_record_is_of_the_runs_that_were_checked(engine, tmp_path):
    assert judged(engine) == set()
    publish(finished_run(tmp_path, FIRST), engine)
    assert judged(engine) == {FIRST}


def test_a_check_replaces_the_track_record_of_its_run_and_nothing_else(engine, tmp_path):
    publish(finished_run(tmp_path, FIRST), engine)
    before = counts(engine)
    check = finished_run(tmp_path, SECOND, released=False, checks=FIRST)
    found = publish(check, engine)
    assert set(found) == {"holdout_metrics"}
    assert counts(engine) == before


def test_a_check_leaves_the_track_record_of_other_runs_as_it_was(engine, tmp_path):
    for run_id in (FIRST, SECOND):
        publish(finished_run(tmp_path, run_id), engine)
    before = counts(engine)["holdout_metrics"]
    publish(finished_run(tmp_path, THIRD, released=False, checks=FIRST), engine)
    assert counts(engine)["holdout_metrics"] == before
    assert set(before) == {FIRST, SECOND}


def test_a_run_with_nothing_to_publish_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(publishing, "publish", lambda *asked: {"runs": 0, "icp_scores": 1234})
    known = Settings(GOSALES_DATABASE_URL=f"sqlite:///{tmp_path / 'published.db'}")
    assert publishing.publish_run(Path("runs/x"), known).endswith("; rows: icp_scores 1,234")
    monkeypatch.setattr(publishing, "publish", lambda *asked: {"runs": 0})
    said = publishing.publish_run(Path("runs/x"), known)
    assert said.startswith("published x to ")
    assert said.endswith("; rows: none")
