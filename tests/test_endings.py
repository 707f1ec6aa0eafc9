"""Why a run stopped, and how to go on, are said alike at every door."""

from __future__ import annotations

import errno
import json

import nbformat
import pytest
import toys
from test_cli import gosales
from toy_runs import CUTOFF, by_command

from gosales_lib import run_folders
from gosales_lib.batch import rescore
from gosales_lib.dashboard.read.scope import Scope
from gosales_lib.dashboard.serve.site import Site
from gosales_lib.reports import summary
from gosales_lib.run_folders import endings, record
from gosales_lib.run_folders.artifacts import write_json

ALARM = "signs-turned: of <b>A</b> all sales are returns. Turn their signs."


def stopped_by_an_alarm(folder):
    """Run the toy notebooks whose 01_etl refuses the log; return the runs folder and the run."""
    notebooks, layout, data, _ = toys.write(folder)
    etl = toys.notebook("01_etl", f"raise ValueError({ALARM!r})")
    nbformat.write(etl, notebooks / "01_etl.ipynb")
    words = ["run", "--layout", layout, "--data", data, "--notebooks", notebooks]
    runs = folder / "runs"
    result = gosales(*words, "--runs", runs, "--no-mlflow", "--no-publish")
    return result, runs, run_folders.list_runs(runs)[0]


def test_a_run_that_cannot_be_planned_keeps_its_reason_for_every_door(tmp_path):
    result, run = by_command(tmp_path, "A", **{"--cutoff": "2030-12-31"})
    why = "cutoff 2030-12-31 lies after the end of the log"
    assert result.exit_code == 2 and why in result.stderr
    runs = tmp_path / "runs"
    told = json.loads(gosales("status", run.id, "--runs", runs, "--json").stdout)
    assert told["stopped"].startswith(why)
    assert "not ended well: 1 of 1" in told["health"]["findings"][0]["sentence"]
    mend = "mend the cause, then `gosales run --resume"
    for words in (["status", run.id], ["logs", run.id]):
        assert why in gosales(*words, "--runs", runs).stdout
    assert mend in gosales("status", run.id, "--runs", runs).stdout
    gosales("report", run.id, "--runs", runs)
    pages = [(run.path / "report.html").read_text(encoding="utf-8")]
    pages += [Site(runs).open(f"?tab={tab}&run={run.id}").html for tab in ("overview", "data")]
    for page in pages:
        assert why in page and mend in page and "completes the run" not in page
    record.Record(run).begin({}, {})
    assert "stopped" not in record.read(run)


def test_an_alarm_that_stops_a_run_is_shown_to_who_may_see_all(tmp_path):
    result, runs, run = stopped_by_an_alarm(tmp_path)
    assert "failed: mend the cause, then `gosales run --resume" in result.stdout
    assert endings.why(record.read(run)) == f"01_etl: {ALARM}"
    for tab in ("overview", "data"):
        page = Site(runs).open(f"?tab={tab}").html
        assert "of &lt;b&gt;A&lt;/b&gt; all sales are returns. Turn their signs" in page
    mine = Site(runs).open("", Scope(name="Ann", reps=("Ann",))).html
    assert "stopped before a division was planned. How to go on" in mine
    assert "signs-turned" not in mine


def test_a_full_disk_says_where_and_how_to_go_on(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(record.Record, "plan", full)
    result, run = by_command(tmp_path, "A")
    assert result.exit_code == 2
    assert f"no space left in {run.path}: make room, then `gosales run --resume" in result.stderr


def test_a_disk_that_is_full_for_a_notebook_stops_the_run_at_once(tmp_path):
    notebooks, layout, data, _ = toys.write(tmp_path)
    whole = (notebooks / "02_features.ipynb").read_bytes()
    full = "raise OSError(28, 'No space left on device')"
    nbformat.write(toys.notebook("02_features", full), notebooks / "02_features.ipynb")
    words = ["--no-mlflow", "--no-publish", "--runs", tmp_path / "runs", "--jobs", 1]
    given = ["--layout", layout, "--data", data, "--notebooks", notebooks]
    result = gosales("run", *given, "--division", "A", "--division", "B", *words)
    (run,) = run_folders.list_runs(tmp_path / "runs")
    assert result.exit_code == 2
    assert f"no space left in {run.path}: make room, then `gosales run --resume" in result.stderr
    states = [item["state"] for item in record.read(run)["notebooks"]]
    assert states.count("failed") == 1 and states.count("done") == 1
    (notebooks / "02_features.ipynb").write_bytes(whole)
    assert gosales("run", "--resume", run.id, *words).exit_code == 0


def test_a_division_whose_check_alone_was_refused_is_named():
    told = {"status": "refused", "sentence": "Refused: A lacks sales."}
    entry = {"division": "A", "reports": {"05_holdout": told}}
    status = {"cutoffs": [{"cutoff": CUTOFF, "divisions": [entry]}]}
    whole = {"status": "checked", "sentence": "Checked."}
    assert list(summary.refused(status | {"holdouts": {CUTOFF: whole}})) == [
        (f"A at {CUTOFF}", "Refused: A lacks sales.")
    ]
    assert not list(summary.refused(status | {"holdouts": {CUTOFF: told}}))


def test_the_models_of_an_interrupted_run_are_not_said_to_be_missing(tmp_path):
    run = run_folders.create(tmp_path, {})
    write_json(run.path / "run.json", {"state": "interrupted", "cutoffs": {CUTOFF: ["A"]}})
    told = f"is interrupted: only a finished run scores; `gosales run --resume {run.id}` completes"
    with pytest.raises(ValueError, match=told):
        rescore.prepare(tmp_path, run, None, None)


def test_an_interrupted_run_is_completed_by_resume():
    again = "`gosales run --resume 2026` completes the run"
    assert endings.go_on("2026", {"state": "interrupted"}) == again
    assert endings.go_on("2026", {"state": "failed", "cutoffs": {CUTOFF: ["A"]}}) == (
        "mend the cause, then `gosales run --resume 2026`"
    )
