"""Money that a column's name says is in cents, in thousands or in millions."""

from __future__ import annotations

from gosales_lib.layout_init import words, writing
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import Roles

MONEY = ("revenue", "gross_profit", "unit_price", "cost", "unit_cost")


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
        Answer(f"scale: {writing.scalar(scale)}", {}),
        Answer("no `scale`", {"scale": None}),
    ]
    note = f"the name of a column says that its money is not in whole units: {named}"
    if any(unit < 1 and e.whole < 1 for e, unit in units.items()):
        roles.ask("scale", f"{note}; but it holds decimals", [e.example for e in units], answers)
    else:
        roles.settle("scale", note, answers)


def _unit(name: str) -> float | None:
    """Return the unit that a name says, None where it says none."""
    parts = set(words.parts(name))
    return next((unit for unit, called in words.UNITS.items() if parts & called), None)
