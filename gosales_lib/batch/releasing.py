"""The conditions of an automatic release; each is named, evaluated and kept with the release."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict

from gosales_lib.batch import levels
from gosales_lib.run_folders import Run, kinds, record, releases


class Condition(BaseModel):
    """One condition of an automatic release, and its answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    ok: bool
    answer: str


def conditions(run: Run) -> list[Condition]:
    """Return every condition of an automatic release with its answer for one run."""
    return list(_conditions(run))


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
