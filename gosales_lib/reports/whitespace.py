"""The report of 06_whitespace: the worth of the list, what it leaves out, and whether it pays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

from gosales_lib.core.workbook import MONEY
from gosales_lib.reports.base import Figure, Report
from gosales_lib.reports.whitespace_tables import (
    Correction,
    Coverage,
    Cut,
    Exclusions,
    Judged,
    Paid,
    Potential,
    Previous,
    Prospects,
    RepList,
    Settings,
    Share,
    States,
    Values,
    WhatIf,
)

MODEL = "model"
"""The name of the model's own list among those that `payoff` compares."""
WIDE = 2.0
"""From this factor between predicted and observed on, money is only an order of magnitude."""

Standing = Literal["better", "no better", "worse", "not checked"]
"""The verdict of later sales on a list: better or worse beyond the 95% interval, or neither."""


class Whitespace(Report):
    """The report of 06_whitespace; money is in the layout's currency.

    Expected money is None where earlier windows refute it (`values.trusted` is false).
    """

    step: ClassVar[str] = "06_whitespace"

    offers: int
    top_n: int
    expected_gp_top_n: Figure
    expected_buyers_top_n: float
    values: Values
    by_division: list[Share]
    grid: list[States]
    cuts: list[Cut]
    exclusions: Exclusions
    corrections: list[Correction]
    coverage: list[Coverage]
    no_signal: list[str]
    payoff: list[Paid]
    verdict: str
    previous: Previous | None
    settings: Settings
    reps: list[RepList]
    balance: str
    what_if: list[WhatIf]
    potential: list[Potential]
    potential_sentence: str
    judged: Judged
    prospects: list[Prospects]
    sentence: str

    @classmethod
    def upgraded(cls, content: Mapping[str, Any], version: int) -> Mapping[str, Any]:
        """Give an older list the fields that it lacks, and no refuted money.

        Whether its money is trusted follows from its interval, as in a new list. The balance
        between reps, the prospects' expected buyers and the open deals were not measured.
        """
        if version < 9:
            stages = {"unknown_stages": dict[str, int]()}
            content = {**content, "exclusions": content["exclusions"] | stages}
        if version < 7:
            deals = {"deals": None, "deals_of_no_customer": None}
            content = {**content, "exclusions": content["exclusions"] | deals}
        if version < 4:
            values = content["values"]
            content = {
                **content,
                "values": {**values, "trusted": _trusted(values["low"], values["high"])},
                "balance": "The balance between reps is not available: an older GoSales made the "
                "list.",
                "prospects": [{**each, "expected_buyers": None} for each in content["prospects"]],
            }
        return content if version > 5 or content["values"]["trusted"] else _masked(content)

    @property
    def standing(self) -> Standing:
        """The verdict of later sales on the list, compared with the best list without a model."""
        if self.paid is None:
            return "not checked"
        _, best = self.paid
        if best.gain_low is None or best.gain_high is None:
            return "not checked"
        if best.gain_low > 0:
            return "better"
        return "worse" if best.gain_high < 0 else "no better"

    @property
    def is_whole(self) -> bool:
        """Whether the list holds every offer, so that a list by any other order is the same."""
        return self.top_n == self.offers

    @property
    def paid(self) -> tuple[Paid, Paid] | None:
        """The result of the list and of the best list without a model; None if it is not known."""
        mine = {row.list: row for row in self.payoff if row.mode == self.settings.mode}
        others = [row for name, row in mine.items() if name != MODEL]
        if MODEL not in mine or not others:
            return None
        return mine[MODEL], max(others, key=lambda row: row.gross_profit)


def _masked(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a list without the expected money that earlier windows refute."""
    tables = {
        name: [each | {field: None for field in MONEY if field in each} for each in content[name]]
        for name in ("by_division", "reps", "what_if", "potential")
    }
    return {**content, **tables, "expected_gp_top_n": None}


def _trusted(low: Figure, high: Figure) -> bool:
    """Return whether the ends of a list's money lie less than `WIDE` from its middle, or lack."""
    if low is None or high is None:
        return True
    least, most = sorted((abs(low), abs(high)))
    return most < least * WIDE**2
