"""Run folders: safe names, whole files, and errors that name the notebook to run."""

import json
import pickle
import re
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest
from IPython.core.interactiveshell import InteractiveShell

from gosales_lib import run_folders
from gosales_lib.batch import failures
from gosales_lib.run_folders import artifacts
from gosales_lib.run_folders.artifacts import StepMissingError, write_json


@pytest.fixture
def run(tmp_path):
    return run_folders.open_run(tmp_path / "scratch")


def test_a_frame_comes_back_as_written(run):
    frame = pl.DataFrame({"customer_id": ["1"], "order_date": [date(2024, 12, 31)]})
    folder = run.at("Solidworks", "2024-12-31")
    folder.write("features", frame)
    assert folder.path == run.path / "solidworks" / "2024-12-31"
    assert folder.read("features").equals(frame)


def test_a_missing_file_names_the_notebook_that_writes_it(run):
    with pytest.raises(StepMissingError, match=r"scores.parquet .* 04_score writes it"):
        run.at("CPE", "2024-12-31").read("scores")
    with pytest.raises(FileNotFoundError, match=r"03_train.json .* 03_train writes it"):
        run.at("CPE", "2024-12-31").find("03_train.json")
    assert not (run.path / "cpe").exists(), "reading leaves nothing behind"


@pytest.mark.parametrize(
    "division",
    ["../../etc", "a/b", "Fräsen", "фреза", "x" * 200, "whitespace", "CON", "..", " ", "x'); --"],
)
def test_any_text_makes_a_safe_folder_that_remembers_its_name(run, division):
    run.at(division, "2024-12-31").write("features", pl.DataFrame({"rows": [1]}))
    (folder,) = run.folders()
    assert folder.path.parent.parent == run.path
    assert folder.path.parent.name not in run_folders.RESERVED
    assert len(folder.path.parent.name) < 60
    assert (folder.division, folder.cutoff) == (division, date(2024, 12, 31))


def test_plain_names_stay_readable():
    names = ["Solidworks", "Success Plan", "CPE", "PDM"]
    assert [run_folders.slug(name) for name in names] == [
        "solidworks",
        "success-plan",
        "cpe",
        "pdm",
    ]


def test_two_divisions_with_one_slug_keep_apart(run):
    for division in ("CAM Works", "cam works"):
        run.at(division, "2024-12-31").write("labels", pl.DataFrame({"division": [division]}))
    assert len({folder.path for folder in run.folders()}) == 2
    for division in ("CAM Works", "cam works"):
        assert run.at(division, "2024-12-31").read("labels")["division"].item() == division


def test_distinct_names_are_safe_and_each_its_own():
    names = [
        "A B",
        "A_B",
        "a-b",
        "PDM",
        "pdm",
        "CON",
        "C/D:E",
        "😀",
        "Café",
        "Cafe\u0301",
        "x" * 300,
    ]
    safe = [run_folders.distinct(name) for name in names]
    assert len(set(safe)) == len(names)
    assert run_folders.distinct("pdm") == "pdm"
    assert all(re.fullmatch(r"[a-z0-9-]{1,60}", name) for name in safe)


def test_an_empty_division_is_refused(run):
    with pytest.raises(ValueError, match="division is empty"):
        run.at("", "2024-12-31")


def test_a_writer_that_fails_leaves_the_old_file_and_no_other(run):
    run.write("dim_customer", pl.DataFrame({"customer_id": ["old"]}))
    with pytest.raises(RuntimeError, match="half-way"), run.writing("dim_customer.parquet") as path:
        path.write_bytes(b"half")
        raise RuntimeError("half-way")
    assert run.read("dim_customer")["customer_id"].to_list() == ["old"]
    assert [path.name for path in run.path.iterdir()] == ["dim_customer.parquet"]


def test_what_is_written_is_json_that_every_parser_reads(run):
    content = {"auc": float("nan"), "rows": np.int64(3), "day": date(2024, 1, 31)}
    written = write_json(run.path / "x.json", content).read_text()
    assert json.loads(written) == {"auc": None, "rows": 3, "day": "2024-01-31"}


def test_no_cell_of_a_csv_opens_as_a_formula(run):
    names = ["=1+1", "+1", "-1", "@x", "\tx", "Ok = fine"]
    path = run.write_csv("whitespace", pl.DataFrame({"customer": names, "gp": [-1.0] * 6}))
    read = pl.read_csv(path)
    assert read["customer"].to_list() == ["'=1+1", "'+1", "'-1", "'@x", "'\tx", "Ok = fine"]
    assert read["gp"].to_list() == [-1.0] * 6


def test_runs_of_one_second_get_names_of_their_own(tmp_path):
    made = [run_folders.create(tmp_path, {"jobs": 1}).id for _ in range(12)]
    assert len(set(made)) == 12
    assert [run.id for run in run_folders.list_runs(tmp_path)] == made[::-1]


def test_a_clock_that_was_set_back_leaves_the_newest_run_the_newest(tmp_path):
    ahead = datetime.now(UTC) + timedelta(hours=1)
    for number in ("", "-3"):
        (tmp_path / f"{ahead:%Y-%m-%dT%H%M%SZ}{number}").mkdir()
    made = run_folders.create(tmp_path, {})
    assert made.id == f"{ahead:%Y-%m-%dT%H%M%SZ}-4"
    assert run_folders.find_run(tmp_path).id == made.id


def test_a_clock_that_is_far_behind_is_refused_and_no_folder_is_made(tmp_path):
    (tmp_path / "2042-01-01T000000Z").mkdir()
    with pytest.raises(ValueError, match="before run 2042-01-01T000000Z began: set the clock"):
        run_folders.create(tmp_path, {})
    assert [path.name for path in tmp_path.iterdir()] == ["2042-01-01T000000Z"]


def test_a_run_is_found_by_id_start_or_path(tmp_path):
    first, last = "2026-11-23T143000Z", "2026-11-24T090000Z"
    for name in (first, last, "scratch"):
        artifacts.write_json(tmp_path / name / "run.json", {})
    assert run_folders.find_run(tmp_path).id == run_folders.find_run(tmp_path, "latest").id == last
    assert run_folders.find_run(tmp_path, "2026-11-23").id == first
    assert run_folders.find_run(tmp_path, str(tmp_path / first)).id == first
    with pytest.raises(FileNotFoundError, match="'2026' is not one run"):
        run_folders.find_run(tmp_path, "2026")
    with pytest.raises(FileNotFoundError, match="no run in"):
        run_folders.find_run(tmp_path / "empty")


def test_a_notebook_that_is_opened_too_early_shows_the_sentence_alone(tmp_path, capsys):
    run = run_folders.open_run(tmp_path)
    shell = InteractiveShell()
    shell.user_ns |= {"run": run, "here": run.at("PDM", "2024-12-31")}
    for code, writer in (
        ("run.layout()", "01_etl"),
        ("here.read('labels')", "02_features"),
        ("run.ready('2024-12-31', 'labels.parquet')", "02_features"),
        ("here.find('model/model.joblib')", "03_train"),
    ):
        outcome = shell.run_cell(code)
        assert isinstance(outcome.error_in_exec, StepMissingError)
        (line,) = capsys.readouterr().out.splitlines()
        assert line == str(outcome.error_in_exec)
        assert line.endswith(f": {writer} writes it, run that first")


def test_the_batch_reports_a_missing_step_as_the_cell_that_failed():
    error = StepMissingError.of("labels.parquet", "runs/scratch")
    assert pickle.loads(pickle.dumps(error)).args == error.args
    assert (
        failures.hint(f"StepMissingError: {error}") == "`gosales run --resume` runs what is missing"
    )
