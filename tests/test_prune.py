"""Pruning: which runs may be deleted, and which never are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from published import finished_run
from typer.testing import CliRunner

from gosales_lib.cli import app, prune
from gosales_lib.run_folders import Run, list_runs, pruning, releases
from gosales_lib.run_folders.artifacts import write_json

NOW = datetime(2026, 12, 1, tzinfo=UTC)


def run_of(parent, month, **more):
    """Write a finished run of a month; its own holdout judged it unless told otherwise."""
    path = finished_run(parent, f"2026-{month:02d}-01T000000Z", released=False, **more)
    return Run(path)


def open_again(run):
    """Leave a run as it is before its window has passed."""
    for report in run.path.glob("*/????-??-??/05_holdout.json"):
        write_json(report, {"status": "nothing to check yet"})
    return run


def gone(parent, keep=2):
    return [each.run.id[5:7] for each in pruning.removable(parent, keep, 30, NOW)]


def test_released_and_unchecked_runs_stay_however_old(tmp_path):
    runs = [run_of(tmp_path, month) for month in range(1, 7)]
    releases.release(runs[0])
    releases.release(runs[1])
    open_again(runs[2])
    assert gone(tmp_path) == ["04"], "01 and 02 were released, 03 is not checked, 05 and 06 are new"
    releases.take_back(tmp_path, "toy")
    assert gone(tmp_path) == ["04"], "what was taken back is proof, too"


def test_old_trials_unfinished_runs_and_replaced_checks_go(tmp_path):
    candidate = open_again(run_of(tmp_path, 1))
    run_of(tmp_path, 2, kind="check", checks=candidate.id)
    run_of(tmp_path, 3, kind="check", checks=candidate.id)
    run_of(tmp_path, 4, kind="trial")
    run_of(tmp_path, 5, state="failed")
    finished_run(tmp_path, "2026-11-20T000000Z", released=False, kind="trial")
    assert gone(tmp_path) == ["02", "04", "05"]


def test_the_checks_of_a_run_go_with_it(tmp_path):
    runs = [run_of(tmp_path, month) for month in (1, 2, 3)]
    run_of(tmp_path, 4, kind="check", checks=runs[0].id)
    assert gone(tmp_path) == ["01", "04"]


def test_nothing_is_removed_without_yes(tmp_path, monkeypatch):
    monkeypatch.setenv("GOSALES_DATABASE_URL", f"sqlite:///{tmp_path / 'gosales.db'}")
    parent = tmp_path / "runs"
    for month in range(1, 5):
        run_of(parent, month)
    words = ["prune", "--runs", str(parent), "--keep", "2", "--days", "0", "--no-mlflow"]
    told = CliRunner().invoke(app, words).stdout
    assert "2 runs" in told and "--yes deletes them" in told
    assert len(list_runs(parent)) == 4
    assert "deleted 2 runs" in CliRunner().invoke(app, [*words, "--yes"]).stdout
    assert [run.id[5:7] for run in list_runs(parent)] == ["04", "03"]


@pytest.mark.parametrize(
    ("size", "words"), [(999, "999 B"), (1500, "1.5 kB"), (2_500_000, "2.5 MB"), (3e9, "3.0 GB")]
)
def test_a_size_is_printed_as_people_read_it(size, words):
    assert prune.in_words(size) == words


def test_a_file_with_two_names_counts_once(tmp_path):
    (tmp_path / "one").write_bytes(b"x" * 100)
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    assert pruning.size(tmp_path) == 100
