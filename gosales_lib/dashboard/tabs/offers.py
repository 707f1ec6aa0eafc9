"""The ranked list: filtered, sorted and cut into pages here, so that a page is all that travels."""

from __future__ import annotations

from typing import Any

import polars as pl

from gosales_lib.core.workbook import MOST_ROWS
from gosales_lib.dashboard.read.source import Shown
from gosales_lib.dashboard.read.view import View
from gosales_lib.dashboard.render import words
from gosales_lib.dashboard.render.blocks import Block, Head, Note, Offers, Page
from gosales_lib.dashboard.tabs import verdicts

FILTERS = {"division": "Division", "rep": "Rep", "branch": "Branch", "motion": "Sales play"}
COLUMN_OF = {
    "rank": "rank",
    "customer": "customer_name",
    "division": "division",
    "motion": "motion",
    "probability": "probability",
    "if_sold": "expected_gp_if_sold",
    "expected": "expected_gp",
    "grade": "grade",
}
HEADS = (
    ("rank", "#", "number", "1 is the first to call"),
    ("customer", "Customer", "text", ""),
    ("division", "Division", "text", "what to offer, and the product to lead with"),
    ("", "When", "text", "the most likely month; empty where no month stands out"),
    ("probability", "Probability", "bar", "of a purchase in the window after the cutoff"),
    ("if_sold", "If sold", "money", "gross profit if it sells"),
    ("expected", "Expected profit", "money", "probability times gross profit if sold"),
    ("grade", "Grade", "badge", "A is the best tenth of the ranked list, F the last"),
    ("", "What to say", "reasons", "an opening sentence, and what speaks for the offer"),
)
LARGEST_FIRST = ("probability", "if_sold", "expected")
REASONS = ["reason_1", "reason_2", "reason_3"]


def page(shown: Shown, view: View) -> Page:
    """Return the tab: the filters, and one page of what they leave."""
    no_signal = shown.offers_report.no_signal
    if view.division in no_signal:
        return Page([_listed(shown, view, pl.DataFrame()), *silent(shown, view)])
    return Page([_listed(shown, view, select(shown.listed, view))])


def silent(shown: Shown, view: View) -> list[Block]:
    """Return why a division has no list."""
    found = shown.division(view.division)
    sentence = found.trained.verdict.sentence if found.trained else found.verdict
    text = f"{view.division}: its model failed the quality gate, so nobody is ranked."
    return [Note(f"{text} {sentence}", "warning"), *verdicts.problems(shown, view.division)]


def select(offers: pl.DataFrame, view: View) -> pl.DataFrame:
    """Return the offers that a view asks for, in its order; ties by rank."""
    kept = [pl.col("chosen")] if view.offers == "chosen" else []
    kept += [pl.col(name).cast(pl.String) == view[name] for name in FILTERS if view[name]]
    if view.least:
        kept.append(pl.col("probability") >= view.least / 100)
    if view.search:
        kept.append(pl.col("customer_id").is_in(found(offers, view.search).implode()))
    rows = offers.filter(*kept) if kept else offers
    if view.sort == "rank":
        mine = view.rep and view.offers == "chosen"
        return rows.sort("call_order", "rank", nulls_last=True) if mine else rows
    by = [COLUMN_OF[view.sorted_by], "rank"] if view.sorted_by != "rank" else ["rank"]
    order = [view.descending, False][: len(by)]
    return rows.sort(by, descending=order, nulls_last=True)


def found(offers: pl.DataFrame, text: str) -> pl.Series:
    """Return the numbers of the customers whose name or number holds a text, in any case."""
    who = offers.select("customer_id", "customer_name").unique()
    text = text.lower()
    name = pl.col("customer_name").fill_null("").str.to_lowercase()
    number = pl.col("customer_id").str.to_lowercase()
    hit = name.str.contains(text, literal=True) | number.str.contains(text, literal=True)
    return who.filter(hit)["customer_id"]


def _listed(shown: Shown, view: View, rows: pl.DataFrame) -> Offers:
    last = max(1, -(-rows.height // view.size))
    at = min(view.page, last)
    start = (at - 1) * view.size
    part = rows.slice(start, view.size)
    unit = shown.currency
    filtered = any((*(view[name] for name in FILTERS), view.search, view.least))
    note, link, label = _nothing(shown, view, rows)
    return Offers(
        which=_which(shown),
        filters=[(n, label, shown.values(n)) for n, label in FILTERS.items()],
        summary=summary(rows, unit),
        filtered=filtered,
        heads=[head(view, *told) for told in HEADS],
        rows=[_row(row, unit) for row in shown.with_reasons(part).iter_rows(named=True)],
        range=f"{start + 1:,} to {start + part.height:,} of {rows.height:,}",
        first=view.link(page=1) if at > 1 else "",
        back=view.link(page=at - 1),
        next=view.link(page=at + 1) if at < last else "",
        sizes=[(size, view.link(size=size, page=1)) for size in (25, 50, 100)],
        note=note,
        note_link=link,
        note_label=label,
        excel=excel(rows.height),
    )


def excel(offers: int) -> str:
    """Return what the button of the workbook says: a list that is cut says so."""
    if offers <= MOST_ROWS:
        return "Download Excel"
    return f"Download Excel (first {MOST_ROWS:,} of {offers:,})"


def _which(shown: Shown) -> list[tuple[str, str]]:
    report = shown.offers_report
    return [
        ("chosen", f"To call ({report.top_n:,})"),
        ("all", f"All ranked ({report.offers:,})"),
    ]


def _nothing(shown: Shown, view: View, rows: pl.DataFrame) -> tuple[str, str, str]:
    """Return what to do where nothing is left: a sentence, and a link with its label."""
    if rows.height or view.division in shown.offers_report.no_signal:
        return "", "", ""
    if view.offers == "chosen":
        text = "None of the offers to call fits. The places go to offers that are worth more."
        return text, view.link(offers="all", page=1), "Look in the whole ranked list"
    text = "No offer fits these filters."
    return text, view.at("whitespace", offers=view.offers), "Clear the filters"


def head(view: View, name: str, label: str, kind: str, said: str) -> Head:
    """Return a column's head; a click sorts by it, another one turns the order round."""
    if not name:
        return Head(name, label, kind)
    mine = view.sorted_by == name
    down = not view.descending if mine else name in LARGEST_FIRST
    link = view.link(sort=f"-{name}" if down else name, page=1)
    order = ("descending" if view.descending else "ascending") if mine else "none"
    return Head(name, label, kind, link, order, said)


def _row(row: dict[str, Any], unit: str) -> dict[str, Any]:
    return {
        "rank": f"{row['rank']:,}",
        "chosen": row["chosen"],
        "customer_id": row["customer_id"],
        "customer": row["customer_name"] or row["customer_id"],
        "division": row["division"],
        "motion": row["motion"] if row["motion"] != "cross-sell" else "",
        "product": product(row),
        "when": when(row) or words.NOTHING,
        "opener": row["opener"],
        "place": f"call {row['call_order']:,}" if row["call_order"] else "",
        "rep": row["rep"],
        "branch": row["branch"],
        "probability": words.percent(row["probability"]),
        "filled": round(100 * (row["probability"] or 0)),
        "if_sold": words.money(row["expected_gp_if_sold"], unit),
        "expected": words.money(row["expected_gp"], unit),
        "grade": row["grade"],
        "reasons": [row[name] for name in REASONS if row[name]],
    }


def when(row: dict[str, Any]) -> str:
    """Return when a purchase is likeliest: due now, a month, or nothing where none stands out."""
    return "due now" if row["due_now"] else row["likely_month"] or ""


def product(row: dict[str, Any]) -> str:
    """Return the product to lead with: how likely given a purchase, and how many, in words."""
    if not row["product_1"]:
        return ""
    chance, quantity = row["product_1_probability"], row["product_1_quantity"]
    told = [words.percent(chance, 0)] if chance < 0.995 else []
    told += [f"usually {quantity:,.0f}"] if quantity else []
    return f"{row['product_1']} ({', '.join(told)})" if told else str(row["product_1"])


def summary(rows: pl.DataFrame, unit: str) -> str:
    """Return what the selection holds, in one sentence."""
    if rows.is_empty():
        return "No offer."
    worth, buyers = rows.select(pl.sum("expected_gp", "probability")).row(0)
    offers = "1 offer" if rows.height == 1 else f"{rows.height:,} offers"
    customers = rows["customer_id"].n_unique()
    whom = "1 customer" if customers == 1 else f"{customers:,} customers"
    return (
        f"{offers} to {whom}: expected gross profit {words.money(worth, unit)} "
        f"from {buyers:,.0f} purchases"
    )
