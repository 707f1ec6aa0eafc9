"""The monthly round: does everything that is due for a layout, once.

Nothing is remembered but what lies in the runs folder: which data each run was made from, which
runs were checked, which one is released. So a machine that was off, a run that was killed and a
command that was given twice all end in the same state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Literal, Protocol

from gosales_lib.core import locks, timeline
from gosales_lib.run_folders import Run, checks, kinds, record, releases

LOCK = ".monthly.lock"
Deed = Literal["run", "score", "resume", "check", "release", "publish"]


@dataclass(frozen=True)
class Step:
    """One thing that is due, and the run that it concerns; a new run has none yet."""

    deed: Deed
    run: str = ""


class Doer(Protocol):
    """What a monthly round works with."""

    def do(self, step: Step) -> None:
        """Carry out a step to its end, or raise."""

    def shown(self) -> str | None:
        """Return the id of the run that the database shows as current, None where it shows none."""

    def judged(self) -> set[str]:
        """Return the ids of the runs whose track record the database holds."""


@dataclass(frozen=True)
class Round:
    """One layout of a runs folder, the data as they are now, and what the layout asks for.

    `file` is the layout's as runs keep it, `inputs` the SHA-256 of each input file. The layout may
    release by itself (`auto_release`); `publishes` says whether there is a database to publish to.
    Between two trainings lie `train_every` months; the others are scored with the models of the
    released run.
    """

    runs_dir: Path
    layout: str
    file: str
    inputs: Mapping[str, str]
    auto_release: bool = False
    train_every: int = 1
    publishes: bool = True

    def work(self, doer: Doer, say: Callable[[Step], None] = lambda step: None) -> list[Step]:
        """Do everything that is due and return what was done; each action is tried once.

        RuntimeError: another round of this runs folder is at work.
        """
        tried: list[Step] = []
        other = f"another monthly round is running in {self.runs_dir}"
        with locks.hold(self.runs_dir / LOCK, seconds=1, held=other):
            while (step := self.next(doer, tried)) is not None:
                tried.append(step)
                say(step)
                doer.do(step)
        return tried

    def next(self, doer: Doer, tried: list[Step]) -> Step | None:
        """Return the first thing that is due and was not tried yet, None when nothing is."""
        return next((step for step in self._due(doer) if step not in tried), None)

    def due(self, doer: Doer) -> list[Step]:
        """Return what is due as things are; more may follow once it is done."""
        return list(self._due(doer))

    def _due(self, doer: Doer) -> Iterator[Step]:
        newest = next((run for run in self.candidates() if self.is_of_now(run)), None)
        if newest is None:
            source = self._scores_with()
            yield Step("score", source) if source else Step("run")
            return
        content = record.read(newest)
        if content.get("scored_with") and content.get("state") == "failed":
            yield Step("run")  # what does not fit the models is trained
            return
        if content.get("state") != "done":
            yield Step("resume", newest.id)
            return
        yield from self._checks_due(newest)
        if self.auto_release and not releases.was_released(self.runs_dir, newest):
            yield Step("release", newest.id)
        act = releases.released(self.runs_dir, self.layout)
        if act is not None and self.publishes and doer.shown() != act.run:
            yield Step("publish", act.opened().id)
        if self.publishes:
            yield from self._track_records_due(doer.judged())

    def _scores_with(self) -> str | None:
        """Return the run whose models score the new month, None where they are to be trained."""
        act = releases.released(self.runs_dir, self.layout)
        if act is None or act.run is None or self.train_every == 1:
            return None
        source = record.read(act.opened()).get("scored_with") or act.run
        records = [record.read(run) for run in self.candidates()]
        scored = [each for each in records if each.get("scored_with") == source]
        months = {max(each["cutoffs"]) for each in scored if each.get("state") == "done"}
        return str(source) if len(months) < self.train_every - 1 else None

    def candidates(self) -> list[Run]:
        """Return the candidates of the layout that have begun, the newest first."""
        return self._runs("candidate")

    def _runs(self, kind: str, of: str | None = None) -> list[Run]:
        """Return the layout's runs of one kind, the newest first; of checks, those of a run."""
        return [
            run
            for run, content, identity in kinds.listed(self.runs_dir)
            if (identity.kind, identity.checks) == (kind, of) and self._is_mine(content, identity)
        ]

    def _is_mine(self, content: Mapping[str, Any], identity: kinds.Identity) -> bool:
        asked = (content.get("parameters") or {}).get("layout")
        return identity.layout == self.layout or asked == self.file

    def is_of_now(self, run: Run) -> bool:
        """Return whether a run was made from the layout and the data as they are."""
        made_from = record.read(run).get("inputs") or {}
        return _without_holdout(made_from) == _without_holdout(self.inputs)

    def _checks_due(self, newest: Run) -> Iterator[Step]:
        """Yield a check of each candidate whose window has closed, the oldest first."""
        reached = _last_cutoff(newest)
        for run in reversed(self.candidates()):
            end = checks.window_end(run)
            if reached is None or end is None or end > reached or not checks.unchecked(run):
                continue
            begun = [each for each in self._runs("check", run.id) if self.is_of_now(each)]
            if not begun:
                yield Step("check", run.id)
            elif record.read(begun[0]).get("state") != "done":
                yield Step("resume", begun[0].id)

    def _track_records_due(self, judged: set[str]) -> Iterator[Step]:
        """Yield the newest check of each candidate whose track record the database lacks."""
        for run in reversed(self.candidates()):
            existing = checks.of(run)
            if run.id not in judged and existing and checks.is_checked(existing[0]):
                yield Step("publish", existing[0].id)


def _without_holdout(inputs: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in inputs.items() if not name.startswith("holdout/")}


def _last_cutoff(run: Run) -> date | None:
    """Return the newest cutoff of a run: by then its log is covered."""
    cutoffs = record.read(run).get("cutoffs")
    return timeline.parse_date(max(cutoffs)) if cutoffs else None
