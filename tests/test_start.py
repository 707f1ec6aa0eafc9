"""start.py: each of its actions starts programs that the environment has."""

import importlib.util
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gosales_lib.core import settings

ROOT = Path(settings.project_root())
LINT = ["ruff check .", "black --check", "nbstripout --verify", "mypy"]


@pytest.fixture
def start(monkeypatch, tmp_path):
    """start.py as a module that makes no environment and writes down what it would start."""
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.started = []
    monkeypatch.setattr(module, "sync", lambda: None)
    monkeypatch.setattr(module, "VENV", tmp_path)
    monkeypatch.setattr(module, "SAMPLE", tmp_path)
    note = lambda *command: module.started.append(command) or 0  # noqa: E731
    monkeypatch.setattr(module, "run", note)
    monkeypatch.setattr(module, "give_way", note)
    return module


@pytest.mark.skipif(os.name == "nt", reason="Windows has no exec: start.py waits for the server")
def test_a_signal_to_start_py_reaches_the_server_that_it_started(tmp_path):
    code = (
        "import importlib.util, sys\n"
        f"spec = importlib.util.spec_from_file_location('start', {str(ROOT / 'start.py')!r})\n"
        "start = importlib.util.module_from_spec(spec); spec.loader.exec_module(start)\n"
        "start.give_way(sys.executable, '-c', 'print(7, flush=True); import time; time.sleep(60)')"
    )
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "7\n"
        process.terminate()
        assert process.wait(30) == -signal.SIGTERM
        assert process.stdout.read() == "", "nobody else holds the pipe"


def test_the_tests_are_all_those_that_are_not_slow_and_what_is_left_out_is_said(start, capsys):
    start.main(["test", "-k", "word"])
    assert "left out: the tests that are marked slow" in capsys.readouterr().out
    start.main(["slow"])
    *_, quick, slow = [words[1:] for words in start.started]
    assert quick == (*start.SIDE_BY_SIDE, "-m", "not slow", "-k", "word")
    assert slow == (*start.SIDE_BY_SIDE, "-m", "slow")
    ci = (ROOT / ".ci" / "run").read_text()
    assert ci.index('"$python" start.py test\n') < ci.index('"$python" start.py slow\n')


def test_the_demo_releases_itself_and_a_part_of_it_does_not(start):
    start.main(["demo", "--jobs", "1"])
    start.main(["demo", "--division", "PDM"])
    whole, part = (words for words in start.started if "run" in words)
    assert whole[1:] == ("run", "--release", "the demo", "--jobs", "1")
    assert part[1:] == ("run", "--division", "PDM")


def test_the_container_is_built_in_stages_and_runs_as_an_unprivileged_user():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert sum(line.startswith("FROM ") for line in lines) == 2
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["10001"], "a number, which every host can check to be nobody special"
    assert ".env" in (ROOT / ".dockerignore").read_text().splitlines()
    assert all("COPY . " not in line for line in lines), "each part is named"


@pytest.mark.parametrize(
    ("words", "programs"),
    [
        (["demo"], ["gosales sample-data", "gosales run"]),
        (["test", "-n0"], [*LINT, "pytest -n logical"]),
        (["lint"], LINT),
        (["lab", "--no-browser"], ["jupyter lab"]),
        (["dashboard"], ["gosales dashboard"]),
        (["mlflow", "--port", "5001"], ["gosales mlflow --port 5001"]),
        (["notebooks"], ["gosales sample-data", "pytest --nbval-lax"]),
        (["gosales", "run", "--help"], ["gosales run --help"]),
        (["python", "docs/generate.py"], ["python docs/generate.py"]),
        (["sync"], []),
    ],
)
def test_an_action_starts_programs_of_the_environment(start, words, programs):
    assert start.main(words) == 0
    assert len(start.started) == len(programs)
    for (program, *rest), wanted in zip(start.started, programs, strict=True):
        assert Path(program).exists()
        assert " ".join([Path(program).stem, *rest]).startswith(wanted)


def test_every_action_that_help_names_is_known(start, capsys):
    named = re.findall(r"^python3 start\.py (\w+)", start.__doc__, re.M)
    assert len(named) > 7
    for name in named:
        assert start.main([name]) == 0, name
    assert start.main(["--help"]) == 0
    assert start.main(["dmeo"]) == 2
    assert capsys.readouterr().out.count("python3 start.py demo") == 2


def test_a_log_that_is_there_is_not_written_over(start, tmp_path):
    (tmp_path / "sales_log_2024.csv").write_text("mine")
    start.main(["demo"])
    assert [command[1] for command in start.started] == ["run"]


def test_an_unknown_python_is_refused_by_name(start, monkeypatch, capsys):
    monkeypatch.setattr(start.sys, "version_info", (3, 10, 9))
    with pytest.raises(SystemExit, match="2"):
        start.main(["demo"])
    assert "Python 3.11 to 3.13 is needed" in capsys.readouterr().err
