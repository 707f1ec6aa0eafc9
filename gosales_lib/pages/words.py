"""Numbers as a reader expects them: money with its currency, shares in percent, days as dates."""

from __future__ import annotations

from datetime import date
from typing import Any

SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CHF": "CHF ", "CAD": "C$", "AUD": "A$"}
NOTHING = "–"


def known(value: Any) -> bool:
    """Return whether a number is there: neither missing nor NaN."""
    return value is not None and value == value


def money(value: float | None, currency: str, digits: int = 0) -> str:
    """Return an amount with its currency: `$1,234`, `−$12`, `1,234 PLN`."""
    if not known(value):
        return NOTHING
    text = f"{abs(value):,.{digits}f}"
    minus = "−" if value < 0 and text.strip("0.,") else ""
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
    """Return a whole number with its thousands parted."""
    return f"{value:,.0f}" if known(value) else NOTHING


def times(value: float | None, digits: int = 2) -> str:
    """Return a ratio as so many times: `2.88×`."""
    return f"{value:.{digits}f}×" if known(value) else NOTHING


def day(value: date | str | None) -> str:
    """Return a day as `31 Dec 2024`."""
    if not value:
        return NOTHING
    parsed = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{parsed.day} {parsed:%b %Y}"


def range_of(low: float | None, high: float | None, digits: int = 2, percent: bool = False) -> str:
    """Return an interval: `2.59 to 3.25`."""
    if not (known(low) and known(high)):
        return NOTHING
    if percent:
        return f"{low:.{digits}%} to {high:.{digits}%}"
    return f"{low:.{digits}f} to {high:.{digits}f}"
