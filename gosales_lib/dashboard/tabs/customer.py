"""One account: its traits, its purchases, what it may buy next and why, and similar accounts."""

from __future__ import annotations

from typing import Any

import polars as pl

from gosales_lib.charts import glance
from gosales_lib.core import timeline
from gosales_lib.core.spelling import counted, in_words
from gosales_lib.dashboard.read.source import NotShownError, Shown
from gosales_lib.dashboard.read.view import View
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.render.blocks import (
    Block,
    Cards,
    Choice,
    Heading,
    Note,
    Page,
    Picture,
    Table,
)
from gosales_lib.dashboard.render.blocks import section as framed
from gosales_lib.dashboard.render.columns import Column, priced
from gosales_lib.dashboard.tabs import alike, bought, group, search
from gosales_lib.whitespace.exclusions import EXCLUDED, still_held
from gosales_lib.whitespace.reasons import REASONS

SCORES = (
    Column("division", "Division", link="division"),
    Column("probability", "Probability", "bar"),
    Column("better", "Percentile", "percent"),
    Column("purchase_type", "Purchase type", "range"),
    Column("expected_gp", "Expected profit", "money"),
    Column("place", "On the list", "range"),
    Column("product", "Lead with"),
    Column("when", "When", "range"),
    Column("reasons", "What to say, or why", "reasons", wide=True),
)
DEALS = (
    Column("division", "Division"),
    Column("product", "Product"),
    Column("stage", "Stage"),
    Column("owner", "Owner"),
    Column("date", "Date", "date"),
)
OWNED = (
    Column("division", "Division", link="division"),
    Column("first", "First bought", "date"),
    Column("last", "Last bought", "date"),
    Column("orders", "Orders", "number"),
    Column("year", "Profit, 12 months", "money"),
    Column("ever", "Profit, ever", "money"),
)


def page(shown: Shown, view: View, other: Shown | None = None) -> Page:
    """Return the tab: the search, and the customer that it found."""
    choice = Choice("customer", "Customer", view.customer, None, "name or number")
    if not view.customer:
        return Page([choice, search.best(shown)])
    if shown.customers.filter(customer_id=view.customer).is_empty():
        return Page([choice, *search.guessed(shown, view.customer)])
    return Page([choice, *of(shown, view.customer).blocks])


def of(shown: Shown, customer_id: str) -> Page:
    """Return the page of one customer."""
    who = shown.customers.filter(customer_id=customer_id).row(0, named=True)
    sales = bought.sales_of(shown, customer_id)
    unit, length = shown.currency, timeline.in_words(shown.window)
    until = f"Probability of a purchase in the {length} after {words.day(shown.cutoff)}."
    columns, rows = priced(SCORES, shown.is_priced), scores(shown, customer_id, sales)
    blocks: list[Block] = [
        Heading(who["customer_name"] or customer_id, described(shown, who)),
        cards(shown, sales),
        framed("What it may buy next", until, Table(columns, rows, unit=unit)),
    ]
    blocks[1:1] = excluded(shown, customer_id)
    blocks += open_deals(shown, customer_id)
    blocks += group.section(shown, customer_id)
    if sales.height:
        picture = Picture(glance.quarters(sales, unit), "Gross profit by quarter and division")
        table = Table(OWNED, bought.owned(shown, sales), unit=unit)
        blocks.append(framed("What it owns", "", picture, table))
    like = alike.similar(shown, customer_id)
    if like.height:
        below = "Customers who own most of the same products, and what they bought that it did not."
        blocks.append(framed("Customers like this one", below, Table(alike.ALIKE, like)))
    return Page(blocks)


def excluded(shown: Shown, customer_id: str) -> list[Block]:
    """Return who or what must not be called about, in words; a rep reads it before all else."""
    notes: list[Block] = []
    if not has_exclusions(shown) and (most := shown.offers_report.exclusions.rows):
        text = f"Which of the {counted(most, 'exclusion')} name this account was not kept in this "
        return [Note(f"{text}run, by an older 06_whitespace.", "warning")]
    for row in held(shown, "exclusions", customer_id).to_dicts():
        until = f" until {words.day(row['until'])}" if row["until"] else ""
        why = f": {row['reason']}" if row["reason"] else ""
        what = f"about {row['division']}" if row["division"] else "about any division"
        notes.append(Note(f"Not to be called {what}{until}{why}.", "warning"))
    return notes


def has_exclusions(shown: Shown) -> bool:
    """Return whether a run kept its exclusions; older versions did not."""
    return (shown.run.whitespace(shown.cutoff).path / "exclusions.parquet").exists()


def held(shown: Shown, name: str, customer_id: str) -> pl.DataFrame:
    """Return the exclusions or open deals of an account."""
    if name == "exclusions" and not has_exclusions(shown):
        return pl.DataFrame(schema=EXCLUDED)
    every = shown.frame(shown.run.whitespace(shown.cutoff), name)
    mine = every.filter(customer_id=customer_id)
    return mine if name != "exclusions" else still_held(mine, timeline.parse_date(shown.cutoff))


def open_deals(shown: Shown, customer_id: str) -> list[Block]:
    """Return the open deals of an account, which are shown and not offered again."""
    mine = held(shown, "open_deals", customer_id)
    if mine.is_empty():
        return []
    named = mine.with_columns(pl.col("division").fill_null("every division"))
    order = named.sort("date", "division", descending=[True, False], nulls_last=True)
    below = "A division with an open deal is not offered again."
    return [framed("Open deals", below, Table(DEALS, order))]


def described(shown: Shown, who: dict[str, Any]) -> str:
    """Return id, rep, branch and attributes in one line."""
    traits = {"rep": who["rep"], "branch": who["branch"]}
    skip = {"customer_id", "customer_name", "first_order_date", "last_order_date", *traits}
    traits |= {name: value for name, value in who.items() if name not in skip}
    parts = [
        f"{in_words(name)}: {words.attribute(name, value)}"
        for name, value in traits.items()
        if value is not None
    ]
    return " · ".join([f"number {who['customer_id']}", *parts])


def cards(shown: Shown, sales: pl.DataFrame) -> Cards:
    """Return the key figures of the customer's purchases: first day, amounts, last day."""
    unit, lines = shown.currency, bought.purchased(shown, sales)
    year, orders = (bought.of_year(shown, rows) for rows in (sales, lines))
    earned, ever = (words.money(float(r["gross_profit"].sum()), unit) for r in (year, sales))
    owned, most = lines["division"].n_unique(), len(shown.etl.divisions)
    first, last = lines.select(low=pl.min("order_date"), high=pl.max("order_date")).row(0)
    days = (timeline.parse_date(shown.cutoff) - last).days if last else None
    ago = "never by the cutoff" if days is None else f"{counted(days, 'day')} before the cutoff"
    return Cards(
        [
            ("Gross profit, 12 months", earned, f"of {ever} ever"),
            ("Orders, 12 months", f"{orders['invoice'].n_unique():,}", "invoices"),
            ("Last order", words.day(last), ago),
            ("Customer since", words.day(first), "first order"),
            ("Divisions owned", f"{owned}", f"of {most}"),
        ]
    )


def scores(shown: Shown, customer_id: str, sales: pl.DataFrame) -> pl.DataFrame:
    """Return the customer's score in every division, the best chance first, with the reasons.

    A division that is offered has the list's probability, which is corrected for first purchases,
    and one that the customer owns the fact of its purchases.
    """
    offered = shown.with_reasons(shown.listed.filter(customer_id=customer_id)).to_dicts()
    spoken = bought.spoken(shown, sales)
    listed = {str(offer["division"]): offer for offer in offered}
    no_calls = {
        word: held(shown, name, customer_id)["division"].to_list()
        for name, word in (("exclusions", "not to be called"), ("open_deals", "open deal"))
    }
    rows = []
    for division in shown.divisions:
        row, offer = _score(shown, division, customer_id), listed.get(division)
        if row["probability"] is not None:
            row["reasons"] = spoken.get(division) or row["reasons"]
        if offer:
            row |= {n: offer[n] for n in ("probability", "expected_gp", "product", "when")}
            row["place"] = f"rank {offer['rank']:,}" + ", to call" * bool(offer["chosen"])
            sentences = [offer[name] for name in ("opener", *REASONS) if offer[name]]
            row["reasons"] = "\n".join(sentences) or row["reasons"]
        else:
            row["place"] = next((w for w, of in no_calls.items() if {division, None} & {*of}), None)
        rows.append(row)
    frame = pl.DataFrame(rows, schema={column.name: column.dtype for column in SCORES})
    return frame.sort("probability", "division", descending=[True, False], nulls_last=True)


def _score(shown: Shown, division: str, customer_id: str) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(c.name for c in SCORES) | {"division": division}
    reports = shown.division(division)
    if reports.trained is None:
        return row | {"reasons": "; ".join([reports.verdict, *reports.problems.values()])}
    if not reports.trained.verdict.signal:
        return row | {"reasons": f"{reports.verdict}: its model ranks no customer"}
    try:
        scored = shown.of(division, "scores", customer_id)
        reasons = shown.of(division, "reasons", customer_id)
    except NotShownError as reason:
        return row | {"reasons": f"not scored in this run: {reason}"}
    if scored.is_empty():
        return row | {"reasons": "no order by the cutoff, so there is no data to score"}
    score = scored.row(0, named=True)
    kept = {name: score[name] for name in ("probability", "purchase_type", "expected_gp")}
    hint = "\n".join(_signed(reasons))
    return row | kept | {"better": score["percentile"] / 100, "reasons": hint or None}


def _signed(reasons: pl.DataFrame) -> list[str]:
    speaking = reasons.filter(pl.col("effect") > 0)["reason"].to_list()[:3]
    against = reasons.filter(pl.col("effect") < 0)["reason"].to_list()[:2]
    return [*speaking, *(f"against it: {text}" for text in against)]
