"""The conditions of an automatic release; each is named, evaluated and kept with the release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from gosales_lib.batch import levels
from gosales_lib.core import coverage
from gosales_lib.run_folders import Run, integrity, kinds, record, releases

NEEDED = ("the files are", "reports is")
"""How the conditions begin without which nobody can release a run."""


class Condition(BaseModel):
    """One condition of an automatic release, and its answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    ok: bool
    answer: str


def conditions(run: Run) -> list[Condition]:
    """Return every condition of an automatic release with its answer for one run."""
    return list(_conditions(run))


def refuse(asked: Iterable[Condition]) -> None:
    """Raise ValueError if a file or a report of the run is not as it was written."""
    for condition in asked:
        if condition.name.startswith(NEEDED) and not condition.ok:
            raise ValueError(f"not released: {condition.answer}")


def _conditions(run: Run) -> Iterator[Condition]:
    content, health = record.read_live(run), levels.of(run)
    identity = kinds.of(run, content)
    yield Condition(
        name="the run is a candidate of the whole layout",
        ok=identity.kind == "candidate",
        answer=f"it is a {identity.kind}"
        + (f" ({', '.join(identity.why)})" if identity.why else ""),
    )
    clean = not (content.get("git_commit") or "").endswith("+")
    yield Condition(
        name="the code is committed",
        ok=clean,
        answer="no uncommitted changes" if clean else "the checkout has uncommitted changes",
    )
    yield _newer(run, content, identity.layout)
    ended = health.findings[0]
    yield Condition(name="all notebooks succeeded", ok=ended.level == "ok", answer=ended.sentence)
    yield _whole(run)
    log = [alarm for alarm in health.alarms if alarm.name not in {f.name for f in health.findings}]
    yield Condition(
        name="the log raises no alarm",
        ok=not log,
        answer="; ".join(alarm.sentence for alarm in log) or "none",
    )
    for finding in health.findings[1:]:
        yield Condition(
            name=f"{finding.name.replace('-', ' ')} is below its limits",
            ok=finding.level == "ok",
            answer=finding.sentence,
        )


def _whole(run: Run) -> Condition:
    """Return whether every file of the run is as its notebook wrote it."""
    changed = [f"{each.file} ({each.state})" for each in integrity.differences(run)]
    name, answer = "the files are as their notebooks wrote them", "none has changed"
    if changed:
        number = coverage.counted(len(changed), "file")
        answer = f"{number} changed, such as {changed[0]}: `gosales verify {run.id}` lists all"
    return Condition(name=name, ok=not changed, answer=answer)


def _newer(run: Run, content: dict[str, Any], layout: str | None) -> Condition:
    """Return whether the run's newest cutoff is not before the released one's."""
    name = "no newer cutoff is released"
    act = releases.released(run.path.parent, layout) if layout else None
    mine = max(content.get("cutoffs") or [""])
    if act is None:
        return Condition(name=name, ok=bool(mine), answer="nothing is released yet")
    try:
        theirs = max(record.read(act.opened()).get("cutoffs") or [""])
    except FileNotFoundError as error:
        return Condition(name=name, ok=True, answer=str(error))
    answer = f"this run's cutoff is {mine or 'not known'}, the released one's {theirs}"
    return Condition(name=name, ok=mine >= theirs, answer=answer)
