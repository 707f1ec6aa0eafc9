"""Columns that are months, alone or of several measures, by their names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import polars as pl

from gosales_lib.sales_log import dates, headers, named_periods

FEWEST_MONTHS = 3
FIRST_DAYS = ("%Y-%m-01", "01/%m/%Y", "%m/01/%Y", "01.%m.%Y")
"""Months called by their first day; their sales are known on the last one."""
MONTHS = (*FIRST_DAYS, "%b %Y", "%Y-%m", "%m/%Y", "%m.%Y", "%Y/%m", "%m-%Y", "%b %y", "%Y%m")
"""How a column of a month may be called."""
FULL = ("%b %Y", "%m %Y")
"""The same, where the year stands in the name of the file."""


def of(names: Sequence[str], year: str = "") -> dict[str, list[str]]:
    """Return the columns that are months by their measure, `""` where they are months alone.

    A `year` is put behind names that lack one.
    """
    cut = [part for name in names if not headers.is_again(name) for part in _measures(name)]
    parts = pl.DataFrame(cut, ["name", "measure", "month"], orient="row")
    texts = parts["month"] + year
    forms = [*(FULL if year else MONTHS), *named_periods.forms(texts)]
    read = [parts.filter(dates.days(texts, [form]).is_not_null()) for form in forms]
    months = max(read, key=len)
    if "" in months["measure"]:
        months = months.filter(pl.col("measure") == "")
    groups = months.group_by("measure", maintain_order=True).agg("name")
    most = max(map(len, groups["name"]), default=0)
    whole = {m: list(n) for m, n in groups.iter_rows() if len(n) > most / 2}
    return whole if most >= FEWEST_MONTHS else {}


def refuse_between(columns: list[str], months: Sequence[str], numbers: set[str]) -> None:
    """Raise ValueError where columns of numbers stand between months: their sales would be lost."""
    at = [columns.index(name) for name in months]
    if between := [name for name in columns[min(at) : max(at)] if name in numbers]:
        raise ValueError(unknown(between))


def unknown(names: Sequence[str]) -> str:
    """Return the refusal of columns that are months in words that are not known here."""
    return (
        f"columns such as {', '.join(map(repr, names[:4]))} seem to be months, but no language "
        "known here calls a month so: rename the columns of all months, such as 2024-01"
    )


def _measures(name: str) -> Iterator[tuple[str, str, str]]:
    """Yield a column's name with each way to cut it into a measure and a month."""
    yield name, "", name
    for gap in re.finditer(r"[ _:/-]+", name):
        before, after = name[: gap.start()], name[gap.end() :]
        if before and after:
            yield name, before, after
            yield name, after, before
