"""Days in several columns: a year with a month, a quarter or a week, or day, month and year."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from gosales_lib.layout_init import evidence, words
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.roles import Roles
from gosales_lib.sales_log import cleaning, dates

FORMATS = {2: ("%b %Y", "%m %Y", "%V %G"), 3: ("%d %b %Y", "%d %m %Y")}
QUARTERS = ("%q %Y", "Q%q %Y", "T%q %Y", "K%q %Y")


def find(seen: Sequence[Evidence], roles: Roles, rows: pl.DataFrame) -> None:
    """Let a year, what parts it, and a day where there is one, together be the date."""
    if "order_date" in roles.columns or any(e.is_date for e in seen):
        return
    named = [e for e in seen if e.says(words.PERIOD | words.DAY)]
    years = [e for e in named if e.whole == 1 and _within(rows, e.name, 1980, 2100)]
    others = [e for e in named if e not in years]
    days = [e for e in others if e.says(words.DAY) and _within(rows, e.name, 1, 31)]
    for year in years:
        for month in others:
            for parts in ([*days[:1], month, year], [month, year]):
                columns = [part.name for part in parts]
                forms = QUARTERS if month.says(words.QUARTER) else FORMATS[len(parts)]
                if month not in days and (form := _format(rows, columns, forms)):
                    roles.columns["order_date"] = columns
                    roles.keys["date_format"] = form
                    return


def _format(rows: pl.DataFrame, columns: Sequence[str], forms: Sequence[str]) -> str | None:
    """Return the format that reads the columns together, None where none does."""
    text = rows.select(dates.together(columns).alias("text")).to_series()
    for form in forms:
        if evidence.share(dates.days(text, [form]).is_not_null()) > evidence.MOST:
            return form
    return None


def _within(rows: pl.DataFrame, name: str, low: int, high: int) -> bool:
    value = rows.select(cleaning.text(name).cast(pl.Float64, strict=False)).to_series()
    return evidence.share(value.is_between(low, high)) > evidence.MOST
