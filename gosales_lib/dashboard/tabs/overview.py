"""Overview: what was run, what the list is worth, and whether to believe it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

import polars as pl

from gosales_lib.charts import glance
from gosales_lib.charts import whitespace as pictures
from gosales_lib.core import timeline
from gosales_lib.dashboard.read import source
from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.render.blocks import (
    Beside,
    Block,
    Cards,
    Column,
    Facts,
    Heading,
    Headline,
    Note,
    Page,
    Picture,
    Section,
    Table,
    Tone,
)
from gosales_lib.dashboard.tabs import comparison, verdicts
from gosales_lib.reports.division import HOLDOUT, VALIDATION
from gosales_lib.reports.training import BETTER

VERDICTS = (
    Column("division", "Division", link="division"),
    Column("verdict", "Verdict", "badge"),
    Column("lift", "Lift@10%", "ratio"),
    Column("interval", "95% interval", "range"),
    Column("lift_rival", "Best baseline's", "ratio"),
    Column("rival", "Baseline"),
    Column("expected_buyers", "Expected buyers", "number"),
    Column("offers", "Offers to call", "number"),
    Column("worth", "Their expected profit", "money"),
)
MEANING = (
    "Lift@10%: how many times more buyers the best tenth of the customers holds than chance would. "
    "A baseline (recency, frequency, RFM) is what a careful person does without a model. "
    f"The verdict is of the validation cutoffs, which also chose the model: “{BETTER}” means "
    "that its average precision was above the best baseline's beyond the 95% interval."
)


OPEN = (
    Column("open_gp", "Open potential", "money"),
    Column("chosen_gp", "Of it to call", "money"),
)
POTENTIAL = {
    "division": ("Division", "division"),
    "branch": ("Branch", "whitespace"),
    "rep": ("Rep", "whitespace"),
}
"""What the open potential is summed by: its heading, and the tab that a name leads to."""
MOST_POTENTIAL = 10


def page(shown: Shown, other: Shown | None = None) -> Page:
    """Return the overview of a run, beside another one where one is chosen."""
    table = verdicts.table(shown)
    blocks: list[Block] = [
        *alarms(shown),
        *verdicts.problems(shown),
        *verdicts.partly(shown),
        headline(shown),
        *money_missed(shown),
        cards(shown, table),
    ]
    if other is not None:
        blocks += comparison.beside(shown, other, table)
    trust: list[Block] = [Heading("Can the models be trusted?", f"{MEANING} {measured(table)}")]
    unit = shown.currency
    rows = with_offers(shown, table).sort("worth", "lift", descending=True, nulls_last=True)
    trust.append(Table(VERDICTS, rows, unit=unit))
    return Page([*blocks, potential(shown), Section(trust), *pictures_of(shown), made(shown)])


def money_missed(shown: Shown) -> list[Block]:
    """Return a warning where the observed gross profit leaves out what was predicted.

    Where later sales are not known, earlier windows say how far the money can be trusted.
    """
    whole = next((row for row in shown.offers_report.judged.money if row.decile == 0), None)
    if whole is None:
        return [Note(shown.offers_report.values.sentence, "info")]
    if whole.observed_low <= whole.predicted_gp <= whole.observed_high:
        return []
    unit = shown.currency
    predicted, observed, low, high = (
        words.money(value, unit)
        for value in (
            whole.predicted_gp,
            whole.observed_gp,
            whole.observed_low,
            whole.observed_high,
        )
    )
    word = "high" if whole.predicted_gp > whole.observed_high else "low"
    text = (
        f"Expected profits were too {word} here: all ranked offers together predicted {predicted} "
        f"and {observed} was observed (95% interval {low} to {high}). Use the order of the list, "
        "not its money."
    )
    return [Note(text, "warning")]


def potential(shown: Shown) -> Block:
    """Return the open potential of the whole grid, by division, branch and rep."""
    rows = [row.fields() for row in shown.offers_report.potential]
    tables: list[Block] = []
    for by, (label, tab) in POTENTIAL.items():
        mine = [row for row in rows if row["by"] == by][:MOST_POTENTIAL]
        if mine:
            named = Column("name", label, link=tab, sets=by)
            frame = pl.DataFrame(mine, infer_schema_length=None)
            tables.append(Table((named, *OPEN), frame, unit=shown.currency))
    below = (
        "Expected profit of all customers and divisions never bought or lapsed, whether or not a "
        "rep has time for them. A division without a usable model is not measurable, which is not "
        f"0. The largest {MOST_POTENTIAL} of each; the run's workbook holds all."
    )
    shown_as: list[Block] = [Beside(tables)] if tables else []
    return Section([Heading("Where is the most open potential?", below), *shown_as])


def headline(shown: Shown, today: date | None = None) -> Headline:
    """Return what the evidence allows to say first, and how the list did where that is known.

    A list whose window has passed is a backtest or out of date, never a list to call. One that did
    no better than a simple list says so first.
    """
    found, unit = shown.offers_report, shown.currency
    worth, when = words.money(found.expected_gp_top_n, unit), words.day(shown.cutoff)
    end = timeline.Window(timeline.parse_date(shown.cutoff), shown.window).end
    passed = end < (today or datetime.now(UTC).date())
    if not found.top_n:
        return Headline("There is no offer to make.", found.sentence, "fair")
    offers = (
        f"{found.top_n:,} offers: {worth} expected gross profit from "
        f"{found.expected_buyers_top_n:,.0f} purchases in {timeline.in_words(shown.window)}"
    )
    if found.standing == "not checked" and passed:
        out = f"This list is out of date: its window ended on {words.day(end)}."
        return Headline(out, f"It held {offers}. Nothing was checked on later sales.", "poor")
    if found.standing == "not checked":
        return Headline(f"Call {offers}.", "Not yet checked: there are no later sales.")
    tone, verdict = STANDING[found.standing]
    title = f"Backtest of {when}" if passed else f"The list of {when}"
    return Headline(f"{title}: {verdict}", f"It held {offers}. {paid(shown)}", tone)


STANDING: dict[str, tuple[Literal["good", "fair", "poor"], str]] = {
    "better": ("good", "the list earned more than every simple list."),
    "no better": ("fair", "the list earned no more than the best simple list, beyond chance."),
    "worse": ("poor", "a simple list would have earned more."),
}
"""What later sales say of a list: its colour, and the first sentence."""


def paid(shown: Shown) -> str:
    """Return what the list brought beside its best baseline; empty where it is not known."""
    if (found := shown.offers_report.paid) is None:
        return ""
    (mine, best), unit = found, shown.currency
    brought, gain = words.money(mine.gross_profit, unit), words.money(abs(best.gain), unit)
    low, high = (words.money(end, unit) for end in (best.gain_low, best.gain_high))
    more = "more" if best.gain >= 0 else "less"
    return (
        f"On later sales it earned {brought}, {gain} {more} than "
        f"“{best.list}” of the same size would have (95% interval {low} to {high})."
    )


def measured(table: pl.DataFrame) -> str:
    """Return on which sales the lifts were measured."""
    where = set(table["measured"].drop_nulls())
    if not where:
        return "No figure is available."
    if where == {HOLDOUT}:
        return "Measured on sales after the cutoff, opened when every model was finished."
    validated = "Measured on the validation cutoff, which also chose the models"
    if where == {VALIDATION}:
        return f"{validated}: later sales alone are out of sample."
    return "Measured on sales after the cutoff where there are any, else on the validation cutoff."


def with_offers(shown: Shown, table: pl.DataFrame) -> pl.DataFrame:
    """Return the verdicts with the number and the worth of each division's offers to call."""
    chosen = shown.listed.filter("chosen").with_columns(pl.col("division").cast(pl.String))
    sums = chosen.group_by("division").agg(
        offers=pl.len().cast(pl.Int64), worth=pl.col("expected_gp").sum()
    )
    joined = table.join(sums, "division", "left", maintain_order="left")
    return joined.with_columns(pl.col("offers", "worth").fill_null(0))


def alarms(shown: Shown) -> list[Block]:
    """Return the alarms of the log, and what failed in the run, where something did."""
    tones: dict[str, Tone] = {"warning": "warning", "failed": "error"}
    heard: list[Block] = [
        Note(" ".join(filter(None, (alarm.sentence, alarm.mend))), tones[alarm.level])
        for alarm in shown.etl.alarms
    ]
    bad = source.failed(shown)
    if not bad:
        return heard
    text = f"Not everything in this run ended well: {', '.join(bad[:6])}"
    more = f" and {len(bad) - 6} more" if len(bad) > 6 else ""
    return [*heard, Note(f"{text}{more}. The rest is shown.", "warning")]


def cards(shown: Shown, table: pl.DataFrame) -> Cards:
    """Return the key figures of a run."""
    found, etl = shown.offers_report, shown.etl
    silent = len(found.no_signal)
    surer = int((table["verdict"] == BETTER).sum())
    gates = [f"{surer} {BETTER}"] * bool(surer) + [f"{silent} failed the quality gate"] * bool(
        silent
    )
    return Cards(
        [
            ("Offers to call", words.count(found.top_n), f"the best of {found.offers:,}"),
            (
                "Expected gross profit",
                words.money(found.expected_gp_top_n, shown.currency),
                f"of these offers, in {timeline.in_words(shown.window)}",
            ),
            ("Expected purchases", words.count(found.expected_buyers_top_n), "of these offers"),
            ("Divisions", f"{len(shown.divisions)}", ", ".join(gates)),
            (
                "Customers",
                words.count(etl.customers_with_orders),
                f"with orders, of {etl.customers:,}",
            ),
            (
                "Sales until",
                words.day(etl.last_order),
                f"cutoff {words.day(shown.cutoff)}, run of {words.day(shown.run.id[:10])}",
            ),
        ]
    )


def pictures_of(shown: Shown) -> list[Block]:
    """Return where the list's worth lies, and the grid of customers and divisions."""
    chosen = shown.listed.filter("chosen")
    if chosen.is_empty():
        return [Note("The list is empty: no offer passed the rules of 06_whitespace.", "info")]
    unit = shown.currency
    worth = chosen.group_by(pl.col("division").cast(pl.String)).agg(
        pl.col("expected_gp").sum(), pl.len()
    )
    worth = worth.sort("expected_gp", "division", descending=[True, False])
    text = [
        f"{words.money(value, unit)} ({n:,})"
        for value, n in worth.select("expected_gp", "len").rows()
    ]
    bars = glance.ranked_bars(
        worth["division"], worth["expected_gp"], text, f"expected gross profit, {unit} (offers)"
    )
    bars.update_layout(height=max(380, bars.layout.height))
    grid = pictures.grid(
        pl.DataFrame([row.fields() for row in shown.offers_report.grid])
    ).update_traces(showscale=False)
    return [
        Beside(
            [
                Section(
                    [
                        Heading("Where the list's worth lies", "Offers to call, by division."),
                        Picture(bars, "Expected gross profit of the offers to call, by division"),
                    ]
                ),
                Section(
                    [
                        Heading(
                            "Who owns what",
                            "Customers. Active: bought lately. Lapsed: long ago. "
                            "Whitespace: never bought.",
                        ),
                        Picture(grid, "Number of customers by division and state"),
                    ]
                ),
            ]
        )
    ]


def made(shown: Shown) -> Block:
    """Return what was run: layout, log, window, code."""
    record, etl = shown.record, shown.etl
    files = len(etl.files)
    facts = [
        ("Run", f"{shown.run.id} ({record.get('state', 'unknown')})"),
        ("Layout", etl.layout),
        ("Sales log", f"{etl.rows_in:,} rows in {files} file{'s' * (files != 1)}"),
        ("Orders", f"{words.day(etl.first_order)} to {words.day(etl.last_order)}"),
        ("Window", f"{timeline.in_words(shown.window)} after {words.day(shown.cutoff)}"),
        ("Capacity shared out by", shown.offers_report.settings.mode.replace("_", " ")),
        ("Code", str(record.get("git_commit") or "unknown")[:12]),
    ]
    return Section([Heading("What was run"), Facts(facts)])
