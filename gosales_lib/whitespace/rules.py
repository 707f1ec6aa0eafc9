"""The rules of a list: what may be offered, to whom, and what each rule cut."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Literal

import narwhals as nw
import polars as pl
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gosales_lib import timeline
from gosales_lib.layout import in_words
from gosales_lib.whitespace.grid import LAPSED_MONTHS, MOTIONS

EXCLUDED = {
    "customer_id": pl.String,
    "division": pl.String,  # empty: all divisions
    "reason": pl.String,  # do not contact, open opportunity …
    "until": pl.Date,  # last day on which it holds; empty: for good
}
"""The columns of an exclusion file; all but customer_id may be missing."""


class Rules(BaseModel):
    """What a rules file (YAML) may say; unknown keys are refused, every rule is off by default.

    Parameters
    ----------
    motions
        Which motions are offered (`grid.MOTIONS`); cross-sell alone is the whitespace.
    lapsed_months
        A buyer of a division is active for so many months after the last purchase.
    min_probability, min_expected_gp
        Offers below are cut (expected gross profit in the window, in the layout's currency).
    cooldown_days
        A customer who bought anything in so many days before the cutoff is left in peace.
    exclusions
        CSV file of `EXCLUDED`, relative to the project's root.
    per_rep, per_branch, per_division, per_customer
        Most offers each, 0 for no limit.
    weights
        Of a blended score by signal (`ranking.SIGNALS`); none: expected gross profit.
    sheet_per_rep
        Whether the workbook holds a sheet for each rep.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    motions: list[Literal[MOTIONS]] = Field(["cross-sell"], min_length=1)
    lapsed_months: int = Field(LAPSED_MONTHS, ge=1)
    min_probability: float = Field(0.0, ge=0, le=1)
    min_expected_gp: float | None = None
    cooldown_days: int = Field(0, ge=0)
    exclusions: str = ""
    per_rep: int = Field(0, ge=0)
    per_branch: int = Field(0, ge=0)
    per_division: int = Field(0, ge=0)
    per_customer: int = Field(0, ge=0)
    weights: dict[str, float] = {}
    sheet_per_rep: bool = False

    def most(self) -> dict[str, int]:
        """Return the limits by column, as `capacity.choose` takes them."""
        return {
            "rep": self.per_rep,
            "branch": self.per_branch,
            "division": self.per_division,
            "customer_id": self.per_customer,
        }


def load(path: str) -> Rules:
    """Return the rules of a YAML file, relative to the project's root; "" gives the defaults.

    Raises
    ------
    FileNotFoundError, ValueError
        The file, the key and what is wrong with it.
    """
    from gosales_lib import settings

    if not path:
        return Rules()
    file = Path(settings.resolve(path))
    if not file.is_file():
        raise FileNotFoundError(f"rules {path} does not exist: give a YAML file, or '' for none")
    try:
        return Rules.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    except ValidationError as error:
        raise ValueError(f"{path}: " + "; ".join(in_words(e) for e in error.errors())) from None
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not YAML: {error}") from None


def exclusions(path: str, divisions: Sequence[str]) -> pl.DataFrame:
    """Return an exclusion file: the columns of `EXCLUDED`; no row without a file.

    `divisions` are those of the layout: a misspelt one is refused.

    Raises
    ------
    FileNotFoundError, ValueError
        The file, and the column or the line that is wrong: a list of people who must not be called
        is never read half.
    """
    from gosales_lib import settings

    if not path:
        return pl.DataFrame(schema=EXCLUDED)
    file = Path(settings.resolve(path))
    if not file.is_file():
        raise FileNotFoundError(f"exclusions {path} does not exist")
    found = pl.read_csv(file, infer_schema=False, encoding="utf8").rename(str.strip)
    if "customer_id" not in found.columns or (odd := set(found.columns) - set(EXCLUDED)):
        odd = {"no customer_id"} if "customer_id" not in found.columns else odd
        raise ValueError(f"{path}: {', '.join(sorted(odd))}; columns are {', '.join(EXCLUDED)}")
    missing = [pl.lit(None, pl.String).alias(c) for c in EXCLUDED if c not in found.columns]
    rows = found.with_columns(missing).with_columns(pl.col(*EXCLUDED).str.strip_chars())
    rows = rows.with_columns(pl.when(pl.col(c) != "").then(pl.col(c)) for c in EXCLUDED)
    rows = rows.select(*EXCLUDED).with_columns(_until(path, rows["until"]))
    known_divisions(path, rows, divisions)
    return rows


def _until(path: str, texts: pl.Series) -> pl.Series:
    try:
        days = [t and timeline.parse_date(t, "until") for t in texts]
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return pl.Series("until", days, pl.Date)


def known_divisions(path: str, excluded: pl.DataFrame, divisions: Sequence[str]) -> None:
    """Raise ValueError where an exclusion names a division that the layout does not have."""
    from gosales_lib.layout import hint

    for name in excluded["division"].drop_nulls().unique().sort():
        if name not in divisions:
            raise ValueError(f"{path}: division {name!r} is unknown{hint(name, divisions)}")


def apply(
    cells: pl.DataFrame,
    rules: Rules,
    *,
    silent: Sequence[str],
    excluded: pl.DataFrame,
    sales: pl.DataFrame,
    cutoff: date,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the cells that may be offered, and what each rule cut.

    Parameters
    ----------
    cells
        The grid, with `expected_gp` from the ranking's point of view.
    silent
        Divisions whose model has no signal: their list would be no better than chance.
    excluded
        What `exclusions` returned.
    sales
        `fact_transactions`, for the cooldown.

    Returns
    -------
    tuple
        The offers; and the table rule, cut, left, in the order in which the rules were applied.
    """
    asked = pl.col("motion").is_in(rules.motions)
    rows = cells.with_columns(
        barred=is_excluded(still_held(excluded, cutoff)),
        hot=pl.col("customer_id").is_in(
            bought_lately(sales, cutoff, rules.cooldown_days).implode()
        ),
    )
    floor = rules.min_expected_gp
    steps = {
        "not eligible": pl.col("probability").is_not_null(),
        "other motion": asked.fill_null(False),
        "no signal": ~pl.col("division").is_in(list(silent)),
        "excluded": ~pl.col("barred"),
        "cooldown": ~pl.col("hot"),
        "below minimum probability": pl.col("probability") >= rules.min_probability,
        "below minimum expected gross profit": (
            pl.lit(True) if floor is None else pl.col("expected_gp") >= floor
        ),
    }
    table = [{"rule": "cells of the grid", "cut": 0, "left": rows.height}]
    for rule, kept in steps.items():
        before, rows = rows.height, rows.filter(kept)
        table.append({"rule": rule, "cut": before - rows.height, "left": rows.height})
    return rows.drop("barred", "hot"), pl.DataFrame(table)


def still_held(excluded: pl.DataFrame, cutoff: date) -> pl.DataFrame:
    """Return the exclusions that hold after the cutoff: `until` is the last day of one."""
    days = excluded.with_columns(until_day=pl.col("until").cast(pl.Int32))
    over = nw.from_native(days).select(timeline.known(timeline.to_day(cutoff), "until_day"))
    return excluded.filter(~over.to_native().to_series().fill_null(False))


def bought_lately(sales: pl.DataFrame, cutoff: date, days: int) -> pl.Series:
    """Return the customers with an order in so many days up to the cutoff: customer_id."""
    last = timeline.to_day(cutoff)
    lately = timeline.known(last) & ~timeline.known(last - days)
    return nw.from_native(sales).filter(lately).to_native()["customer_id"].unique()


def is_excluded(held: pl.DataFrame) -> pl.Expr:
    """Return the condition that an exclusion bars the cell: the customer's, or this division's."""
    everywhere = held.filter(pl.col("division").is_null())["customer_id"].unique()
    single = held.drop_nulls("division").select("customer_id", "division").unique()
    pairs = pl.Series([{"customer_id": c, "division": d} for c, d in single.iter_rows()])
    cell = pl.struct("customer_id", "division")
    barred = cell.is_in(pairs.implode()) if len(pairs) else pl.lit(False)
    return pl.col("customer_id").is_in(everywhere.implode()) | barred
