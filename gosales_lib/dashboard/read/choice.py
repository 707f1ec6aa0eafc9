"""Chooses the run that the dashboard shows: the released one, unless a link names another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gosales_lib import run_folders
from gosales_lib.dashboard.render import words
from gosales_lib.run_folders import Run, kinds, record, releases

FINISHED = ("done", "failed")


@dataclass(frozen=True)
class Entry:
    """One run of the runs folder, as far as it can be read.

    `state` is `damaged` where `run.json` cannot be read; `kind` is `candidate`, `trial` or `check`;
    `released` says whether it is the released run of its layout.
    """

    run: Run
    state: str
    kind: str = "candidate"
    layout: str = ""
    name: str = ""
    released: bool = False

    @property
    def what(self) -> str:
        """The kind of run in one word: released, candidate, trial or check."""
        return "released" if self.released else self.kind

    @property
    def label(self) -> str:
        """The text in the chooser: name or layout, start (UTC), kind."""
        day, _, clock = self.run.id.partition("T")
        when = f"{words.day(day)} {clock[:2]}:{clock[2:4]}{clock[7:]}"
        kind = self.what if self.what != "candidate" else ""
        state = self.state if self.state != "done" else ""
        parts = (self.name or self.layout, when, ", ".join(filter(None, (kind, state))))
        return " · ".join(filter(None, parts))


def listed(runs_dir: Path) -> list[Entry]:
    """Return the runs whose folder lies in the runs folder (no links), the newest first."""
    home = runs_dir.resolve()
    runs = [r for r in run_folders.list_runs(runs_dir) if r.path.resolve().parent == home]
    current = released(runs_dir)
    return [entry(run, current) for run in runs]


def released(runs_dir: Path) -> frozenset[str | None]:
    """Return the ids of the released runs; none where the record cannot be read."""
    try:
        return frozenset(act.run for act in releases.released_runs(runs_dir).values())
    except (OSError, ValueError, TypeError):
        return frozenset()


def entry(run: Run, current: frozenset[str | None] = frozenset()) -> Entry:
    """Return a run as far as it can be read; `damaged` where its record cannot."""
    try:
        content = record.read_live(run)
        identity = kinds.of(run, content)
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return Entry(run, "damaged")
    layout = identity.layout or Path(str(content.get("parameters", {}).get("layout", ""))).stem
    state = str(content.get("state") or "damaged")
    return Entry(run, state, identity.kind, layout, identity.name, run.id in current)


def front(entries: Sequence[Entry]) -> Entry | None:
    """Return the run that the front page shows.

    That is the newest released run; where nothing is released, the newest complete run of a whole
    layout; else the newest that has ended at all.
    """
    tests = (
        lambda e: e.released and e.state == "done",
        lambda e: e.kind == "candidate" and e.state == "done",
        lambda e: e.state == "done",
        lambda e: e.state in FINISHED,
        lambda e: True,
    )
    return next((e for test in tests for e in entries if test(e)), None)


def remarks(entries: Sequence[Entry], shown: Entry) -> list[tuple[str, str]]:
    """Return the remarks above the page: (sentence, id of the run that it is about)."""
    current = front([e for e in entries if e.layout == shown.layout])
    if current is not None and current.run.id != shown.run.id:
        what = {"trial": "a trial", "check": "a check of an older run"}.get(shown.kind)
        what = what or ("an older run" if shown.run.id < current.run.id else "a newer run")
        stands = "the released run" if current.released else "the run in use"
        return [(f"You are reading {what}, not {stands}.", current.run.id)]
    newer = [e for e in entries if e.run.id > shown.run.id and e.layout in (shown.layout, "")]
    newer = [e for e in newer if e.kind == "candidate"]
    if not newer:
        return []
    last = newer[0]
    words_of = {"done": "is not released yet", "running": "is still running"}
    return [(f"A newer run ({last.label}) {words_of.get(last.state, f'ended as {last.state}')}.",
             last.run.id)]  # fmt: skip
