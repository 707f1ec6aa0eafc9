"""Columns whose blanks take the value above: headings of groups, heads of orders, merged cells."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from gosales_lib.layout_init import evidence, month_columns, words
from gosales_lib.layout_init.evidence import Evidence, Table
from gosales_lib.sales_log import dates, no_records, prepare
from gosales_lib.sales_log.required_columns import HEADING

FEWEST_BLANK, FEWEST_BELOW = 0.1, 1 / 3
"""Shares of the rows without a day from which on an order's later lines lack it, and of those
without a customer in a matrix."""
LEVELS = 3
"""Leading columns that may each hold the headings of groups."""
SAME_ROWS = 0.95
"""Share of the rows on which two columns are both blank or both filled, to be of one kind."""
KINDS = words.REVENUE | words.PRICE | words.PROFIT | words.QUANTITY | words.COST | words.NO_MONEY
Blanks = Mapping[str, pl.Series]
"""By column, in which rows it is blank."""


def filled_down(table: Table) -> list[str]:
    """Return the columns of a log whose blanks take the value above, empty without any."""
    rows = table.rows
    blank = {name: table.texts(name).is_null().alias(name) for name in rows.columns}
    if names := _headings(rows, blank):
        return names
    gapped = {name: b for name, b in blank.items() if b.any() and not b.all() and not b[0]}
    if not gapped:
        return []
    return _of_orders(rows, blank, gapped, table.of) or _of_customers(rows, gapped, table.of)


def _headings(rows: pl.DataFrame, blank: Blanks) -> list[str]:
    """Return the columns of group headings: rows that hold nothing else name what follows.

    Groups may lie in groups, each level in a column of its own.
    """
    levels = []
    for name in rows.columns[:LEVELS]:
        others = [b for other, b in blank.items() if other != name]
        alone = ~blank[name] & pl.DataFrame(others).select(pl.all_horizontal(pl.all())).to_series()
        if alone.sum() > 1 and evidence.share(blank[name]) > 0.5 and not alone[-1]:
            levels.append(name)
    if levels:
        return levels
    alone = prepare.with_headings(rows)[HEADING].is_not_null()
    is_apart = alone.any() and alone[0] and not (alone & alone.shift(-1, fill_value=True)).any()
    named = words.of(*rows.columns)
    is_apart &= not (named & words.PARTY and named & words.PRODUCT)  # else lines of comments
    return [HEADING] if is_apart and alone.sum() > 1 and len(blank) >= no_records.FEWEST else []


def _of_orders(
    rows: pl.DataFrame, blank: Blanks, gapped: Blanks, every: Mapping[str, Evidence]
) -> list[str]:
    """Return what stands on an order's first line alone, where the day is among it."""
    day = next((name for name in gapped if every[name].is_date), None)
    others = [e for name, e in every.items() if name not in gapped]
    if day is None or any(e.is_date for e in others) or evidence.share(blank[day]) < FEWEST_BLANK:
        return []
    named = [name for name, b in gapped.items() if evidence.share(b == blank[day]) > SAME_ROWS]
    named = [name for name in named if name not in _numbers(every)]
    lines = [name for name, b in blank.items() if not (b & blank[day]).any()]
    is_order = len(named) > 1 and len(lines) > 1 and _are_lines(rows, blank[day], lines, every)
    return named if is_order else []


def _are_lines(
    rows: pl.DataFrame, later: pl.Series, columns: list[str], every: Mapping[str, Evidence]
) -> bool:
    """Return whether rows without a day are an order's later lines, and no totals under labels.

    They are most rows, or name mostly what rows with a day name, too: products, and no labels.
    """
    if evidence.share(later) > 0.5:
        return True
    named = [n for n in columns if every[n].is_text or every[n].says(words.KEY | words.PRODUCT)]
    parts = [(rows[name].filter(later), rows[name].filter(~later)) for name in named]
    return any(evidence.within(*pair) > 0.5 for pair in parts)


def _of_customers(rows: pl.DataFrame, gapped: Blanks, every: Mapping[str, Evidence]) -> list[str]:
    """Return what stands on a customer's first row alone, where days begin anew with each customer.

    Each customer stands there once; else blanks may be sales to nobody known. In a matrix of
    months he may stand on the row of his total, too.
    """
    day = next((e for e in every.values() if e.is_date and e.name not in gapped), None)
    parties = [name for name, e in every.items() if e.says(words.PARTY)]
    if not parties or not set(parties) <= set(gapped):
        return []
    later = gapped[parties[0]]
    if day is None:
        is_matrix = evidence.share(later) >= FEWEST_BELOW and _is_matrix(rows, parties[0], every)
        return [name for name in parties if is_matrix and gapped[name].equals(later)]
    once = not rows[parties[0]].filter(~later).is_duplicated().any()
    steps = dates.days(rows[day.name], day.reading.formats).diff().dt.total_days()
    if not once or not any(_begin_anew(turn * steps, later) for turn in (1, -1)):
        return []
    return [name for name in gapped if gapped[name].equals(later) and name not in _numbers(every)]


def _is_matrix(rows: pl.DataFrame, party: str, every: Mapping[str, Evidence]) -> bool:
    """Return whether months are columns, and no customer's rows name a product twice."""
    owner = evidence.texts(rows, party).forward_fill().alias(party)
    blocks = owner.filter(owner != owner.shift(fill_value=""))
    things = [
        n for n, e in every.items() if n != party and e.is_text and e.share_filled > SAME_ROWS
    ]
    frame = pl.DataFrame([owner, *(rows[name] for name in things)])
    return bool(
        month_columns.of(rows.columns)
        and blocks.is_unique().all()
        and any(
            rows[name].is_duplicated().any() and frame.select(party, name).is_unique().all()
            for name in things
        )
    )


def _begin_anew(steps: pl.Series, later: pl.Series) -> bool:
    """Return whether days never fall within groups, and mostly fall where one begins."""
    begun, inside = steps.filter(~later)[1:], steps.filter(later)
    return evidence.share(begun < 0) > 0.5 and evidence.share(inside >= 0) > SAME_ROWS


def _numbers(every: Mapping[str, Evidence]) -> set[str]:
    """Return the columns of money and quantities, whose blanks mean nothing."""
    return {e.name for e in every.values() if e.is_number and (e.whole < 1 or e.says(KINDS))}
