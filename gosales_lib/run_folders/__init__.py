"""Run folders, in which notebooks read the files of earlier notebooks and write their own.

A division's folder has a safe name; `division.json` in it holds the real one.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from gosales_lib.core import process_cache, settings, timeline
from gosales_lib.run_folders.artifacts import Folder, StepMissingError, owner, write_json

if TYPE_CHECKING:
    from gosales_lib.layout import Layout

STAMP, CLOCK_BACK = "%Y-%m-%dT%H%M%SZ", timedelta(days=1)
RUN_ID = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}Z(-\d+)?")
RESERVED = {"whitespace", "pooled", "holdout", "logs", "report", "con", "prn", "aux", "nul"}
RESERVED |= {f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)}  # devices on Windows


def slug(division: str) -> str:
    """Return a safe folder name for any text; a hash tells texts apart that have the same name."""
    ascii_text = unicodedata.normalize("NFKD", division).encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")
    faithful = name and name == re.sub(r"[ _]", "-", division.lower())
    if faithful and len(name) <= 48 and name not in RESERVED:
        return name
    return _hashed(name, division)


def distinct(text: str) -> str:
    """Return a safe name that no other text has, for stores that do not tell which are taken."""
    name = slug(text)
    return name if name == text else _hashed(name, text)


def _hashed(name: str, division: str) -> str:
    digest = hashlib.sha256(division.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name[:40].strip('-') or 'division'}-{digest}"


@dataclass(frozen=True)
class Run(Folder):
    """One run folder: the files of the whole run, and the way to each division and cutoff."""

    @property
    def id(self) -> str:
        """The folder's name: the UTC time at which the run began."""
        return self.path.name

    def read(self, name: str) -> pl.DataFrame:
        """Return `<name>.parquet`, one of the tables that all divisions read; see `Folder.read`."""
        status = self.find(f"{name}.parquet").stat()
        return _read(self, name, status.st_size, status.st_mtime_ns)

    @property
    def began(self) -> datetime:
        """When the run began, in UTC without a zone, by its folder's name."""
        return datetime.strptime(self.id[:18], STAMP)

    def at(self, division: str, cutoff: date | str) -> Folder:
        """Return the folder of one division and cutoff; it appears on disk with its first file."""
        day = timeline.parse_date(cutoff)
        return Folder(self.path / self._name(division) / day.isoformat(), division, day)

    def whitespace(self, cutoff: date | str) -> Folder:
        """Return the folder of the ranked list over all divisions at one cutoff."""
        day = timeline.parse_date(cutoff)
        return Folder(self.path / "whitespace" / day.isoformat(), None, day)

    def pooled(self, cutoff: date | str) -> Folder:
        """Return the folder of the model over all divisions at one cutoff."""
        day = timeline.parse_date(cutoff)
        return Folder(self.path / "pooled" / day.isoformat(), None, day)

    def ready(self, cutoff: date | str, name: str) -> list[Folder]:
        """Return the divisions' folders at one cutoff that hold the file `name`: one at least.

        StepMissingError: no division has it; the message names the notebook that writes it.
        """
        day = timeline.parse_date(cutoff)
        ready = [f for f in self.folders() if f.cutoff == day and (f.path / name).exists()]
        if not ready:
            raise StepMissingError.of(name, f"any division's folder of {day} in {self.path}")
        return ready

    def folders(self) -> list[Folder]:
        """Return the folders on disk, one per division and cutoff, sorted by name."""
        paths = [path for parent in self._divisions() for path in sorted(parent.glob("????-??-??"))]
        return [Folder(p, owner(p.parent), timeline.parse_date(p.name)) for p in paths]

    def layout(self) -> Layout:
        """Return the layout that 01_etl read the log with."""
        from gosales_lib.layout import Layout

        return Layout.model_validate_json(self.find("layout.json").read_text(encoding="utf-8"))

    def save_layout(self, layout: Layout) -> Path:
        """Write the layout into the run, so that later notebooks need no other file."""
        return write_json(self.path / "layout.json", layout.model_dump(mode="json"))

    def _divisions(self) -> list[Path]:
        return sorted(marker.parent for marker in self.path.glob("*/division.json"))

    def _name(self, division: str) -> str:
        """Return the division's folder name; a second division with the same slug gets a hash."""
        if not division:
            raise ValueError("division is empty: name one as spelled in the layout file")
        name = slug(division)
        taken = owner(self.path / name)
        return name if taken in (None, division) else _hashed(name, division)


@process_cache.per_process
def _read(run: Run, name: str, size: int, changed_ns: int) -> pl.DataFrame:
    """Return a table of a run; one whose file has another size or time is read anew."""
    return Folder.read(run, name)


def create(runs_dir: Path | str, parameters: dict[str, Any]) -> Run:
    """Make a new run folder named by the time in UTC, with its `run.json`.

    The name is later than that of every run there, for the order of names is the order of runs: two
    runs of one second get `…Z` and `…Z-2`, and so does one that begins after the clock was set
    back. Making the folder decides between two that start at once. ValueError: the clock is more
    than `CLOCK_BACK` behind the newest run.
    """
    parent = settings.resolve(runs_dir)
    try:
        parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OSError(f"the folder of the runs, {parent}, cannot be made: {error}") from None
    base, first = datetime.now(UTC).strftime(STAMP), 1
    if known := list_runs(parent):
        moment, number = _by_start(known[0].path)
        if f"{moment}Z" >= base:
            _refuse_old_clock(base, known[0])
            base, first = f"{moment}Z", number + 1
    for number in range(first, first + 1000):
        path = parent / (base if number == 1 else f"{base}-{number}")
        try:
            path.mkdir()
        except FileExistsError:
            continue
        write_json(path / "run.json", {"id": path.name, "parameters": parameters})
        return Run(path)
    raise FileExistsError(f"1000 runs began in {parent} within the second {base}")


def _refuse_old_clock(now: str, newest: Run) -> None:
    if newest.began - datetime.strptime(now, STAMP) > CLOCK_BACK:
        raise ValueError(
            f"the clock of this machine says {now}, which is before run {newest.id} began: set the "
            "clock, or take that run away where its own was wrong"
        )


def open_run(path: Path | str) -> Run:
    """Return the run in a folder, relative paths from the project's root; make it if missing."""
    folder = Path(settings.resolve(path))
    folder.mkdir(parents=True, exist_ok=True)
    return Run(folder)


def list_runs(runs_dir: Path | str) -> list[Run]:
    """Return the runs of a folder, the latest first; others, such as `scratch`, are left out."""
    parent = settings.resolve(runs_dir)
    if not parent.is_dir():
        return []
    folders = [path for path in parent.iterdir() if RUN_ID.fullmatch(path.name) and path.is_dir()]
    return [Run(path) for path in sorted(folders, key=_by_start, reverse=True)]


def shown(path: Path | str) -> str:
    """Return a path as notebooks and records keep it: relative to the project or the home."""
    resolved = Path(settings.resolve(path)).resolve()
    try:
        return Path(os.path.relpath(resolved, settings.project_root().resolve())).as_posix()
    except ValueError:  # another drive on Windows
        return resolved.as_posix()


def _by_start(path: Path) -> tuple[str, int]:
    moment, _, number = path.name.partition("Z")
    return moment, int(number[1:] or 1)


def find_run(runs_dir: Path | str, name: str | None = None) -> Run:
    """Return a run by id, start of the id or path; `latest` or no name gives the newest."""
    runs = list_runs(runs_dir)
    if name in (None, "latest"):
        if runs:
            return runs[0]
        raise FileNotFoundError(f"no run in {runs_dir} yet: `gosales run` makes one")
    if (Path(name) / "run.json").exists():
        return Run(Path(name).resolve())
    exact = [run for run in runs if run.id == name]
    matches = exact or [run for run in runs if run.id.startswith(name)]
    if len(matches) == 1:
        return matches[0]
    latest = ", ".join(run.id for run in runs[:3]) or "none"
    word = "is not one run" if matches else "is no run"
    raise FileNotFoundError(f"{name!r} {word} of {runs_dir} (the latest: {latest})")
