"""Rows that are not sales by their state: lost deals, cancelled orders, drafts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any

import polars as pl

from gosales_lib.core import states
from gosales_lib.core.spelling import counted, plain
from gosales_lib.layout_init import chains, evidence, questions, words
from gosales_lib.layout_init.evidence import MOST_VALUES, Evidence, Table
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import MONEY, Roles
from gosales_lib.sales_log import cleaning

YES, WON, DEAD = words.spelled("yes"), states.WON, states.LOST | states.CANCELLED
OPEN = words.spelled("open") | states.OPEN | states.DRAFT
GOOD = words.spelled("good") | states.SOLD | states.ACCEPTED
"""What a value says: yes; a deal won; an order that is dead, open yet, or a sale."""
STATES = DEAD | OPEN | GOOD
HALF, PAYMENT, DUE = map(words.spelled, ("half", "payment", "payment_due"))
"""Not wholly dead, or not yet; whether a sale was paid, and what is open of it."""
OF_ROWS = (words.STATUS - words.BRANCH) | words.ORDER | words.LINE_ITEM | words.spelled("of_rows")
MOST_STATES = 8
"""Words of a column of states that are an order's or a row's, and values that it has at most."""
BOOKED = words.spelled("booked")
"""Words of a column that says whether a row counts in the books."""
RECEIVED = words.spelled("payment_state")
PURCHASE, SALE = words.spelled("bought"), words.spelled("sold")
"""What a row of a journal says of the company: it was paid, it bought, or it sold."""
FEW_DAYS = 0.5
"""Share of rows below which a day, such as `deleted_at`, marks those that were taken back."""
FEWEST_DRAFTS = 3
"""Rows without an invoice number that a value may mark as drafts."""
CHANCE, NUMBER = words.spelled("probability"), re.compile(r"\d+(?:\.\d+)?")
"""The probability that a deal is won: words of a column's name, and its number."""
FEW_PAIRED = 0.1
"""Share of cancelled rows up to which a counterpart is chance."""


def find(seen: Iterable[Evidence], roles: Roles, log: Table) -> None:
    """Find columns that mark rows as sales or not.

    Deals that were won are kept, what was cancelled, lost or voided is left out, unless other rows
    take its money back; what is not a sale yet, and a state beside these that nobody knows here,
    is asked about.
    """
    for e in seen:
        if e.is_date and e.says(DEAD) and 0 < e.share_filled < FEW_DAYS:
            asks = (
                f"{log.texts(e.name).count():,} rows have a day in {e.name!r}: are they no sales?"
            )
            _ask_rules(roles, [{"column": e.name, "keep": [""]}, None], asks, [e.example])
        if not 0 < e.distinct <= MOST_VALUES or e.is_date or (e.is_number and e.distinct > 2):
            continue
        counts = log.counts(e.name)
        cut = {value: states.words_of(value) for value in counts}
        every = set().union(*cut.values())
        if _is_of_payment(e, every):
            continue
        steps, invoices = chains.before_invoices(e.name, cut, roles, log)
        if steps:
            what = f"{rows_of(e.name, steps, counts)} stand again as invoices"
            asks = f"{what} ({', '.join(map(repr, invoices))}): are they the same sales?"
            ask_left_out(roles, e.name, asks, steps)
            continue
        bought = [value for value, in_it in cut.items() if in_it & PURCHASE]
        if bought and any(in_it & SALE for in_it in cut.values()):
            what = f"{rows_of(e.name, bought, counts)} are purchases beside sales"
            settle(roles, {"column": e.name, "leave_out": bought}, what)
            continue
        received = [value for value, in_it in cut.items() if in_it & RECEIVED]
        is_billed = any(in_it & chains.INVOICE for in_it in cut.values())
        if received and is_billed and _undo(e.name, received, roles, log):
            what = f"{rows_of(e.name, received, counts)} are payments beside invoices"
            settle(roles, {"column": e.name, "leave_out": received}, what)
            continue
        yes, lost = affirmed(counts), _unnumbered(e.name, counts, roles, log)
        if e.says(BOOKED) and e.distinct == 2 and len(yes) == 1:
            lost = [value for value in counts if value not in yes]
        if lost:
            asks = f"{rows_of(e.name, lost, counts)}: are they no sales?"
            ask_left_out(roles, e.name, asks, lost)
            continue
        dead = _dead(e, cut, yes)
        won = [value for value, in_it in cut.items() if in_it & WON and value not in dead]
        won = yes if e.says(WON) and e.distinct == 2 else won
        if won and len(won) < len(counts):
            what = f"{e.name!r} says which deals were won: the others are not sales"
            settle(roles, {"column": e.name, "keep": won}, what)
            continue
        are_states = all(map(STATES.intersection, cut.values()))
        is_unclaimed = bool(dead) and e.is_text and e.name not in roles.used
        if not are_states and not is_unclaimed and not e.says(words.STATUS | words.KIND | DEAD):
            continue
        if not dead or _are_lost(e.name, dead, roles, log):
            _leave_out(e, dead, cut, roles, counts)
    if "where" not in roles.keys:
        _ask_about_chances(seen, roles, log)


def _ask_about_chances(seen: Iterable[Evidence], roles: Roles, log: Table) -> None:
    """Ask whether only deals of a probability of 100% are sales, where no state says it."""
    for e in seen:
        counts = log.counts(e.name) if e.says(CHANCE) else {}
        numbers = {value: float(found[0]) for value in counts if (found := NUMBER.findall(value))}
        if len(numbers) == len(counts) > 1 and (most := max(numbers.values())) in (1, 100):
            won = [value for value in counts if numbers[value] == most]
            lost = [value for value in counts if value not in won]
            asks = f"{rows_of(e.name, lost, counts)}: are these deals no sales yet?"
            _ask_rules(roles, [{"column": e.name, "keep": won}, None], asks, lost)


def _is_of_payment(e: Evidence, every: set[str]) -> bool:
    """Return whether a column says if a sale was paid, and nothing of its being one.

    The state of an invoice is such a one: it is open until it is paid.
    """
    if every & PAYMENT and every <= PAYMENT | DUE:
        return True
    of_invoices = e.says(chains.INVOICE) and e.says(words.STATUS)
    unsold = (DEAD - words.spelled("overdue")) | states.DRAFT
    return bool(of_invoices or e.says(words.spelled("payment_state"))) and not every & unsold


def _unnumbered(column: str, counts: dict[str, int], roles: Roles, log: Table) -> list[str]:
    """Return the values of a column that all rows without an invoice number have, and no others."""
    invoice = roles.column("invoice")
    if not invoice or len(counts) > MOST_STATES:
        return []
    blank = log.rows.filter(cleaning.text(invoice).is_null()).select(of=cleaning.text(column))
    drafts = dict(blank["of"].value_counts().iter_rows())
    are_all = blank.height >= FEWEST_DRAFTS and len(drafts) < len(counts)
    return list(drafts) if are_all and drafts.items() <= counts.items() else []


def _dead(e: Evidence, cut: dict[str, set[str]], yes: list[str]) -> list[str]:
    """Return the values of orders that are no sales; those of a column `Cancelled` may say yes."""
    if e.says(DEAD) and e.distinct <= 2:
        return yes or [value for value, in_it in cut.items() if in_it & DEAD]
    return [value for value, in_it in cut.items() if in_it & DEAD and not in_it & HALF]


def _leave_out(
    e: Evidence, dead: list[str], cut: dict[str, set[str]], roles: Roles, counts: dict[str, int]
) -> None:
    """Leave the dead values out, and ask about those that may be no sales.

    Until that is answered, values that nobody knows are sales, and so are all if they are most.
    """
    rest = [value for value in cut if value not in dead]
    unsure = likely = [value for value in rest if cut[value] & (OPEN | DEAD)]
    is_of_rows = set(e.words) <= OF_ROWS and 1 < e.distinct <= MOST_STATES
    most = MOST_VALUES if e.says(words.STATUS) else MOST_STATES
    if (e.says(words.STATUS) and is_of_rows) or (dead and 2 < e.distinct <= most):
        unsure = [value for value in rest if value in likely or not cut[value] & GOOD]
    if len(unsure) == len(rest) and (dead or is_of_rows):
        unsure = unsure[1:]  # nobody knows these values: the most frequent one is a sale
    if dead and (rest or e.distinct == 1):
        what = f"{rows_of(e.name, dead, counts)} are not sales"
        settle(roles, {"column": e.name, "leave_out": dead}, what)
    if not unsure or len(unsure) == len(rest):
        return
    asks = f"{rows_of(e.name, unsure, counts)}: are they no sales?"
    lost = [value for value in unsure if value in likely]
    if sum(counts[value] for value in lost) > sum(counts.values()) / 2:
        lost = []
    ask_left_out(roles, e.name, asks, unsure, [[*dead, *of] for of in (lost, unsure, likely, [])])


def _undo(column: str, values: list[str], roles: Roles, log: Table) -> bool:
    """Return whether rows with one of some values take money back, and name no product."""
    name, thing = roles.first(*MONEY), roles.column("product")
    rows = log.rows.select(cleaning.text(column).is_in(values).fill_null(False)).to_series()
    below = bool(name) and evidence.share(log.numbers(name).filter(rows) < 0) >= evidence.MOST
    return below and (not thing or evidence.share(log.texts(thing).filter(rows).is_null()) > 0.5)


def rows_of(column: str, values: Sequence[str], counts: dict[str, int]) -> str:
    """Return how many rows have one of some values, in words."""
    named = ", ".join(repr(value) if value else "blank" for value in values[:6])
    rows = sum(counts.get(value, 0) for value in values)
    return f"{counted(rows, 'row')} whose {column!r} is {named}"


def _are_lost(column: str, dead: list[str], roles: Roles, log: Table) -> bool:
    """Return whether dead rows are to be left out: no other rows take their money back.

    A cancellation that is a row of its own, with the negative of what it cancels, is part of the
    money: it is kept. Where only some rows have such a counterpart, or they are negative without
    one, a person must say what they are.
    """
    name, customer = roles.first(*MONEY), roles.column("customer_id")
    if not name or not customer:
        return True
    frame = log.rows.select(
        customer=cleaning.text(customer),
        money=log.numbers(name).round(2),
        state=cleaning.text(column),
    ).filter(pl.col("money") != 0)
    gone = frame.filter(pl.col("state").is_in(dead))
    opposite = frame.select("customer", money=-pl.col("money")).unique()
    paired = gone.join(opposite, ["customer", "money"], "semi", nulls_equal=True).height
    share = paired / max(1, gone.height)
    below = evidence.share(gone["money"] < 0)
    if share < FEW_PAIRED and below <= FEW_PAIRED:
        return True
    lost = rows_of(column, dead, dict(gone["state"].value_counts().iter_rows()))
    what = f"{lost}: {paired:,} have a row of the customer with the opposite amount"
    rules = None, {"column": column, "leave_out": dead}
    answers = [questions.of_rule(column, rule) for rule in rules]
    if share >= 1 - FEW_PAIRED:
        roles.settle("where", f"{what}, so both count and cancel each other out", answers)
    else:
        roles.ask("where", f"{what}, {below:.0%} are negative: do they count?", dead, answers)
    return False


def _write(roles: Roles, rule: dict[str, Any]) -> None:
    """Write a rule of `where` in place of another one on its column."""
    others = [other for other in roles.keys.get("where", []) if other["column"] != rule["column"]]
    roles.keys["where"] = [*others, rule]


def settle(roles: Roles, rule: dict[str, Any], what: str) -> None:
    """Write a rule of `where` that the evidence settles, and what the log is without it."""
    _write(roles, rule)
    answers = Answer("where as proposed", {}), questions.of_rule(rule["column"], None)
    roles.settle("where", what, answers)


def _ask_rules(
    roles: Roles, rules: Sequence[dict[str, Any] | None], asks: str, examples: Sequence[str]
) -> None:
    """Write the first of the rules that a column may have in `where`, and ask whether it holds."""
    column = next(rule["column"] for rule in rules if rule)
    if rules[0]:
        _write(roles, rules[0])
    roles.ask("where", asks, examples, [questions.of_rule(column, rule) for rule in rules])


def ask_left_out(
    roles: Roles, column: str, asks: str, lost: list[str], choices: Sequence[list[str]] = ()
) -> None:
    """Leave rows out by values of a column, and ask which of the choices is right.

    Parameters
    ----------
    choices
        The values to leave out, as proposed and otherwise: those of `lost`, or none.
    """
    rules: list[dict[str, Any] | None] = []
    for values in choices or (lost, []):
        rule = {"column": column, "leave_out": values} if values else None
        if rule not in rules:
            rules.append(rule)
    _ask_rules(roles, rules, asks, lost)


def are_states(log: Table, name: str) -> bool:
    """Return whether all values of a column are states of orders, and no places such as NY."""
    counts = log.counts(name)
    return bool(counts) and all(states.words_of(value) & STATES for value in counts)


def affirmed(values: Iterable[str]) -> list[str]:
    """Return the values that say yes."""
    return [value for value in values if plain(value.casefold()) in YES]
