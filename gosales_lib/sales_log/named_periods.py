"""Quarters, weeks and periods of a year by their names, such as `Q1 2024` or `FY24-P03`."""

from __future__ import annotations

import re

import polars as pl

FISCAL = re.compile("(?i)0%m|(?:^|[^a-z%]|%[a-z])(?:p|fy|gj)")
"""In the format of fiscal years and posting periods, the first of which may be another month."""
_FY, _YEAR = r"(?:(?:FY|GJ)\W?)", r"(?P<year>(?:19|20)\d\d)"
_FRONT, _BACK = rf"(?:{_FY}?{_YEAR}|{_FY}(?P<short>\d\d))", rf"{_FY}?(?:{_YEAR}|'?(?P<short>\d\d))"
_WORDS = {
    "[1-4]": "(?P<q>(?:Q|T|K|Kv|Qtr|Quarter|Quartal|Trim|Trimestre|Kvartal|Kwartał|Kwartaal)[.]?)",
    r"\d\d?": "(?P<V>W|KW|CW|Wk|Week|Woche|Semaine|Semana|Uge|Uke|Vecka)|(?P<m>P|Per|Periode?)",
}
CALLED = [
    re.compile(pattern, re.IGNORECASE)
    for number, word in _WORDS.items()
    for part in (rf"(?:{word})\W?(?P<n>{number})", rf"(?P<n>{number})\W{{0,2}}(?:{word})")
    for pattern in (rf"{_FRONT}\W{{0,3}}{part}", rf"{part}\W{{1,3}}{_BACK}")
]
CALLED.append(re.compile(rf"(?P<n>[1-4])(?P<q>Q){_BACK}", re.IGNORECASE))
"""A quarter, week or period with its year, such as `Q1 2024`, `KW05 2024` or `FY24-P03`.

A sign parts it from a year behind it, for `K400` is the key of a customer.
"""
TELLING = re.compile("%[YG]|(?i:(?<!%)q|fy|gj)")
"""In a format that needs no name to be a date's: `P10-22` may be a place on a shelf."""
MOST = 300


def forms(texts: pl.Series) -> list[str]:
    """Return the formats of quarters, weeks and periods with years: `Q1 2024` is `Q%q %Y`."""
    some = texts.unique(maintain_order=True).head(MOST)
    found = (match for text in some for shape in CALLED if (match := shape.fullmatch(text)))
    return list(dict.fromkeys(map(_form, found)))


def _form(match: re.Match[str]) -> str:
    """Return a text that CALLED reads with the codes of its numbers in their places."""
    code = next(code for code in "qVm" if match.groupdict().get(code))
    year = "year" if match["year"] else "short"
    letter = {"year": "GY", "short": "gy"}[year][code != "V"]
    spans = {match.span(year): f"%{letter}", match.span("n"): f"%{code}"}
    form = match.string
    for (start, end), part in sorted(spans.items(), reverse=True):
        form = form[:start] + part + form[end:]
    return form
