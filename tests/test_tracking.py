"""MLflow: one experiment per division, one run per training; a failure never harms the run."""

import json
import logging
import shutil
import subprocess
import sys

import pytest
import reported

from gosales_lib import reports, run_folders
from gosales_lib.core import settings
from gosales_lib.mlflow_log import background, tracking
from gosales_lib.mlflow_log import store as stores
from gosales_lib.reports.measures import MEASURES
from gosales_lib.run_folders import artifacts, receipts

CUTOFF = "2024-12-31"
REPORT = reported.training("A")
MATRIX = reported.features()


@pytest.fixture
def run(tmp_path):
    """A run with one finished training of the division `A`."""
    run = run_folders.create(tmp_path / "runs", {})
    folder = run.at("A", CUTOFF)
    reports.write(folder, REPORT)
    reports.write(folder, MATRIX)
    for name in ("model.joblib", "model_card.md"):
        with folder.writing(f"model/{name}") as path:
            path.write_bytes(b"model")
    written = [folder.path / "03_train.json", folder.path / "model/model.joblib"]
    receipts.write(folder.path, "02_features", {"parameters": {"window_months": 6}}, [])
    receipts.write(folder.path, "03_train", {"parameters": {"seed": 17}}, written)
    artifacts.write_json(folder.path / "03_train.ipynb", notebook())
    key = f"03_train A {CUTOFF}"
    item = {"key": key, "notebook": "03_train", "division": "A", "cutoff": CUTOFF}
    item |= {"folder": f"a/{CUTOFF}", "state": "done"}
    item |= {"started": "2026-11-24T02:05:44.310Z", "seconds": 30.5}
    artifacts.write_json(run.path / "run.json", {"git_commit": "abc", "notebooks": [item]})
    return run


def notebook():
    figure = {"application/vnd.plotly.v1+json": {"data": [], "layout": {"title": "gains"}}}
    cell = {"cell_type": "code", "source": "", "outputs": [{"data": figure}]}
    return {"cells": [cell, {"cell_type": "markdown", "source": "## Look"}]}


def uri(file):
    return f"sqlite:///{file.as_posix()}"


@pytest.fixture(scope="module")
def empty_store(tmp_path_factory):
    """A store that is made but empty: making one takes seconds."""
    file = tmp_path_factory.mktemp("store") / "mlflow.db"
    stores.client(uri(file))
    return file


@pytest.fixture
def store(empty_store, tmp_path):
    return uri(shutil.copy(empty_store, tmp_path / "mlflow.db"))


KEY = f"03_train A {CUTOFF}"


def test_a_training_is_logged_with_parameters_metrics_and_tags(run, store, tmp_path):
    from mlflow import MlflowClient

    made = tracking.log(run, KEY, store)
    client = MlflowClient(store)
    logged = client.get_run(made)
    experiment = client.get_experiment(logged.info.experiment_id)
    assert experiment.name == "gosales/A"
    assert "Who buys A" in experiment.tags["mlflow.note.content"]
    assert logged.info.run_name.startswith(run.id), "two runs of a cutoff are told apart"
    assert logged.info.end_time - logged.info.start_time == 30_500
    assert logged.data.params == {
        "kind": "candidate",
        "dirty": "false",
        "division": "A",
        "cutoff": CUTOFF,
        "window_months": "6",
        "seed": "17",
        "champion": "blend",
        "training_cutoffs": "2024-03-31 2024-06-30",
        "features": "2",
        "families": "lifecycle recency",
        "logistic.c": "0.1",
    }
    found = logged.data.metrics
    assert {name: found[name] for name in MEASURES} == REPORT.model.fields()
    assert {name: found[f"candidate.blend.{name}"] for name in MEASURES} == REPORT.model.fields()
    assert found["naive.recency.auc"] == REPORT.baselines["recency"].auc
    assert "naive.recency.brier" not in found, "what was not measured is no 0"
    assert found["data.customers"] == REPORT.customers
    assert logged.data.tags["gosales.run"] == run.id
    files = {file.path for file in client.list_artifacts(made)}
    assert files == {"03_train.json", "03_train.ipynb", "model", "figures"}
    cards = list((tmp_path / "mlartifacts").rglob("model_card.md"))
    assert cards, "files lie beside the store"
    assert not list((tmp_path / "mlartifacts").rglob("model.joblib")), "kept in the run folder"


def test_a_training_is_logged_once(run, store):
    assert tracking.log(run, KEY, store)
    assert tracking.log(run, KEY, store) is None


def test_a_store_that_fails_costs_one_line_and_no_password(run, monkeypatch, caplog):
    broken = "postgresql://sa:hunter2@127.0.0.1:9/none"
    monkeypatch.setattr("mlflow.store.db.utils.MAX_RETRY_COUNT", 2)  # else it waits 100 s
    monkeypatch.setattr(settings.Settings, "mlflow_uri", lambda self: broken)
    with caplog.at_level(logging.WARNING, "gosales"), background.tracker(run) as watch:
        watch({"event": "ended", "state": "done", "key": KEY})
        watch({"event": "ended", "state": "done", "key": KEY})
    lines = [entry.getMessage() for entry in caplog.records if entry.name == "gosales"]
    assert len(lines) == 1
    assert "the run is not harmed" in lines[0]
    assert "hunter2" not in caplog.text


def test_switched_off_it_imports_nothing(run):
    code = (
        "import sys; from gosales_lib.mlflow_log import background; "
        "from gosales_lib.run_folders import Run; "
        f"from pathlib import Path\nrun = Run(Path({str(run.path)!r}))\n"
        "with background.tracker(run, False) as watch: "
        f"watch({{'event': 'ended', 'state': 'done', 'key': {KEY!r}}})\n"
        "assert 'mlflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_two_processes_make_one_fresh_store(run, tmp_path):
    code = (
        "import sys; from pathlib import Path; from gosales_lib.mlflow_log import tracking; "
        "from gosales_lib.run_folders import Run; "
        "tracking.log(Run(Path(sys.argv[1])), *sys.argv[2:])"
    )
    script = [sys.executable, "-c", code, str(run.path), KEY, uri(tmp_path / "fresh.db")]
    both = [subprocess.Popen(script, stderr=subprocess.PIPE) for _ in range(2)]
    assert [(p.wait(120), p.stderr.read().decode()[-500:]) for p in both] == [(0, ""), (0, "")]


def test_no_planted_password_reaches_the_store(run, store, tmp_path, monkeypatch):
    monkeypatch.setenv("AZSQL_PASSWORD", "hunter2-planted")
    tracking.log(run, KEY, store)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    assert [path for path in files if b"hunter2" in path.read_bytes()] == []


def test_the_figures_of_a_notebook_are_found(run):
    (figure,) = tracking.figures_of(run.at("A", CUTOFF).path / "03_train.ipynb")
    assert json.dumps(figure["layout"]) == '{"title": "gains"}'


def add_training(run, division):
    """Add a second division with the same training to a run."""
    first = run.at("A", CUTOFF).path
    shutil.copytree(first, run.at(division, CUTOFF).path)
    content = json.loads((run.path / "run.json").read_text())
    (item,) = content["notebooks"]
    key = f"03_train {division} {CUTOFF}"
    again = item | {"key": key, "division": division, "folder": f"{division.lower()}/{CUTOFF}"}
    artifacts.write_json(run.path / "run.json", content | {"notebooks": [item, again]})
    return key


def test_a_deleted_experiment_stops_only_itself_and_says_how_to_restore_it(
    run, store, monkeypatch, caplog
):
    from mlflow import MlflowClient

    other, client = add_training(run, "B"), MlflowClient(store)
    client.delete_experiment(tracking._experiment(client, store, "A"))
    monkeypatch.setattr(settings.Settings, "mlflow_uri", lambda self: store)
    with caplog.at_level(logging.WARNING, "gosales"), background.tracker(run) as watch:
        for key in (KEY, other):
            watch({"event": "ended", "state": "done", "key": key})
    (line,) = [entry.getMessage() for entry in caplog.records if entry.name == "gosales"]
    assert "gosales/A was deleted" in line and "mlflow experiments restore --experiment-id" in line
    experiment = client.get_experiment_by_name("gosales/B").experiment_id
    assert len(client.search_runs([experiment])) == 1
    with pytest.raises(stores.RefusedError, match="gosales/A was deleted"):
        tracking.sync(run, store)


def test_a_moved_store_is_detected_and_its_locations_are_recorded_again(run, store, tmp_path):
    from mlflow import MlflowClient

    made = tracking.log(run, KEY, store)
    moved = tmp_path / "moved"
    moved.mkdir()
    for name in ("mlflow.db", "mlartifacts"):
        (tmp_path / name).rename(moved / name)
    there = uri(moved / "mlflow.db")
    other = add_training(run, "B")
    with pytest.raises(stores.RefusedError, match="it was moved"):
        tracking.log(run, other, there)
    assert not (tmp_path / "mlartifacts").exists(), "nothing is written where it was"
    assert stores.relocate(there) >= 2
    assert tracking.log(run, other, there)
    client = MlflowClient(there)
    assert "03_train.json" in {file.path for file in client.list_artifacts(made)}
    assert stores.relocate(there) == 0


def test_a_server_that_does_not_answer_is_given_up_soon(run, monkeypatch, caplog):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections, says nothing
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "1")
        monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
        monkeypatch.setattr(settings.Settings, "mlflow_uri", lambda self: address)
        with caplog.at_level(logging.WARNING, "gosales"), background.tracker(run) as watch:
            watch({"event": "ended", "state": "done", "key": KEY})
            watch({"event": "ended", "state": "done", "key": KEY})
    (line,) = [entry.getMessage() for entry in caplog.records if entry.name == "gosales"]
    assert f"`gosales mlflow sync {run.id}` logs it later" in line
    assert int(stores.QUIET["MLFLOW_HTTP_REQUEST_TIMEOUT"]) <= 10


def test_a_training_left_running_by_a_kill_is_closed_when_the_run_is_logged_again(run, store):
    from mlflow import MlflowClient

    client = MlflowClient(store)
    experiment = tracking._experiment(client, store, "A")
    left = client.create_run(experiment, tags={"gosales.run": run.id}).info.run_id
    tracking.log(run, KEY, store)
    assert client.get_run(left).info.status == "KILLED"


def test_the_figures_of_a_check_are_logged_to_the_training_that_it_checks(run, store, tmp_path):
    from mlflow import MlflowClient

    made = tracking.log(run, KEY, store)
    check = run_folders.create(tmp_path / "runs", {})
    report = reported.later()
    reports.write(check.at("A", CUTOFF), report)
    key = f"05_holdout A {CUTOFF}"
    item = {"key": key, "notebook": "05_holdout", "division": "A", "cutoff": CUTOFF}
    item |= {"folder": f"a/{CUTOFF}", "state": "done"}
    content = {"kind": "check", "checks": run.id, "notebooks": [item]}
    artifacts.write_json(check.path / "run.json", content)
    assert tracking.log_holdout(check, key, store) == made
    logged = MlflowClient(store).get_run(made).data
    assert logged.metrics["holdout.auc"] == report.model.auc
    assert logged.metrics["holdout.buyers"] == report.buyers
    assert logged.metrics["auc"] == REPORT.model.auc, "the figures of the validation stay"
    assert tracking.log_holdout(check, key, store) is None
