#!/usr/bin/env python3
"""The door: makes the environment (once), then does what is asked. Needs Python 3.11 to 3.13.

python3 start.py demo       the main job on generated sample data
python3 start.py test       all checks, and the tests that take seconds
python3 start.py slow       the other tests: whole runs, browsers, kills (as long again)
python3 start.py lab        JupyterLab on the notebooks
python3 start.py dashboard  the dashboard in your browser
python3 start.py mlflow     all trainings side by side, in MLflow's page
python3 start.py notebooks  the notebooks top to bottom with their defaults, on the sample
python3 start.py docs       the documentation site
python3 start.py lint       ruff, black, mypy and clean notebooks only
python3 start.py sync       the environment alone
python3 start.py gosales …  any command of gosales, such as `gosales run --help`

Nothing is installed outside this folder: `.venv` holds the environment that `uv.lock` describes.
START_EXTRAS=spark adds PySpark (456 MB, needs Java 17), for the tests of that engine too.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
UV_VENV = ROOT / ".uv"
STAMP = VENV / "in-step-with-lock.txt"
UV = "uv==0.13.9"
BIN = "Scripts" if os.name == "nt" else "bin"
SUFFIX = ".exe" if os.name == "nt" else ""
EXTRAS = ("dask", "postgres", "azure", *os.environ.get("START_EXTRAS", "").split())
PYTHON = ("gosales_lib", "tests", "benchmarks", "docs", "start.py")
LAB = (  # the whole project in sight, its notebooks first; nothing is asked of the internet
    "--LabApp.default_url=/lab/tree/notebooks",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate",
    "--LabApp.extension_manager=readonly",
    "--KernelManager.transport_encryption=auto",
)
SIDE_BY_SIDE = ("-n", "logical", "--maxprocesses", "4", "--dist", "loadfile")  # `test -n0`: not so
NOTIFICATIONS = "@jupyterlab/apputils-extension:notification"
PARTS = ("--division", "--families", "-p", "--trial", "--resume", "--dry-run", "--monthly")
SAMPLE = ROOT / "data" / "database_samples"


def stop(message: str) -> None:
    """Print one sentence and end with status 2."""
    print(f"start.py: {message}", file=sys.stderr)
    raise SystemExit(2)


def tool(name: str, venv: Path = VENV) -> str:
    """Return the path of a program of the environment."""
    return str(venv / BIN / f"{name}{SUFFIX}")


def environment() -> dict[str, str]:
    """Return the environment for programs: this checkout's, byte code allowed (imports halve)."""
    env = {
        k: v for k, v in os.environ.items() if k not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPATH")
    }
    return env | {"VIRTUAL_ENV": str(VENV), "UV_PROJECT_ENVIRONMENT": str(VENV)}


def run(*command: str) -> int:
    """Run a program from the project's root and return its exit status."""
    return subprocess.call(command, cwd=ROOT, env=environment())


def give_way(*command: str) -> int:
    """Let a server take this process's place, and with it its signals; on Windows, wait for it."""
    os.chdir(ROOT)
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(command[0], list(command), environment())
    return run(*command)


def wanted() -> str:
    """Return what the environment must be in step with: the lock, the project and this Python."""
    digest = hashlib.sha256()
    for name in ("uv.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return f"{digest.hexdigest()} {sys.version.split()[0]} {','.join(EXTRAS)}\n"


def install_uv() -> None:
    """Put uv into a small environment of its own, by pip."""
    if run(sys.executable, "-m", "venv", "--clear", str(UV_VENV)):
        stop(
            "Python's venv module does not work here; install it (Debian and Ubuntu: "
            "`apt install python3-venv`) or take Python from python.org"
        )
    if run(tool("python", UV_VENV), "-m", "pip", "install", "--quiet", UV):
        stop("uv could not be installed: is there a network, and does pip reach its index?")


def sync() -> None:
    """Make `.venv` as the lock says; nothing to do where the stamp says that it is."""
    if STAMP.exists() and STAMP.read_text() == wanted() and Path(tool("gosales")).exists():
        return
    began = time.monotonic()
    print("making the environment in .venv (once, about a minute on a fresh machine) …", flush=True)
    uv = tool("uv", UV_VENV)
    if not Path(uv).exists():
        install_uv()
    extras = [word for extra in EXTRAS for word in ("--extra", extra)]
    flags = ["--frozen", "--compile-bytecode", "--python", sys.executable, "--quiet"]
    if run(uv, "sync", *flags, *extras):
        stop("the environment could not be made; the lines above say why")
    STAMP.write_text(wanted())
    print(f"environment ready after {time.monotonic() - began:.0f} s", flush=True)


def lint() -> int:
    """Check style, format, types, and that notebooks carry no output."""
    notebooks = [str(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))]
    return (
        run(tool("ruff"), "check", ".")
        or run(tool("black"), "--check", "--quiet", *PYTHON)
        or run(tool("nbstripout"), "--verify", *notebooks)
        or run(tool("mypy"))
    )


def test(arguments: list[str]) -> int:
    """Check style, and whatever it says run the quick tests; say what was left out."""
    status = max(lint(), tests("not slow", arguments))
    print(
        "\nleft out: the tests that are marked slow (whole runs, browsers, kills, drawn examples); "
        "`python3 start.py slow` runs them",
        flush=True,
    )
    return status


def tests(marked: str, arguments: list[str]) -> int:
    """Run tests by their marks, files side by side."""
    return run(tool("pytest"), *SIDE_BY_SIDE, "-m", marked, *arguments)


def docs() -> int:
    """Build the documentation site; a broken link or reference is an error."""
    site = ROOT / "docs" / "_build"
    status = run(tool("sphinx-build"), "-W", "--keep-going", "-q", "-b", "html", "docs", str(site))
    if not status:
        print(f"documentation: {site / 'index.html'}")
    return status


def demo(arguments: list[str]) -> int:
    """Write the sample log if there is no log yet, run everything on it and release the run.

    A run of a part (`demo --division …`) stays a trial and is not released.
    """
    if not any(SAMPLE.glob("*.csv*")) and run(tool("gosales"), "sample-data"):
        return 1
    if any(word.startswith(PARTS) for word in arguments):
        return run(tool("gosales"), "run", *arguments)
    return run(tool("gosales"), "run", "--release", "the demo", *arguments)


def lab(arguments: list[str]) -> int:
    """Open JupyterLab, without its question about news on every new machine."""
    overrides = VENV / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    overrides.parent.mkdir(parents=True, exist_ok=True)
    overrides.write_text(json.dumps({NOTIFICATIONS: {"fetchNews": "false"}}))
    return give_way(tool("jupyter"), "lab", *LAB, *arguments)


def notebooks(arguments: list[str]) -> int:
    """Run every notebook with its default parameters, in order, into `runs/scratch`."""
    if not any(SAMPLE.glob("*.csv*")) and run(tool("gosales"), "sample-data"):
        return 1
    return run(tool("pytest"), "--nbval-lax", "--nbval-cell-timeout=300", "notebooks", *arguments)


def main(arguments: list[str]) -> int:
    """Do what the first argument says."""
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        stop(f"Python 3.11 to 3.13 is needed, this is {sys.version.split()[0]}")
    name, *rest = arguments or ["--help"]
    actions = {
        "demo": lambda: demo(rest),
        "test": lambda: test(rest),
        "slow": lambda: tests("slow", rest),
        "notebooks": lambda: notebooks(rest),
        "lint": lint,
        "docs": docs,
        "lab": lambda: lab(rest),
        "dashboard": lambda: give_way(tool("gosales"), "dashboard", *rest),
        "mlflow": lambda: give_way(tool("gosales"), "mlflow", *rest),
        "gosales": lambda: run(tool("gosales"), *rest),
        "python": lambda: run(tool("python"), *rest),
        "sync": lambda: 0,
    }
    if name not in actions:
        print(__doc__)
        return 0 if name in ("--help", "-h", "help") else 2
    sync()
    return actions[name]()


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        raise SystemExit(130) from None
