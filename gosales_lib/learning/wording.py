"""Reasons in plain words: a customer's feature as a rep would put it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gosales_lib.core.spelling import in_words

RHYTHM = "usual gap between orders{of} {usual:,.0f} days, now {now:,.0f} days"

PATTERNS: tuple[tuple[str, str], ...] = (
    (r"own_orders_(?P<span>\d+m|all)", "bought {division} {n:,.0f} times {within}"),
    (r"orders_(?P<span>\d+m|all)", "{n:,.0f} orders {within}"),
    (r"(?P<own>own_)?(gp|revenue)_(?P<span>\d+m|all)", "{n:,.0f} gross profit{from_} {within}"),
    (r"(?P<own>own_)?quantity_(?P<span>\d+m|all)", "{n:,.0f} units{of} {within}"),
    (r"days_since_order", "last order {n:,.0f} days ago"),
    (r"own_days_since_order", "last bought {division} {n:,.0f} days ago"),
    (r"own_days_since_first", "first bought {division} {n:,.0f} days ago"),
    (r"days_since_order__(?P<other>.+)", "last bought {other} {n:,.0f} days ago"),
    (r"(?P<own>own_)?active_months_12m", "ordered{from_} in {n:.0f} of the last 12 months"),
    (r"(?P<own>own_)?products_(?P<span>\d+m|all)", "{n:,.0f} products{of} {within}"),
    (r"(?P<own>own_)?(gap_over_median|median_gap_days)", RHYTHM),
    (r"(?P<own>own_)?gap_over_median", "{n:.1f} of its usual gaps{of} since the last order"),
    (r"(?P<own>own_)?median_gap_days", "usually {n:,.0f} days between orders{of}"),
    (r"(?P<own>own_)?mean_gap_days", "{n:,.0f} days between orders{of} in the mean"),
    (r"(?P<own>own_)?longest_gap_days", "longest gap between orders{of} {n:,.0f} days"),
    (r"(?P<own>own_)?tenure_days", "customer{of} for {n:,.0f} days"),
    (r"(?P<own>own_)?largest_order_gp", "largest order{of}: {n:,.0f} gross profit"),
    (r"(?P<own>own_)?average_order_gp", "{n:,.0f} gross profit per order{of}"),
    (r"(?P<own>own_)?order_days", "ordered{from_} on {n:,.0f} days so far"),
    (r"orders_(?P<span>\d+m|all)__(?P<other>.+)", "{n:,.0f} orders of {other} {within}"),
    (r"gp_all__(?P<other>.+)", "{n:,.0f} gross profit from {other} so far"),
    (r"share__(?P<other>.+)", "{other} is {n:.0%} of its orders"),
    (r"divisions_(?P<span>\d+m|all)", "bought from {n:.0f} divisions {within}"),
    (r"affinity_recent_lift", "what it bought lately goes {well} with {division}"),
    (r"affinity_owned_lift", "what it owns goes {well} with {division}"),
    (r"neighbours_owned_share", "{n:.0%} of similar customers own {division}"),
    (r"neighbours_.*", "similar customers lately bought {division} {often}"),
    (r"first_division", "began with {value}"),
    (r"days_since_new_division", "last took up a new division {n:,.0f} days ago"),
    (r"(?P<own>own_)?days_since_new_product", "last took up a new product{of} {n:,.0f} days ago"),
    (r"(?P<own>own_)?quantity_growth_1y", "{n:+,.0f} units{of} against the year before"),
    (r"flag_(?P<other>.+)_attached", "{ever} among the {other} products"),
    (
        r"flag_(?P<other>.+)_quantity_(?P<span>\d+m|all)",
        "{n:,.0f} units of {other} products {within}",
    ),
    (
        r"flag_(?P<other>.+)_growth_1y",
        "{n:+,.0f} units of {other} products against the year before",
    ),
    (r"flag_(?P<other>.+)_days_since", "last bought {other} products {n:,.0f} days ago"),
    (r"attribute__(?P<other>.+)", "{other}: {value}"),
)
"""Patterns of feature names, and their sentences; the first match wins."""

ALONE = r"(?<![\d,.])"
NONE = rf"{ALONE}-?0(\.0)?"
COUNTS = (
    (rf"bought (.+) {NONE} times so far", r"never bought \1"),
    (rf"bought (.+) {NONE} times in", r"did not buy \1 in"),
    (rf"[+-]{NONE} units(.*) against the year", r"as many units\2 as the year"),
    (rf"{NONE} (orders|units|products|gross profit)\b", r"no \2"),
    (rf"{NONE} days ago", "on the cutoff day"),
    (rf"{ALONE}1 times\b", "once"),
    (rf"{ALONE}1 (day|order|unit|product|division)s\b", r"1 \1"),
)
"""Rules for the wording of counts, in this order."""
NONE_OR_ONE = re.compile(rf"{ALONE}(0|1\b)")

NEVER = {
    "days_since_order": "never ordered",
    "own_days_since_order": "never bought {division}",
    "own_days_since_first": "never bought {division}",
    **dict.fromkeys(("median_gap_days", "gap_over_median"), "no usual gap between orders yet"),
    **dict.fromkeys(
        ("own_median_gap_days", "own_gap_over_median"),
        "no usual gap between orders of {division} yet",
    ),
}


def say(name: str, row: Mapping[str, Any], division: str) -> str | None:
    """Return a feature's value in words, None for a feature that has none.

    Parameters
    ----------
    name
        Name of the feature.
    row
        The customer's features; None was never or is unknown.
    division
        The division that is for sale.
    """
    value = row[name]
    for pattern, template in PATTERNS:
        if match := re.fullmatch(pattern, name):
            parts = match.groupdict()
            gaps = rhythm(row, parts.get("own") or "")
            if template == RHYTHM and not gaps:
                continue
            if value is None:
                return never(name, parts.get("other"), division)
            text = counted(template.format(**words(parts, value) | gaps))
            other = parts.get("other")
            if name.startswith("attribute__"):
                other = in_words(str(other))
            names = enumerate((division, other, value))
            # texts from data come last: one may read like a count
            return text.translate({i: name for i, name in names if isinstance(name, str)})
    return None


def never(name: str, other: str | None, division: str) -> str | None:
    """Return the meaning of a missing value in words; None if it is just unknown."""
    if name.startswith("attribute__"):
        return None
    if other is not None:
        return f"never bought {other}{' products' if name.startswith('flag_') else ''}"
    text = NEVER.get(name)
    return text.format(division=division) if text else None


def counted(text: str) -> str:
    """Return the text with `1 day` for `1 days`, `once` for `1 times`, `no units` for `0 units`."""
    if not NONE_OR_ONE.search(text):  # most have neither
        return text
    for pattern, instead in COUNTS:
        text = re.sub(pattern, instead, text)
    return text


def rhythm(row: Mapping[str, Any], own: str) -> dict[str, float]:
    """Return the usual and the current gap between orders in days; nothing where one is unknown."""
    usual, over = row.get(f"{own}median_gap_days"), row.get(f"{own}gap_over_median")
    return {} if usual is None or over is None else {"usual": usual, "now": usual * over}


def words(parts: dict[str, Any], value: Any) -> dict[str, Any]:
    """Return the values for the templates; texts from data are still `chr(0)` to `chr(2)`."""
    own = bool(parts.get("own"))
    span = parts.get("span") or "all"
    months = span.removesuffix("m")
    number = 0.0 if isinstance(value, str) else float(value)
    return {
        "n": number,
        "value": "\2" if isinstance(value, str) else f"{number:,.0f}",
        "division": "\0",
        "other": "\1",
        "of": " of \0" if own else "",
        "from_": " from \0" if own else "",
        "within": "so far" if span == "all" else f"in the last {months} months",
        "well": "well" if number > 0 else "badly",
        "ever": "has bought something" if number > 0 else "never bought anything",
        "often": "more often than others" if number > 0 else "less often than others",
    }
