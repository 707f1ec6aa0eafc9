"""Money that a column's name, or a title above the header, says is in cents or thousands."""

from __future__ import annotations

import re
from collections.abc import Iterable

from gosales_lib.layout_init import words, writing
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import Roles

MONEY = ("revenue", "gross_profit", "unit_price", "cost", "unit_cost")
NUMBER = re.compile(r"\d+(?:[.,' ]\d+)+")
"""A number with groups in a title: `2,000 rows` says nothing of thousands."""

SIGNS = (
    (re.compile(r"(?<![^\W_])[TtKk]\s?[€$£]"), 1000.0),
    (re.compile(r"(?<![^\W_])[Mm]\s?[€$£]"), 1e6),
    (re.compile(r"[(\[]\s*(p|ct|¢)\s*[)\]]"), 0.01),
)
"""Units that a name says with a sign: `T€`, `M$`, `(p)`."""


def find(seen: list[Evidence], roles: Roles, titles: Iterable[str] = ()) -> None:
    """Write down the unit of columns of money; ask where a title says it, or cents have decimals.

    Parameters
    ----------
    titles
        Lines above the headers of the files.
    """
    columns = {roles.columns.get(role) for role in MONEY}
    money = [e for e in seen if e.name in columns]
    units = {e: unit for e in money if (unit := _unit(e.name))}
    told = next((t for t in titles if money and not units and _unit(NUMBER.sub("", t))), "")
    if told:
        units = dict.fromkeys(money, _unit(NUMBER.sub("", told)) or 1)
    if not units:
        return
    scale = {e.name: unit for e, unit in units.items()}
    roles.keys["scale"] = scale
    named = ", ".join(f"{name!r} in units of {unit:g}" for name, unit in scale.items())
    answers = [
        Answer(f"scale: {writing.scalar(scale)}", {}),
        Answer("no `scale`", {"scale": None}),
    ]
    where = f"a title ({told[:80]!r})" if told else "the name of a column"
    note = f"{where} says that money is not in whole units: {named}"
    doubt = "; is this right?" if told else "; but it holds decimals"
    if told or any(unit < 1 and e.whole < 1 for e, unit in units.items()):
        roles.ask("scale", f"{note}{doubt}", [e.example for e in units], answers)
    else:
        roles.settle("scale", note, answers)


def _unit(name: str) -> float | None:
    """Return the unit that a name says, None where it says none."""
    parts = set(words.parts(name))
    called = [unit for unit, called in words.UNITS.items() if parts & called]
    called += [unit for sign, unit in SIGNS if sign.search(name)]
    return called[0] if called else None
