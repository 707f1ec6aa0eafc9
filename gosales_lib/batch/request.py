"""The request of a run: what the user asked for, and the files that it reads."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gosales_lib.batch.kernels import forking, launch
from gosales_lib.core import settings, timeline
from gosales_lib.run_folders import artifacts, shown


@dataclass(frozen=True)
class Request:
    """The request of a run, kept in `run.json` so that a resumed run repeats it."""

    layout: str
    data_dir: str = ""  # "": the layout's
    holdout_dir: str = ""
    divisions: tuple[str, ...] = ()  # none: those with enough purchases by the cutoff
    all_divisions: bool = False
    cutoffs: tuple[str, ...] = ()  # none: the last month's end that the log reaches
    window_months: int = 6
    notebooks: str = "notebooks"
    parameters: Mapping[str, Any] = field(default_factory=dict)  # for notebooks that take them

    @property
    def length(self) -> timeline.Length:
        """The length of the window to predict: months, or days where they are asked for."""
        return timeline.length(self.window_months, int(self.parameters.get("window_days", 0)))

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Request:
        """Return the request that `run.json` keeps."""
        lists = {name: tuple(parameters[name]) for name in ("divisions", "cutoffs")}
        return cls(**{**parameters, **lists})


@dataclass(frozen=True)
class How:
    """How a run is executed; none of it changes a result."""

    jobs: int = 1
    warm: bool = True
    fork: bool = forking.POSSIBLE  # warm kernels from one process
    dask: str | None = None
    cell_seconds: float | None = None
    notebook_seconds: float | None = None
    libraries: tuple[str, ...] = launch.LIBRARIES


def fingerprints(request: Request) -> dict[str, str]:
    """Return the SHA-256 of the layout and of each file that is read, by its name.

    FileNotFoundError: the folder of the sales log holds no file.
    """
    from gosales_lib import layout
    from gosales_lib.sales_log import files

    file = Path(settings.resolve(request.layout))
    prints = {"layout": artifacts.file_fingerprint(file)}
    plan = layout.load(file)
    data, later = request.data_dir or plan.data, request.holdout_dir or plan.holdout
    apart = Path(settings.resolve(later)) if later else None
    if data:
        try:
            used = files.used(plan, Path(settings.resolve(data)), apart)
        except FileNotFoundError as error:
            raise FileNotFoundError(f"no sales log in {data}: {error}") from None
        prints |= _prints("data", used)
    if apart is not None and apart.exists():
        with suppress(FileNotFoundError):
            prints |= _prints("holdout", files.used(plan, apart))
    return prints


def _prints(folder: str, used: Mapping[str, Path]) -> dict[str, str]:
    return {f"{folder}/{name}": artifacts.file_fingerprint(path) for name, path in used.items()}


def holdout_in(data: Path | None) -> Path | None:
    """Return the folder `holdout` of a log's folder; None where there is none."""
    inside = data / "holdout" if data else None
    return inside if inside is not None and inside.is_dir() else None


def folders(data: Path | None, holdout: Path | None) -> dict[str, Any]:
    """Return `data_dir` and `holdout_dir`; by default the latter is `holdout` in the data."""
    holdout = holdout or holdout_in(data)
    for option, path in (("--data", data), ("--holdout", holdout)):
        if path is not None and not path.is_dir():
            raise FileNotFoundError(f"{option} {path}: no such folder")
    paths = {"data_dir": data, "holdout_dir": holdout}
    return {name: shown(path.resolve()) for name, path in paths.items() if path}
