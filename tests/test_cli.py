"""The command line: refusals in one sentence, and what scripts can rely on."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import reported
import toys
import typer
from toy_runs import CUTOFF, by_command
from typer.testing import CliRunner

from gosales_lib import features, run_folders
from gosales_lib.cli import app, common, tables
from gosales_lib.core import settings
from gosales_lib.features.family import Family
from gosales_lib.mlflow_log import store
from gosales_lib.run_folders import receipts, record


def gosales(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def toy(tmp_path):
    """The options that make `gosales run` use the toy notebooks and their data."""
    notebooks, layout, log, _ = toys.write(tmp_path)
    options = ["--layout", layout, "--data", log, "--runs", tmp_path / "runs"]
    return [*options, "--notebooks", notebooks, "--no-mlflow", "--no-publish"]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A finished run with one failed division: (folder of the runs, result)."""
    folder = tmp_path_factory.mktemp("done")
    notebooks, layout, log, holdout = toys.write(folder)
    holdout.rename(log / "holdout")
    result = gosales(
        *("run", "--layout", layout, "--data", log, "--runs", folder / "runs", "--jobs", 2),
        *("--notebooks", notebooks, "--no-mlflow", "--cutoff", CUTOFF),
        *("--division", "a", "--division", "Boom"),
    )
    return folder / "runs", result


def test_help_is_quick_because_nothing_heavy_is_imported():
    heavy = "{'polars', 'pandas', 'papermill', 'mlflow', 'lightgbm', 'plotly', 'jupyter_client'}"
    code = f"import sys, gosales_lib.cli; print(sorted({heavy} & set(sys.modules)))"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_help_names_every_command():
    told = gosales("--help").stdout
    for name in (
        "run",
        "status",
        "sample-data",
        "holdout",
        "dashboard",
        "doctor",
        "logs",
        "report",
        "publish",
    ):
        assert f" {name} " in told


def every_command(command=None, words=()):
    """Yield each command with the words that call it."""
    command = command or typer.main.get_command(app)
    yield command, words
    for name, inner in getattr(command, "commands", {}).items():
        yield from every_command(inner, (*words, name))


@pytest.mark.parametrize("columns", [80, 200])
def test_the_help_of_every_command_shows_every_word_of_it(columns):
    for command, words in every_command():
        shown = CliRunner(env={"COLUMNS": str(columns), "NO_COLOR": "1"}).invoke(
            app, [*words, "--help"]
        )
        text = " ".join(re.sub(r"[│╭╮╰╯─]", " ", shown.stdout).split())
        assert "…" not in text, words
        for each in command.params:
            for word in (getattr(each, "help", None) or "").split():
                assert word in text, (words, each.name, word)


def test_version():
    assert gosales("--version").stdout.startswith("gosales 0.")


@pytest.mark.parametrize(
    ("extra", "told"),
    [
        (["--division", "Bom"], "--division 'Bom' is not known; did you mean 'Boom'?"),
        (["--cutoff", "31.12.2024"], "--cutoff '31.12.2024' is not a date written YYYY-MM-DD"),
        (["--engine", "polar"], "--engine 'polar' is not known; did you mean 'polars'?"),
        (["--engine-kernels", "tepid"], "--engine-kernels 'tepid': write warm or cold"),
        (["--from", "03_tran"], "--from '03_tran' is not known; did you mean '03_train'?"),
        (["--only", "Bom"], "--only 'Bom' is not known; did you mean 'Boom'?"),
        (["--holdout", "nowhere"], "--holdout nowhere: no such folder"),
        (["-p", "wndow_months=3"], "no notebook has a parameter 'wndow_months'; did you mean"),
        (["-p", "window_months=three"], "parameter window_months='three' is not of type int"),
        (["-p", "db_password=hunter2"], "parameter 'db_password' looks like a secret"),
        (["--families", "+affinity"], "--families: no notebook"),
        (["-p", "top_n=-5"], "-p top_n=-5 must be at least 0"),
        (["2026"], "RUN '2026' needs --resume"),
        (["--from", "03_train"], "--from needs --resume"),
        (["--only", "Boom"], "--only needs --resume"),
        (["--force"], "--force needs --resume"),
        (["--monthly", "--force"], "--force is not for --monthly"),
        (["--monthly", "--from", "03_train"], "--from is not for --monthly"),
        (["--monthly", "--name", "May"], "--name is not for --monthly"),
        (["--resume", "--tag", "x"], "--tag is for a new run: `gosales tag` changes it"),
        (["--all-divisions", "--division", "Boom"], "--all-divisions and --division: give only"),
    ],
)
def test_a_wrong_option_is_answered_in_words(toy, extra, told):
    result = gosales("run", *toy, *extra)
    assert result.exit_code == 2
    assert told in result.stderr
    assert "hunter2" not in result.stderr
    assert "Traceback" not in result.stderr
    assert not (Path(toy[5]).exists() and list(Path(toy[5]).iterdir())), "no run was begun"


@pytest.mark.parametrize(
    ("families", "told"),
    [
        ("+recencie", "feature family 'recencie' is unknown; did you mean 'recency'?"),
        ("affinity", "feature family 'recency' cannot be left out"),
        ("+nowhere", "feature family 'nowhere' runs on duckdb, not on polars"),
    ],
)
def test_families_are_looked_at_before_a_run_is_made(tmp_path, monkeypatch, families, told):
    elsewhere = Family("nowhere", lambda known: [], False, ("duckdb",))
    monkeypatch.setitem(features.FAMILIES, "nowhere", elsewhere)
    result = gosales("run", "--families", families, "--runs", tmp_path, "--dry-run")
    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.parametrize(
    ("rules", "told"),
    [
        (None, "r.yaml does not exist"),
        ("leave_out: [PMD]", "leave_out: division 'PMD' is unknown; did you mean 'PDM'?"),
        ("quotas: {division: {PMD: 3}}", "quotas: division 'PMD' is unknown"),
        ("exclusions: {x}", "exclusions {x} does not exist"),
        ("open_deals: {y}", "y.csv: division 'Pumps' is unknown"),
        ("contacts: {y}", "y.csv: division 'Pumps' is unknown"),
        ("prospects: {x}", "prospects {x} does not exist"),
    ],
)
def test_rules_and_their_lists_are_looked_at_before_a_run_is_made(tmp_path, rules, told):
    (tmp_path / "y.csv").write_text("customer_id,division,date\n1,Pumps,2024-01-01\n")
    names = {"{x}": str(tmp_path / "x.csv"), "{y}": str(tmp_path / "y.csv")}
    for name, file in names.items():
        rules, told = rules and rules.replace(name, file), told.replace(name, file)
    if rules:
        (tmp_path / "r.yaml").write_text(f"{rules}\n")
    asked = ("-p", f"rules_file={tmp_path / 'r.yaml'}", "--runs", tmp_path / "runs", "--dry-run")
    result = gosales("run", *asked)
    assert result.exit_code == 2
    assert told in result.stderr


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("per_rep=0", "per_rep 0 must be at least 1"),
        ("per_rep=-1", "-p per_rep=-1 must be at least 0"),
        ("mode=each", "mode 'each' is not known: choose from each_rep"),
        ("max_share=1.5", "max_share 1.5 is not a share"),
        ("max_missing_days=-2", "-p max_missing_days=-2 must be at least -1"),
    ],
)
def test_a_capacity_that_cannot_be_is_refused_before_a_run_is_made(tmp_path, given, told):
    result = gosales("run", "-p", given, "--runs", tmp_path / "runs", "--dry-run")
    assert (result.exit_code, told in result.stderr) == (2, True)


def test_quotas_of_branches_wait_for_the_log(tmp_path):
    (tmp_path / "r.yaml").write_text("quotas: {branch: {North: 3}}\n")
    asked = ("-p", f"rules_file={tmp_path / 'r.yaml'}", "--runs", tmp_path / "runs", "--dry-run")
    assert "quotas" not in gosales("run", *asked).stderr


def test_an_empty_data_folder_is_refused_before_a_run_is_made(toy):
    for file in Path(toy[3]).iterdir():
        file.unlink()
    result = gosales("run", *toy, "--cutoff", CUTOFF)
    assert result.exit_code == 2
    assert "no sales log in" in result.stderr
    assert "gosales sample-data" in result.stderr
    assert not Path(toy[5]).exists()


def test_a_layout_that_is_not_there_is_answered_with_the_nearest(tmp_path):
    result = gosales("run", "--layout", "layouts/adventurework.yaml", "--runs", tmp_path)
    assert result.exit_code == 2
    assert "did you mean 'layouts/adventureworks.yaml'?" in result.stderr


def test_a_list_without_offers_says_which_rules_removed_them():
    cuts = [{"rule": "other sales play", "cut": 123}, {"rule": "cooldown", "cut": 0}]
    cuts.append({"rule": "no signal", "cut": 12})
    told = "0 offers of 135 pairs of customer and division; removed by rule: "
    assert tables.no_offers({"cuts": cuts}) == told + "other sales play 123, no signal 12"
    assert tables.no_offers({}).endswith("removed by rule: none")


def test_a_run_shows_its_table_its_failures_and_where_to_look(done):
    folder, result = done
    (run,) = run_folders.list_runs(folder)
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0].split("  ")[0] == "division" and "lift@10% (best baseline)" in lines[0]
    report = reported.training("A")
    model, best = report.model, report.best_baseline()
    figures = f"{report.base_rate:.1%} {model.auc:.3f} {model.lift_10:.2f}"
    row = f"A {report.selection_cutoff} 2 {figures} ({best.figure:.2f}) nothing to check yet"
    assert " ".join(lines[1].split()) == f"{row} {report.verdict.word}: {report.verdict.measured}"
    assert lines[2].endswith("03_train failed")
    assert "03_train failed in “Build”  [division Boom, cutoff 2024-12-31]" in result.stdout
    assert "  ValueError: no label for Boom" in result.stdout
    assert "boom/2024-12-31/03_train.ipynb" in result.stdout
    assert f"run folder       {run.path}" in result.stdout
    assert f"dashboard --runs {run.path.parent}" in result.stdout
    assert f"`gosales run --resume {run.path}`" in result.stdout
    assert "done    01_etl" in result.stderr, "plain lines where there is no terminal"


def test_a_holdout_folder_inside_the_data_is_found(done):
    (run,) = run_folders.list_runs(done[0])
    status = json.loads(gosales("status", run.id, "--runs", done[0], "--json").stdout)
    assert status["parameters"]["holdout_dir"].endswith("data/holdout")


def test_status_gives_scripts_every_state_and_metric(done):
    folder, _ = done
    (run,) = run_folders.list_runs(folder)
    result = gosales("status", run.id, "--runs", folder, "--json")
    status = json.loads(result.stdout)
    assert result.exit_code == 0
    assert (status["run"], status["state"]) == (run.id, "failed")
    (cutoff,) = status["cutoffs"]
    first, second = cutoff["divisions"]
    assert (cutoff["cutoff"], first["division"], second["division"]) == (CUTOFF, "A", "Boom")
    assert first["folder"] == str(run.path / "a" / CUTOFF)
    assert first["notebooks"]["05_holdout"]["state"] == "done"
    assert first["reports"]["03_train"]["champion"] == "blend"
    assert first["reports"]["05_holdout"]["status"] == "nothing to check yet"
    assert first["not_available"] == {}
    assert second["notebooks"]["03_train"]["error"]["error"] == "ValueError: no label for Boom"
    assert second["notebooks"]["04_score"]["state"] == "skipped"
    assert Path(second["notebooks"]["03_train"]["path"]).exists()


def test_status_without_a_run_lists_them(done):
    listed = json.loads(gosales("status", "--runs", done[0], "--json").stdout)
    assert [(entry["state"], entry["notebooks"]["failed"]) for entry in listed] == [("failed", 1)]


def test_status_of_a_run_that_is_not_there(done):
    result = gosales("status", "1999", "--runs", done[0])
    assert result.exit_code == 2
    assert "'1999' is no run" in result.stderr


def test_logs_print_one_line_per_event(done):
    told = gosales("logs", "--runs", done[0]).stdout
    assert "done    02_features A 2024-12-31" in told
    assert "failed  03_train Boom 2024-12-31" in told
    assert told.rstrip().endswith("run ended: failed")
    assert "Build" in gosales("logs", "--runs", done[0], "--cells").stdout


def test_a_dry_run_writes_nothing_and_says_what_would_run(toy):
    result = gosales(
        "run", *toy, "--dry-run", "--all-divisions", "--cutoff", "2024-06-30,2024-12-31"
    )
    assert result.exit_code == 0
    assert "45 of 45 notebooks would run" in result.stdout
    assert not Path(toy[5]).exists()


def test_a_dry_run_asks_for_what_was_not_given(toy):
    told = gosales("run", *toy, "--dry-run", "--cutoff", CUTOFF).stdout
    assert "determine the rest; --division shows it now" in told


def test_a_folder_of_runs_that_cannot_be_made_is_named(toy, tmp_path):
    (tmp_path / "file").write_text("")
    toy[5] = tmp_path / "file" / "runs"
    told = gosales("run", *toy, "--cutoff", CUTOFF).stderr
    assert f"the folder of the runs, {toy[5]}, cannot be made" in told


def test_a_dry_run_that_cannot_know_yet_says_so(toy):
    told = gosales("run", *toy, "--dry-run").stdout
    assert "01_etl would run and determine the rest" in told
    assert "of 1 notebooks" not in told


def last_of(done):
    return "--runs", done[0], "--resume", run_folders.list_runs(done[0])[0].id


def test_a_dry_run_says_what_the_option_only_leaves_out(done):
    told = gosales("run", *last_of(done), "--dry-run", "--only", "Boom").stdout
    assert ["02_features", "A", CUTOFF, "left", "alone"] in [
        row.split()[:5] for row in told.splitlines()
    ]
    assert "4 of 11 notebooks would run, about" in told


def test_a_dry_run_of_a_resumed_one_says_what_is_left(done):
    told = gosales("run", *last_of(done), "--dry-run").stdout
    assert "4 of 11 notebooks would run, about" in told
    left = [line.split()[0] for line in told.splitlines() if "after" in line or "missing" in line]
    assert left == ["03_train", "04_score", "05_holdout", "06_whitespace"]


def test_a_resumed_run_keeps_its_own_parameters(done):
    result = gosales("run", "--runs", done[0], "--resume", "--window-months", 3)
    assert result.exit_code == 2
    assert "--resume takes --window-months from the run" in result.stderr


@pytest.mark.slow
def test_options_reach_the_notebooks_and_a_resumed_run_keeps_them(tmp_path):
    asked = {"--window-months": 3, "--seed": 0, "--top-n": 7, "--max-missing-days": 0}
    asked |= {"--engine": "duckdb", "--engine-kernels": "cold", "-p": "top_n=8"}
    result, run = by_command(tmp_path, "A", **asked)
    assert result.exit_code == 0, result.output
    assert parameters_of(run, "A", "02_features")["engine"] == "duckdb"
    assert parameters_of(run, "A", "03_train") == {
        **{"cutoff": CUTOFF, "division": "A"},
        **{"seed": 0, "window_months": 3},
    }
    assert parameters_of(run, "A", "05_holdout")["max_missing_days"] == 0
    assert parameters_of(run, "whitespace", "06_whitespace")["top_n"] == 8
    again = ["--resume", run.path, "--from", "05", "--only", "a", "--no-mlflow", "--no-publish"]
    before = (run.path / "run.json").read_bytes()
    refused = gosales("run", *again)
    assert refused.exit_code == 2
    assert "has finished and is never changed: start a new run" in refused.stderr
    assert gosales("run", *again[:2], *again[-2:]).exit_code == 0, "nothing is left to do"
    assert record.read(run)["cutoffs"] == json.loads(before)["cutoffs"]
    told = gosales("run", "--resume", run.path, "--force", "--dry-run").stdout
    assert "7 of 7 notebooks would run" in told
    assert gosales("holdout", run.path, "--runs", tmp_path / "later", "--no-publish").exit_code == 0
    (fresh,) = run_folders.list_runs(tmp_path / "later")
    assert record.read(fresh)["checks"] == run.id


def test_a_finished_run_never_changes_when_new_data_come(tmp_path):
    _, run = by_command(tmp_path, "A", **{"--name": "first"})
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    (tmp_path / "data" / "later.csv").write_text("customer_id,division,order_day\na,A,20400\n")
    quiet = ["--runs", tmp_path / "runs", "--no-mlflow", "--no-publish"]
    named = gosales("run", "--resume", run.path, *quiet)
    assert named.exit_code == 2
    assert "new data or layout: start a new run" in named.stderr
    told = gosales("run", "--resume", "--layout", tmp_path / "toy.yaml", *quiet)
    assert told.exit_code == 0
    assert "nothing to resume: no unfinished run of layout 'toy'" in told.stdout
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == before


def test_a_console_whose_reader_has_gone_fails_no_run(tmp_path):
    notebooks, layout, data, _ = toys.write(tmp_path)
    words = ["run", "--layout", layout, "--data", data, "--notebooks", notebooks]
    words += ["--runs", tmp_path / "runs", "--cutoff", CUTOFF, "--division", "A"]
    command = [Path(sys.executable).with_name("gosales"), *words, "--no-mlflow", "--no-publish"]
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(list(map(str, command)), stdout=writer, stderr=writer, check=False)
    os.close(writer)
    (run,) = run_folders.list_runs(tmp_path / "runs")
    assert (ended.returncode, record.read(run)["state"]) == (0, "done")


def test_a_finished_run_is_not_begun_again_by_resume(tmp_path):
    """A kill in the middle of the resume would otherwise leave a finished run unfinished."""
    _, run = by_command(tmp_path, "A")
    before = {path: path.stat().st_mtime_ns for path in run.path.rglob("*")}
    words = ["run", "--resume", run.path, "--no-mlflow", "--no-publish"]
    told = gosales(*words)
    assert (told.exit_code, told.stdout) == (0, f"run {run.id} is finished: nothing to do\n")
    assert {path: path.stat().st_mtime_ns for path in run.path.rglob("*")} == before
    assert "`gosales release" in gosales(*words, "--release", "good").stderr
    (run.path / "a" / CUTOFF / "03_train.json").unlink()
    made_again = gosales(*words)
    assert made_again.exit_code == 0 and "03_train A" in made_again.stderr
    assert (run.path / "a" / CUTOFF / "03_train.json").exists()


def test_a_resumed_run_without_a_name_is_the_newest_unfinished_one_of_the_layout(done, tmp_path):
    layout = record.read(run_folders.list_runs(done[0])[0])["parameters"]["layout"]
    words = ["run", "--resume", "--runs", done[0], "--layout", settings.resolve(layout)]
    told = gosales(*words, "--dry-run").stdout
    assert "4 of 11 notebooks would run" in told


def test_a_run_is_resumed_with_its_own_seed_and_engine_whatever_the_settings_are_now(
    done, monkeypatch
):
    """Otherwise a change of `.env` would change a run in the middle."""
    monkeypatch.setenv("GOSALES_SEED", "99")
    monkeypatch.setenv("GOSALES_ENGINE", "duckdb")
    monkeypatch.setenv("GOSALES_THREADS", "1")
    layout = record.read(run_folders.list_runs(done[0])[0])["parameters"]["layout"]
    words = ["run", "--resume", "--runs", done[0], "--layout", settings.resolve(layout)]
    assert "4 of 11 notebooks would run" in gosales(*words, "--dry-run").stdout


def test_the_kind_of_a_run_is_in_the_list_and_in_the_status(done):
    run = run_folders.list_runs(done[0])[0]
    assert gosales("tag", run.id, "--runs", done[0], "--name", "first", "--add", "x").exit_code == 0
    (row,) = json.loads(gosales("status", "--runs", done[0], "--json").stdout)
    assert (row["kind"], row["name"], row["tags"]) == ("trial", "first", ["x"])
    assert row["released"] is False and row["why"][:2] == ["--division A", "--division Boom"]
    found = json.loads(gosales("status", run.id, "--runs", done[0], "--json").stdout)
    assert found["kind"] == "trial"
    assert found["health"]["level"] == "failed"
    shown = gosales("status", run.id, "--runs", done[0]).stdout
    assert shown.startswith("trial (--division A, --division Boom")
    assert "first #x" in shown.splitlines()[0]
    refused = gosales("release", run.id, "--runs", done[0], "--no-publish")
    assert refused.exit_code == 2 and "only a successful run can be released" in refused.stderr


def parameters_of(run, division, step):
    folder = run.whitespace(CUTOFF) if division == "whitespace" else run.at(division, CUTOFF)
    return receipts.read(folder.path, step)["parameters"]


def test_the_report_is_one_page_that_fetches_nothing(done, tmp_path):
    page = tmp_path / "report.html"
    assert gosales("report", "--runs", done[0], "--to", page).exit_code == 0
    text = page.read_text()
    assert "default-src 'none'" in text
    assert "no label for Boom" in text
    assert "03_train · Boom · 2024-12-31" in text
    outside = text.split("</script>", 1)[1]  # plotly's own source names its site
    assert 'src="http' not in outside
    assert 'href="http' not in outside


def test_sample_data_does_not_overwrite_what_is_not_a_sample(tmp_path, monkeypatch):
    (tmp_path / "mine.csv").write_text("x\n")
    monkeypatch.setenv("GOSALES_DATA_DIR", str(tmp_path))
    code = "from gosales_lib.cli import app; app(['sample-data'])"
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert told.returncode == 2
    assert "holds 'mine.csv'" in told.stderr
    assert (tmp_path / "mine.csv").exists()


def test_the_dashboard_is_served_on_this_machine_only():
    shown = CliRunner().invoke(app, ["dashboard", "--dry-run", "--no-browser"]).stdout
    assert shown.rstrip().endswith("--host=127.0.0.1 --port=8866")


def test_mlflow_s_page_is_for_this_machine_and_sends_no_data(monkeypatch, tmp_path):
    from gosales_lib.cli import mlflow

    shown = CliRunner().invoke(app, ["mlflow", "--dry-run", "--port", "5055"]).stdout
    assert shown.rstrip().endswith("-m mlflow ui --host 127.0.0.1 --port 5055 --workers 1")
    started, uri = {}, f"sqlite:///{tmp_path}/mlflow.db"
    monkeypatch.setattr(settings.Settings, "mlflow_uri", lambda self: uri)
    monkeypatch.setattr(mlflow, "check_free", lambda host, port: None)
    monkeypatch.setattr(mlflow, "give_way", lambda words, env: started.update(env))
    assert "no training yet" in CliRunner().invoke(app, ["mlflow"]).stdout
    number = store.client(uri).create_experiment("gosales/Boom & Co")
    runs_page = f"http://127.0.0.1:5000/#/experiments/{number}/runs?workflowType=machine_learning"
    told = CliRunner().invoke(app, ["mlflow"]).stdout
    assert re.search(rf"^Boom & Co +{re.escape(runs_page)}$", told, re.M)
    assert started["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert started["MLFLOW_BACKEND_STORE_URI"] == uri


@pytest.mark.parametrize(
    ("started", "on_path", "told"),
    [
        ("here/.venv/bin/gosales", None, str(Path("here/.venv/bin/gosales"))),
        ("here/.venv/bin/gosales", "/usr/bin/gosales", "gosales"),
        ("here/pytest", None, "gosales"),
    ],
)
def test_the_next_command_is_printed_as_it_can_be_typed(monkeypatch, started, on_path, told):
    monkeypatch.setattr(sys, "argv", [started])
    monkeypatch.setattr(common.shutil, "which", lambda name: on_path)
    assert common.called() == told


@pytest.mark.parametrize(
    "error", [MemoryError(), ImportError("lib.so: failed to map segment from shared object")]
)
def test_too_little_memory_for_the_program_itself_is_one_sentence(error, capsys):
    @common.errors_in_words
    def starved():
        raise error

    with pytest.raises(typer.Exit) as left:
        starved()
    assert left.value.exit_code == 2
    assert "ulimit -v unlimited" in capsys.readouterr().err


def test_another_failed_import_is_not_reported_as_too_little_memory():
    @common.errors_in_words
    def broken():
        raise ImportError("no module of that name")

    with pytest.raises(ImportError, match="no module"):
        broken()


def test_a_closed_pipe_is_not_reported_as_an_error():
    @common.errors_in_words
    def cut_off():
        raise BrokenPipeError("the reader left")

    with pytest.raises(BrokenPipeError, match="the reader left"):
        cut_off()


def test_an_address_of_ipv6_is_one_that_a_browser_takes():
    from urllib.parse import urlsplit

    from gosales_lib.cli.common import authority

    hosts = ("::1", "127.0.0.1", "sales.example")
    links = [urlsplit(f"http://{authority(host, 8866)}/") for host in hosts]
    assert [(link.hostname, link.port) for link in links] == [(host, 8866) for host in hosts]
