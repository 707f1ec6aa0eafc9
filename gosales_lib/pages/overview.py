"""Overview: what was run, what the list is worth, and whether to believe it."""

from __future__ import annotations

import polars as pl

from gosales_lib.charts import whitespace as pictures
from gosales_lib.pages import source, verdicts
from gosales_lib.pages.blocks import Block, Cards, Column, Heading, Note, Page, Picture, Table
from gosales_lib.pages.source import NotShownError, Shown

VERDICTS = (
    Column("division", "Division"),
    Column("verdict", "Verdict", "badge"),
    Column("customers", "Customers", "number"),
    Column("expected_buyers", "Expected buyers", "number"),
    Column("lift", "Lift@10%", "ratio"),
    Column("interval", "95% interval"),
    Column("rival_lift", "Best naive rival", "ratio"),
    Column("rival", "which is"),
    Column("measured", "measured on"),
)
MEANING = (
    "Lift@10%: how many times more buyers the best tenth of the customers holds than chance would. "
    "The naive rivals (recency, frequency, RFM) are what a careful person does without a model; "
    "a division marked “no signal” is offered to nobody."
)


def page(shown: Shown, other: Shown | None = None) -> Page:
    """Return the overview of a run, beside another one where one is chosen."""
    blocks: list[Block] = [*alarms(shown), cards(shown)]
    table = verdicts.table(shown)
    blocks += [
        Heading("Can the models be trusted?", MEANING),
        Table(VERDICTS, table.sort("lift", descending=True, nulls_last=True)),
    ]
    if other is not None:
        blocks += comparison(shown, other, table)
    return Page([*blocks, *pictures_of(shown)])


def alarms(shown: Shown) -> list[Block]:
    """Return what failed in the run, where something did."""
    bad = source.failed(shown)
    if not bad:
        return []
    text = f"Not everything in this run ended well: {', '.join(bad[:6])}"
    more = f" and {len(bad) - 6} more" if len(bad) > 6 else ""
    return [Note(f"{text}{more}. The rest is shown.", "warning")]


def cards(shown: Shown) -> Cards:
    """Return the key figures of a run."""
    found, etl = shown.offers_report, shown.etl
    unit, months = shown.currency, shown.window_months
    left_out = len(found.get("no_signal", []))
    signal = "all may speak" if not left_out else f"{left_out} without a signal, left out"
    return Cards(
        [
            ("Customers scored", f"{etl['customers_with_orders']:,}", f"of {etl['customers']:,}"),
            ("Divisions", f"{len(shown.divisions)}", signal),
            ("Offers on the list", f"{found['top_n']:,}", f"the best of {found['offers']:,}"),
            (
                "Expected gross profit",
                f"{found['expected_gp_top_n']:,.0f} {unit}",
                f"of the list, in {months} months",
            ),
            (
                "Expected purchases",
                f"{found['expected_buyers_top_n']:,.0f}",
                f"of {found['top_n']:,} offers",
            ),
            ("Sales known until", str(etl["last_order"]), f"cutoff {shown.cutoff}"),
        ]
    )


def pictures_of(shown: Shown) -> list[Block]:
    """Return where the list's worth lies, and the grid of customers and divisions."""
    chosen = shown.listed.filter("chosen")
    if chosen.is_empty():
        return [Note("The list is empty: no offer passed the rules of 06_whitespace.", "info")]
    grid = pl.DataFrame(shown.offers_report["grid"])
    worth = pictures.expected_by_division(chosen, shown.currency)
    return [
        Heading(
            "Where the list's worth lies",
            "Grades are places in the whole ranking: A is its best tenth, F its last.",
        ),
        Picture(worth, "Expected gross profit of the list by division and grade"),
        Heading(
            "Who owns what",
            "Active: bought lately. Lapsed: bought long ago. Whitespace: never bought.",
        ),
        Picture(pictures.grid(grid), "Number of customers by division and state"),
    ]


COMPARED = (
    Column("division", "Division"),
    Column("lift", "Lift@10%", "ratio"),
    Column("lift_other", "other run", "ratio"),
    Column("auc", "AUC", "ratio"),
    Column("auc_other", "other run", "ratio"),
    Column("expected_buyers", "Expected buyers", "number"),
    Column("expected_buyers_other", "other run", "number"),
    Column("verdict", "Verdict", "badge"),
    Column("verdict_other", "other run", "badge"),
)


def comparison(shown: Shown, other: Shown, table: pl.DataFrame) -> list[Block]:
    """Return the two runs side by side: figures by division, and how much of the list agrees."""
    try:
        theirs = verdicts.table(other)
        both = table.join(theirs, "division", how="full", suffix="_other", coalesce=True)
        keys = ["customer_id", "division"]
        mine, kept = shown.listed.filter("chosen"), other.listed.filter("chosen")
        same = mine.join(kept, keys, "semi").height
    except NotShownError as reason:
        return [Note(str(reason), "warning")]
    share = same / mine.height if mine.height else 0.0
    below = f"{same:,} of {mine.height:,} offers ({share:.0%}) stand on both lists."
    title = f"Beside run {other.run.id}, cutoff {other.cutoff}"
    return [Heading(title, below), Table(COMPARED, both.sort("division"))]
