"""The runner on tiny notebooks: order, resuming, failures, time limits, simultaneous runs."""

import shutil
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

import nbformat
import pytest
import toys
from toy_runs import CUTOFF, LEAN, artifacts_of, ask, begin, by_command, ran, work

from gosales_lib import reports, run_folders
from gosales_lib.batch import arguments, parameters, recheck, runner
from gosales_lib.batch.request import How
from gosales_lib.core import locks
from gosales_lib.reports import summary
from gosales_lib.reports.whitespace import Whitespace
from gosales_lib.run_folders import plan, record
from gosales_lib.run_folders.artifacts import file_fingerprint
from gosales_lib.run_folders.plan import Board, Selection


def test_the_plan_trains_after_all_features_and_ranks_last():
    jobs = plan.build({date(2024, 6, 30): ["A", "B"], date(2024, 12, 31): ["A"]})
    by_key = {job.key: job for job in jobs}
    assert len(jobs) == 1 + (2 * 4 + 2) + (4 + 2)
    train = by_key["03_train A 2024-06-30"]
    assert train.needs == ("02_features A 2024-06-30",)
    assert train.after == ("02b_pooled 2024-06-30",)
    assert "02_features B 2024-06-30" in by_key["02b_pooled 2024-06-30"].after
    assert by_key["06_whitespace 2024-06-30"].needs_one == (
        "04_score A 2024-06-30",
        "04_score B 2024-06-30",
    )


def test_a_failed_notebook_skips_only_the_notebooks_that_need_it():
    board = Board(plan.build({date(2024, 12, 31): ["A", "B"]}))
    board.states |= dict.fromkeys(board.by_key, "done")
    train, other = "03_train A 2024-12-31", "03_train B 2024-12-31"
    board.states |= {"02_features A 2024-12-31": "failed", train: "pending", other: "pending"}
    assert board.obstacle(board.by_key[train]) == "02_features A 2024-12-31 did not end well"
    assert board.obstacle(board.by_key[other]) is None


def test_an_exact_name_wins_and_two_that_are_alike_are_refused():
    divisions = ["PDM", "pdm", "A B", "a-b", "A_B"]
    for name in divisions:
        assert arguments.nearest(name, divisions, "--division") == name
    assert arguments.nearest("solidworks", ["PDM", "Solidworks"], "--division") == "Solidworks"
    assert arguments.nearest("success-plan", ["Success Plan"], "--division") == "Success Plan"
    assert arguments.nearest("02b", plan.STEPS, "--from", by_start=True) == "02b_pooled"
    assert arguments.nearest("03", plan.STEPS, "--from", by_start=True) == "03_train"
    with pytest.raises(ValueError, match="'Pdm' is not exact: write one of PDM, pdm"):
        arguments.nearest("Pdm", divisions, "--division")


def test_a_run_with_a_notebook_of_another_version_says_so(undisturbed, tmp_path):
    run, _, _ = undisturbed
    older = run_folders.Run(Path(shutil.copytree(run.path, tmp_path / "older")))
    text = (older.path / "run.json").read_text(encoding="utf-8")
    (older.path / "run.json").write_text(text.replace("02b_pooled", "03_pooled"), encoding="utf-8")
    pooled = summary.of(older)["cutoffs"][0]["pooled"]
    assert pooled["reports"] == {}
    assert "03_pooled.json" in pooled["not_available"]["03_pooled"]
    assert "another version of GoSales" in pooled["not_available"]["03_pooled"]


def test_a_run_writes_what_the_contract_says(undisturbed):
    run, _, events = undisturbed
    assert sorted(ran(events)) == sorted([*plan.STEPS, *plan.PER_DIVISION])
    status = summary.of(run)
    assert status["state"] == "done"
    assert summary.counts(status) == {"done": 11}
    (cutoff,) = status["cutoffs"]
    assert [entry["division"] for entry in cutoff["divisions"]] == ["A", "B"]
    assert cutoff["divisions"][0]["reports"]["03_train"]["champion"] == "blend"
    assert cutoff["pooled"]["reports"]["02b_pooled"]["features"] == 2
    assert cutoff["whitespace"]["reports"]["06_whitespace"]["offers"] == 2
    assert run.whitespace(CUTOFF).read("whitespace").height == 3
    content = record.read(run)
    assert set(content["inputs"]) == {"layout", "data/log.csv"}
    assert content["cutoffs"] == {CUTOFF: ["A", "B"]}


def test_an_executed_copy_holds_no_path_of_this_machine(undisturbed):
    run, *_ = undisturbed
    copy = run.path / "01_etl.ipynb"
    nb = nbformat.read(copy, as_version=4)
    assert any("injected-parameters" in cell.metadata.get("tags", []) for cell in nb.cells)
    assert str(run_folders.settings.project_root()) not in copy.read_text()
    assert nb.metadata.papermill.output_path == "01_etl.ipynb"


def test_a_finished_run_has_nothing_left_to_do(undisturbed):
    run, request, _ = undisturbed
    state, events = work(run, request)
    assert (state, ran(events)) == ("done", [])


@pytest.mark.parametrize(("times", "state"), [(1, "done"), (3, "failed")])
def test_a_file_that_grows_while_it_is_read_is_read_again(tmp_path, times, state):
    wanted, events = ask(tmp_path, "A"), []
    log = tmp_path / "data" / "log.csv"

    def watch(event):
        events.append(event)
        if event["event"] == "started" and event["key"] == "01_etl" and times >= len(ran(events)):
            log.write_text(log.read_text() + f"late{len(events)},A,20004\n")

    run = run_folders.create(tmp_path / "runs", {})
    how = How(libraries=LEAN, warm=False)
    assert runner.Batch(run, wanted, how, watch=watch).execute() == state
    assert ran(events).count("01_etl") == min(times + 1, 3)
    assert {"event": "input changed", "key": "01_etl", "files": ["data/log.csv"]} in events
    if state == "done":
        assert record.read(run)["inputs"]["data/log.csv"] == file_fingerprint(log)
        assert run.read("fact_transactions").filter(customer_id="late2").height == 1
    else:
        failed = next(e for e in events if e["event"] == "ended")
        assert "data/log.csv changed while 01_etl read it, 3 times" in failed["error"]["error"]


@pytest.mark.slow
def test_cold_and_sequential_writes_the_same(undisturbed, tmp_path):
    run, request, _ = undisturbed
    cold = run_folders.create(tmp_path, {})
    assert work(cold, request, jobs=1, warm=False)[0] == "done"
    assert artifacts_of(cold) == artifacts_of(run)


@pytest.fixture
def finished(undisturbed, tmp_path):
    """A copy of the undisturbed run that a test may spoil, with notebooks of its own."""
    run, request, _ = undisturbed
    copy = run_folders.Run(Path(shutil.copytree(run.path, tmp_path / "runs" / run.id)))
    shutil.copytree(run_folders.settings.resolve(request.notebooks), tmp_path / "notebooks")
    return copy, replace(request, notebooks=run_folders.shown(tmp_path / "notebooks"))


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
    notebooks = Path(run_folders.settings.resolve(request.notebooks))
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


def test_changed_prose_of_a_notebook_makes_no_notebook_run_again(finished):
    run, request = finished
    path = Path(run_folders.settings.resolve(request.notebooks)) / "04_score.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells[0].source += "\nA kinder word."
    nbformat.write(nb, path)
    assert ran(work(run, request)[1]) == []


def test_from_and_only_choose_what_runs_again(finished):
    run, request = finished
    _, events = work(run, request, Selection(start="04_score", only=("A",)))
    keys = [event["key"] for event in events if event["event"] == "started"]
    assert keys == ["04_score A 2024-12-31", "05_holdout A 2024-12-31", "06_whitespace 2024-12-31"]


def test_a_division_that_never_ran_is_not_kept(tmp_path):
    request = ask(tmp_path, "A", "B")
    run = run_folders.create(tmp_path / "runs", asdict(request))
    _, events = work(run, request, Selection(only=("A",)))
    others = {e["event"] for e in events if e.get("key", "").split()[1:2] == ["B"]}
    assert others == {"skipped"}
    assert "not asked for" in {e.get("why") for e in events}
    (tmp_path / "data" / "later.csv").write_text("customer_id,division,order_day\na,A,20003\n")
    _, events = work(run, request)
    assert [e["files"] for e in events if e["event"] == "inputs changed"] == [["data/later.csv"]]


def test_one_failing_division_stops_no_other_division(tmp_path):
    divisions = ("A", "Boom", "Hang", "Dead")
    result, run = by_command(tmp_path, *divisions, **{"--cell-timeout": 3})
    assert result.exit_code == 1
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
    assert reports.read(run.whitespace(CUTOFF), Whitespace).offers == 1
    assert "no label for Boom" in Path(boom["path"]).read_text(), "the half-run copy is kept"
    assert "still running" in Path(failed[f"division Hang, cutoff {CUTOFF}"]["path"]).read_text()


def test_after_a_fix_of_the_failure_the_rest_runs(tmp_path):
    request = ask(tmp_path, "Boom")
    run = run_folders.create(tmp_path / "runs", {})
    assert work(run, request)[0] == "failed"
    body = toys.BODY["03_train"].replace('raise ValueError("no label for Boom")', "pass")
    notebooks = Path(run_folders.settings.resolve(request.notebooks))
    nbformat.write(toys.notebook("03_train", body), notebooks / "03_train.ipynb")
    state, events = work(run, request)
    assert (state, ran(events)) == ("done", ["03_train", "04_score", "05_holdout", "06_whitespace"])


def test_a_whole_notebook_has_a_limit_too(tmp_path):
    result, run = by_command(tmp_path, "Hang", **{"--timeout": 3})
    assert result.exit_code == 1
    (failure,) = summary.failures(summary.of(run))
    assert "TimeoutError: still running" in failure["error"]
    assert "--timeout" in failure["hint"]


def test_a_misspelt_parameter_is_refused_before_anything_runs(tmp_path):
    request = ask(tmp_path)
    notebooks = Path(run_folders.settings.resolve(request.notebooks))
    nb = toys.notebook("02_features")
    nb.cells[1].source = nb.cells[1].source.replace("cutoff:", "cutof:")
    nbformat.write(nb, notebooks / "02_features.ipynb")
    run = run_folders.create(tmp_path / "runs", {})
    with pytest.raises(ValueError, match=r"02_features.ipynb has no parameter 'cutoff'.*'cutof'"):
        work(run, request)


def test_a_parameter_of_another_type_is_refused(tmp_path):
    notebooks, *_ = toys.write(tmp_path)
    with pytest.raises(ValueError, match="window_months='six' is not of type int"):
        parameters.check(notebooks / "02_features.ipynb", {"window_months": "six"})


def test_two_runners_do_not_share_a_run(undisturbed):
    run, request, _ = undisturbed
    with locks.hold(run.path / locks.RUNNER), pytest.raises(RuntimeError, match="another process"):
        work(run, request)


@pytest.mark.slow
def test_two_runs_at_once_in_one_folder(undisturbed, tmp_path):
    both = [begin(tmp_path, undisturbed[1]) for _ in range(2)]
    assert [process.wait(120) for process in both] == [0, 0]
    first, second = run_folders.list_runs(tmp_path / "runs")
    assert artifacts_of(first) == artifacts_of(second) == artifacts_of(undisturbed[0])


def test_later_data_is_checked_without_training_again(undisturbed, tmp_path):
    run, *_ = undisturbed
    before = artifacts_of(run)
    new = tmp_path / "holdout"
    new.mkdir()
    (new / "later.csv").write_text("customer_id\n")
    fresh, asked = recheck.prepare(tmp_path / "runs", run, new, 3)
    kept = {item["notebook"] for item in record.read(fresh)["notebooks"]}
    assert kept == {path.name.split(".")[0] for path in fresh.path.rglob("*.receipt.json")}
    assert asked.holdout_dir == run_folders.shown(new)
    assert asked.parameters == {"seed": 17, "engine": "polars", "max_missing_days": 3}
    state, events = work(fresh, asked, recheck.SELECT)
    assert state == "done"
    assert sorted(ran(events)) == ["01_etl", "05_holdout", "05_holdout", "06_whitespace"]
    assert artifacts_of(run) == before, "the finished run is not touched"
