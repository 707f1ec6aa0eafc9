"""Money that a column's name says is in cents, in thousands or in millions."""

from __future__ import annotations

import re

from gosales_lib.layout_init import words
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import Roles

MONEY = ("revenue", "gross_profit", "unit_price", "cost", "unit_cost")
UNITS = {
    0.01: "cents?|minor|pence|penny|centimes|centavos|centesimi|ore|kopeks|grosz[ey]|halere",
    1000.0: "thousands?|tausend|tsd|miles|mille|milliers|migliaia|000s?"
    "|[kt](eur|usd|gbp|chf|€|\\$|£)|(eur|usd|gbp|chf|[€$£])k|千円|千元",
    1_000_000.0: "millions?|millionen|mio|milioni|millones|m(eur|usd|gbp|chf|€|\\$|£)|百万円",
}
"""Unit, and the words of a name that say so."""


def find(seen: list[Evidence], roles: Roles) -> None:
    """Write down the unit of columns of money; ask where cents have decimals."""
    columns = {roles.columns.get(role) for role in MONEY}
    units = {e: unit for e in seen if e.name in columns and (unit := _unit(e.name))}
    if not units:
        return
    scale = {e.name: unit for e, unit in units.items()}
    roles.keys["scale"] = scale
    named = ", ".join(f"{name!r} in units of {unit:g}" for name, unit in scale.items())
    answers = [
        Answer(f"scale: {{{', '.join(f'{n}: {u:g}' for n, u in scale.items())}}}", {}),
        Answer("no `scale`", {"scale": None}),
    ]
    told = f"the name of a column says that its money is not in whole units: {named}"
    if any(unit < 1 and e.whole < 1 for e, unit in units.items()):
        roles.ask("scale", f"{told}; but it holds decimals", [e.example for e in units], answers)
    else:
        roles.settle("scale", told, answers)


def _unit(name: str) -> float | None:
    """Return the unit that a name says, None where it says none."""
    parts = re.findall(r"[^\W_]+[€$£]?|[€$£][^\W_]*", words.plain(name.casefold()))
    matches = (unit for unit, said in UNITS.items() for part in parts if re.fullmatch(said, part))
    return next(matches, None)
