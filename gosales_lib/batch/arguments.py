"""Checks the arguments of a run before anything runs; an error names the nearest right name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from gosales_lib import layout as layouts
from gosales_lib.batch import parameters
from gosales_lib.batch.request import Request, folders
from gosales_lib.core import settings, timeline
from gosales_lib.core.settings import ENGINES
from gosales_lib.core.spelling import hint
from gosales_lib.run_folders import shown, slug


def request(asked: Mapping[str, Any]) -> Request:
    """Return the request for the given options; settings and the layout fill in the rest.

    Paths are relative to the working folder, and are stored relative to the project's root.
    ValueError and FileNotFoundError name the option, the value and the nearest right one.
    """
    given = {name: value for name, value in asked.items() if is_given(value)}
    chosen = settings.load()
    file = layout_file(given.pop("layout", None) or str(chosen.layout))
    layout = layouts.answered(shown(file))
    notebooks = Path(given.pop("notebooks", settings.resolve("notebooks"))).resolve()
    wanted = [nearest(name, layout.divisions, "--division") for name in given.pop("divisions", ())]
    cutoffs = [timeline.parse_date(text, "--cutoff") for text in given.pop("cutoffs", ())]
    if "engine" in given:
        nearest(given["engine"], ENGINES, "--engine")
    places: dict[str, Any] = folders(given.pop("data_dir", None), given.pop("holdout_dir", None))
    own = {name: given.pop(name) for name in ("all_divisions", "window_months") if name in given}
    if days := given.get("window_days"):
        if "window_months" in own:
            raise ValueError("--window-days and --window-months: give only one of them")
        own["window_months"] = timeline.whole_months(timeline.Days(int(days)))
    passed = _parameters(notebooks, given, chosen)
    refuse_families(layout, str(passed.get("families", "")), str(passed.get("engine", "")))
    refuse_rules(layout, str(passed.get("rules_file", "")))
    refuse_capacity(passed)
    return Request(
        layout=shown(file),
        divisions=tuple(dict.fromkeys(wanted)),
        cutoffs=tuple(sorted({day.isoformat() for day in cutoffs})),
        notebooks=shown(notebooks),
        parameters=passed,
        **places,
        **own,
    )


def is_given(value: Any) -> bool:
    """Return whether an option was used; 0 is a value."""
    return value not in (None, (), "") and value is not False


def _parameters(
    notebooks: Path, given: dict[str, Any], chosen: settings.Settings
) -> dict[str, Any]:
    """Return the notebooks' other parameters: from the settings, the options, `-p name=value`."""
    types = parameters.taken(sorted(notebooks.glob("[0-9]*.ipynb")))
    usual = {"seed": chosen.seed, "engine": chosen.engine}
    extra = parameters.typed(given.pop("parameter", ()), types)
    for name, value in extra.items():
        least = -1 if name == "max_missing_days" else 0  # -1: the layout's
        if types[name] in ("int", "float") and value < least:
            raise ValueError(f"-p {name}={value} must be at least {least}")
    for name in given:
        if name not in types:
            raise ValueError(f"--{name.replace('_', '-')}: no notebook in {notebooks} takes it")
    return {name: value for name, value in usual.items() if name in types} | given | extra


def refuse_families(layout: layouts.Layout, families: str, engine: str) -> None:
    """Refuse a family that is unknown, not for the engine, or left out although it is needed."""
    if families or layout.features.families:
        from gosales_lib import features

        chosen = features.choose(features.options(layout, families, 1).families)
        features.refuse_engine(engine, chosen)


def refuse_rules(layout: layouts.Layout, file: str) -> None:
    """Refuse a file of rules, or a list that it names, which 06_whitespace could not read."""
    if file:
        from gosales_lib.whitespace import crm, rules

        crm.refuse_unreadable(rules.load(file), layout)


def refuse_capacity(passed: Mapping[str, Any]) -> None:
    """Refuse a mode, a share or a number of offers that 06_whitespace would refuse at the end."""
    from gosales_lib.whitespace import capacity

    mode, share = str(passed.get("mode", "each_rep")), float(passed.get("max_share", 1.0))
    per_rep = int(passed.get("per_rep", capacity.PER_REP))
    capacity.check(int(passed.get("top_n", 0)) or 1, mode, share, per_rep)


def layout_file(name: str, option: str = "--layout ") -> Path:
    """Return a layout's file, by path from here or from the project's root."""
    for path in (Path(name).resolve(), Path(settings.resolve(name))):
        if path.is_file():
            return path
    there = sorted(shown(path) for path in Path(settings.resolve("layouts")).glob("*.y*ml"))
    raise FileNotFoundError(f"{option}{name}: no such file{hint(name, there)}")


def division(layout: str, name: str) -> str:
    """Return the division of this name, in any case, or of this folder name."""
    return nearest(name, layouts.load(layout_file(layout)).divisions, "--only")


def nearest(name: str, names: Iterable[str], option: str, by_start: bool = False) -> str:
    """Return the known spelling of a name: the name itself, else the one that is alike.

    Names are alike if they differ only in case, or if their folder has this name; `by_start` takes
    the first that begins with it as well. ValueError: no name is alike (with the nearest), or
    several.
    """
    names = list(names)
    if name in names:
        return name
    folded = name.casefold()
    alike = [each for each in names if folded == each.casefold() or name == slug(each)]
    if len(set(alike)) > 1:
        raise ValueError(f"{option} {name!r} is not exact: write one of {', '.join(alike)}")
    begun = [each for each in names if by_start and each.startswith(name)]
    if alike or begun:
        return [*alike, *begun][0]
    raise ValueError(f"{option} {name!r} is not known{hint(name, names)}")
