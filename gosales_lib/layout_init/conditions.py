"""What values say of whole rows: deals that were lost, orders cancelled, credits, currencies."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from gosales_lib.core import sums as added
from gosales_lib.layout_init import evidence, words, writing
from gosales_lib.layout_init.evidence import Evidence
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import Roles
from gosales_lib.sales_log import cleaning, numbers
from gosales_lib.sales_log.numbers import Sign

MOST_VALUES = 25
CODES = words.TABLE["codes"]
SIGNS = {"£": "GBP", "€": "EUR", "¥": "JPY", "$": "USD", "zł": "PLN", "R$": "BRL", "kr": "SEK"}
SIGNS |= {"US$": "USD", "C$": "CAD", "A$": "AUD", "Kč": "CZK", "₹": "INR", "₩": "KRW", "₺": "TRY"}


GAINED, BACK, DEAD, OPEN, GOOD, AFFIRMED = map(
    words.spelled, ("won", "credit", "dead", "open", "good", "yes")
)
"""What a value says: a deal won, a credit; an order that is dead, open yet, or a sale; yes."""
BOOKED = words.spelled("booked")
"""Words of a column that says whether a row counts in the books."""


STATES = DEAD | OPEN | GOOD
SIDES = [{"dr", "cr"}, {"debit", "credit"}, {"soll", "haben"}, {"debe", "haber"}]
SIDES += [{"dare", "avere"}, {"debito", "credito"}, {"borc", "alacak"}, {"дебет", "кредит"}]
SIDES += [{"借", "貸"}, {"借", "贷"}, {"d", "c"}, {"s", "h"}, {"d", "h"}, {"b", "a"}]
"""The two sides of a ledger, as a column beside an amount without a sign names them."""
LEDGER = {"debit", "credit", "dc", "drcr", "sh", "shkzg", "soll", "haben", "side", "sign", "kz"}
LEDGER |= {"d", "c", "dr", "cr", "indicator", "indicador"}
"""Words of a column whose single letters are sides."""
HALF = {"partial", "partially", "partly", "teilweise", "teil", "partiel", "partiellement"}
HALF |= {"parcial", "parcialmente", "parziale", "parzialmente", "request", "requested", "pending"}
"""Beside these a dead order is not wholly dead, or not yet."""
PAID = {"paid", "unpaid", "overdue", "bezahlt", "unbezahlt", "payee", "impayee", "pagado", "pagada"}
PART_PAID = {"due", "past", "partially", "partial", "open", "offen", "outstanding", "uberfallig"}
"""Words of a column that only says whether a sale has been paid."""
MONEY = ("revenue", "gross_profit", "unit_price")
FEWEST_SUMS = 4
"""Orders of several lines that a sum must be right in."""
FEW_PAIRED = 0.1
"""Share of cancelled rows up to which a counterpart is chance."""
WHOLE = {"JPY", "KRW", "VND", "IDR", "CLP", "ISK"}
"""Currencies whose prices have no decimals."""


def states(seen: Iterable[Evidence], roles: Roles, rows: pl.DataFrame, usual: Sign) -> None:
    """Find columns that say which rows are no sales.

    Deals that were won are kept, what was cancelled, lost or voided is left out, unless other rows
    take its money back; what is not a sale yet, and a state beside these that nobody knows here,
    is asked about.
    """
    for e in seen:
        if not 0 < e.distinct <= MOST_VALUES or e.is_date or (e.is_number and e.distinct > 2):
            continue
        counts = _counts(rows, e.name)
        cut = {value: _words(value) for value in counts}
        yes = [v for v in counts if words.plain(v.casefold()) in AFFIRMED]
        if set(e.words) & BOOKED and e.distinct == 2 and len(yes) == 1:
            _ask_lost(e, [v for v in counts if v not in yes], [], roles, counts)
            continue
        if set(e.words) & DEAD and e.distinct <= 2:
            dead = yes or [v for v, said in cut.items() if said & DEAD]
        else:
            dead = [v for v, said in cut.items() if said & DEAD and not said & HALF]
        told = {word for said in cut.values() for word in said}
        if told & PAID and told <= PAID | PART_PAID:
            continue
        are_states = all(map(STATES.intersection, cut.values()))
        won = [v for v, said in cut.items() if said & GAINED and v not in dead]
        if won and len(won) < len(counts):
            why = f"{e.name!r} says which deals were won: the others are no sales"
            _settle(roles, {"column": e.name, "keep": won}, why)
        elif e.says(words.STATUS | words.KIND | DEAD) or are_states:
            others = {v: said for v, said in cut.items() if v not in dead}
            if not dead or _are_lost(e.name, dead, roles, rows, usual):
                _leave_out(e, dead, others, roles, counts)


def _leave_out(
    e: Evidence,
    dead: list[str],
    others: dict[str, set[str]],
    roles: Roles,
    counts: dict[str, int],
) -> None:
    """Leave the dead values out, and ask about those that may be no sales."""
    unsure = [v for v, said in others.items() if said & (OPEN | DEAD)]
    if e.says(words.STATUS) and dead and e.distinct > 2:
        unsure = [v for v, said in others.items() if not said & GOOD or said & (OPEN | DEAD)]
    if dead and (e.distinct == 1 or set(dead) < set(counts)):
        number = sum(counts[value] for value in dead)
        named = ", ".join(map(repr, dead[:6]))
        told = f"{number:,} rows whose {e.name!r} is {named} are no sales"
        _settle(roles, {"column": e.name, "leave_out": dead}, told)
    if unsure and len(unsure) + len(dead) < len(counts):
        _ask_lost(e, unsure, dead, roles, counts)


def _are_lost(column: str, dead: list[str], roles: Roles, rows: pl.DataFrame, usual: Sign) -> bool:
    """Return whether dead rows are to be left out: no other rows take their money back.

    A cancellation that is a row of its own, with the negative of what it cancels, is part of the
    money: it is kept. Where only some rows have such a counterpart, or they are negative without
    one, a person must say what they are.
    """
    name = next((c for role in MONEY if isinstance(c := roles.columns.get(role), str)), None)
    customer = roles.columns.get("customer_id")
    if name is None or not isinstance(customer, str):
        return True
    frame = rows.select(
        customer=cleaning.text(customer),
        money=_number(rows, name, usual).round(2),
        dead=cleaning.text(column).is_in(dead).fill_null(False),
    ).filter(pl.col("money") != 0)
    gone = frame.filter("dead")
    opposite = frame.select("customer", money=-pl.col("money")).unique()
    paired = gone.join(opposite, ["customer", "money"], "semi", nulls_equal=True).height
    share = paired / max(1, gone.height)
    below = evidence.share(gone["money"] < 0)
    if share < FEW_PAIRED and below <= FEW_PAIRED:
        return True
    what = f"{gone.height:,} rows whose {column!r} is {', '.join(map(repr, dead[:6]))}"
    told = f"{what}: {paired:,} have a row of the customer with the opposite amount"
    rule = {"column": column, "leave_out": dead}
    answers = [
        Answer(f"no `where` on {column!r}", {}),
        Answer(f"where: {writing.scalar([rule])}", {f"where:{column}": rule}),
    ]
    if share >= 1 - FEW_PAIRED:
        roles.settle("where", f"{told}, so both count and cancel each other out", answers)
    else:
        roles.ask("where", f"{told}, {below:.0%} are negative: do they count?", dead, answers)
    return False


def _ask_lost(
    e: Evidence, lost: list[str], dead: list[str], roles: Roles, counts: dict[str, int]
) -> None:
    number = sum(counts[value] for value in lost)
    named = ", ".join(map(repr, lost[:6]))
    asks = f"{e.name!r} holds {named} in {number:,} rows: are they no sales?"
    ask_left_out(roles, e.name, asks, lost, dead)


def _settle(roles: Roles, rule: dict[str, Any], told: str) -> None:
    """Write a rule of `where` that the evidence settles, and what the log is without it."""
    column = rule["column"]
    roles.keys.setdefault("where", []).append(rule)
    without = Answer(f"no `where` on {column!r}", {f"where:{column}": None})
    roles.settle("where", told, (Answer("where as proposed", {}), without))


def ask_left_out(
    roles: Roles, column: str, asks: str, lost: list[str], dead: Sequence[str] = ()
) -> None:
    """Leave rows out by the values of a column, and ask whether they are no sales.

    Parameters
    ----------
    lost, dead
        Values that are asked about, and those that are left out in any case.
    """
    rule = {"column": column, "leave_out": [*dead, *lost]}
    kept = {"column": column, "leave_out": [*dead]} if dead else None
    others = [one for one in roles.keys.get("where", []) if one["column"] != column]
    roles.keys["where"] = [*others, rule]
    without = f"where: {writing.scalar([kept])}" if kept else f"no `where` on {column!r}"
    answers = [
        Answer(f"where: {writing.scalar([rule])}", {}),
        Answer(without, {f"where:{column}": kept}),
    ]
    roles.ask("where", asks, lost, answers)


def returns(seen: Iterable[Evidence], roles: Roles, rows: pl.DataFrame, usual: Sign) -> None:
    """Ask about credits and refunds whose numbers are positive like those of sales."""
    money = (roles.columns.get(role) for role in MONEY)
    columns = [next(filter(None, money), None), roles.columns.get("quantity")]
    numeric = [str(column) for column in columns if column]
    for e in seen:
        if not 1 < e.distinct <= MOST_VALUES or e.says(words.PRODUCT, words.PARTY):
            continue
        counts = _counts(rows, e.name)
        sides = _sides(e, counts) if e.is_text else []
        flag = e.says(BACK | words.RETURNED) and not e.says(words.QUANTITY | words.REVENUE)
        if sides:
            back = sides[:1]
        elif flag and e.distinct == 2:
            back = [v for v in counts if words.plain(v.casefold()) in AFFIRMED]
        else:
            back = [v for v in counts if e.is_text and _words(v) & BACK]
        if not back or len(back) == e.distinct:
            continue
        some = rows.filter(cleaning.text(e.name).is_in(back))
        signs = {name: numbers.judge(rows[name]).sign or usual for name in numeric}
        values = [numbers.number(some[name], sign).drop_nulls() for name, sign in signs.items()]
        if values and all(evidence.share(value > 0) > 0.5 for value in values):
            _ask_returns(e.name, back, roles, *([one] for one in sides[1:]))
            return


def totals(roles: Roles, rows: pl.DataFrame, usual: Sign) -> None:
    """Leave out the rows of a product, or of none, whose money is the sum of an order's others."""
    invoice, thing = roles.columns.get("invoice"), roles.columns.get("product")
    name = next((c for role in MONEY[:2] if isinstance(c := roles.columns.get(role), str)), None)
    if not isinstance(invoice, str) or not isinstance(thing, str) or name is None:
        return
    money = _number(rows, name, usual)
    frame = rows.select(order=cleaning.text(invoice), thing=cleaning.text(thing).fill_null(""))
    frame = frame.with_columns(money=money.cast(pl.Float64)).drop_nulls()
    each = frame.group_by("order", "thing", maintain_order=True).agg(
        added.total("money"), rows=pl.len()
    )
    whole = each.with_columns(
        rest=pl.col("money").sum().over("order") - pl.col("money"),
        others=pl.col("rows").sum().over("order") - pl.col("rows"),
    )
    judged = (
        whole.filter(pl.col("others") > 1)
        .group_by("thing", maintain_order=True)
        .agg(share=((pl.col("money") - pl.col("rest")).abs() < 0.02).mean(), orders=pl.len())
    )
    sums = judged.filter(pl.col("share") >= evidence.MOST, pl.col("orders") >= FEWEST_SUMS)
    if sums.is_empty():
        return
    named = sums["thing"].to_list()
    number = frame.filter(pl.col("thing").is_in(named)).height
    shown = ", ".join(repr(one) if one else "blank" for one in named[:6])
    what = f"{number:,} rows whose {thing!r} is {shown} are the sums of their orders' other rows"
    _settle(roles, {"column": thing, "leave_out": named}, what)


def _sides(e: Evidence, counts: dict[str, int]) -> list[str]:
    """Return the two sides of a ledger, such as debit and credit, the rarer one first; else none.

    Which side a sale is on depends on whose account it is: the rarer one is likelier the return.
    """
    said = {words.plain(value.casefold()).strip(". ") for value in counts}
    spelled_out = max(map(len, said), default=0) > 1 or not "".join(said).isascii()
    ledger = len(counts) == 2 and said in SIDES and (spelled_out or bool(LEDGER & set(e.words)))
    return sorted(counts, key=lambda value: counts[value]) if ledger else []


def _ask_returns(column: str, back: list[str], roles: Roles, *others: list[str]) -> None:
    """Ask whether rows are returns; `others` are values that may be the returns in their place."""
    keys = [{"column": column, "values": values} for values in (back, *others)]
    roles.keys["returns"] = keys[0]
    asks = f"rows whose {column!r} is {', '.join(map(repr, back))} are positive like sales"
    answers = [
        Answer(f"returns: {{column: {column}, values: {key['values']}}}", {"returns": key})
        for key in keys
    ]
    answers.append(Answer("no `returns`", {"returns": None}))
    roles.ask("returns", f"{asks}: are they returns?", back, answers)


def currency(seen: Iterable[Evidence], roles: Roles, rows: pl.DataFrame) -> str:
    """Return the currency of the log; several are asked about, one is simply read."""
    seen = list(seen)
    if set(words.parts(str(roles.columns.get("revenue", "")))) & words.LOCAL:
        roles.note("currency", "the money is in local currency: name it")
        return "USD"
    parts = words.parts(str(roles.columns.get("revenue", "")))
    scaled = {part[1:] for part in parts if any(part in said for said in words.UNITS.values())}
    if named := words.CODES & {*parts, *scaled}:  # `keur` is a thousand of `eur`
        return min(named).upper()
    for e in seen:
        codes = {k.upper(): n for k, n in _counts(rows, e.name).items()} if e.is_text else {}
        coded = bool(codes) and set(codes) <= set(CODES)
        if coded and e.distinct <= MOST_VALUES:
            roles.columns["currency"] = e.name
            if len(codes) > 1:
                _ask_currency(e.name, codes, roles)
            return max(codes, key=codes.__getitem__)
    shown = _shown(seen, roles, rows)
    if len(shown) > 1:
        told = ", ".join(f"{code} ({number:,})" for code, number in shown.items())
        roles.ask(
            "currency",
            f"the amounts are written in several currencies: {told}; are they one?",
            list(shown),
            [Answer(f"currency: {next(iter(shown))}", {})],
        )
    if shown:
        return max(shown, key=shown.__getitem__)
    for e in seen:
        for code in CODES:
            if code.lower() in e.words or code in e.name.split():
                return code
    roles.note("currency", "no currency shows in the log")
    return "USD"


def _ask_currency(column: str, codes: dict[str, int], roles: Roles) -> None:
    ranked = sorted(codes, key=codes.__getitem__, reverse=True)
    told = ", ".join(f"{code} ({codes[code]:,} rows)" for code in ranked)
    roles.ask(
        "currency",
        f"{column!r} holds {told}: money of different currencies is not summed; keep one, or give "
        "`rates: {file: rates.csv, by: currency, gives: rate}`",
        ranked,
        [Answer(f"currency: {code}", {"currency": code}) for code in ranked[:4]],
    )


def _shown(seen: list[Evidence], roles: Roles, rows: pl.DataFrame) -> dict[str, int]:
    """Return the currencies that amounts are written with, and in how many rows."""
    found: dict[str, int] = {}
    for role in MONEY:
        name = roles.columns.get(role)
        names = [str(name)] if name else []
        if not names and role == "gross_profit" and not found:
            names = [e.name for e in seen if e.is_number and rows[e.name].dtype == pl.String]
        for column in names:
            if rows[column].dtype != pl.String:
                continue
            marks = rows[column].str.extract(r"([^\d\s.,'()+\-\u2212\u2019%]{1,4})").drop_nulls()
            for mark, number in (
                marks.value_counts().sort("count", marks.name, descending=[True, False]).iter_rows()
            ):
                code = SIGNS.get(mark) or (mark.upper() if mark.upper() in CODES else None)
                if code:
                    found[code] = found.get(code, 0) + number
        if found:
            break
    return found


def _number(rows: pl.DataFrame, name: str, usual: Sign) -> pl.Series:
    """Return a column as numbers, by its own decimal sign where its values tell one."""
    return numbers.number(rows[name], numbers.judge(rows[name]).sign or usual)


def _counts(rows: pl.DataFrame, name: str) -> dict[str, int]:
    values = rows.select(cleaning.text(name).alias("value")).to_series().drop_nulls()
    if values.len() == 0 or values.n_unique() > MOST_VALUES:
        return {}
    return dict(values.value_counts().sort("count", "value", descending=[True, False]).iter_rows())


def _words(value: str) -> set[str]:
    """Return a value's words; `Not cancelled` and `Non annullato` say nothing of the kind."""
    found = set(re.findall(r"\w+", words.plain(value.casefold()).replace("_", " ")))
    return set() if found & {"not", "no", "non", "nicht", "false"} else found
