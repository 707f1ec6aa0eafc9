from pathlib import Path

from gosales_lib.cli import doctor


def test_a_package_that_differs_from_the_lock_is_named(tmp_path: Path):
    (tmp_path / "pyproject.toml").write_text('[project]\ndependencies = ["polars>=1"]\n')
    (tmp_path / "uv.lock").write_text('[[package]]\nname = "polars"\nversion = "0.0.1"\n')
    check = doctor.packages(tmp_path)
    assert (check.ok, check.detail) == (False, "not as locked: polars")
    assert check.mend == "python3 start.py sync"


def test_a_missing_log_names_its_command_and_is_no_failure(tmp_path: Path):
    check = doctor.sample(tmp_path)
    assert (check.ok, check.optional, check.mend) == (False, True, "gosales sample-data")


def test_java_is_needed_by_pyspark_only(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    assert doctor.java(needed=False).optional
    assert not doctor.java(needed=True).optional
