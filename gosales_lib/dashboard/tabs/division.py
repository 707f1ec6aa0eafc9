"""One division: how good its model is, what drives it, and who its customers are."""

from __future__ import annotations

from typing import Any

import polars as pl

from gosales_lib.charts import glance
from gosales_lib.charts import learning as pictures
from gosales_lib.charts import whitespace as traits
from gosales_lib.dashboard.read.source import NotShownError, Shown
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.render.blocks import (
    Beside,
    Block,
    Cards,
    Choice,
    Column,
    Heading,
    Note,
    Page,
    Picture,
    Section,
    Table,
    Tone,
)
from gosales_lib.dashboard.tabs import verdicts
from gosales_lib.whitespace import icp

RIVALS = ("recency", "frequency", "rfm_logistic")
CLOSEST = (
    Column("customer", "Customer", link="customer", key="customer_id", wide=True),
    Column("rep", "Rep"),
    Column("fit", "Fit", "ratio"),
    Column("traits", "What speaks for it", wide=True),
)
MEASURES = (
    Column("name", "Who ranks"),
    Column("lift_10", "Lift@10%", "ratio"),
    Column("auc", "AUC", "ratio"),
    Column("average_precision", "Average precision", "ratio"),
    Column("capture_10", "Of all buyers in the best tenth", "percent"),
    Column("lift_10_new", "Lift@10% among new customers", "ratio"),
)


def page(shown: Shown, division: str) -> Page:
    """Return the tab: the choice, and the chosen division; the first one without a choice."""
    division = division or shown.divisions[0]
    choice = Choice("division", "Division", division, [(n, n) for n in shown.divisions])
    if division not in shown.divisions:
        return Page([choice, Note(f"This run has no division {division!r}.", "error")])
    return Page([choice, *of(shown, division).blocks])


def of(shown: Shown, division: str) -> Page:
    """Return the page of one division."""
    trained = shown.report(division, "03_train")
    if "verdict" not in trained:
        raise NotShownError(
            f"No model of {division} was trained in run {shown.run.id}. "
            f"`gosales run --resume {shown.run.id}` does what is left."
        )
    later = shown.report(division, "05_holdout")
    said = trained["verdict"]
    tone: Tone = "good" if said.get("beats_rival") else "info" if said.get("signal") else "warning"
    word = verdicts.verdict(trained).capitalize()
    lead = "" if said["sentence"].lower().startswith(word.lower()[:6]) else f"{word}. "
    return Page(
        [
            Note(f"{lead}{said['sentence']}", tone),
            cards(shown, division, trained, later),
            *curves(shown, division, later),
            Section(
                [
                    Heading(
                        "Beside its rivals", f"All rank the same customers. {_measured(later)}"
                    ),
                    Table(MEASURES, measures(trained, later)),
                ]
            ),
            *inside(shown, division),
            *profile(shown, division),
        ]
    )


def _measured(later: dict[str, Any]) -> str:
    if later.get("status") == "checked":
        return "Measured on sales after the cutoff."
    return "Measured on the selection cutoff; later sales are not yet there."


def cards(shown: Shown, division: str, trained: dict[str, Any], later: dict[str, Any]) -> Cards:
    """Return the key figures of a division."""
    row = verdicts.row(shown, division)
    checked = later.get("status") == "checked"
    happened = f"{row['bought']:,} bought" if checked else "what happens is not yet known"
    return Cards(
        [
            ("Lift@10%", words.times(row["lift"]), f"95% interval {row['interval'] or 'unknown'}"),
            ("Best naive rival", words.times(row["lift_rival"]), row["rival"] or "none"),
            ("AUC", words.plain(row["auc"], 3), "1 is perfect, 0.5 is chance"),
            ("Buyers expected", words.count(row["expected_buyers"]), happened),
            (
                "Base rate",
                words.percent(trained.get("base_rate")),
                f"of {trained.get('customers', 0):,} customers bought",
            ),
            (
                "Expected gross profit",
                words.money(row["expected_gp"], shown.currency),
                "over all customers",
            ),
        ]
    )


def curves(shown: Shown, division: str, later: dict[str, Any]) -> list[Block]:
    """Return gains and reliability with rivals, on the holdout where there is one."""
    checked = later.get("status") == "checked"
    try:
        rows = shown.of(division, "holdout" if checked else "selection")
    except NotShownError as reason:
        return [Note(str(reason), "info")]
    if rows["bought"].sum() == 0:
        return [Note("Nobody bought in the window: there is no curve to draw.", "info")]
    ranked = {"model": rows["probability"], **{n: rows[n] for n in RIVALS if n in rows.columns}}
    gains = pictures.gains(rows["bought"], ranked, "")
    promising = {name: p for name, p in ranked.items() if name in ("model", "rfm_logistic")}
    honest = pictures.reliability(rows["bought"], promising, "")
    many = "Call so many of the customers, find so many of the buyers."
    kept = "A tenth of the customers each. On the line, what was promised is what happened."
    return [
        Beside(
            [
                Section(
                    [
                        Heading("Gains", many),
                        Picture(gains, "Share of buyers found by share of customers called"),
                    ]
                ),
                Section(
                    [
                        Heading("Reliability", kept),
                        Picture(honest, "Promised probability against what happened"),
                    ]
                ),
            ]
        )
    ]


def measures(trained: dict[str, Any], later: dict[str, Any]) -> pl.DataFrame:
    """Return lift, AUC, average precision and capture of the model and its rivals."""
    if later.get("status") == "checked":
        rows = {"model": later["model"], **later.get("baselines", {})}
        new = later.get("new_to_division", {})
        fresh = {"model": new.get("model", {}), **new.get("baselines", {})}
    else:
        rows = {**trained.get("candidates", {}), **trained.get("baselines", {})}
        new = trained.get("new_to_division", {})
        fresh = {**new.get("candidates", {}), **new.get("baselines", {})}
    names = [c.name for c in MEASURES[1:-1]]
    found = [
        {"name": name.replace("_", " "), **{n: row.get(n) for n in names}}
        | {"lift_10_new": (fresh.get(name) or {}).get("lift_10")}
        for name, row in rows.items()
        if name != "base_rate"
    ]
    schema = {"name": pl.String, **dict.fromkeys([*names, "lift_10_new"], pl.Float64)}
    return pl.DataFrame(found, schema=schema)


def inside(shown: Shown, division: str) -> list[Block]:
    """Return what drives the model, and how its scores are spread."""
    try:
        drivers, scores = shown.of(division, "drivers"), shown.of(division, "scores")
    except NotShownError as reason:
        return [Note(str(reason), "info")]
    named = [words.family(name) for name in drivers["family"]]
    effect = drivers["effect"]
    bars = glance.ranked_bars(
        pl.Series(named, dtype=pl.String),
        effect,
        [f"{v:.2f}" for v in effect],
        "mean effect on the log odds",
    )
    spread = glance.probabilities(scores)
    return [
        Beside(
            [
                Section(
                    [
                        Heading("What drives it", "What moves the odds most, by kind of evidence."),
                        Picture(bars, "Mean effect on the log odds by family of features"),
                    ]
                ),
                Section(
                    [
                        Heading("How the probabilities are spread", "All scored customers."),
                        Picture(spread, "Number of customers by probability and purchase type"),
                    ]
                ),
            ]
        )
    ]


def profile(shown: Shown, division: str) -> list[Block]:
    """Return the ideal customer: surest traits, and who is closest to it and never bought."""
    folder = shown.run.whitespace(shown.cutoff)
    try:
        surest = icp.surest(shown.frame(folder, "icp").filter(division=division))
        near = shown.frame(folder, "icp_customers").filter(division=division)
    except NotShownError:
        return []
    if surest.is_empty():
        return []
    named = near.join(shown.customers, "customer_id", "left", maintain_order="left").select(
        "customer_id",
        "rep",
        "fit",
        "traits",
        customer=pl.coalesce("customer_name", "customer_id"),
    )
    below = "Traits of first-time buyers: how many times as likely to buy, with 95% intervals."
    picture = Picture(
        traits.traits_of(surest), "Traits and how many times likelier a purchase is with them"
    )
    return [
        Section([Heading("The ideal customer", below), picture]),
        Section([Heading("Closest to it, and never bought"), Table(CLOSEST, named.head(10))]),
    ]
