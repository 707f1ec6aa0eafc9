"""The tables in the report of 06_whitespace; money is in the layout's currency."""

from __future__ import annotations

from datetime import date

from pydantic import Field, JsonValue

from gosales_lib.reports.base import Figure, Part


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
    unknown_stages: dict[str, int]  # of open deals, before schema 9 empty


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
