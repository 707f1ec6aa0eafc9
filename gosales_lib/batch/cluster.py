"""Checks that each worker of a cluster has the same code and versions and sees the run folder.

A worker with other code would silently write other results. A worker that does not see the run
folder would report that an earlier notebook has not run.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from gosales_lib.run_folders import artifacts, imports, receipts

DECISIVE = ("polars", "narwhals", "numpy", "pandas", "scikit-learn", "scipy", "lightgbm")
"""Packages whose version may change a result."""


@dataclass(frozen=True)
class Place:
    """What must be equal for two processes to write equal results."""

    python: str
    packages: tuple[str, ...]
    library: str
    folder: str


def look(folder: str) -> Place:
    """Return the versions of this process, and whether it sees the run folder of the runner."""
    sources = sorted(imports.modules(imports.LIBRARY).items())
    prints = {name: artifacts.file_fingerprint(file) for name, file in sources}
    packages = [f"{name} {metadata.version(name)}" for name in DECISIVE]
    seen = Path(folder).is_dir() and os.access(folder, os.W_OK)
    return Place(
        python=f"Python {sys.version_info[0]}.{sys.version_info[1]}",
        packages=tuple(packages),
        library=receipts.digest(prints),
        folder="seen" if seen else "not seen",
    )


def examine(client: Any, folder: str) -> None:
    """Ask each worker of a Dask client what it has; ValueError names one and what it lacks."""
    try:
        workers = client.run(look, folder)
    except (ImportError, AttributeError) as error:
        raise ValueError(
            f"a Dask worker has another GoSales or none ({error}): install this version there"
        ) from error
    for address, state in workers.items():
        if reason := difference(look(folder), state):
            raise ValueError(f"Dask worker {address} {reason}")


def difference(mine: Place, theirs: Place) -> str | None:
    """Return how a worker differs from the runner, with a mend; None if it does not differ."""
    if theirs.folder != "seen":
        return (
            "does not see the run folder, or cannot write there: put --runs on a file system "
            "that every worker mounts at the same path"
        )
    if theirs.library != mine.library:
        return "has other code of GoSales than the runner: install the same version on both"
    pairs = zip((theirs.python, *theirs.packages), (mine.python, *mine.packages), strict=True)
    differing = "; ".join(f"{other}, the runner {own}" for other, own in pairs if other != own)
    return f"has {differing}: install the same versions on both" if differing else None
