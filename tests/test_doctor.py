import os
from datetime import date
from pathlib import Path

import pytest

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


@pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX")
@pytest.mark.parametrize(("mode", "ok"), [(0o600, True), (0o640, False), (0o604, False)])
def test_a_file_that_others_can_read_is_named_with_its_mend(tmp_path: Path, mode, ok):
    (tmp_path / ".env").touch()
    (tmp_path / ".env").chmod(mode)
    (check,) = doctor.private(tmp_path / ".env", tmp_path / "no such file")
    assert (check.name, check.ok) == ("privacy of .env", ok)
    assert check.mend == ("" if ok else f"chmod go= {tmp_path / '.env'}")
    assert check.optional is not ok
    assert check.state == ("ok" if ok else "open")


@pytest.mark.parametrize(
    ("allowed", "state", "mend"),
    [(-1, "ok", ""), (256, "ok", ""), (64, "too low", "ulimit -n 256")],
)
def test_a_limit_of_the_shell_that_is_too_low_is_named_with_its_mend(allowed, state, mend):
    check = doctor.limit("open files", allowed, 256, "-n")
    assert (check.state, check.mend) == (state, mend)


def test_memory_is_mended_by_no_limit_and_every_limit_is_looked_at():
    assert doctor.limit("memory", 2**30, 2**32, "-v").mend == "ulimit -v unlimited"
    if os.name == "posix":
        assert doctor.limits()[0].name == "limit of open files"


@pytest.mark.parametrize(("day", "state"), [("2026-03-01", "ok"), ("2026-12-01", "old")])
def test_an_old_lock_file_is_reported(tmp_path: Path, day, state):
    (tmp_path / "uv.lock").write_text(
        '{ url = "a", upload-time = "2026-01-05T10:00:00Z" }\n{ upload-time = "2025-01-05T10:00Z" }'
    )
    check = doctor.lock_age(tmp_path / "uv.lock", date.fromisoformat(day))
    assert (check.state, check.detail) == (state, "its newest package was released on 2026-01-05")
    assert doctor.lock_age(tmp_path / "no lock", date(2026, 1, 1)).ok
