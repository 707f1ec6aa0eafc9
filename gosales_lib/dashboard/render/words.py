"""Numbers as a reader expects them: money with its currency, shares in percent, days as dates."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeGuard

MINUS = "\N{MINUS SIGN}\N{WORD JOINER}"  # no line ends between the sign and the number
SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CHF": "CHF ", "CAD": "C$", "AUD": "A$"}
NOTHING = "\N{EN DASH}"


def known(value: Any) -> TypeGuard[float]:
    """Return whether a number is neither missing nor NaN."""
    return value is not None and value == value


def money(value: float | None, currency: str, digits: int = 0) -> str:
    """Return an amount with its currency: `$1,234`, `-$12` (with a real minus), `1,234 PLN`."""
    if not known(value):
        return NOTHING
    text = f"{abs(value):,.{digits}f}"
    minus = MINUS if value < 0 and text.strip("0.,") else ""
    sign = SIGNS.get(currency)
    return f"{minus}{sign}{text}" if sign else f"{minus}{text} {currency}"


def percent(value: float | None, digits: int = 1) -> str:
    """Return a share in percent; a small one is not rounded to nothing."""
    if not known(value):
        return NOTHING
    if 0 < value < 0.0005:
        return "<0.1%"
    return f"{value:.{digits}%}"


def count(value: float | None) -> str:
    """Return a number with its thousands parted, a small one that is not whole with a digit."""
    if not known(value):
        return NOTHING
    small = abs(value) < 10 and value != round(value)
    return f"{value:,.1f}" if small else f"{value:,.0f}"


def attribute(name: str, value: object) -> str:
    """Return what is known of a customer; a year has no thousands."""
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if "year" in name.lower() else f"{value:,.0f}"


def plain(value: float | None, digits: int = 2) -> str:
    """Return a number with this many digits."""
    return f"{value:.{digits}f}" if known(value) else NOTHING


def signed(value: float | None, digits: int = 3) -> str:
    """Return a gain or a loss with its sign: `+0.013`."""
    if not known(value):
        return NOTHING
    return f"{round(value, digits) + 0.0:+.{digits}f}".replace("-", MINUS)


def times(value: float | None, digits: int = 2) -> str:
    """Return a ratio as a multiple: `2.88x`."""
    return f"{value:.{digits}f}x" if known(value) else NOTHING


def day(value: date | str | None) -> str:
    """Return a day as `31 Dec 2024`."""
    if not value:
        return NOTHING
    parsed = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{parsed.day} {parsed:%b %Y}"


FAMILIES = {
    "affinity": "what goes together",
    "assets": "what they run",
    "attributes": "what kind of company",
    "context": "what the rep's and the branch's other customers buy",
    "division_mix": "mix of divisions",
    "frequency_monetary": "how often and how much",
    "lifecycle": "age and rhythm",
    "money": "how much, without outliers",
    "neighbours": "customers like them",
    "next_purchases": "what customers like them bought next",
    "products": "which products",
    "recency": "how long ago",
    "trend": "growing or shrinking",
}
"""Names of feature families for readers."""


def family(name: str) -> str:
    """Return a family of features in words."""
    return FAMILIES.get(name, name.replace("_", " "))
