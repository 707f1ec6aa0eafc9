"""A run's files against its receipts: what was changed is said to be, and not shown."""

from __future__ import annotations

import json
import re

import dashboards as toy
import pytest
from typer.testing import CliRunner

from gosales_lib import reports
from gosales_lib.cli import app
from gosales_lib.dashboard.serve.site import Site
from gosales_lib.database.contents import Contents
from gosales_lib.reports import NotAvailableError
from gosales_lib.reports.scores import Scores
from gosales_lib.run_folders import integrity, receipts


@pytest.fixture
def run(tmp_path):
    """A finished run whose scores have a receipt."""
    run = toy.write_run(tmp_path / "runs")
    folder = run.at(toy.ALPHA, toy.CUTOFF).path
    written = [folder / "04_score.json", folder / "scores.parquet"]
    receipts.write(folder, "04_score", {"parameters": {}}, written)
    return run


def gosales(*words):
    return CliRunner().invoke(app, list(map(str, words)))


def test_a_whole_run_is_verified(run):
    done = gosales("verify", run.path)
    assert done.exit_code == 0
    assert f"2 files of run {run.id}: unchanged since the notebooks wrote them" in done.output


def test_verify_does_not_pass_a_damaged_or_incomplete_run(run):
    file = run.path / "run.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"state": "failed"}))
    assert "the run is failed, so files may be missing" in gosales("verify", run.path).output
    file.write_text(file.read_text()[:40])
    done = gosales("verify", run.path)
    assert done.exit_code != 0
    assert "run.json is cut off or damaged" in str(done.exception) + done.output


@pytest.mark.parametrize("state", ["changed", "missing"])
def test_verify_names_each_file_that_differs(run, state):
    file = run.at(toy.ALPHA, toy.CUTOFF).path / "scores.parquet"
    file.unlink() if state == "missing" else file.write_bytes(file.read_bytes() + b"x")
    done = gosales("verify", run.path)
    assert done.exit_code == 1
    assert re.search(rf"alpha/{toy.CUTOFF}/scores.parquet +{state}", done.output)


def test_verify_names_a_receipt_that_is_damaged(run):
    receipts.path(run.at(toy.ALPHA, toy.CUTOFF).path, "04_score").write_text("{")
    done = gosales("verify", run.path)
    assert done.exit_code == 1
    assert "04_score.receipt.json" in done.output and "damaged" in done.output


def test_a_report_that_was_changed_is_not_available(run):
    folder = run.at(toy.ALPHA, toy.CUTOFF).path
    file = folder / "04_score.json"
    content = json.loads(file.read_text())
    assert reports.read(folder, Scores).expected_buyers == content["expected_buyers"]
    file.write_text(json.dumps(content | {"expected_buyers": 999.0}))
    with pytest.raises(NotAvailableError, match=r"04_score.json: changed since it was written"):
        reports.read(folder, Scores)
    assert "04_score.json: changed since it was written" in gosales("status", run.path).output
    page = str(Site(run.path.parent).open("?tab=holdout").html)
    assert "changed since it was written" in page and "999" not in page


def test_a_table_that_was_changed_is_neither_shown_nor_published(run):
    file = run.at(toy.ALPHA, toy.CUTOFF).path / "scores.parquet"
    file.write_bytes(file.read_bytes() + b"x")
    page = str(Site(run.path.parent).open("?tab=division&division=Alpha").html)
    assert "scores.parquet: changed since it was written" in page
    with pytest.raises(NotAvailableError, match=r"scores.parquet: changed since"):
        list(Contents(run.path).frames("icp_scores"))


def test_a_missing_report_of_a_successful_notebook_is_an_error(run):
    folder = run.at(toy.ALPHA, toy.CUTOFF).path
    (folder / "04_score.json").unlink()
    with pytest.raises(NotAvailableError, match=r"04_score.json: the file is missing"):
        reports.read(folder, Scores)


def test_a_file_is_hashed_once(run, monkeypatch):
    file = run.at(toy.ALPHA, toy.CUTOFF).path / "scores.parquet"
    counted = []
    hashed = integrity.file_fingerprint
    monkeypatch.setattr(integrity, "file_fingerprint", lambda f: counted.append(f) or hashed(f))
    assert not integrity.changed(file) and not integrity.changed(file)
    assert counted == [file]


def test_a_cut_off_run_json_hides_no_other_run(run):
    broken = toy.write_run(run.path.parent, toy.EARLIER)
    (broken.path / "run.json").write_text('{"id": "2026')
    listed = gosales("status", "--runs", run.path.parent)
    assert listed.exit_code == 0
    assert run.id in listed.stdout and re.search(rf"{broken.id}  -  .*-  .*damaged", listed.stdout)
    assert "None" not in listed.stdout
    assert f"{broken.id}/run.json is cut off or damaged" in listed.stderr
    asked = gosales("status", broken.id, "--runs", run.path.parent)
    assert asked.exit_code == 2
    assert f"{broken.id}/run.json is cut off or damaged" in asked.stderr
    assert gosales("status", run.id, "--runs", run.path.parent).exit_code == 0
    rows = json.loads(gosales("status", "--json", "--runs", run.path.parent).stdout)
    assert {row["run"]: row["state"] for row in rows}[broken.id] == "damaged"
