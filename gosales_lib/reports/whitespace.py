"""What 06_whitespace reports: the list's worth, what was left out and why, and whether it pays."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import Field, JsonValue

from gosales_lib.reports.base import Figure, Part, Report

MODEL = "model"
"""The name of the model's own list among those that `payoff` compares."""


Standing = Literal["better", "no better", "worse", "not checked"]
"""What later sales say of a list: better beyond the 95% interval, worse beyond it, or neither."""


class Share(Part):
    """The chosen offers of one division."""

    division: str
    offers: int
    expected_gp: float
    share: float


class States(Part):
    """How many customers are in each state to a division."""

    division: str
    active: int
    lapsed: int
    whitespace: int
    not_eligible: int = Field(alias="not eligible")
    open: int


class Cut(Part):
    """How many offers one rule cut, and how many it left."""

    rule: str
    cut: int
    left: int


class Exclusions(Part):
    """The file of exclusions: its rows, and those that name no customer of the grid."""

    rows: int
    of_no_customer: int


class Correction(Part):
    """What the newcomers of the validation cutoff correct a division's odds by."""

    division: str
    customers: int
    promised: float
    bought: int
    correction: float


class Coverage(Part):
    """For how many offers a signal of the ranking is known."""

    signal: str
    known: int
    share: float


class Paid(Part):
    """What a list of one size brought, and the model's gain over it, with 95% intervals."""

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
    """How far the list agrees with the one before."""

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
    """A rep's list; `note` says why it is not full, None where it is."""

    rep: str
    branch: str | None
    customers: int
    ranked: int
    chosen: int
    called: int
    expected_buyers: float
    expected_gp: float
    note: str | None


class WhatIf(Part):
    """What lists of another length would bring; `last_gp` is per offer that it adds."""

    per_rep: int
    offers: int
    reps: int
    full_lists: int
    expected_buyers: float
    expected_gp: float
    last_gp: Figure


class Potential(Part):
    """What the open cells of a division, branch or rep may bring; None where not measurable."""

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
    chosen_gp: float


class Hits(Part):
    """How often one way of choosing lead products hit what was bought, with 95% intervals."""

    list: str
    buyers: int
    hit_1: float
    hit_1_low: float
    hit_1_high: float
    hit_3: float
    hit_3_low: float
    hit_3_high: float


class Timing(Part):
    """How well one way of spreading a purchase over the months did; `gain` is over the season."""

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
    """How far the money can be trusted: the ends of the chosen offers' expected gross profit."""

    windows: list[ClosedWindow]
    low: Figure
    high: Figure
    sentence: str


class Prospects(Part):
    """How good the ranking of a division's prospects is; null figures are not measurable."""

    division: str
    prospects: int
    measured: str
    buyers: int
    auc: Figure
    low: Figure
    high: Figure
    ranked: bool
    sentence: str
    later_buyers: int | None
    later_auc: Figure


class Judged(Part):
    """How the offers did where the window's sales are known; empty tables where they are not."""

    judged: bool
    when: str
    when_closed: dict[str, Figure]
    hits: list[Hits]
    timing: list[Timing]
    money: list[Tenth]
    interval: Inside | None


class Whitespace(Report):
    """The report of 06_whitespace; money is in the layout's currency."""

    step: ClassVar[str] = "06_whitespace"

    offers: int
    top_n: int
    expected_gp_top_n: float
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
    what_if: list[WhatIf]
    potential: list[Potential]
    potential_sentence: str
    judged: Judged
    prospects: list[Prospects]
    sentence: str

    @property
    def standing(self) -> Standing:
        """How the list did beside the best list without a model, on later sales."""
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
        """What the list brought, and the best list without a model; None where it is not known."""
        mine = {row.list: row for row in self.payoff if row.mode == self.settings.mode}
        others = [row for name, row in mine.items() if name != MODEL]
        if MODEL not in mine or not others:
            return None
        return mine[MODEL], max(others, key=lambda row: row.gross_profit)
