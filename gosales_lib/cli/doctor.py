"""The checks of `gosales doctor`: each reports a finding and how to fix it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import sys
import tomllib
from datetime import date
from importlib import metadata
from pathlib import Path

from gosales_lib.core import settings
from gosales_lib.core.spelling import counted
from gosales_lib.database import checkup
from gosales_lib.database.checkup import Check

OLD_MONTHS = 6
LIMITS = (
    ("open files", "NOFILE", 256, "-n"),
    ("processes", "NPROC", 256, "-u"),
    ("memory", "AS", 4 * 2**30, "-v"),
)
"""Name, kind, the minimum for two notebooks in parallel, and the option of the shell."""


def checks() -> list[Check]:
    """Return every check, in the order in which a new user needs them; none contains a secret."""
    current = settings.load()
    root = settings.project_root()
    return [
        python(),
        packages(root),
        lock_age(root / "uv.lock", date.today()),
        *limits(),
        loopback(),
        *(writable(settings.resolve(folder)) for folder in (current.runs_dir, current.data_dir)),
        sample(settings.resolve(current.data_dir)),
        *private(root / ".env", settings.resolve(current.runs_dir), *checkup.local_files(current)),
        sizes(settings.resolve(current.runs_dir), current.mlflow_uri()),
        Check("threads", True, f"{current.threads} of {os.cpu_count()} cores"),
        java(needed=current.engine == "pyspark"),
        *checkup.describe(current),
    ]


def python() -> Check:
    """Check whether the project is tested on this Python."""
    ok = (3, 11) <= sys.version_info[:2] <= (3, 13)
    return Check("python", ok, sys.version.split()[0], "" if ok else "install Python 3.11 to 3.13")


def packages(root: Path) -> Check:
    """Compare the installed main dependencies with `uv.lock`."""
    mend = "python3 start.py sync"
    try:
        content = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
        if "gosales" in content.get("tool", {}):  # a project that `gosales new` wrote
            version = metadata.version("gosales")
            return Check("packages", True, f"gosales {version}, installed as a package")
        project = content["project"]
        lock = tomllib.loads((root / "uv.lock").read_text(encoding="utf-8"))["package"]
    except FileNotFoundError as error:
        return Check("packages", False, f"no {Path(error.filename).name}", "use a whole checkout")
    locked = {(package["name"], package.get("version")) for package in lock}  # forks by Python
    names = [re.split(r"[\[<>=!~; ]", text, maxsplit=1)[0] for text in project["dependencies"]]
    wrong = [name for name in names if (name, installed(name)) not in locked]
    detail = f"not as locked: {', '.join(wrong)}" if wrong else f"{len(names)} as in uv.lock"
    return Check("packages", not wrong, detail, mend if wrong else "")


def lock_age(lock: Path, today: date) -> Check:
    """Report the age of the newest package in the lock file: it lacks all later fixes."""
    days = (
        re.findall(r'upload-time = "(\d{4}-\d\d-\d\d)', lock.read_text()) if lock.exists() else []
    )
    if not days:
        return Check("lock age", True, "not available", optional=True)
    months = (today - date.fromisoformat(max(days))).days // 30
    mend = "" if months < OLD_MONTHS else "uv lock --upgrade, then python3 start.py test"
    detail = f"its newest package was released on {max(days)}"
    return Check("lock age", not mend, detail, mend, optional=True, bad="old")


def limits() -> list[Check]:
    """Check that the limits of the shell are high enough for kernels: files, processes, memory."""
    if sys.platform == "win32":
        return []
    import resource

    return [
        limit(name, resource.getrlimit(getattr(resource, f"RLIMIT_{kind}"))[0], least, option)
        for name, kind, least, option in LIMITS
        if hasattr(resource, f"RLIMIT_{kind}")
    ]


def limit(name: str, allowed: int, least: int, option: str) -> Check:
    """Return whether a limit of the shell is at least this high; negative means no limit."""
    ok = allowed < 0 or allowed >= least
    detail = "no limit" if allowed < 0 else f"{allowed:,}"
    mend = "" if ok else f"ulimit {option} {least if least < 2**20 else 'unlimited'}"
    return Check(f"limit of {name}", ok, detail, mend, bad="too low")


def loopback() -> Check:
    """Check whether the loopback interface, by which kernels are reached, answers."""
    from gosales_lib.batch.kernels.sharing import refuse_no_loopback

    try:
        refuse_no_loopback()
    except RuntimeError:
        return Check(
            "loopback", False, "127.0.0.1 does not answer", "ip link set lo up", bad="down"
        )
    return Check("loopback", True, "127.0.0.1 answers")


def installed(name: str) -> str | None:
    """Return the installed version of a package, None where there is none."""
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def writable(folder: Path) -> Check:
    """Check whether `folder`, or its nearest existing parent, can be written."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    ok = there.is_dir() and os.access(there, os.W_OK)
    return Check(f"folder {folder.name}", ok, str(folder), "" if ok else f"make {there} writable")


def private(*places: Path) -> list[Check]:
    """Check which files and folders other users of this machine can read."""
    if os.name != "posix":
        return []
    return [_private(path) for path in places if path.exists()]


def _private(path: Path) -> Check:
    mode = path.stat().st_mode
    if not mode & (stat.S_IRGRP | stat.S_IROTH):
        return Check(f"privacy of {path.name}", True, "only its owner reads it")
    mend = f"chmod go= {shlex.quote(str(path))}"
    name = f"privacy of {path.name}"
    detail = f"other users can read it (mode {mode & 0o777:o})"
    return Check(name, False, detail, mend, optional=True, bad="open")


def sample(folder: Path) -> Check:
    """Check whether the data folder holds a sales log."""
    logs = [*folder.glob("*.csv*"), *folder.glob("*.parquet")]
    mend = "" if logs else "gosales sample-data"
    return Check("sales log", bool(logs), counted(len(logs), "file"), mend, optional=True)


def sizes(runs: Path, store: str) -> Check:
    """Measure the disk space of the runs and of MLflow's store; hard links count once."""
    from gosales_lib.cli.prune import in_words
    from gosales_lib.run_folders import list_runs, pruning

    taken = f"{counted(len(list_runs(runs)), 'run')} {in_words(pruning.size(runs))}"
    file = Path(store.removeprefix("sqlite:///"))
    if store.startswith("sqlite:///") and file.exists():
        files = file.stat().st_size + pruning.size(file.parent / "mlartifacts")
        taken += f", MLflow {in_words(files)}"
    return Check("disk", True, taken, "gosales prune", optional=True)


def java(needed: bool) -> Check:
    """Check for Java, which only the pyspark engine needs."""
    path = shutil.which("java")
    mend = "" if path else "install a Java 17 runtime, or choose another engine"
    return Check("java (pyspark)", bool(path), path or "none", mend, optional=not needed)
