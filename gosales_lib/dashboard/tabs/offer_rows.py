"""The rows of the ranked list in words: place, product, moment, money and reasons."""

from __future__ import annotations

from typing import Any

import polars as pl

from gosales_lib.core.spelling import counted
from gosales_lib.core.workbook import MOST_ROWS
from gosales_lib.dashboard.render import words
from gosales_lib.whitespace.reasons import REASONS


def row_of(row: dict[str, Any], unit: str, before: dict[tuple[str, str], str]) -> dict[str, Any]:
    """Return an offer in words; `before` says where it stood on another run's list."""
    pair = (row["customer_id"], str(row["division"]))
    return {
        "chosen": row["chosen"],
        "customer_id": row["customer_id"],
        "customer": row["customer_name"] or row["customer_id"],
        "division": row["division"],
        "motion": row["motion"] if row["motion"] != "cross-sell" else "",
        "product": row["product"] or "",
        "when": row["when"] or words.NOTHING,
        "opener": row["opener"],
        "before": before.get(pair, before["", ""]) if before else "",
        "rep": row["rep"],
        "branch": row["branch"],
        "probability": words.percent(row["probability"]),
        "filled": round(100 * (row["probability"] or 0)),
        "if_sold": words.money(row["expected_gp_if_sold"], unit),
        "expected": words.money(row["expected_gp"], unit),
        "reasons": [row[name] for name in REASONS if row[name]],
    }


def place(row: dict[str, Any], in_calls: bool) -> dict[str, str]:
    """Return an offer's place: among its rep's calls with that on the whole list below, or that."""
    if in_calls and row["call_order"]:
        return {"rank": f"{row['call_order']:,}", "overall": f"of all: {row['rank']:,}"}
    return {"rank": f"{row['rank']:,}", "overall": ""}


def summary(rows: pl.DataFrame, unit: str, trusted: bool = True) -> str:
    """Return the selection in one sentence; money that is not trusted is left out."""
    if rows.is_empty():
        return "No offer."
    worth, buyers = rows.select(pl.sum("expected_gp", "probability")).row(0)
    whom = counted(rows["customer_id"].n_unique(), "customer")
    offers, purchases = f"{counted(rows.height, 'offer')} to {whom}", words.count(buyers)
    if not trusted:
        return f"{offers}: {purchases} purchases expected"
    money = words.money(worth, unit)
    return f"{offers}: expected gross profit {money} from {purchases} purchases"


def excel(offers: int) -> str:
    """Return the label of the workbook's button, which says if the list is cut."""
    if offers <= MOST_ROWS:
        return "Download Excel"
    return f"Download Excel (first {MOST_ROWS:,} of {offers:,})"
