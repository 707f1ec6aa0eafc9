"""One division: how good its model is, what drives it, and who its customers are."""

from __future__ import annotations

from typing import Any

import polars as pl

from gosales_lib.charts import learning as pictures
from gosales_lib.charts import whitespace as traits
from gosales_lib.pages import verdicts
from gosales_lib.pages.blocks import (
    Beside,
    Block,
    Cards,
    Choice,
    Column,
    Heading,
    Note,
    Page,
    Picture,
    Table,
)
from gosales_lib.pages.source import NotShownError, Shown
from gosales_lib.whitespace import icp

RIVALS = ("recency", "frequency", "rfm_logistic")
CLOSEST = (
    Column("customer", "Customer", wide=True),
    Column("fit", "Fit", "ratio"),
    Column("traits", "What speaks for it", "reasons", wide=True),
)
MEASURES = (
    Column("name", "Who ranks"),
    Column("lift_10", "Lift@10%", "ratio"),
    Column("auc", "AUC", "ratio"),
    Column("average_precision", "Average precision", "ratio"),
    Column("capture_10", "Buyers in the best 10%", "percent"),
    Column("lift_10_new", "Lift@10%, new to it", "ratio"),
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
        raise NotShownError(f"No model of {division} was trained in run {shown.run.id}.")
    later = shown.report(division, "05_holdout")
    said = trained["verdict"]
    tone = "info" if said.get("signal") else "warning"
    blocks: list[Block] = [
        Heading(division, f"Champion: {trained['champion']}. {_measured(later)}"),
        Note(f"{verdicts.verdict(trained).capitalize()}. {said['sentence']}", tone),
        cards(shown, division, trained, later),
        *curves(shown, division, later),
        Heading("Beside its rivals", "All of them rank the same customers."),
        Table(MEASURES, measures(trained, later)),
    ]
    return Page([*blocks, *inside(shown, division), *profile(shown, division)])


def _measured(later: dict[str, Any]) -> str:
    if later.get("status") == "checked":
        return "Figures and curves are of the holdout: sales after the cutoff."
    return "Figures and curves are of the selection cutoff; the holdout is not yet there."


def cards(shown: Shown, division: str, trained: dict[str, Any], later: dict[str, Any]) -> Cards:
    """Return the key figures of a division."""
    row = verdicts.table(shown).filter(division=division).row(0, named=True)
    checked = later.get("status") == "checked"
    promised = f"{row['expected_buyers'] or 0:,.0f}"
    happened = f"{row['bought']:,} bought" if checked else "not yet known"
    rival = f"best naive rival {row['rival_lift']:.2f}" if row["rival_lift"] else "no rival"
    lift = f"{row['lift']:.2f}" if row["lift"] else "-"
    base = trained.get("base_rate") or 0.0
    return Cards(
        [
            ("Lift@10%", lift, f"{rival}"),
            ("AUC", f"{row['auc']:.3f}" if row["auc"] else "-", "1 is perfect, 0.5 is chance"),
            ("Buyers promised", promised, happened),
            ("Base rate", f"{base:.1%}", f"of {trained.get('customers', 0):,} customers"),
            (
                "Expected gross profit",
                f"{row['expected_gp'] or 0:,.0f} {shown.currency}",
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
    gains = pictures.gains(rows["bought"], ranked, "Gains")
    honest = pictures.reliability(rows["probability"], rows["bought"], "Reliability")
    return [
        Beside(
            [
                Picture(gains, "Share of buyers found by share of customers called"),
                Picture(honest, "Promised probability against what happened"),
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
    return [
        Beside(
            [
                Picture(pictures.drivers(drivers, "What drives it"), "Effect by family"),
                Picture(
                    pictures.score_distribution(scores, "How the chances are spread"),
                    "Number of customers by probability and purchase type",
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
        customer=pl.coalesce("customer_name", "customer_id"),
        fit="fit",
        traits=pl.col("traits").str.replace_all("; ", "\n", literal=True),
    )
    below = "Traits of first-time buyers: how many times as likely to buy, with 95% intervals."
    return [
        Heading("The ideal customer", below),
        Picture(traits.traits_of(surest), "Traits and how many times likelier they make a sale"),
        Heading("Closest to it, and never bought"),
        Table(CLOSEST, named.head(10)),
    ]
