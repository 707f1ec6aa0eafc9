"""pyproject.toml defines the environment; lock file, conda and .env.template agree with it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from gosales_lib.cli import app, doctor, new
from gosales_lib.core import settings

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCK = {
    package["name"]: package.get("version")
    for package in tomllib.loads((ROOT / "uv.lock").read_text())["package"]
}
CONDA = yaml.safe_load((ROOT / "environment.yml").read_text())


def plain(requirement: str) -> str:
    return re.split(r"[\[<>=!~;\s]", requirement, maxsplit=1)[0].lower()


def pip_pins() -> dict[str, str]:
    pins = next(item["pip"] for item in CONDA["dependencies"] if isinstance(item, dict))
    return dict(line.lower().split("==") for line in pins if "==" in line)


def test_conda_holds_every_dependency_with_the_version_of_the_lock():
    expected = {plain(item): LOCK[plain(item)] for item in PROJECT["dependencies"]}
    assert {name.split("[")[0]: version for name, version in pip_pins().items()} == expected


def test_conda_installs_the_project_itself():
    pins = next(item["pip"] for item in CONDA["dependencies"] if isinstance(item, dict))
    assert "-e ." in pins


def test_the_wheel_holds_what_a_new_project_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    kept = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert kept == {name: f"gosales_lib/project/{name}" for name in new.PARTS}


def test_a_new_project_is_one_that_every_command_understands(tmp_path, monkeypatch):
    folder = tmp_path / "sales"
    told = CliRunner().invoke(app, ["new", str(folder)])
    assert told.exit_code == 0, told.output
    assert {path.name for path in folder.iterdir()} == {
        *new.PARTS,
        "pyproject.toml",
        "data",
        "runs",
    }
    assert (folder / "notebooks" / "06_whitespace.ipynb").exists()
    again = CliRunner().invoke(app, ["new", str(folder)])
    assert again.exit_code == 2 and "is not empty" in again.output
    monkeypatch.chdir(folder / "layouts")
    settings.project_root.cache_clear()
    try:
        assert settings.project_root() == folder
        assert "installed as a package" in doctor.packages(folder).detail
    finally:
        settings.project_root.cache_clear()


def test_conda_takes_a_python_that_the_project_allows():
    python = next(i for i in CONDA["dependencies"] if str(i).startswith("python="))
    minor = int(python.removeprefix("python=3."))
    assert PROJECT["requires-python"] == ">=3.11,<3.14"
    assert 11 <= minor <= 13


def test_the_lock_satisfies_the_project():
    from packaging.requirements import Requirement

    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    for text in (item for group in groups for item in group):
        requirement = Requirement(text)
        assert requirement.specifier.contains(LOCK[plain(text)], prereleases=True), text


def test_env_template_names_every_setting_once_each_with_a_comment():
    lines = (ROOT / ".env.template").read_text().splitlines()
    named = [line.split("=")[0] for line in lines if "=" in line and not line.startswith("#")]
    assert sorted(named) == sorted(settings.names())
    for index, line in enumerate(lines):
        if line.split("=")[0] in settings.names():
            assert lines[index - 1].startswith("# "), f"{line} has no comment"


def test_readme_and_ci_use_the_same_two_commands():
    readme, ci = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()
    for command in ("start.py demo", "start.py test"):
        assert f"python3 {command}" in readme
        assert command in ci


def test_an_unknown_setting_is_refused_with_the_nearest_name(monkeypatch):
    monkeypatch.setenv("GOSALES_THREDS", "2")
    with pytest.raises(ValueError, match="THREDS is unknown; did you mean 'GOSALES_THREADS'"):
        settings.Settings()


def test_a_line_of_env_that_cannot_be_read_is_refused_without_its_value(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "project_root", lambda: tmp_path)
    (tmp_path / ".env").write_text("GOSALES_SEED=3\nAZSQL_PASSWORD='s3cret!\nGOSALES_THREADS=1\n")
    settings.load.cache_clear()
    try:
        with pytest.raises(ValueError, match="line 2 cannot be read") as refused:
            settings.load()
    finally:
        settings.load.cache_clear()
    assert "s3cret" not in str(refused.value)


def test_a_secret_is_never_shown(monkeypatch):
    monkeypatch.setenv("AZSQL_PASSWORD", "hunter2-planted")
    monkeypatch.setenv("GOSALES_DATABASE_URL", "postgresql://u:hunter2-planted@h/d")
    assert "hunter2-planted" not in repr(settings.Settings()) + str(settings.Settings())


def test_a_blank_setting_is_the_default(monkeypatch):
    monkeypatch.setenv("GOSALES_ENGINE", "")
    assert settings.Settings().engine == "polars"


@pytest.mark.parametrize(
    "module", ["gosales_lib", "gosales_lib.core.settings", "gosales_lib.core.timeline"]
)
def test_an_import_brings_nothing_heavy(module):
    heavy = "{'pandas', 'sklearn', 'lightgbm', 'mlflow', 'plotly', 'papermill'}"
    code = f"import {module}, sys; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
