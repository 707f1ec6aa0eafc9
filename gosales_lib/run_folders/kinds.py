"""Kinds of run: a trial is an experiment, a check judges an older run, a candidate may be released.

`run.json` holds the kind, a name, a note and tags. None of them changes a result.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from gosales_lib.core import locks
from gosales_lib.run_folders import Run, artifacts, list_runs, record

Kind = Literal["trial", "check", "candidate"]
HARMLESS = frozenset({"engine", "top_n", "max_missing_days"})
"""Parameters that change no model, so that a run with them is still a candidate."""


@dataclass(frozen=True)
class Identity:
    """The kind of a run, and its name, note and tags.

    `why` holds the reasons for which it is a trial, one phrase each; name, note and tags are texts
    of the user. `checks` is the id of the run that a check judges; `layout` is the name of the
    layout, None before `01_etl` of an older run has ended.
    """

    kind: Kind
    why: tuple[str, ...] = ()
    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    checks: str | None = None
    layout: str | None = None


def of(run: Run, content: Mapping[str, Any] | None = None) -> Identity:
    """Return the identity of a run; for a run of an older release, judge it by its request.

    `content` is what `run.json` holds, read from the folder where it is left out.
    """
    stored = record.read(run) if content is None else content
    checks = stored.get("checks")
    parameters = stored.get("parameters") or {}
    why = tuple(stored.get("why") or partial(parameters))
    guess: Kind = "check" if checks else "trial" if why else "candidate"
    kind: Kind = stored.get("kind", guess)
    return Identity(
        kind=kind,
        why=why if kind == "trial" else (),
        name=stored.get("name", ""),
        note=stored.get("note", ""),
        tags=tuple(stored.get("tags", ())),
        checks=checks,
        layout=stored.get("layout") or _layout_read(run),
    )


def listed(runs_dir: Path | str) -> Iterator[tuple[Run, dict[str, Any], Identity]]:
    """Yield the runs of a folder, the newest first, with `run.json` and identity of each.

    A run whose record is damaged is left out.
    """
    for run in record.readable(list_runs(runs_dir)):
        content = record.read(run)
        yield run, content, of(run, content)


def _layout_read(run: Run) -> str | None:
    """Return the name of the layout that 01_etl read the log with, None before it has ended."""
    try:
        return str(json.loads((run.path / "layout.json").read_text(encoding="utf-8"))["name"])
    except FileNotFoundError:
        return None


def partial(parameters: Mapping[str, Any], usual: Mapping[str, Any] | None = None) -> list[str]:
    """Return the options that make a run less than the whole layout, as they were typed.

    `parameters` is the request that `run.json` keeps, `usual` the values of notebook parameters
    that come from the settings, such as the seed.
    """
    options = [f"--division {name}" for name in parameters.get("divisions", ())]
    for name, value in (parameters.get("parameters") or {}).items():
        expected = (usual or {}).get(name, value if name == "seed" else None)
        if name not in HARMLESS and value != expected:
            options.append(f"--families {value}" if name == "families" else f"{name}={value}")
    return options


def why_trial(
    parameters: Mapping[str, Any], usual: Mapping[str, Any], commit: str | None
) -> list[str]:
    """Return each reason for which a run is a trial by default, none for a candidate."""
    dirty = ["the checkout has uncommitted changes"] if (commit or "").endswith("+") else []
    return partial(parameters, usual) + dirty


def stamp(run: Run, identity: Identity) -> None:
    """Write the identity of a run into its `run.json`, while no runner is at work on it."""
    artifacts.write_json(run.path / "run.json", record.read(run) | _kept(identity))


def _kept(identity: Identity) -> dict[str, Any]:
    return {name: value for name, value in asdict(identity).items() if value or name == "tags"}


def tag(
    run: Run,
    *,
    name: str | None = None,
    note: str | None = None,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    candidate: bool = False,
) -> Identity:
    """Change the name, note or tags of a run, or make a trial a candidate; return its identity.

    RuntimeError: a runner is at work on it, which writes `run.json` itself. ValueError: a check
    cannot become a candidate.
    """
    busy = f"run {run.id} is being carried out: tag it when it has ended"
    with locks.hold(run.path / locks.RUNNER, seconds=1, held=busy):
        identity = of(run)
        if candidate and identity.kind == "check":
            raise ValueError(f"run {run.id} checks run {identity.checks}: release that one")
        gone = set(remove)
        kept = dict.fromkeys(word for word in (*identity.tags, *add) if word not in gone)
        fresh = replace(
            identity,
            name=identity.name if name is None else name,
            note=identity.note if note is None else note,
            tags=tuple(kept),
        )
        if candidate:
            fresh = replace(fresh, kind="candidate", why=())
        content = record.read(run)
        for key in ("name", "note", "why"):
            content.pop(key, None)
        artifacts.write_json(run.path / "run.json", content | _kept(fresh))
        return fresh
