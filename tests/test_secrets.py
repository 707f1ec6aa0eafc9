"""Secrets are refused as parameters, and no file of a run or of MLflow's store holds one."""

import os
import subprocess
import sys

import nbformat
import pytest
import toys

from gosales_lib.batch import failures, parameters
from gosales_lib.core import settings

PLANTED = "hunter2-planted"
URL = f"postgresql://writer:{PLANTED}@127.0.0.1:1/sales"
SPEAKS = """print(dict(os.environ))
if division == "Boom": raise RuntimeError("login failed for " + os.environ["GOSALES_SOURCE_URL"])
"""


@pytest.fixture
def planted(monkeypatch):
    """A password in the settings of this process."""
    monkeypatch.setenv("AZSQL_PASSWORD", "pass word/%1")
    monkeypatch.setenv("GOSALES_SOURCE_URL", URL)
    settings.load.cache_clear()
    yield
    settings.load.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("db_password", "x"),
        ("access_key", "x"),
        ("data_dir", "mssql://sa:hunter2@host/db"),
        ("data_dir", "redis://:hunter2@host"),
        ("families", "Pwd=hunter2"),
        ("layout", "https://host/log.csv?sv=1&sig=hunter2"),
        ("divisions", ("A", "AccountKey=hunter2")),
    ],
)
def test_a_secret_is_refused_without_being_printed(name, value):
    with pytest.raises(ValueError, match="looks like a secret") as caught:
        parameters.refuse_secret(name, value)
    assert "hunter2" not in str(caught.value)


def test_what_the_settings_keep_secret_is_refused_whatever_it_is_called(planted):
    with pytest.raises(ValueError, match="parameter 'families' looks like a secret"):
        parameters.refuse_secret("families", f"+{PLANTED}")
    for name, value in {"families": "+monkey=3", "layout": "layouts/key.yaml"}.items():
        parameters.refuse_secret(name, value)


def test_an_error_that_holds_a_secret_is_written_without_it(planted):
    told = failures.of_error(OSError(f"no login at {URL} with pass word/%1, not {PLANTED}"))
    assert told.error == "OSError: no login at *** with ***, not ***"


@pytest.mark.slow
def test_a_planted_password_reaches_no_file_of_a_run_and_none_of_mlflow(tmp_path):
    notebooks, layout, log, _ = toys.write(tmp_path)
    nbformat.write(
        toys.notebook("03_train", SPEAKS + toys.BODY["03_train"]), notebooks / "03_train.ipynb"
    )
    secrets = {
        "AZSQL_PASSWORD": PLANTED,
        "GOSALES_SOURCE_URL": URL,
        "GOSALES_MLFLOW_TRACKING_URI": f"sqlite:///{tmp_path}/mlflow.db",
    }
    options = ["--layout", layout, "--data", log, "--runs", tmp_path / "runs", "--no-publish"]
    options += ["--notebooks", notebooks, "--cutoff", "2024-12-31", "--jobs", "2"]
    options += ["--division", "A", "--division", "Boom"]
    code = "from gosales_lib.cli import app; app()"
    command = [sys.executable, "-c", code, "run", *map(str, options)]
    done = subprocess.run(command, capture_output=True, text=True, env=os.environ | secrets)
    assert done.returncode == 1, done.stderr
    assert "RuntimeError: login failed for ***" in done.stdout
    told = [path for path in tmp_path.rglob("*") if path.is_file()]
    texts = {path.name: path.read_text() for path in told if path.suffix in (".ipynb", ".jsonl")}
    assert "'AZSQL_PASSWORD': '***'" in texts["03_train.ipynb"], "it was there to be told"
    assert "login failed for ***" in texts["events.jsonl"]
    assert any("mlartifacts" in path.parts for path in told)
    assert [path for path in told if b"hunter2" in path.read_bytes()] == []
    assert "hunter2" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("GOSALES_FOO", "1", "setting GOSALES_FOO is unknown"),
        (
            "GOSALES_SEED",
            "hunter2",
            "setting 'GOSALES_SEED' is wrong: input should be a valid integer",
        ),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence_without_any_value(
    planted, monkeypatch, name, value, message
):
    monkeypatch.setenv(name, value)
    with pytest.raises(ValueError, match=message) as caught:
        settings.load()
    text = str(caught.value)
    assert "\n" not in text and "hunter2" not in text and "pass word" not in text
