"""Kinds of run: a trial tries something, a check judges an older run, a candidate may be released.

The kind, a name, a note and tags stand in `run.json`. Nothing of it changes a result.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from gosales_lib.core import locks
from gosales_lib.run_folders import Run, artifacts, record

Kind = Literal["trial", "check", "candidate"]
HARMLESS = frozenset({"engine", "top_n", "max_missing_days"})
"""Parameters that an operator sets without trying anything: they change no model."""


@dataclass(frozen=True)
class Identity:
    """What a run is and what people call it.

    Parameters
    ----------
    kind
        `trial`, `check` or `candidate`.
    why
        What makes it a trial, in one phrase each.
    name, note, tags
        What its maker wrote; empty where nothing was written.
    checks
        Id of the run that a check judges, None of another kind.
    layout
        Name of the layout, None before `01_etl` of an older run has ended.
    """

    kind: Kind
    why: tuple[str, ...] = ()
    name: str = ""
    note: str = ""
    tags: tuple[str, ...] = ()
    checks: str | None = None
    layout: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self) | {"why": list(self.why), "tags": list(self.tags)}


def of(run: Run, content: Mapping[str, Any] | None = None) -> Identity:
    """Return what a run is; one of an older release is judged by what it was asked for.

    Parameters
    ----------
    content
        What `run.json` holds, read from the folder where it is left out.
    """
    known = record.read(run) if content is None else content
    checks = known.get("checks")
    parameters = known.get("parameters") or {}
    why = tuple(known.get("why") or partial(parameters))
    guess: Kind = "check" if checks else "trial" if why else "candidate"
    kind: Kind = known.get("kind", guess)
    return Identity(
        kind=kind,
        why=why if kind == "trial" else (),
        name=known.get("name", ""),
        note=known.get("note", ""),
        tags=tuple(known.get("tags", ())),
        checks=checks,
        layout=known.get("layout") or _layout_read(run),
    )


def _layout_read(run: Run) -> str | None:
    """Return the name of the layout that 01_etl read the log with, None before it has ended."""
    try:
        return str(json.loads((run.path / "layout.json").read_text(encoding="utf-8"))["name"])
    except FileNotFoundError:
        return None


def partial(parameters: Mapping[str, Any], usual: Mapping[str, Any] | None = None) -> list[str]:
    """Return what makes a run less than the whole layout, as its maker typed it.

    Parameters
    ----------
    parameters
        The request that `run.json` keeps.
    usual
        Values of notebook parameters that come from the settings, such as the seed.
    """
    found = [f"--division {name}" for name in parameters.get("divisions", ())]
    for name, value in (parameters.get("parameters") or {}).items():
        expected = (usual or {}).get(name, value if name == "seed" else None)
        if name not in HARMLESS and value != expected:
            found.append(f"--families {value}" if name == "families" else f"{name}={value}")
    return found


def why_trial(
    parameters: Mapping[str, Any], usual: Mapping[str, Any], commit: str | None
) -> list[str]:
    """Return each reason for which a run is a trial by default, none for a candidate."""
    dirty = ["the checkout has uncommitted changes"] if (commit or "").endswith("+") else []
    return partial(parameters, usual) + dirty


def stamp(run: Run, identity: Identity) -> None:
    """Write what a run is into its `run.json`, before the runner begins or after it has ended."""
    artifacts.write_json(run.path / "run.json", record.read(run) | _kept(identity))


def _kept(identity: Identity) -> dict[str, Any]:
    return {name: value for name, value in identity.as_dict().items() if value or name == "tags"}


def tag(
    run: Run,
    *,
    name: str | None = None,
    note: str | None = None,
    add: Iterable[str] = (),
    remove: Iterable[str] = (),
    candidate: bool = False,
) -> Identity:
    """Change what people call a run, or take a trial for a release candidate; return what it is.

    Raises
    ------
    RuntimeError
        A runner is at work on it: it writes `run.json` itself.
    ValueError
        A check is asked to be a candidate.
    """
    try:
        with locks.hold(run.path / locks.RUNNER, seconds=1):
            known = of(run)
            if candidate and known.kind == "check":
                raise ValueError(f"run {run.id} checks run {known.checks}: release that one")
            gone = set(remove)
            kept = [word for word in (*known.tags, *add) if word not in gone]
            fresh = Identity(
                kind="candidate" if candidate else known.kind,
                why=() if candidate else known.why,
                name=known.name if name is None else name,
                note=known.note if note is None else note,
                tags=tuple(dict.fromkeys(kept)),
                checks=known.checks,
                layout=known.layout,
            )
            content = record.read(run)
            for key in ("name", "note", "why"):
                content.pop(key, None)
            artifacts.write_json(run.path / "run.json", content | _kept(fresh))
            return fresh
    except TimeoutError:
        raise RuntimeError(f"a runner is at work on {run.id}: tag it when it has ended") from None
