"""start.py, the door: each of its actions starts programs that the environment has."""

import importlib.util
import re
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
    monkeypatch.setattr(module, "run", lambda *command: module.started.append(command) or 0)
    return module


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
