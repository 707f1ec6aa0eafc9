"""The outputs of 06_whitespace: files, report, comparison with the list before, and result."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import narwhals as nw
import polars as pl

from gosales_lib import run_folders
from gosales_lib.core import sums, terms, timeline, workbook
from gosales_lib.core.spelling import counted
from gosales_lib.core.terms import UNITS, Purchase
from gosales_lib.core.timeline import Window
from gosales_lib.evaluation import holdout
from gosales_lib.reports.whitespace import Whitespace
from gosales_lib.run_folders import Run, releases
from gosales_lib.run_folders.artifacts import Folder
from gosales_lib.whitespace import balance, capacity, payoff, ranking, reps, rules, sheets
from gosales_lib.whitespace import potential as open_potential

NOTHING = "Nothing was offered, so there is nothing to judge."
GLANCE = ["customer_name", "division", "probability", "expected_gp", "grade", "rep", "reason_1"]
"""The columns of the list that a person reads first."""
TITLES = {
    "reps": "Reps", "balance": "Balance", "moves": "Proposed moves", "potential": "Open potential",
    "what_if": "Other capacities", "prospects": "Prospects",
}  # fmt: skip
"""The sheets of tables, by the table's name."""
OPTIONAL = ("balance", "moves", "prospects")
"""Tables that have a sheet only if they hold a row."""


def glance(ranked: pl.DataFrame) -> pl.DataFrame:
    """Return the chosen offers with the columns of `GLANCE`; without money that is not trusted."""
    rows = ranked.filter("chosen")
    return sheets.priced(rows.select(GLANCE), ranking.is_priced(rows))


def with_baselines(
    ranked: pl.DataFrame, sales: pl.DataFrame, window: Window, purchase: Purchase = UNITS
) -> pl.DataFrame:
    """Return the ranked list with the columns that the baselines of `payoff` sort by."""
    lately = timeline.last_months(window.cutoff, 12)
    year = nw.from_native(sales).filter(lately).to_native()
    profit = year.group_by("customer_id").agg(gp_12m=sums.total("gross_profit"))
    bought = terms.purchases(sales, window.cutoff, purchase)
    last = bought.group_by("customer_id").agg(last_order_day=pl.col("order_day").max())
    bought = nw.from_native(bought).filter(lately).to_native()
    buyers = bought.group_by("division").agg(buyers_12m=pl.col("customer_id").n_unique())
    beside = ranked.join(profit, "customer_id", "left").join(last, "customer_id", "left")
    joined = beside.join(buyers, "division", "left").sort("rank")
    return joined.with_columns(pl.col("gp_12m", "buyers_12m").fill_null(0))


def happened(
    run: Run, divisions: Sequence[str], window: Window, max_missing_days: int = -1
) -> tuple[pl.DataFrame | None, str]:
    """Return the purchases in the window, and in words what is missing in it (empty: nothing).

    customer_id, division, bought, gp_window; None where the data does not cover the window of every
    division that was sold at the cutoff: a customer whose later sales are missing would count as
    one who bought nothing. `max_missing_days` -1 asks the layout.
    """
    layout = run.layout()
    allowed = layout.max_missing_days if max_missing_days < 0 else max_missing_days
    sales, after = run.read("fact_transactions"), run.read("holdout_transactions")
    later = holdout.later_sales(sales, after, window, allowed)
    if later.status != holdout.CHECKED or later.lost(divisions, window, allowed):
        return None, ""
    frames = [
        terms.bought(later.sales.filter(division=name), window, layout.purchase).with_columns(
            division=pl.lit(name)
        )
        for name in divisions
    ]
    schema = {"customer_id": pl.String, "bought": pl.Int8, "gp_window": pl.Float64}
    return pl.concat([pl.DataFrame(schema=schema | {"division": pl.String}), *frames]), later.lacks


def previous(run: Run, ranked: pl.DataFrame, cutoff: date, top_n: int) -> dict[str, Any] | None:
    """Return the overlap with the list before: run, cutoff, shares; None without one.

    The list before is the one that the reps had so far: the list of the released run, at its latest
    cutoff up to this one.
    """
    earlier = releases.seen_before(run)
    if earlier is None:
        return None
    lists = (earlier.path / "whitespace").glob("????-??-??/whitespace.parquet")
    days = sorted(d for path in lists if (d := path.parent.name) <= cutoff.isoformat())
    if not days:
        return None
    before = earlier.whitespace(days[-1]).read("whitespace")
    return {"run": earlier.id, "cutoff": days[-1]} | payoff.overlap(ranked, before, top_n)


def save(
    folder: Folder,
    ranked: pl.DataFrame,
    profile: pl.DataFrame,
    closest: pl.DataFrame,
    tables: dict[str, pl.DataFrame],
) -> None:
    """Write the list as Parquet and CSV, and the profiles and other tables as Parquet."""
    folder.write("whitespace", ranked)
    folder.write_csv("whitespace", ranked)
    folder.write("icp", profile)
    folder.write("icp_customers", closest)
    for name, table in tables.items():
        folder.write(name, table)


def save_workbooks(
    folder: Folder,
    report: Whitespace,
    ranked: pl.DataFrame,
    profiles: tuple[pl.DataFrame, pl.DataFrame],
    tables: dict[str, pl.DataFrame],
    currency: str,
    customers: pl.DataFrame | None = None,
) -> None:
    """Write the run's workbook, and one of each rep with calls: `calls/<rep>-<cutoff>.xlsx`.

    `profiles` are the ideal customer profiles with the closest customers, `tables` those of `save`;
    `customers` are named there.
    """
    day = timeline.parse_date(folder.path.name)
    each = bool(report.settings.rules.get("sheet_per_rep"))
    titles = {n: t for n, t in TITLES.items() if tables[n].height or n not in OPTIONAL}
    trusted = report.values.trusted
    named = {title: sheets.priced(tables[name], trusted) for name, title in titles.items()}
    if "Prospects" in named:
        named["Prospects"] = named["Prospects"].rename({"probability": "chance"})
    whole = ("", sheets.of_run(ranked, *profiles, named, each, customers))
    for rep, pages in (whole, *sheets.of_reps(ranked)):
        calls = f"calls/{run_folders.distinct(rep)}-{day}.xlsx"
        with folder.writing(calls if rep else "whitespace.xlsx") as path:
            cover = sheets.cover(report, day, rep, currency)
            workbook.write(path, pages, cover=cover, currency=currency)


def report(
    ranked: pl.DataFrame,
    *,
    grid: pl.DataFrame,
    cuts: pl.DataFrame,
    corrected: pl.DataFrame,
    verdicts: pl.DataFrame,
    paid: pl.DataFrame,
    lacks: str,
    barred: dict[str, int],
    before: dict[str, Any] | None,
    settings: dict[str, Any],
    lists: pl.DataFrame,
    what_if: pl.DataFrame,
    potential: pl.DataFrame,
    balanced: dict[str, pl.DataFrame],
    values: dict[str, Any],
    judged: dict[str, Any],
    prospects: list[dict[str, Any]],
) -> Whitespace:
    """Return the report of 06_whitespace: the grid, the list's worth, what was left out and why."""
    top = ranked.filter("chosen")
    silent = verdicts.filter(~pl.col("signal"))["division"].to_list()
    figures: dict[str, Any] = {
        "offers": ranked.height,
        "top_n": top.height,
        "expected_gp_top_n": float(top["expected_gp"].sum()) if values["trusted"] else None,
        "expected_buyers_top_n": float(top["probability"].sum()),
        "by_division": payoff.by_division(top).to_dicts(),
        "grid": grid.to_dicts(),
        "cuts": [*cuts.to_dicts(), *capacity.cuts(ranked).to_dicts()],
        "exclusions": barred,
        "corrections": corrected.to_dicts(),
        "coverage": ranking.coverage(ranked).to_dicts(),
        "no_signal": silent,
        "payoff": paid.to_dicts(),
        "verdict": payoff.verdict(paid, settings["mode"], lacks) if ranked.height else NOTHING,
        "previous": before,
        "settings": settings,
        "reps": lists.to_dicts(),
        "balance": balance.sentence(lists, ranked, balanced) if ranked.height else NOTHING,
        "what_if": what_if.to_dicts(),
        "values": values,
        "judged": judged,
        "prospects": prospects,
        "potential": potential.to_dicts(),
        "potential_sentence": open_potential.sentence(potential),
    }
    return Whitespace.of(**figures, sentence=sentence(figures))


def sentence(figures: dict[str, Any]) -> str:
    """Return the list in words."""
    if not figures["offers"]:
        removed = [f"{cut['rule']} {cut['cut']:,}" for cut in figures["cuts"] if cut["cut"]]
        return f"No offer is left; removed by rule: {', '.join(removed) or 'none'}."
    trusted = figures["values"]["trusted"]
    worth = f"{figures['expected_gp_top_n']:,.0f} gross profit from " if trusted else ""
    text = (
        f"{figures['offers']:,} offers ranked; the {figures['top_n']:,} chosen are expected to "
        f"bring {worth}{counted(round(figures['expected_buyers_top_n']), 'purchase')}."
    )
    own = [row for row in figures["reps"] if row["rep"] != reps.UNASSIGNED]
    short = [row for row in own if row["note"]]
    if figures["settings"]["mode"] == "each_rep" and own:
        text += f" {len(own):,} reps have a list of their own, {len(short):,} of them a short one."
    if figures["no_signal"]:
        text += f" Left out, quality gate failed: {', '.join(figures['no_signal'])}."
    limits = {name: figures["settings"]["rules"].get(name) for name in rules.OF_MONEY}
    if not trusted and (given := [name for name, limit in limits.items() if limit]):
        text += f" No profit is given, so no offer was removed by {' and '.join(given)}."
    return text
