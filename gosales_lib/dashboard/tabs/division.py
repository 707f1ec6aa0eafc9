"""One division: the quality of its model, its drivers, and its customers."""

from __future__ import annotations

import polars as pl

from gosales_lib.charts import glance
from gosales_lib.charts import learning as pictures
from gosales_lib.charts import whitespace as traits
from gosales_lib.dashboard.read.source import NotShownError, Shown
from gosales_lib.dashboard.read.view import View
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.render.blocks import (
    Beside,
    Block,
    Cards,
    Choice,
    Note,
    Page,
    Picture,
    Table,
    Tone,
    section,
)
from gosales_lib.dashboard.render.columns import Column
from gosales_lib.dashboard.tabs import verdicts
from gosales_lib.reports.division import Division
from gosales_lib.reports.measures import TITLES, named
from gosales_lib.reports.training import BETTER
from gosales_lib.whitespace import icp

BASELINES = ("recency", "frequency", "rfm_logistic")
CLOSEST = (
    Column("customer", "Customer", link="customer", key="customer_id", wide=True),
    Column("rep", "Rep"),
    Column("fit", "Fit", "ratio"),
    Column("traits", "What speaks for it", wide=True),
)
MEASURES = (
    Column("name", "Model"),
    *(Column(measure, title, "ratio") for measure, title in TITLES.items()),
    Column("lift_10_new", "Lift@10% among new customers", "ratio"),
)


def page(shown: Shown, view: View, other: Shown | None = None) -> Page:
    """Return the tab: the choice, and the chosen division; the first one without a choice."""
    division = view.division or shown.divisions[0]
    choice = Choice("division", "Division", division, [(n, n) for n in shown.divisions])
    if division not in shown.divisions:
        return Page([choice, Note(f"This run has no division {division!r}.", "error")])
    return Page([choice, *of(shown, division, view).blocks])


def of(shown: Shown, division: str, view: View | None = None) -> Page:
    """Return the page of one division; with a way to its list where a view is open."""
    reports = shown.division(division)
    problems = verdicts.problems(shown, division)
    if reports.trained is None and not problems:
        raise NotShownError(
            f"No model of {division} was trained in run {shown.run.id}: {shown.go_on}."
        )
    below = f"All rank the same customers. {_measured(reports)}"
    return Page(
        [
            *problems,
            *verdicts.partly(shown),
            *said(reports),
            cards(shown, reports),
            *to_list(shown, division, view),
            *curves(shown, reports),
            section("Against its baselines", below, Table(MEASURES, measures(reports))),
            *inside(shown, division),
            *profile(shown, division),
        ]
    )


def to_list(shown: Shown, division: str, view: View | None) -> list[Block]:
    """Return the link to the offers of the division."""
    offers = shown.listed.filter(pl.col("division").cast(pl.String) == division)
    if view is None or offers.is_empty():
        return []
    chosen = int(offers["chosen"].sum())
    text = f"{chosen:,} of its {offers.height:,} ranked offers are to call."
    which = "chosen" if chosen else "all"
    return [Note(text, "info", view.at("whitespace", division=division, offers=which), "Open them")]


def said(division: Division) -> list[Block]:
    """Return the verdict of the quality gate in words."""
    if division.trained is None:
        return []
    verdict = division.trained.verdict
    tone: Tone = "good" if verdict.outcome == BETTER else "info" if verdict.signal else "warning"
    return [Note(verdict.sentence, tone)]


def _measured(division: Division) -> str:
    if division.evidence is None:
        return "The figures are not available."
    if division.checked:
        return "Measured on sales after the cutoff."
    return "Measured on the validation cutoff, which also chose the model; later sales are missing."


def cards(shown: Shown, division: Division) -> Cards:
    """Return the key figures of a division."""
    row, trained = verdicts.row(shown, division.name), division.trained
    happened = f"{row['bought']:,} bought" if division.checked else f"holdout: {division.holdout}"
    everybody = division.checked or trained
    among = f"of {everybody.customers:,} customers bought" if everybody else "not available"
    rate = everybody.base_rate if everybody else None
    worth = words.money(row["expected_gp"], shown.currency)
    earned = f", {words.money(row['gp_happened'], shown.currency)} observed"
    over = "over all customers" + (earned if division.checked else "")
    return Cards(
        [
            ("Lift@10%", words.times(row["lift"]), f"95% interval {row['interval'] or 'unknown'}"),
            ("Best baseline", words.times(row["lift_baseline"]), row["baseline"] or "none"),
            ("AUC", words.plain(row["auc"], 3), "1 is perfect, 0.5 is chance"),
            ("Buyers expected", words.count(row["expected_buyers"]), happened),
            ("Base rate", words.percent(rate), among),
            ("Expected gross profit", worth, over),
        ]
    )


def curves(shown: Shown, division: Division) -> list[Block]:
    """Return gains and reliability with baselines, on the holdout where it was checked."""
    if division.evidence is None:
        return []
    try:
        rows = shown.of(division.name, "holdout" if division.checked else "selection")
    except NotShownError as reason:
        return [Note(str(reason), "info")]
    if rows["bought"].sum() == 0:
        return [Note("No customer bought in the window: there is no curve to draw.", "info")]
    ranked = {"model": rows["probability"], **{n: rows[n] for n in BASELINES if n in rows.columns}}
    gains = pictures.gains(rows["bought"], ranked, "")
    promising = {name: p for name, p in ranked.items() if name in ("model", "rfm_logistic")}
    honest = pictures.reliability(rows["bought"], promising, "")
    many = "Share of the buyers that are found when this share of the customers is called."
    kept = "A tenth of the customers each. On the line, the observed share is the predicted one."
    left = Picture(gains, "Share of buyers found by share of customers called")
    right = Picture(honest, "Predicted probability against the observed share")
    return [Beside([section("Gains", many, left), section("Reliability", kept, right)])]


def measures(division: Division) -> pl.DataFrame:
    """Return lift, AUC, average precision and capture of the model and its baselines."""
    everybody = division.checked or (division.trained if division.evidence else None)
    fresh = everybody.new_to_division.named() if everybody else {}
    names = [c.name for c in MEASURES[1:-1]]
    rows = [
        {"name": named(name), **{n: getattr(values, n) for n in names}}
        | {"lift_10_new": fresh[name].lift_10}
        for name, values in (everybody.named() if everybody else {}).items()
        if name != "base_rate"
    ]
    schema = {"name": pl.String, **dict.fromkeys([*names, "lift_10_new"], pl.Float64)}
    return pl.DataFrame(rows, schema=schema)


def inside(shown: Shown, division: str) -> list[Block]:
    """Return the drivers of the model, and the distribution of its scores."""
    try:
        drivers, scores = shown.of(division, "drivers"), shown.of(division, "scores")
    except NotShownError as reason:
        return [Note(str(reason), "info")]
    named, effect = [words.family(name) for name in drivers["family"]], drivers["effect"]
    text = [f"{value:.2f}" for value in effect]
    names = pl.Series(named, dtype=pl.String)
    bars = glance.ranked_bars(names, effect, text, "mean effect on the log odds")
    left = Picture(bars, "Mean effect on the log odds by feature family")
    spread = glance.probabilities(scores)
    right = Picture(spread, "Number of customers by probability and purchase type")
    below = "What moves the odds most, by feature family."
    title = "How the probabilities are spread"
    return [
        Beside(
            [section("What drives it", below, left), section(title, "All scored customers.", right)]
        )
    ]


def profile(shown: Shown, division: str) -> list[Block]:
    """Return the ideal customer: the most certain traits, and the closest new customers."""
    folder = shown.run.whitespace(shown.cutoff)
    try:
        surest = icp.surest(shown.frame(folder, "icp").filter(division=division))
        near = shown.frame(folder, "icp_customers").filter(division=division)
    except NotShownError:
        return []
    if surest.is_empty():
        return []
    named = near.join(shown.customers, "customer_id", "left", maintain_order="left")
    named = named.with_columns(customer=pl.coalesce("customer_name", "customer_id"))
    below = "Traits of first-time buyers: how many times as likely to buy, with 95% intervals."
    text = "Traits and how many times likelier a purchase is with them"
    picture = Picture(traits.traits_of(surest), text)
    return [
        section("The ideal customer", below, picture),
        section("Closest to it, and never bought", "", Table(CLOSEST, named.head(10))),
    ]
