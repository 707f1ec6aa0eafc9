"""Reasons in plain words: fills in the sentences of the feature families."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gosales_lib.core.spelling import in_words
from gosales_lib.features import FAMILIES

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


def say(name: str, row: Mapping[str, Any], division: str) -> str | None:
    """Return a feature's value in words; None for a feature without a sentence.

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
    for sentence in (each for family in FAMILIES.values() for each in family.sentences):
        match = re.fullmatch(sentence.pattern, name)
        if match is None:
            continue
        parts = match.groupdict()
        gaps = rhythm(row, parts.get("own") or "")
        if "{now" in sentence.text and not gaps:
            continue
        template = sentence.never if value is None else sentence.text
        if template is None:
            return None
        filled = template.format(**words(parts, 0.0 if value is None else value) | gaps)
        text = filled if value is None else counted(filled)
        other = parts.get("other")
        if name.startswith("attribute__"):
            other = in_words(str(other))
        names = enumerate((division, other, value))
        # texts from data come last: one may read like a count
        return text.translate({i: name for i, name in names if isinstance(name, str)})
    return None


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
