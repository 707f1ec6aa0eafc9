"""The conditions of an automatic release; each is named, evaluated and kept with the release."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from gosales_lib.batch import levels, request
from gosales_lib.core.spelling import counted
from gosales_lib.run_folders import Run, integrity, kinds, record, releases

NEEDED = ("the files are", "the level of reports")
"""How the conditions begin without which nobody can release a run."""


@dataclass(frozen=True)
class Condition:
    """One condition of an automatic release, and its answer."""

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
    parts = identity.why or tuple(kinds.partial(content.get("parameters") or {}))
    why = f" ({', '.join(parts)})" if parts else ""
    whole = identity.kind == "candidate" and not parts
    yield Condition(
        "the run is a candidate of the whole layout", whole, f"it is a {identity.kind}{why}"
    )
    commit = content.get("git_commit") or ""
    clean = bool(commit) and not commit.endswith("+")
    dirty = "the checkout has uncommitted changes" if commit else "not known: no git checkout"
    yield Condition("the code is committed", clean, "no uncommitted changes" if clean else dirty)
    yield _inputs(content)
    yield _newer(run, content, identity.layout)
    ended = health.findings[0]
    yield Condition("all notebooks succeeded", ended.level == "ok", ended.sentence)
    yield _whole(run)
    found = {finding.name for finding in health.findings}
    log = [alarm.sentence for alarm in health.alarms if alarm.name not in found]
    yield Condition("the log raises no alarm", not log, "; ".join(log) or "none")
    for finding in health.findings[1:]:
        name = f"the level of {finding.name.replace('-', ' ')} is ok"
        yield Condition(name, finding.level == "ok", finding.sentence)


def _whole(run: Run) -> Condition:
    """Return whether every file of the run is as its notebook wrote it."""
    changed = [f"{each.file} ({each.state})" for each in integrity.differences(run)]
    name, answer = "the files are as their notebooks wrote them", "none has changed"
    if changed:
        number = counted(len(changed), "file")
        answer = f"{number} changed, such as {changed[0]}: `gosales verify {run.id}` lists all"
    return Condition(name, not changed, answer)


def _inputs(content: dict[str, Any]) -> Condition:
    """Return whether layout and sales files are as the run read them; new files do not count."""
    name, then = "layout and data are as the run read them", content.get("inputs") or {}
    try:
        now = request.fingerprints(request.Request.of(content["parameters"]))
    except (OSError, ValueError, KeyError) as error:
        return Condition(name, False, f"they cannot be compared: {error}")
    changed = [file for file, known in then.items() if now.get(file) != known]
    if not changed:
        return Condition(name, True, "none has changed")
    number = counted(len(changed), "file")
    return Condition(name, False, f"{number} changed or gone, such as {changed[0]}")


def _newer(run: Run, content: dict[str, Any], layout: str | None) -> Condition:
    """Return whether the run's newest cutoff is not before the released one's."""
    name = "no newer cutoff is released"
    act = releases.released(run.path.parent, layout) if layout else None
    mine = max(content.get("cutoffs") or [""])
    if act is None:
        return Condition(name, bool(mine), "nothing is released yet")
    if act.run == run.id:
        return Condition(name, True, "this run is the released one")
    try:
        theirs = max(record.read(act.opened()).get("cutoffs") or [""])
    except FileNotFoundError as error:
        return Condition(name, True, str(error))
    answer = f"this run's cutoff is {mine or 'not known'}, the released one's {theirs}"
    return Condition(name, mine >= theirs, answer)
