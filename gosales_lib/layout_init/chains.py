"""Rows that stand again under another value of a column: documents of one sale, or its returns."""

from __future__ import annotations

from collections.abc import Iterable
from math import comb

import polars as pl

from gosales_lib.core import states
from gosales_lib.layout_init import questions, words
from gosales_lib.layout_init.evidence import Evidence, Table
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import MONEY, Roles
from gosales_lib.sales_log import cleaning

INVOICE = words.spelled("invoice")
STEPS = (words.ORDER | words.spelled("open") | states.OPEN | states.DRAFT) - INVOICE
"""The documents of one sale: its quotation, order and delivery note before the invoice."""
MOST_KINDS, LAG = 8, "92d"
"""Kinds of documents in a log, and the time between an order, its invoice and its return."""
AGAIN = 0.9
"""Share of the rows of the rarer kind of document that the other kinds hold as well."""
WHOLE = 0.5
"""Share of a document's rows that another one of the same sales holds at least."""
FEWEST, SURELY = 8, 0.2
"""Rows that chance must leave without a pair, and the share of these that may lack one."""
MOST_KEPT = 3
"""Kinds of which an answer says that it alone counts."""
MANY = 60
"""Equal rows from which on the pairs of the mean are those that chance makes."""


def before_invoices(
    column: str, cut: dict[str, set[str]], roles: Roles, log: Table
) -> tuple[list[str], list[str]]:
    """Return the values of documents whose rows others hold again, and these others.

    The others are the invoices, or the last documents of the sales where none is called so; both
    are empty where no document comes before another one.

    Parameters
    ----------
    cut
        The words of each value of a column of kinds or states.
    """
    invoices = [value for value, in_it in cut.items() if in_it & INVOICE]
    known = [value for value, in_it in cut.items() if in_it & STEPS and value not in invoices]
    roles_of_lines = ("customer_id", "product", "quantity", *MONEY)
    names = list(filter(None, map(roles.column, roles_of_lines)))
    if not known or len(cut) < 2 or len(names) < 3:
        return [], []
    lines = log.rows.select(
        of=cleaning.text(column).fill_null(""),
        line=_line(names),
        day=roles.days(log.rows),
    )
    if not invoices:
        last = lines.filter(~pl.col("of").is_in(known)).group_by("of").agg(pl.col("day").mean())
        later = last.sort("day", "of", descending=True, nulls_last=True)["of"]
        invoices = [v for v in later if any(_is_whole_again(lines, k, v) for k in known)][:1]
    steps = []
    for value in known:
        pair = lines.filter(pl.col("of").is_in([value, *invoices]))
        few, paired, _ = _paired(pair, pair["of"] == value)
        if few and paired >= AGAIN * few:
            steps.append(value)
    others = [value for value in cut if steps and value not in (*invoices, *known)]
    steps += [v for v in others if any(_is_whole_again(lines, v, kept) for kept in invoices)]
    return steps, invoices


def _line(names: Iterable[str]) -> pl.Expr:
    """Return what is equal on rows with the same values of some columns."""
    return pl.struct(map(cleaning.text, dict.fromkeys(names))).hash(seed=17)


def _is_whole_again(lines: pl.DataFrame, value: str, kept: str) -> bool:
    """Return whether two values stand on as many rows, of the same sales: not on some returns."""
    pair = lines.filter(pl.col("of").is_in([value, kept]))
    is_own = pair["of"] == value
    few, most = sorted((int(is_own.sum()), int((~is_own).sum())))
    return few > WHOLE * most and _stands_again(pair, is_own)


def ask(seen: Iterable[Evidence], roles: Roles, log: Table) -> None:
    """Ask about a value of any column whose rows stand again under the column's other values.

    They are steps of the same sales, such as orders and their invoices, or returns of them.
    """
    rows = log.rows
    names = [*map(roles.column, ("customer_id", "product", "quantity")), roles.first(*MONEY)]
    if not all(names):
        return
    lines = rows.select(line=_line(names), day=roles.days(rows))
    if not lines["line"].is_duplicated().any():
        return
    for e in (e for e in seen if 0 < e.distinct <= MOST_KINDS and not e.is_date):
        of = rows.select(of=cleaning.text(e.name).fill_null("")).to_series()
        counts = lines.group_by(of=of).agg(pl.len(), pl.col("day").mean())
        kinds = counts.sort("len", "day", "of", descending=[False, True, False])["of"].to_list()
        told = (question.asks for question in (*roles.questions, *roles.settled))
        if len(kinds) == 1 or any(repr(e.name) in text for text in told):
            continue
        again = next((kind for kind in kinds if _stands_again(lines, of == kind)), None)
        if again is not None:
            rest, of_rest = lines.filter(of != again), of.filter(of != again)
            is_left = any(_stands_again(rest, of_rest == kind) for kind in kinds if kind != again)
            asks = f"rows whose {e.name!r} is {again!r} stand again, with customer, product, "
            asks += "quantity and money, under its other values: are they the same sales, or "
            asks += "returns of them?"
            return roles.ask("where", asks, kinds[:3], _answers(e.name, again, kinds, is_left))


def _answers(column: str, again: str, kinds: list[str], is_left: bool) -> list[Answer]:
    """Return the answers: one kind alone counts, one does not, is returned, or all count.

    Where the others stand again without it, too, leaving that one out is no answer.
    """
    rules = [("keep", kind) for kind in kinds[:MOST_KEPT]]
    rules += [] if is_left else [("leave_out", again)]
    answers = [questions.of_rule(column, {"column": column, how: [kind]}) for how, kind in rules]
    answers += questions.of_key("returns", [{"column": column, "values": [again]}])
    return [*answers, questions.of_rule(column, None)]


def _stands_again(lines: pl.DataFrame, is_own: pl.Series) -> bool:
    """Return whether each row of a kind has one of another kind within LAG days.

    It does not hold where chance would pair nearly as many, as in a log of equal monthly orders.
    """
    few, paired, sales = _paired(lines, is_own)
    sizes, share = sales["len"].value_counts(), int(is_own.sum()) / len(is_own)
    chance = sum(n * _paired_by_chance(size, share) for size, n in sizes.iter_rows())
    unpaired = few - chance
    if paired < AGAIN * few or unpaired < FEWEST or few - paired > SURELY * unpaired:
        return False
    dated = lines.with_columns(own=is_own).drop_nulls("day").sort("day")
    parts = dated.partition_by("own", include_key=False)
    if len(parts) < 2:
        return dated.is_empty()
    some, other = sorted(parts, key=lambda part: part.height)
    other = other.with_columns(twin=pl.lit(True))
    near = some.join_asof(
        other, on="day", by="line", strategy="nearest", tolerance=LAG, check_sortedness=False
    )
    return near["twin"].count() >= AGAIN * some.height


def _paired(lines: pl.DataFrame, is_own: pl.Series) -> tuple[int, int, pl.DataFrame]:
    """Return the rows of the rarer of two kinds, how many the other one holds again, and each line.

    The columns of the third are line, len (its rows) and own (those of the first kind).
    """
    sales = lines.with_columns(own=is_own).group_by("line").agg(pl.len(), pl.col("own").sum())
    own = int(is_own.sum())
    pairs = pl.min_horizontal("own", pl.col("len") - pl.col("own"))
    return min(own, len(is_own) - own), int(sales.select(pairs.sum()).item()), sales


def _paired_by_chance(size: int, share: float) -> float:
    """Return the expected pairs of a row of a kind and one of another among `size` rows."""
    if size > MANY:
        return size * min(share, 1 - share)
    return sum(
        comb(size, n) * share**n * (1 - share) ** (size - n) * min(n, size - n)
        for n in range(size + 1)
    )
