"""The runner, on tiny notebooks: order, failure, resume, limits, secrets, orphans."""

import importlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path

import nbformat
import psutil
import pytest
import toys

from gosales_lib import locks, runs, summary
from gosales_lib.batch import kernels, later, parameters, plan, pool, record, runner
from gosales_lib.batch.plan import Board, Selection
from gosales_lib.batch.request import How, Request

CUTOFF = "2024-12-31"
LEAN = ("polars",)
OWN = {"run.json", "events.jsonl", "runner.lock"}


def ask(folder, *divisions):
    notebooks, layout, data, holdout = (runs.shown(path) for path in toys.write(folder))
    chosen = {"divisions": divisions or ("A", "B"), "cutoffs": (CUTOFF,)}
    return Request(layout, data, holdout, notebooks=notebooks, **chosen)


def work(run, request, select=None, **how):
    events = []
    state = runner.Batch(
        run, request, How(**{"jobs": 2, "libraries": LEAN, **how}), select, events.append
    ).execute()
    return state, events


def ran(events):
    return [event["key"].split()[0] for event in events if event["event"] == "started"]


def artifacts_of(run):
    """Return all that must not depend on when or how it was made, by file.

    Of a receipt without the library's print: a test must hold while somebody edits the library.
    """
    return {
        path.relative_to(run.path).as_posix(): content(path)
        for path in sorted(run.path.rglob("*"))
        if path.is_file() and path.name not in OWN and path.suffix != ".ipynb"
    }


def content(path):
    if not path.name.endswith(".receipt.json"):
        return path.read_bytes()
    return json.loads(path.read_text()) | {"library": ""}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A whole run with two divisions, nothing wrong: (run, request, events)."""
    folder = tmp_path_factory.mktemp("undisturbed")
    request = ask(folder)
    run = runs.create(folder / "runs", {})
    state, events = work(run, request)
    assert state == "done"
    return run, request, events


def test_the_plan_trains_after_all_features_and_ranks_last():
    jobs = plan.build({date(2024, 6, 30): ["A", "B"], date(2024, 12, 31): ["A"]})
    by_key = {job.key: job for job in jobs}
    assert len(jobs) == 1 + (2 * 4 + 2) + (4 + 2)
    train = by_key["03_train A 2024-06-30"]
    assert train.needs == ("02_features A 2024-06-30",)
    assert train.after == ("03_pooled 2024-06-30",)
    assert "02_features B 2024-06-30" in by_key["03_pooled 2024-06-30"].after
    assert by_key["06_whitespace 2024-06-30"].needs_one == (
        "04_score A 2024-06-30",
        "04_score B 2024-06-30",
    )


def test_a_failed_forerunner_keeps_only_its_own_line_from_running():
    board = Board(plan.build({date(2024, 12, 31): ["A", "B"]}))
    board.states |= dict.fromkeys(board.by_key, "done")
    train, other = "03_train A 2024-12-31", "03_train B 2024-12-31"
    board.states |= {"02_features A 2024-12-31": "failed", train: "pending", other: "pending"}
    assert board.obstacle(board.by_key[train]) == "02_features A 2024-12-31 did not end well"
    assert board.obstacle(board.by_key[other]) is None


def test_a_run_writes_what_the_contract_says(undisturbed):
    run, _, events = undisturbed
    assert sorted(ran(events)) == sorted([*plan.STEPS, *plan.PER_DIVISION])
    status = summary.of(run)
    assert status["state"] == "done"
    assert summary.counts(status) == {"done": 11}
    (cutoff,) = status["cutoffs"]
    assert [entry["division"] for entry in cutoff["divisions"]] == ["A", "B"]
    assert cutoff["divisions"][0]["reports"]["03_train"]["base_rate"] == 0.25
    assert cutoff["pooled"]["reports"]["03_pooled"] == {"divisions": 2}
    assert cutoff["whitespace"]["reports"]["06_whitespace"] == {"divisions": 2}
    assert run.whitespace(CUTOFF).read("whitespace").height == 3
    content = record.read(run)
    assert set(content["inputs"]) == {"layout", "data/log.csv"}
    assert content["cutoffs"] == {CUTOFF: ["A", "B"]}


def test_an_executed_copy_tells_no_path_of_this_machine(undisturbed):
    run, *_ = undisturbed
    copy = run.path / "01_etl.ipynb"
    nb = nbformat.read(copy, as_version=4)
    assert any("injected-parameters" in cell.metadata.get("tags", []) for cell in nb.cells)
    assert str(runs.settings.project_root()) not in copy.read_text()
    assert nb.metadata.papermill.output_path == "01_etl.ipynb"


def test_a_finished_run_has_nothing_left_to_do(undisturbed):
    run, request, _ = undisturbed
    state, events = work(run, request)
    assert (state, ran(events)) == ("done", [])


def test_cold_and_sequential_writes_the_same(undisturbed, tmp_path):
    run, request, _ = undisturbed
    cold = runs.create(tmp_path, {})
    assert work(cold, request, jobs=1, warm=False)[0] == "done"
    assert artifacts_of(cold) == artifacts_of(run)


@pytest.fixture
def finished(undisturbed, tmp_path):
    """A copy of the undisturbed run that a test may spoil, with notebooks of its own."""
    run, request, _ = undisturbed
    copy, _ = later.prepare(tmp_path / "runs", run, None, None)
    shutil.copytree(runs.settings.resolve(request.notebooks), tmp_path / "notebooks")
    return copy, replace(request, notebooks=runs.shown(tmp_path / "notebooks"))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        ("a/2024-12-31/model/model.joblib", ["03_train"]),
        ("a/2024-12-31/04_score.receipt.json", ["04_score"]),
        ("whitespace/2024-12-31/whitespace.parquet", ["06_whitespace"]),
    ],
)
def test_what_is_lost_is_made_again_and_no_more(finished, undisturbed, spoil, expected):
    run, request = finished
    (run.path / spoil).unlink()
    state, events = work(run, request)
    assert (state, ran(events)) == ("done", expected)
    assert artifacts_of(run) == artifacts_of(undisturbed[0])


def test_a_half_written_artifact_is_not_taken_for_a_whole_one(finished):
    run, request = finished
    file = run.path / "a/2024-12-31/features.parquet"
    half = file.read_bytes()[:20]
    file.unlink()  # a hard link of the undisturbed run's
    file.write_bytes(half)
    _, events = work(run, request)
    assert ran(events) == ["02_features"], "the same features come back, so nothing else ages"


def test_a_changed_notebook_runs_again_with_all_that_reads_it(finished):
    run, request = finished
    notebooks = Path(runs.settings.resolve(request.notebooks))
    body = toys.BODY["04_score"].replace("/ 10", "/ 20")
    nbformat.write(toys.notebook("04_score", body), notebooks / "04_score.ipynb")
    _, events = work(run, request)
    assert sorted(ran(events)) == [
        "04_score",
        "04_score",
        "05_holdout",
        "05_holdout",
        "06_whitespace",
    ]


def test_prose_in_a_notebook_ages_nothing(finished):
    run, request = finished
    path = Path(runs.settings.resolve(request.notebooks)) / "04_score.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells[0].source += "\nA kinder word."
    nbformat.write(nb, path)
    assert ran(work(run, request)[1]) == []


def test_from_and_only_choose_what_runs_again(finished):
    run, request = finished
    _, events = work(run, request, Selection(start="04_score", only=("A",)))
    keys = [event["key"] for event in events if event["event"] == "started"]
    assert keys == ["04_score A 2024-12-31", "05_holdout A 2024-12-31", "06_whitespace 2024-12-31"]


def test_one_failing_division_stops_nobody_else(tmp_path):
    request = ask(tmp_path, "A", "Boom", "Hang", "Dead")
    run = runs.create(tmp_path / "runs", {})
    state, _ = work(run, request, cell_seconds=3)
    assert state == "failed"
    status = summary.of(run)
    failed = {failure["parameters"]: failure for failure in summary.failures(status)}
    boom = failed[f"division Boom, cutoff {CUTOFF}"]
    assert (boom["notebook"], boom["cell"]) == ("03_train", "Build")
    assert boom["error"] == "ValueError: no label for Boom"
    assert boom["frame"].startswith("In [")
    assert "TimeoutError: still running" in failed[f"division Hang, cutoff {CUTOFF}"]["error"]
    dead = failed[f"division Dead, cutoff {CUTOFF}"]
    assert "out of memory" in dead["error"]
    assert "--jobs" in dead["hint"]
    assert run.whitespace(CUTOFF).read_report("06_whitespace") == {"divisions": 1}
    assert "no label for Boom" in Path(boom["path"]).read_text(), "the half-run copy is kept"
    assert "still running" in Path(failed[f"division Hang, cutoff {CUTOFF}"]["path"]).read_text()


def test_a_failure_that_is_mended_lets_the_rest_run(tmp_path):
    request = ask(tmp_path, "Boom")
    run = runs.create(tmp_path / "runs", {})
    assert work(run, request)[0] == "failed"
    body = toys.BODY["03_train"].replace('raise ValueError("no label for Boom")', "pass")
    notebooks = Path(runs.settings.resolve(request.notebooks))
    nbformat.write(toys.notebook("03_train", body), notebooks / "03_train.ipynb")
    state, events = work(run, request)
    assert (state, ran(events)) == ("done", ["03_train", "04_score", "05_holdout", "06_whitespace"])


def test_a_whole_notebook_has_a_limit_too(tmp_path):
    request = ask(tmp_path, "Hang")
    run = runs.create(tmp_path / "runs", {})
    work(run, request, notebook_seconds=4)
    (failure,) = summary.failures(summary.of(run))
    assert "still running" in failure["error"]


def test_a_misspelt_parameter_is_refused_before_anything_runs(tmp_path):
    request = ask(tmp_path)
    notebooks = Path(runs.settings.resolve(request.notebooks))
    nb = toys.notebook("02_features")
    nb.cells[1].source = nb.cells[1].source.replace("cutoff:", "cutof:")
    nbformat.write(nb, notebooks / "02_features.ipynb")
    run = runs.create(tmp_path / "runs", {})
    with pytest.raises(ValueError, match=r"02_features.ipynb has no parameter 'cutoff'.*'cutof'"):
        work(run, request)


def test_a_parameter_of_another_type_is_refused(tmp_path):
    notebooks, *_ = toys.write(tmp_path)
    with pytest.raises(ValueError, match="window_months='six' is not of type int"):
        parameters.check(notebooks / "02_features.ipynb", {"window_months": "six"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("db_password", "x"), ("data_dir", "mssql://sa:hunter2@host/db"), ("families", "Pwd=hunter2")],
)
def test_a_secret_is_refused_without_being_told(name, value):
    with pytest.raises(ValueError, match="looks like a secret") as caught:
        parameters.refuse_secret(name, value)
    assert "hunter2" not in str(caught.value)


def test_a_planted_password_reaches_no_file_of_a_run(tmp_path, monkeypatch):
    monkeypatch.setenv("AZSQL_PASSWORD", "hunter2-planted")
    request = ask(tmp_path, "A")
    run = runs.create(tmp_path / "runs", {})
    assert work(run, request)[0] == "done"
    told = [path for path in run.path.rglob("*") if path.is_file()]
    assert len(told) > 20
    assert [path for path in told if b"hunter2" in path.read_bytes()] == []


def test_two_runners_do_not_share_a_run(undisturbed):
    run, request, _ = undisturbed
    with locks.hold(run.path / locks.RUNNER), pytest.raises(RuntimeError, match="another runner"):
        work(run, request)


def test_two_runs_at_once_in_one_folder(undisturbed, tmp_path):
    request = undisturbed[1]
    script = [
        sys.executable,
        toys.__file__,
        str(tmp_path / "runs"),
        request_file(tmp_path, request),
    ]
    both = [subprocess.Popen(script) for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    first, second = runs.list_runs(tmp_path / "runs")
    assert artifacts_of(first) == artifacts_of(second) == artifacts_of(undisturbed[0])


def test_later_data_is_checked_without_training_again(undisturbed, tmp_path):
    run, *_ = undisturbed
    before = artifacts_of(run)
    new = tmp_path / "holdout"
    new.mkdir()
    (new / "later.csv").write_text("customer_id\n")
    fresh, asked = later.prepare(tmp_path / "runs", run, new, 3)
    assert asked.holdout_dir == runs.shown(new)
    assert asked.parameters == {"max_missing_days": 3}
    state, events = work(fresh, asked, later.SELECT)
    assert state == "done"
    assert sorted(ran(events)) == ["01_etl", "05_holdout", "05_holdout"]
    assert artifacts_of(run) == before, "the finished run is not touched"


def request_file(folder, request):
    path = folder / "request.json"
    path.write_text(json.dumps(request.__dict__))
    return str(path)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("seed", range(int(os.environ.get("GOSALES_TEST_KILLS", "3"))))
def test_a_runner_killed_at_any_moment_is_resumable(undisturbed, tmp_path, seed):
    run, request, _ = undisturbed
    kill_and_resume(run, request, tmp_path, random.Random(seed).uniform(0.5, 7))


def kill_and_resume(expected, request, folder, after):
    """Kill a runner `after` seconds, see its kernels end, resume, and compare every artifact."""
    script = [sys.executable, toys.__file__, str(folder / "runs"), request_file(folder, request)]
    runner = psutil.Popen(script)
    time.sleep(after)
    children = runner.children(recursive=True)
    runner.kill()
    runner.wait()
    _, alive = psutil.wait_procs(children, timeout=30)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    found = runs.list_runs(folder / "runs")
    run = found[0] if found else runs.create(folder / "runs", {})
    if record.read(run).get("state") == "running":
        assert record.read_live(run)["state"] == "interrupted"
    assert work(run, request)[0] == "done"
    assert artifacts_of(run) == artifacts_of(expected)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stopped_runner_leaves_no_kernel_behind(tmp_path, stop):
    request = ask(tmp_path, "Hang")
    script = [
        sys.executable,
        toys.__file__,
        str(tmp_path / "runs"),
        request_file(tmp_path, request),
    ]
    runner = psutil.Popen(script)
    wait_for_cell(tmp_path / "runs", "03_train")
    children = runner.children(recursive=True)
    assert children, "a kernel runs"
    runner.send_signal(stop)
    assert runner.wait(20) == 130
    _, alive = psutil.wait_procs(children, timeout=10)
    assert not [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
    (run,) = runs.list_runs(tmp_path / "runs")
    states = {item["notebook"]: item["state"] for item in record.read(run)["notebooks"]}
    assert record.read(run)["state"] == "interrupted"
    assert (states["02_features"], states["03_train"]) == ("done", "interrupted")


def wait_for_cell(folder, step, seconds=60):
    for _ in range(seconds * 10):
        for run in runs.list_runs(folder):
            if any(e["event"] == "cell" and e["key"].startswith(step) for e in record.events(run)):
                return
        time.sleep(0.1)
    raise AssertionError(f"{step} never began")


def test_dask_runs_the_same_on_worker_processes(undisturbed, tmp_path):
    distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    run, request, _ = undisturbed
    workers = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with distributed.LocalCluster(processes=True, **workers) as cluster:
        other = runs.create(tmp_path, {})
        state, events = work(other, request, dask=cluster.scheduler_address)
    assert state == "done"
    assert any(event["event"] == "cell" for event in events), "cells are seen from afar"
    assert artifacts_of(other) == artifacts_of(run)


def test_a_scheduler_that_is_not_there_is_said_in_words(undisturbed, tmp_path):
    pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    with pytest.raises(ValueError, match=r"no Dask scheduler answers at 'tcp://127.0.0.1:9'"):
        work(runs.create(tmp_path, {}), undisturbed[1], dask="tcp://127.0.0.1:9")


def test_a_kernel_is_used_once_and_leaves_no_name_behind():
    kernels_ahead = pool.Pool(threads=1, libraries=("json", "no_such_library"), spares=1)
    try:
        first, second = kernels_ahead.take(), kernels_ahead.take()
        assert first is not second
        client = first.blocking_client()
        client.start_channels()
        client.wait_for_ready(30)
        told = []
        client.execute_interactive(
            "import sys; print('json' in sys.modules, 'name' in dir(), 'names' in dir())",
            output_hook=told.append,
        )
        client.stop_channels()
        texts = [m["content"]["text"] for m in told if m["msg_type"] == "stream"]
        assert texts == ["True False False\n"]
    finally:
        kernels_ahead.close()


def test_a_kernel_that_fails_to_start_is_tried_once_more(monkeypatch):
    tries = []

    def fail(kernel, libraries):
        tries.append(kernel)
        raise RuntimeError("did not answer")

    monkeypatch.setattr(kernels, "_warm_up", fail)
    with pytest.raises(RuntimeError, match="failed to start twice: did not answer"):
        kernels.start(1)
    assert len(tries) == 2
    assert not any(kernel.is_alive() for kernel in tries)


def test_papermill_finds_the_engine_by_its_entry_point(tmp_path):
    import papermill

    project = tomllib.loads((runs.settings.project_root() / "pyproject.toml").read_text())
    (name, target), *_ = project["project"]["entry-points"]["papermill.engine"].items()
    module, _, attribute = target.partition(":")
    engine = getattr(importlib.import_module(module), attribute)
    papermill.engines.papermill_engines.register(name, engine)
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("6 * 7")])
    nb.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "x"}
    nbformat.write(nb, tmp_path / "in.ipynb")
    quiet = {"engine_name": name, "progress_bar": False}
    done = papermill.execute_notebook(tmp_path / "in.ipynb", tmp_path / "out.ipynb", **quiet)
    assert done.cells[0].outputs[0]["data"]["text/plain"] == "42"
