"""The workbooks: the calls of each rep, and the whole list for the sales leader."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from gosales_lib.core import workbook
from gosales_lib.whitespace.ranking import is_priced
from gosales_lib.whitespace.reasons import REASONS
from gosales_lib.whitespace.reps import UNASSIGNED

CALLS = (
    "call_order", "customer_name", "division", "product", "when", "expected_gp", "opener", "why",
    "probability", "expected_gp_if_sold", "gp_if_sold_low", "gp_if_sold_high", "motion", "rep",
    "branch", "customer_id", "rank",
)  # fmt: skip
"""The columns of the calls, those that a phone shows first; it is printed up to `why`."""
NEXT = 50
"""Number of further offers in a rep's workbook."""
MEANINGS = {
    "Call": "Order of the calls of one rep: what is due now first, then what is expected to bring "
    "most within 30 days.",
    "Lead product": "The likeliest product of a purchase, with its probability given a purchase "
    "and its typical quantity.",
    "When": 'The most likely month of a purchase, or "due now" by the customer\'s own rhythm. '
    "Empty where no month stands out.",
    "Opening sentence, why": "Facts that speak for the offer, from sales up to the day of the "
    "list. A share is given only where it lies above the average of all customers.",
    "Chance in the window": "Calibrated probability of a purchase of the division in the window.",
    "Profit if it sells": "Gross profit of a purchase by customers of like size; between low and "
    "high lay eight in ten of the purchases in earlier windows.",
    "Expected profit": "Chance times profit if it sells. The list is ranked by it.",
    "Worthy, waiting, room": "Worthy are the best offers of all reps together, as many as all "
    "lists hold. They wait where the list of their rep is full; room is a place without one.",
    "Proposed moves": "Accounts that their rep has no place for, and the rep of the same branch "
    "with most room. Nothing has been moved.",
    "Rank, rank of the rep": "Place among all offers, and among those of the same rep.",
    "Open potential": "Expected profit of all customers and divisions never bought or lapsed, "
    "whether or not a rep has time for them.",
}
UNIT, UNITS = pl.lit("unit"), pl.lit("units")
OF_MONEY = ("gp_source", "gp_trusted")
"""Columns that say something of the expected money."""
PRICED = ("Profit if it sells", "Expected profit", "Open potential")
"""Definitions of money, which a list without trusted money does not need."""


def calls(ranked: pl.DataFrame) -> pl.DataFrame:
    """Return the chosen offers as a rep reads them: the columns of `CALLS`, in order of the calls.

    Columns with the same value in every row (rep, branch, sales play) and empty columns are left
    out; the rep stands first where there are several.
    """
    order = ["rep", "call_order", "rank"]
    return as_read(ranked.filter("chosen").sort(order, nulls_last=True), is_priced(ranked))


def as_read(offers: pl.DataFrame, trusted: bool) -> pl.DataFrame:
    """Return offers as a rep reads them, in their order; see `calls` and `priced`."""
    name = pl.col("customer_name").fill_null(pl.col("customer_id"))
    rep = pl.col("rep").fill_null(UNASSIGNED)
    why = pl.concat_str(REASONS, separator="\n", ignore_nulls=True).replace("", None)
    told = offers.with_columns(product(), when(), why=why, customer_name=name, rep=rep)
    table = priced(told, trusted)
    same = [c for c in ("motion", "rep", "branch") if table[c].n_unique() < 2]
    empty = [c for c in table.columns if table[c].null_count() == table.height and table.height]
    kept = [c for c in CALLS if c in table.columns and c not in {*same, *empty}]
    return table.select(*(["rep"] if "rep" in kept else []), *(c for c in kept if c != "rep"))


def product() -> pl.Expr:
    """Return the lead product in words: its probability given a purchase, and its quantity."""
    share = (pl.col("product_1_probability") * 100).round().cast(pl.Int64)
    certain = pl.col("product_1_probability") >= 0.995
    units = pl.col("product_1_quantity").round().clip(1).cast(pl.Int64)
    usually = pl.format("usually {} {}", units, pl.when(units == 1).then(UNIT).otherwise(UNITS))
    likely = pl.when(~certain).then(pl.format("{}% likely", share))
    known = pl.concat_str(likely, usually, separator=", ", ignore_nulls=True)
    text = (
        pl.when(known == "").then("product_1").otherwise(pl.format("{} ({})", "product_1", known))
    )
    return text.alias("product")


def when() -> pl.Expr:
    """Return the likeliest time of a purchase: due now, a month, or null if none stands out."""
    now = pl.when("due_now").then(pl.lit("due now"))
    return now.otherwise(pl.col("likely_month")).alias("when")


def priced(table: pl.DataFrame, trusted: bool) -> pl.DataFrame:
    """Return a table without its columns of expected money where that is not trusted."""
    return table if trusted else table.drop(*workbook.MONEY, *OF_MONEY, strict=False)


def of_run(
    ranked: pl.DataFrame,
    profile: pl.DataFrame,
    closest: pl.DataFrame,
    tables: dict[str, pl.DataFrame],
    each: bool,
    customers: pl.DataFrame | None = None,
) -> dict[str, pl.DataFrame]:
    """Return the sheets of the run's workbook, by name.

    The calls, a sheet per rep if asked (`each`), further tables, the whole list (the sheet's name
    says so where it is cut), the ideal customer profiles and what the columns mean. `customers`
    (`dim_customer`) name those without an offer.
    """
    sheets = {"Calls": calls(ranked)}
    if each:
        sheets |= {f"Rep {rep}": calls(rows) for rep, rows in by_rep(ranked.filter("chosen"))}
    named = ("customer_id", "customer_name", "rep", "branch")
    who = ranked.select(named).unique("customer_id")
    near = closest.join(who, on="customer_id", how="left", maintain_order="left")
    if customers is not None:
        near = near.update(customers.select(named), on="customer_id")
    near = near.select("division", "customer_name", pl.exclude("division", "customer_name"))
    trusted = is_priced(ranked)
    listed = priced(ranked.head(workbook.MOST_ROWS), trusted)
    sheets |= tables | {all_offers(ranked.height): listed}
    meanings = definitions(trusted)
    traits = profile.drop("source", strict=False)
    return sheets | {"Profile": traits, "Closest to profile": near, "Definitions": meanings}


def all_offers(rows: int) -> str:
    """Return the name of the sheet of all offers, which says if it is cut."""
    most = workbook.MOST_ROWS
    return "All offers" if rows <= most else f"First {most:,} of {rows:,} offers"


def definitions(trusted: bool = True) -> pl.DataFrame:
    """Return the definitions of the columns: column, meaning; without money that is not trusted."""
    kept = [name for name in MEANINGS if trusted or name not in PRICED]
    return pl.DataFrame({"column": kept, "meaning": [MEANINGS[name] for name in kept]})


def cover(report: Any, cutoff: date, rep: str = "", currency: str = "") -> list[tuple[str, str]]:
    """Return the first sheet: subject, date, how to read the list, and its quality.

    `report` is that of 06_whitespace, `currency` a code. Without `rep` it is of the list of all; a
    rep reads nothing about other reps but the quality of all lists together.
    """
    mine = next((row for row in report.reps if row.rep == rep), None)
    whose = "All reps together. " if rep else ""
    lines = [
        ("What", f"Calls of {rep}" if rep else "Calls of all reps, and the ranked list"),
        ("As of", f"{cutoff:%-d %B %Y}: the list uses nothing after this day"),
        ("The list", report.sentence if mine is None else _mine(mine, report.values.trusted)),
        ("How to read it", "Call from the top. Each row names the account, what to offer, the "
         "product to lead with, when, and what to say. Definitions explains the columns."),
        ("How good", f"{whose}{report.verdict}"),
        ("Its money", f"{whose if report.values.trusted else ''}{report.values.sentence}"),
        *([] if rep else [("Balance", report.balance)]),
        ("When", report.judged.when),
    ]  # fmt: skip
    if whole := next((row for row in report.judged.money if row.decile == 0), None):
        lines.append(
            ("Predicted and observed", f"All ranked offers: predicted {whole.predicted_gp:,.0f} "
             f"gross profit from {whole.predicted_buyers:,.0f} buyers, observed "
             f"{whole.observed_gp:,.0f} from {whole.observed_buyers:,}.")
        )  # fmt: skip
    if currency:
        lines.append(("Amounts", f"In {currency}."))
    if not rep and report.offers > workbook.MOST_ROWS:
        cut = f"The sheet of all offers holds the first {workbook.MOST_ROWS:,} of "
        lines.append(("Cut", f"{cut}{report.offers:,}; whitespace.csv beside it holds all."))
    return lines


def _mine(row: Any, trusted: bool) -> str:
    worth = f"{row.expected_buyers:,.1f} purchases"
    worth = (
        f"{row.expected_gp:,.0f} expected gross profit from {worth}"
        if trusted
        else f"{worth} expected"
    )
    text = f"{row.chosen:,} offers to {row.called:,} of {row.customers:,} accounts: {worth}."
    return f"{text} {row.note}" if row.note else text


def by_rep(ranked: pl.DataFrame) -> list[tuple[str, pl.DataFrame]]:
    """Return the offers of each rep, by name."""
    named = ranked.with_columns(pl.col("rep").fill_null(UNASSIGNED))
    return [
        (str(rep), rows) for (rep,), rows in sorted(named.partition_by("rep", as_dict=True).items())
    ]


def of_reps(ranked: pl.DataFrame) -> Iterator[tuple[str, dict[str, pl.DataFrame]]]:
    """Yield each rep with calls and the sheets of their own workbook."""
    trusted = is_priced(ranked)
    for rep, rows in by_rep(ranked):
        mine = calls(rows)
        if mine.height:
            rest = rows.filter(~pl.col("chosen")).sort("rank").head(NEXT)
            pages = {"My calls": mine, "Next best": as_read(rest, trusted)}
            yield rep, pages | {"Definitions": definitions(trusted)}
