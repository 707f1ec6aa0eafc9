"""The report of 06_whitespace: the worth of the list, what it leaves out, and whether it pays."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar, Literal

from pydantic import Field, JsonValue

from gosales_lib.core.workbook import MONEY
from gosales_lib.reports.base import Figure, Part, Report

MODEL = "model"
"""The name of the model's own list among those that `payoff` compares."""
WIDE = 2.0
"""From this factor between predicted and observed on, money is only an order of magnitude."""

Standing = Literal["better", "no better", "worse", "not checked"]
"""The verdict of later sales on a list: better or worse beyond the 95% interval, or neither."""


class Share(Part):
    """The chosen offers of one division."""

    division: str
    offers: int
    expected_gp: Figure
    share: float


class States(Part):
    """The number of customers in each state to a division."""

    division: str
    active: int
    lapsed: int
    whitespace: int
    not_eligible: int = Field(alias="not eligible")
    open: int


class Cut(Part):
    """The number of offers that one rule removed, and the number that remained."""

    rule: str
    cut: int
    left: int


class Exclusions(Part):
    """The exclusions and the open deals, and how many of each name no customer of the grid."""

    rows: int
    of_no_customer: int
    deals: int | None  # None before schema 7, which counts open deals
    deals_of_no_customer: int | None


class Correction(Part):
    """The correction of a division's odds by the newcomers of the validation cutoff."""

    division: str
    customers: int
    promised: float
    bought: int
    correction: float


class Coverage(Part):
    """The number of offers for which a signal of the ranking is known."""

    signal: str
    known: int
    share: float


class Paid(Part):
    """The result of a list of one size, and the model's gain over it, with 95% intervals."""

    mode: str
    list: str
    offers: float
    bought: float
    share: Figure
    gross_profit: float
    low: Figure
    high: Figure
    gain: float
    gain_low: Figure
    gain_high: Figure


class Previous(Part):
    """The overlap of the list with the one before."""

    run: str
    cutoff: date
    compared: int
    same_offers: float
    same_customers: float


class Settings(Part):
    """How the list was made; `rules` holds every rule of the rules file."""

    mode: str
    max_share: float
    places: int
    per_rep_list: int
    rules: dict[str, JsonValue]


class RepList(Part):
    """A rep's list; `note` says why it is not full, None if it is."""

    rep: str
    branch: str | None
    customers: int
    ranked: int
    chosen: int
    called: int
    expected_buyers: float
    expected_gp: Figure
    note: str | None


class WhatIf(Part):
    """The expected result of lists of another length; `last_gp` is per added offer."""

    per_rep: int
    offers: int
    reps: int
    full_lists: int
    expected_buyers: float
    expected_gp: Figure
    last_gp: Figure


class Potential(Part):
    """The potential of the open cells of a division, branch or rep; None if not measurable."""

    by: str
    name: str
    customers: int
    pairs: int
    not_measurable: int
    expected_buyers: Figure
    open_gp: Figure
    never_bought_gp: Figure
    lapsed_gp: Figure
    chosen: int
    chosen_gp: Figure


class Hits(Part):
    """How often the lead products, chosen in one way, were bought, with 95% intervals."""

    list: str
    buyers: int
    hit_1: float
    hit_1_low: float
    hit_1_high: float
    hit_3: float
    hit_3_low: float
    hit_3_high: float


class Timing(Part):
    """The score of one way to distribute a purchase over months; `gain` is over the season."""

    method: str
    buyers: int
    brier: Figure
    c_index: Figure
    gain: Figure
    gain_low: Figure
    gain_high: Figure


class Tenth(Part):
    """Predicted and observed buyers and gross profit of a tenth of the list, 0 of the whole."""

    decile: int
    offers: int
    predicted_buyers: float
    observed_buyers: int
    predicted_gp: float
    observed_gp: float
    observed_low: float
    observed_high: float


class Inside(Part):
    """Buyers with an interval of their gross profit, and the share inside it."""

    buyers: int
    inside: Figure


class ClosedWindow(Part):
    """Predicted and observed gross profit of the first-time buyers of a window closed before."""

    cutoff: date
    buyers: int
    predicted_gp: float
    observed_gp: float


class Values(Part):
    """The reliability of the money: the interval of the chosen offers' expected gross profit.

    Money that is not `trusted` does not rank the list: the probability of a purchase does.
    """

    windows: list[ClosedWindow]
    low: Figure
    high: Figure
    trusted: bool
    sentence: str


class Prospects(Part):
    """The quality of the ranking of a division's prospects; null figures are not measurable."""

    division: str
    prospects: int
    measured: str
    buyers: int
    auc: Figure
    low: Figure
    high: Figure
    ranked: bool
    sentence: str
    expected_buyers: Figure
    later_buyers: int | None
    later_auc: Figure


class Judged(Part):
    """The result of the offers if the window's sales are known; otherwise the tables are empty."""

    judged: bool
    when: str
    when_closed: dict[str, Figure]
    hits: list[Hits]
    timing: list[Timing]
    money: list[Tenth]
    interval: Inside | None


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
