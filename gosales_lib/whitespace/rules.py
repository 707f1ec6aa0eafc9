"""The rules of a list: which cells may be offered, and what each rule removes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Literal

import narwhals as nw
import polars as pl
from pydantic import BaseModel, ConfigDict, Field, NonNegativeInt, model_validator

from gosales_lib.core import terms, timeline, yaml_files
from gosales_lib.core.spelling import hint
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.whitespace import exclusions, lists
from gosales_lib.whitespace.grid import Motion

OF_MONEY = ("min_expected_gp", "cost_per_contact")
"""The rules that remove nothing where the expected money cannot be trusted."""


class Rules(BaseModel):
    """The keys of a rules file (YAML). Unknown keys are refused; every rule is off by default.

    Parameters
    ----------
    `motions`
        The sales plays that are offered (`grid.MOTIONS`); cross-sell alone is the whitespace.
    leave_out
        Divisions that are not offered by themselves, such as postage.
    min_probability, min_expected_gp
        Offers below are removed (expected gross profit in the window, in the layout's currency).
    cooldown_days
        A customer who bought anything in this number of days before the cutoff is not offered more.
    exclusions
        File of `exclusions.EXCLUDED`, relative to the project's root; or `{table: …}` or
        `{query: …}` of the database, as for the others below.
    open_deals
        `crm.DEALS`: an open deal is not offered again.
    contacts, contact_cooldown_days
        `crm.CONTACTS`, and for how many days after a contact nothing is offered.
    prospects
        Companies without orders beside those of the customers file: customer_id, customer_name and
        the layout's attributes.
    cost_per_contact
        The cost of one contact, in the layout's currency. Offers that are not expected to bring
        more are removed. With 0, only offers that are expected to lose money are removed.
    per_rep, per_branch, per_division, per_customer
        Most offers each, 0 for no limit.
    quotas
        Most offers of single branches, divisions or reps: {branch: {North: 100}}.
    weights
        Of a blended score by signal (`ranking.SIGNALS`); none: expected gross profit.
    name_customers
        Whether a reason may name another customer; off, because a rep may read it aloud.
    sheet_per_rep
        Whether the workbook holds a sheet for each rep.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    motions: list[Motion] = Field(["cross-sell"], min_length=1)
    leave_out: list[str] = []
    min_probability: float = Field(0.0, ge=0, le=1)
    min_expected_gp: float | None = None
    cost_per_contact: float = Field(0.0, ge=0)
    cooldown_days: int = Field(0, ge=0)
    exclusions: lists.ListSource = ""
    open_deals: lists.ListSource = ""
    contacts: lists.ListSource = ""
    prospects: lists.ListSource = ""
    contact_cooldown_days: int = Field(30, ge=0)
    per_rep: int = Field(0, ge=0)
    per_branch: int = Field(0, ge=0)
    per_division: int = Field(0, ge=0)
    per_customer: int = Field(0, ge=0)
    quotas: dict[Literal["branch", "division", "rep"], dict[str, NonNegativeInt]] = {}
    weights: dict[str, float] = {}
    name_customers: bool = False
    sheet_per_rep: bool = False

    @model_validator(mode="before")
    @classmethod
    def _lapsed_is_the_layouts(cls, given: Any) -> Any:
        if isinstance(given, dict) and "lapsed_months" in given:
            raise ValueError("lapsed_months: write it in the layout, because the scores use it too")
        return given

    def limits(self) -> dict[str, Any]:
        """Return the limits as `capacity.choose` takes them: `most` and `quotas`."""
        most = {
            "rep": self.per_rep,
            "branch": self.per_branch,
            "division": self.per_division,
            "customer_id": self.per_customer,
        }
        return {"most": most, "quotas": self.quotas}


def load(path: str) -> Rules:
    """Return the rules of a YAML file, relative to the project's root; "" gives the defaults.

    FileNotFoundError and ValueError name the file, the key and what is wrong with it.
    """
    return yaml_files.load(path, Rules, "rules file") if path else Rules()


def refuse_unknown(
    rules: Rules, divisions: Sequence[str], customers: pl.DataFrame | None = None
) -> None:
    """Raise ValueError where a rule names a division, branch or rep that there is not.

    Such a rule would be passed over in silence. Without `customers` (`dim_customer`) branches and
    reps are not judged.
    """
    known: dict[str, list[str]] = {"division": sorted(divisions)}
    if customers is not None:
        known |= {c: customers[c].drop_nulls().unique().sort().to_list() for c in ("branch", "rep")}
    named = {"leave_out: division": (rules.leave_out, known["division"])}
    for column, quota in rules.quotas.items():
        if column in known:
            named[f"quotas: {column}"] = (list(quota), known[column])
    for what, (wanted, names) in named.items():
        for name in wanted:
            if name not in names:
                raise ValueError(f"{what} {name!r} is unknown{hint(name, names)}")


def judge(
    cells: pl.DataFrame,
    rules: Rules,
    purchase: Purchase = UNITS,
    *,
    silent: Sequence[str],
    excluded: pl.DataFrame,
    sales: pl.DataFrame,
    cutoff: date,
    by_money: bool = True,
) -> pl.DataFrame:
    """Return the cells with `cut_by`: the first rule that removes a cell, null if it is offered.

    `cells` is the grid with the `expected_gp` of the ranking; `silent` are divisions whose model
    did not pass the quality gate: their list would be no better than chance. `excluded` comes from
    `crm.read`; `sales` and `purchase` serve the cooldown. Money that earlier windows refute
    (`by_money` false, see `closed.trusted`) removes nothing.
    """
    lately = bought_lately(sales, cutoff, rules.cooldown_days, purchase)
    barred = exclusions.bars(exclusions.still_held(excluded, cutoff))
    worth, floor = pl.col("expected_gp"), rules.min_expected_gp
    kept = {
        "open deal": pl.col("state") != "open" if "state" in cells.columns else pl.lit(True),
        "not eligible": pl.col("probability").is_not_null(),
        "other sales play": pl.col("motion").is_in(rules.motions),
        "left out": ~pl.col("division").is_in(rules.leave_out),
        "no signal": ~pl.col("division").is_in(list(silent)),
        "excluded": ~barred,
        "cooldown": ~pl.col("customer_id").is_in(lately.implode()),
        "below minimum probability": pl.col("probability") >= rules.min_probability,
        "below minimum expected gross profit": (
            worth >= floor if by_money and floor is not None else pl.lit(True)
        ),
        "not worth a contact": worth > rules.cost_per_contact if by_money else pl.lit(True),
    }
    cuts = [pl.when(~keep.fill_null(False)).then(pl.lit(rule)) for rule, keep in kept.items()]
    return cells.with_columns(cut_by=pl.coalesce(*cuts).cast(pl.Enum(list(kept))))


def outcome(judged: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the cells that may be offered, and the table rule, cut, left in the rules' order."""
    numbers = dict(judged["cut_by"].value_counts().iter_rows())
    left, table = judged.height, [{"rule": "cells of the grid", "cut": 0, "left": judged.height}]
    for rule in judged.schema["cut_by"].categories:  # type: ignore[attr-defined]
        left -= numbers.get(rule, 0)
        table.append({"rule": rule, "cut": numbers.get(rule, 0), "left": left})
    offered = judged.filter(pl.col("cut_by").is_null()).drop("cut_by")
    return offered, pl.DataFrame(table)


def bought_lately(
    sales: pl.DataFrame, cutoff: date, days: int, purchase: Purchase = UNITS
) -> pl.Series:
    """Return the customers with an order in this number of days up to the cutoff: customer_id."""
    lately = ~timeline.known(timeline.to_day(cutoff) - days)
    lines = nw.from_native(terms.purchases(sales, cutoff, purchase)).filter(lately)
    return lines.to_native()["customer_id"].unique()
