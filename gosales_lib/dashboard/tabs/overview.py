"""Overview: the run, the worth of the list, and how reliable it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from gosales_lib.charts import glance
from gosales_lib.core import timeline
from gosales_lib.core.spelling import counted
from gosales_lib.dashboard.read import choice, records
from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.read.view import View
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.render.blocks import (
    Beside,
    Block,
    Cards,
    Facts,
    Note,
    Page,
    Picture,
    Section,
    Table,
    section,
)
from gosales_lib.dashboard.render.columns import Column, priced
from gosales_lib.dashboard.tabs import comparison, standing, verdicts
from gosales_lib.reports.division import HOLDOUT, VALIDATION
from gosales_lib.reports.training import BETTER
from gosales_lib.reports.whitespace_tables import Potential, States
from gosales_lib.run_folders.record import STOPPED
from gosales_lib.whitespace.capacity import MODES
from gosales_lib.whitespace.reps import UNASSIGNED

VERDICTS = (
    Column("division", "Division", link="division"),
    Column("verdict", "Verdict", "badge"),
    Column("gain", "Gain in average precision", "gain", below="gain_range"),
    Column("lift", "Lift@10%", "ratio", below="interval"),
    Column("lift_baseline", "Best baseline's", "ratio", below="baseline"),
    Column("expected_buyers", "Expected buyers", "number"),
    Column(
        "offers", "Offers to call", "number", link="whitespace", key="division", sets="division"
    ),
    Column("worth", "Their expected profit", "money"),
)
MEANING = (
    "The verdict is of the validation cutoffs, which also chose the model. It looks at the gain in "
    "average precision over the best baseline (recency, frequency, RFM: what a careful person does "
    f"without a model): “{BETTER}” means that its 95% interval lies above 0. Lift@10%: how many "
    "times more buyers the best tenth of the customers holds than chance would."
)


OPEN = (Column("open_gp", "Open potential", "money"), Column("chosen_gp", "Of it to call", "money"))
OPEN_BUYERS = (Column("expected_buyers", "Expected purchases", "number"),)
"""What stands in the place of `OPEN` where the money is not trusted."""
POTENTIAL = {"division": "division", "branch": "whitespace", "rep": "whitespace"}
"""The groupings of the open potential, and the tab that a name of each leads to."""
MOST_POTENTIAL = 10


def page(shown: Shown, view: View, other: Shown | None = None) -> Page:
    """Return the overview of a run, beside another one where one is chosen."""
    table = verdicts.table(shown)
    blocks: list[Block] = [
        *alarms(shown),
        *verdicts.problems(shown),
        *verdicts.partly(shown),
        standing.headline(shown),
        *standing.money_missed(shown),
        cards(shown, table),
    ]
    if other is not None:
        blocks += comparison.beside(shown, other, table)
    worth = "worth" if shown.is_priced else "offers"
    rows = with_offers(shown, table).sort(worth, "lift", descending=True, nulls_last=True)
    shown_rows = Table(headed(priced(VERDICTS, shown.is_priced), table), rows, unit=shown.currency)
    trust = section("Can the models be trusted?", f"{MEANING} {measured(table)}", shown_rows)
    blocks += [potential(shown, view), trust, *pictures_of(shown), made(shown)]
    return Page(blocks)


def potential(shown: Shown, view: View) -> Block:
    """Return the open potential of the whole grid, by division, branch and rep."""
    tables: list[Block] = []
    further: list[Block] = []
    for by, tab in POTENTIAL.items():
        mine = [row for row in shown.offers_report.potential if row.by == by]
        if [row.name for row in mine] not in ([], [UNASSIGNED]):
            named = Column("name", by.capitalize(), link=tab, sets=by)
            frame = Potential.table(mine[:MOST_POTENTIAL])
            columns = (named, *(OPEN if shown.is_priced else OPEN_BUYERS))
            tables.append(Table(columns, frame, unit=shown.currency))
        if by != "division" and len(mine) > MOST_POTENTIAL:
            text = f"{by.capitalize()}: the largest {MOST_POTENTIAL} of {len(mine):,}."
            further.append(Note(text, "plain", view.at("whitespace", by=by), "Open all"))
    what = "profit" if shown.is_priced else "purchases"
    below = (
        f"Expected {what} of all customers and divisions never bought or lapsed, whether or not a "
        "rep has time for them. A division without a usable model is not measurable, which is not "
        f"0. The largest {MOST_POTENTIAL} of each; the run's workbook holds all."
    )
    shown_as: list[Block] = [Beside(tables)] if tables else []
    return section("Where is the most open potential?", below, *shown_as, *further)


def measured(table: pl.DataFrame) -> str:
    """Return the sales on which the lifts were measured."""
    where = set(table["measured"].drop_nulls())
    if not where:
        return "No figure is available."
    if where == {HOLDOUT}:
        return (
            "The lift is measured on sales after the cutoff, which were opened when every model "
            "was finished."
        )
    validated = "The lift is measured on the validation cutoff, which also chose the models"
    if where == {VALIDATION}:
        return f"{validated}: later sales alone are out of sample."
    return (
        "The lift is measured on sales after the cutoff where there are any, else on the "
        "validation cutoff."
    )


def headed(columns: Sequence[Column], table: pl.DataFrame) -> list[Column]:
    """Return the columns of the verdicts, those of another window than the verdict's named so."""
    if HOLDOUT not in set(table["measured"].drop_nulls()):
        return list(columns)
    windows = {"gain": "validation", "lift": "later sales", "lift_baseline": "later sales"}
    return [
        replace(c, label=f"{c.label}, {windows[c.name]}") if c.name in windows else c
        for c in columns
    ]


def with_offers(shown: Shown, table: pl.DataFrame) -> pl.DataFrame:
    """Return the verdicts with the number and the worth of each division's offers to call."""
    chosen = shown.listed.filter("chosen").with_columns(pl.col("division").cast(pl.String))
    sums = chosen.group_by("division").agg(
        offers=pl.len().cast(pl.Int64), worth=pl.col("expected_gp").sum()
    )
    joined = table.join(sums, "division", "left", maintain_order="left")
    return joined.with_columns(pl.col("offers", "worth").fill_null(0))


def alarms(shown: Shown) -> list[Block]:
    """Return the warnings and failures of the run and its log, the most severe first."""
    alarms = (alarm for alarm in shown.health.alarms if alarm.name not in TOLD_IN_FULL)
    notes = verdicts.heard(alarms)
    stopped = shown.record.get(STOPPED) if shown.scope is None else None
    if stopped:  # an error may name any customer
        notes.append(Note(f"The run stopped: {stopped}", "error"))
    bad = records.failed(shown.record, shown.cutoff)
    if not bad:
        return notes
    text = f"Not every notebook of this run succeeded: {', '.join(bad[:6])}"
    more = f" and {len(bad) - 6} more" if len(bad) > 6 else ""
    return [*notes, Note(f"{text}{more}. The rest is shown.", "warning")]


TOLD_IN_FULL = ("notebooks", "reports")
"""Findings of which the page names each notebook and report instead."""


def cards(shown: Shown, table: pl.DataFrame) -> Cards:
    """Return the key figures of a run."""
    report, etl = shown.offers_report, shown.etl
    silent = len(report.no_signal)
    surer = int((table["verdict"] == BETTER).sum())
    gates = {BETTER: surer, "failed the quality gate": silent}
    worth, of = "not given", "earlier windows refute it, see above"
    if shown.is_priced:
        worth = words.money(report.expected_gp_top_n, shown.currency)
        of = f"of these offers, in {timeline.in_words(shown.window)}"
    ordered, known = words.count(etl.customers_with_orders), f"with orders, of {etl.customers:,}"
    days = f"cutoff {words.day(shown.cutoff)}, run of {words.day(shown.run.id[:10])}"
    return Cards(
        [
            ("Offers to call", words.count(report.top_n), f"the best of {report.offers:,}"),
            ("Expected gross profit", worth, of),
            ("Expected purchases", words.count(report.expected_buyers_top_n), "of these offers"),
            (
                "Divisions",
                f"{len(shown.divisions)}",
                ", ".join(f"{n} {g}" for g, n in gates.items() if n),
            ),
            ("Customers", ordered, known),
            ("Sales until", words.day(etl.last_order), days),
        ]
    )


def pictures_of(shown: Shown) -> list[Block]:
    """Return the worth of the list by division, and the grid of customers and divisions."""
    chosen = shown.listed.filter("chosen")
    if chosen.is_empty():
        return [Note("The list is empty: no offer passed the rules of 06_whitespace.", "info")]
    unit = shown.currency
    what, value = ("gross profit", "expected_gp") if shown.is_priced else PURCHASES
    worth = chosen.group_by(pl.col("division").cast(pl.String)).agg(pl.col(value).sum(), pl.len())
    worth = worth.sort(value, "division", descending=[True, False])
    text = [
        f"{words.money(amount, unit) if shown.is_priced else words.count(amount)} ({n:,})"
        for amount, n in worth.select(value, "len").rows()
    ]
    axis = f"expected {what}{f', {unit}' if shown.is_priced else ''} (offers)"
    bars = glance.ranked_bars(worth["division"], worth[value], text, axis)
    bars.update_layout(height=max(380, bars.layout.height))
    picture = Picture(bars, f"Expected {what} of the offers to call, by division")
    listed = section(f"The list's expected {what}", "Offers to call, by division.", picture)
    return [Beside([listed, grid(shown)])]


PURCHASES = ("number of purchases", "probability")
"""What a list without trusted money is counted by, and its column."""


def grid(shown: Shown) -> Section:
    """Return the number of customers by state and division, with links to the offers."""
    rows = States.table(shown.offers_report.grid)
    states = [n for n in rows.columns if n != "division" and (n != "open" or rows[n].sum())]
    total = pl.sum_horizontal(states)
    rows = rows.with_columns((pl.col(n) / total).fill_nan(0).alias(f"{n}_share") for n in states)
    offered = shown.values("motion")
    columns = [Column("division", "Division", link="division")]
    for state in states:
        column = Column(state, STATES.get(state, state.capitalize()), "heat")
        if (play := PLAYS.get(state)) in offered:
            also = (("motion", str(play)), ("offers", "all"))
            column = replace(column, link="whitespace", key="division", sets="division", also=also)
        columns.append(column)
    below = (
        f"Number of customers. Active: bought in the last {shown.lapsed_months} months. Lapsed: "
        "bought before. Whitespace: never bought. Not eligible: never ordered anything, or no "
        "model. A number that is a link opens the ranked offers to these customers."
    )
    return section("Who owns what", below, Table(columns, rows))


STATES = {"open": "Open deal"}
PLAYS = {"whitespace": "cross-sell", "lapsed": "win-back"}
"""The sales play of each state that has one alone."""


def made(shown: Shown) -> Block:
    """Return the run: layout, log, window, code."""
    record, etl = shown.record, shown.etl
    entry = choice.entry(shown.run, choice.released(shown.run.path.parent))
    facts = [
        ("Run", f"{shown.run.id} ({record.get('state', 'unknown')})"),
        ("Kind", entry.what),
        ("Level", shown.health.level),
        ("Layout", etl.layout),
        ("Sales log", f"{etl.rows_in:,} rows in {counted(len(etl.files), 'file')}"),
        ("Orders", f"{words.day(etl.first_order)} to {words.day(etl.last_order)}"),
        ("Window", f"{timeline.in_words(shown.window)} after {words.day(shown.cutoff)}"),
        ("Capacity", MODES.get(mode := shown.offers_report.settings.mode, mode)),
        ("Code", str(record.get("git_commit") or "unknown")[:12]),
    ]
    return section("What was run", "", Facts(facts))
