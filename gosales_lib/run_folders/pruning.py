"""Selects run folders to delete: never a released run, never one that is still to be checked."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from gosales_lib.core import locks
from gosales_lib.run_folders import Run, checks, kinds, record, releases

ASIDE = ".removed-"


@dataclass(frozen=True)
class Removable:
    """A run folder to delete, the reason, and the bytes that this frees."""

    run: Run
    why: str
    size: int


def removable(
    runs_dir: Path, keep: int = 12, days: int = 30, now: datetime | None = None
) -> list[Removable]:
    """Return the runs to delete, the oldest first.

    At least the newest `keep` finished candidates of each layout stay, and trials and unfinished
    runs for `days`.
    """
    moment = now or datetime.now(UTC)
    removals = _candidates(runs_dir, keep)
    gone = {run.id for run, _ in removals}
    removals += list(_others(runs_dir, moment - timedelta(days=days), gone))
    ordered = sorted(removals, key=lambda pair: pair[0].id)
    return [Removable(run, why, size(run.path)) for run, why in ordered]


def _candidates(runs_dir: Path, keep: int) -> list[tuple[Run, str]]:
    """Return the finished candidates beyond the newest `keep` that were checked or replaced."""
    by_layout: dict[str | None, list[Run]] = {}
    for run, content, identity in kinds.listed(runs_dir):
        if identity.kind == "candidate" and content.get("state") == "done":
            by_layout.setdefault(identity.layout, []).append(run)
    return [
        (run, f"beyond the newest {keep} candidates of its layout, and checked")
        for runs in by_layout.values()
        for run in runs[keep:]
        if not releases.was_released(runs_dir, run) and not checks.unchecked(run)
    ]


def _others(runs_dir: Path, before: datetime, gone: set[str]) -> Iterator[tuple[Run, str]]:
    """Yield old trials, old unfinished runs, and checks that a newer one has replaced."""
    for run, _, identity in kinds.listed(runs_dir):
        content = record.read_live(run)
        old = run.began.replace(tzinfo=UTC) < before and not locks.is_held(run.path / locks.RUNNER)
        if releases.was_released(runs_dir, run):
            continue
        if identity.kind == "check" and content.get("state") == "done":
            if identity.checks in gone:
                yield run, f"checks run {identity.checks}, which goes"
            elif not _is_newest_check(run, identity.checks):
                yield run, f"run {identity.checks} has a newer check"
        elif old and content.get("state") != "done":
            yield run, f"{content.get('state') or 'not begun'}, older than the limit"
        elif old and identity.kind == "trial":
            yield run, "a trial, older than the limit"


def _is_newest_check(run: Run, checked: str | None) -> bool:
    path = run.path.parent / str(checked)
    if not (path / "run.json").exists():
        return True
    newest = checks.track_record(Run(path))
    return newest is None or newest.id == run.id


def size(folder: Path) -> int:
    """Return how many bytes a folder takes; a file with several names is counted once."""
    seen: dict[tuple[int, int], int] = {}
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            stat = path.stat()
            seen[stat.st_dev, stat.st_ino] = stat.st_size
    return sum(seen.values())


def remove(run: Run) -> None:
    """Remove a run folder; a kill half-way leaves no folder that looks like a run."""
    aside = run.path.with_name(f"{ASIDE}{run.id}")
    run.path.rename(aside)
    shutil.rmtree(aside)


def sweep(runs_dir: Path) -> None:
    """Remove the leftovers of a killed removal."""
    for aside in runs_dir.glob(f"{ASIDE}*"):
        shutil.rmtree(aside)
