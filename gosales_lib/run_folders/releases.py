"""Releases: which run of a layout was released, by whom, when and why.

The record is one file in the runs folder with a line per act; lines are only added. The
released run of a layout is what the record says, not the newest folder: the database, the
dashboard's front page and the registry ask here.
"""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from gosales_lib.core import locks, settings
from gosales_lib.run_folders import Run, artifacts, endings, kinds, record

FILE = "releases.jsonl"
LOCK = ".releases.lock"
Act = Literal["released", "taken back"]


@dataclass(frozen=True)
class Release:
    """One act of the record: a release, or its withdrawal.

    `run` is the id of the run that is the released one after the act, None when there is none any
    more: of a withdrawal the one that was released before. `instead_of` was the released one until
    then. `time` is in UTC; `by` and `why` say who did it, and the reason that was given.
    `conditions` holds each condition that was asked, with `name`, `ok` and `answer`.
    """

    layout: str
    run: str | None
    act: Act
    time: str
    by: str
    why: str
    instead_of: str | None
    conditions: tuple[dict[str, Any], ...]
    runs_dir: Path

    def opened(self) -> Run:
        """Return the released run; FileNotFoundError: its folder is gone, or there is none."""
        if self.run is None:
            raise FileNotFoundError(f"no run of layout {self.layout!r} is released any more")
        path = self.runs_dir / self.run
        if not (path / "run.json").exists():
            raise FileNotFoundError(
                f"run {self.run} of layout {self.layout!r} was released at {self.time}, and its "
                "folder is gone: restore it, or release another run"
            )
        return Run(path)


def history(runs_dir: Path | str, layout: str | None = None) -> list[Release]:
    """Return every act of a runs folder, the oldest first, of one layout or of all."""
    folder = Path(settings.resolve(runs_dir))
    return [
        Release(runs_dir=folder, **line | {"conditions": tuple(line.get("conditions", ()))})
        for line in artifacts.json_lines(folder / FILE)
        if layout in (None, line["layout"])
    ]


def released(runs_dir: Path | str, layout: str) -> Release | None:
    """Return the act that made the released run of a layout; None where nothing is released."""
    acts = history(runs_dir, layout)
    return acts[-1] if acts and acts[-1].run is not None else None


def released_runs(runs_dir: Path | str) -> dict[str, Release]:
    """Return the released run of each layout of a runs folder, by the layout's name."""
    runs = {act.layout: act for act in history(runs_dir)}
    return {layout: act for layout, act in runs.items() if act.run is not None}


def was_released(runs_dir: Path | str, run: Run) -> bool:
    """Return whether a run was ever released, even if the release was taken back."""
    return any(run.id in (act.run, act.instead_of) for act in history(runs_dir))


def revoked(runs_dir: Path | str, layout: str) -> set[str]:
    """Return the runs of a layout whose release was taken back, and that were not released since.

    Each was released once; `take_back` says what became the released run instead.
    """
    acts = history(runs_dir, layout)
    return {str(act.instead_of) for act in acts if act.act == "taken back"} - {*_standing(acts)}


def seen_before(run: Run) -> Run | None:
    """Return the run whose list the reps saw before this one's, None where there is none.

    It is the released one; of a run that was released itself, and of its checks, the one that it
    replaced. A folder that is gone does not count.
    """
    identity = kinds.of(run)
    mine, acts = identity.checks or run.id, history(run.path.parent, identity.layout)
    own = [act for act in acts if act.act == "released" and act.run == mine]
    wanted = own[-1].instead_of if own else acts[-1].run if acts else None
    path = run.path.parent / str(wanted)
    return Run(path) if wanted and (path / "run.json").exists() else None


def release(run: Run, why: str = "", conditions: Iterable[dict[str, Any]] = ()) -> Release:
    """Make a run the released one of its layout; nothing changes if it is already.

    ValueError: the run has not ended well, or is a trial or a check.
    """
    layout = refuse_others(run)
    folder = run.path.parent
    with locks.hold(folder / LOCK, seconds=60):
        before = released(folder, layout)
        if before is not None and before.run == run.id:
            return before
        return _append(folder, layout, run.id, "released", why, before, conditions)


def refuse_others(run: Run) -> str:
    """Return the layout's name of a run that may be released; otherwise ValueError says why not."""
    content = record.read_live(run)
    identity = kinds.of(run, content)
    if identity.kind == "check":
        raise ValueError(
            f"run {run.id} is a check of run {identity.checks}: it adds to that run's track "
            "record and is never released"
        )
    if content.get("state") != "done":
        state = content.get("state") or "not begun"
        raise ValueError(
            f"run {run.id} is {state}: only a successful run can be released; "
            + endings.go_on(run.id, content)
        )
    if identity.kind == "trial":
        because = f" ({', '.join(identity.why)})" if identity.why else ""
        raise ValueError(
            f"run {run.id} is a trial{because}: run the whole layout, or say "
            f"`gosales tag {run.id} --candidate` if it is to be released as it is"
        )
    if identity.layout is None:
        raise ValueError(f"run {run.id} holds no layout.json: its 01_etl has not ended")
    return identity.layout


def take_back(runs_dir: Path | str, layout: str, why: str = "") -> Release:
    """Make the previously released run the released one again; the record keeps both acts.

    After the first release of a layout none was before, so that no run is released any more.
    ValueError: nothing is released, or the folder of the run before is gone.
    """
    folder = Path(settings.resolve(runs_dir))
    with locks.hold(folder / LOCK, seconds=60):
        order = _standing(history(folder, layout))
        if not order:
            raise ValueError(f"no run of layout {layout!r} is released: nothing to revoke")
        earlier = order[-2] if len(order) > 1 else None
        if earlier and not (folder / earlier / "run.json").exists():
            raise ValueError(f"run {earlier}, released before, has no folder any more: restore it")
        before = released(folder, layout)
        return _append(folder, layout, earlier, "taken back", why, before, ())


def _standing(acts: Iterable[Release]) -> list[str]:
    """Return the runs whose release was not taken back, the oldest first."""
    order: list[str] = []
    for act in acts:
        if act.act == "taken back":
            order = order[:-1]
        elif act.run is not None:
            order = [*(run for run in order if run != act.run), act.run]
    return order


def _append(
    folder: Path,
    layout: str,
    run_id: str | None,
    act: Act,
    why: str,
    before: Release | None,
    conditions: Iterable[dict[str, Any]],
) -> Release:
    line = {
        "time": record.now(),
        "layout": layout,
        "run": run_id,
        "act": act,
        "by": _who(),
        "why": why,
        "instead_of": before.run if before else None,
        "conditions": list(conditions),
    }
    path = folder / FILE
    cut_off = path.exists() and not path.read_bytes().endswith(b"\n")
    with path.open("a", encoding="utf-8") as file:
        file.write(("\n" if cut_off else "") + json.dumps(line, ensure_ascii=False) + "\n")
        file.flush()
    return history(folder, layout)[-1]


def _who() -> str:
    """Return the account's name, `unknown` in a container that has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return "unknown"
