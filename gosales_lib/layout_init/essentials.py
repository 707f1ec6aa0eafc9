"""What every log needs: the day, the customer and the number of an order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from gosales_lib.layout_init import date_column, order_numbers, parties, questions, words
from gosales_lib.layout_init.evidence import FEWEST, SAME, Evidence, Table
from gosales_lib.layout_init.roles import Roles, Score, listed, take
from gosales_lib.sales_log.parties import SCIENTIFIC

MOST_ORDERS = 1.5
"""Orders of each customer, where a column is taken for them."""
AGAIN, NAMED, COARSER = 0.3, 0.3, 0.05
"""Points of a customer's column that leave it a question: lost where each order has another one,
won by the key of a column of names, or by one on which another key depends."""
FEW = 4
"""Addresses per payer up to which an unknown word may be a payer, and no sales rep."""
MOSTLY = 0.9
"""Share of the rows that a customer's name must be filled in to stand for a key."""
GROUPED = r"^\d+(?:[.,' ]\d{3})*$"
"""A whole number as a spreadsheet may write a key: `41,207` beside `41207`."""
CENTS = r"[.,]\d{2}$"
"""How amounts are written, and no keys: `5000,00`, a limit of credit."""
CONTACT = words.NAME | words.KEY | {"contact", "short", "search"}
"""Words of a contact's name, which may be the customer's."""
UNCALLED = "no column is called a customer"


def find(roles: Roles) -> None:
    """Find what every log needs: the date, the customer and the order.

    Raises
    ------
    ValueError
        No column can be the date or the customer; the message lists every column.
    """
    log = roles.log
    date_column.find(roles)
    codes = {e.name for e in log.every if e.is_text and log.is_code(e.name)}
    numbers = [e.name for e in log.every if e.is_number]
    codes |= {n for n in numbers if log.texts(n).str.contains(GROUPED).all()}
    keys = [e.name for e in log.every if _customer(e, codes) > 1]
    parties.take_reused(roles, keys, [e.name for e in log.every if _customer_name(e)])
    log, names = roles.log, parties.names_of_keys(log)
    take(roles, "customer_id", _score_of_customers(log, codes, set(names)), asks=True)
    key = roles.column("customer_id")
    called = [e for e in log.every if _customer_name(e)]
    if key:
        others = {name for name in names.values() if not log.is_one_to_one(key, name)}
        called = [e for e in called if e.name not in (key, *others)]
        called = [e for e in called if log.determined(key, e.name) >= SAME] or called
    take(roles, "customer_name", _customer_name, called)
    if "customer_id" not in roles.columns:
        _names_for_keys(roles, names)
    _take_name(roles, str(roles.columns["customer_id"]))
    _take_name_by_structure(roles, str(roles.columns["customer_id"]))
    order_numbers.find(roles)
    order = roles.column("invoice")
    if order and log.rows[order].n_unique() < SAME * log.rows.height:
        _take_name(roles, order)  # two customers may share a key
    _offer_names(roles, names)


def _offer_names(roles: Roles, names: Mapping[str, str]) -> None:
    """Add its own names to each answer that makes another column the customers' key."""
    log, key = roles.log, roles.column("customer_id")
    called = [e.name for e in log.every if _customer_name(e)]

    def with_names(answer: questions.Answer) -> questions.Answer:
        other = answer.change.get("columns.customer_id")
        if not isinstance(other, str) or other == key or "columns.customer_name" in answer.change:
            return answer
        own = next((name for name in called if log.is_one_to_one(other, name)), None)
        beside = {"columns.customer_name": names.get(other, own)}
        return questions.of_column("customer_id", other, beside)

    for at, asked in enumerate(roles.questions):
        if asked.key == "customer_id" and "customer_name" in roles.columns:
            roles.questions[at] = replace(asked, answers=tuple(map(with_names, asked.answers)))


def _score_of_customers(log: Table, codes: set[str], named: set[str]) -> Score:
    """Return how much each column looks like the customers' key; `named` have a column of names."""
    of_order = order_numbers.one_per_order(log)
    no_rivals = _of_orders_beside_a_key(log, codes) - named
    points = {e.name: _customer(e, codes, e.name in named) for e in log.every}
    keys = [name for name, point in points.items() if point > 1]
    of_parties = set(keys) - of_order - no_rivals
    most = max((log.of[name].distinct for name in of_parties), default=0)
    of_names = [name for name in keys if name in named]
    for name in named.difference(keys) & parties.coarser(log, named, of_names, FEW):
        points[name] = max((points[key] for key in of_names), default=0)
    of_names = [name for name in named if points[name] > 1]
    payers = parties.coarser(log, of_names or keys)

    def score(e: Evidence) -> float:
        lost = AGAIN * (e.name in of_order) + (e.name in no_rivals)
        lost += points[e.name] / 2 * (e.distinct < FEWEST <= most)  # the seller's own company
        won = NAMED * (e.name in of_names) + COARSER * (e.name in payers)
        return points[e.name] + won - lost

    return score


def _take_name(roles: Roles, by: str) -> None:
    """Take the column called just `Name` that has one value for each value of another column."""
    log, bare = roles.log, words.NAME | {"1"}
    if "customer_name" not in roles.columns:
        named = [e for e in log.every if e.is_text and e.words and set(e.words) <= bare]
        bound = [e for e in named if log.determined(by, e.name) > SAME]
        take(roles, "customer_name", lambda e: 1 + e.distinct / 1e9, bound)


def _take_name_by_structure(roles: Roles, key: str) -> None:
    """Take the first readable text with one value for each key, and one key for each value."""
    log = roles.log
    if "customer_name" in roles.columns or not _is_key(log, key):
        return
    other = (words.TRAIT | words.PLACE | words.SHIP | words.EMAIL | words.ORDER) - words.NAME
    other |= words.REP | words.BRANCH | words.CURRENCY | words.STATUS | words.PRODUCT
    other |= words.DIVISION - words.PRODUCT
    texts = [e for e in roles.free if e.is_text and e.distinct >= FEWEST]
    texts = [e for e in texts if not e.says(other) or set(e.words) <= CONTACT]
    names = [e.name for e in texts if log.is_readable(e.name)]
    alike = [name for name in names if log.is_one_to_one(key, name)]
    if alike:
        roles.columns["customer_name"] = alike[0]
        roles.note("customer_name", f"each value of {key!r} has one of {alike[0]!r}")


def _is_key(log: Table, name: str) -> bool:
    """Return whether a column of customers holds keys, and no names."""
    e = log.of.get(name)
    return e is not None and bool(e.is_number or e.says(words.EMAIL) or log.is_code(name))


def _of_orders_beside_a_key(log: Table, codes: set[str]) -> set[str]:
    """Return the numbers of customers' own orders, where a key is one to one with their names.

    They are called orders, or not every row has one.
    """
    named = max(log.every, key=_customer_name, default=None)
    if named is None or not _customer_name(named):
        return set()
    keys = [e for e in log.every if _customer(e, codes) > 1]
    of_orders = {e.name for e in keys if e.says(words.ORDER) or e.share_filled < MOSTLY}
    rest = [e for e in keys if e.name not in of_orders]
    return of_orders if any(log.is_one_to_one(e.name, named.name) for e in rest) else set()


def _names_for_keys(roles: Roles, names: Mapping[str, str]) -> None:
    """Use names, e-mail addresses or shops as customers; `names` are those of each key."""
    log, name = roles.log, roles.column("customer_name")
    if not name:
        take(roles, "customer_id", _tax_number)
    take(roles, "customer_id", _mail)
    if name in log.of and log.of[name].share_filled > MOSTLY:
        roles.columns.pop("customer_id", None)
    if name and "customer_id" not in roles.columns:
        called = [e for e in roles.free if e.words and set(e.words) <= words.KEY]
        codes = order_numbers.codes(roles, words.ORDER | words.EMAIL)
        codes = [e for e in codes if not e.is_text or log.is_code(e.name)]
        keys = [*sorted((*called, *codes), key=_tax_number), *filter(_mail, roles.free)]
        keys = [e for e in keys if e.share_filled >= SAME * log.of[name].share_filled]
        alike = [e.name for e in keys if log.is_one_to_one(e.name, name)]
        if alike:
            roles.columns["customer_id"] = key = alike[0]
            return roles.note("customer_id", f"each value of {key!r} has one name in {name!r}")
        take(roles, "customer_id", _tax_number)
    if name and "customer_id" not in roles.columns:
        roles.columns["customer_id"] = roles.columns.pop("customer_name")
        why = _spoiled(log, name) or "no key was found"
        roles.note("customer_id", f"{why}: names stand for customers, typos split them")
    if "customer_id" in roles.columns or _by_structure(roles, names) or parties.take_pair(roles):
        return
    kinds = words.STORE | words.PLACE
    shops = [e for e in log.every if e.says(kinds) and not e.says(words.NAME) and e.distinct > 1]
    shops = [e for e in log.every if e.name == roles.keys.get("name_as")] or shops
    take(roles, "customer_id", lambda e: e.says(words.STORE) + e.says(words.KEY) / 2 + 0.5, shops)
    if "customer_id" not in roles.columns:
        if why := _spoiled(log):
            raise ValueError(f"{why}: export the log again with the customer's key as text")
        raise ValueError(
            f"no column looks like a customer among {listed(log.every)}: if one is, name it with "
            "--column customer_id=COLUMN; without one nobody can be scored"
        )
    _ask_whether(roles, str(roles.columns["customer_id"]), [], {})


def _spoiled(log: Table, name: str = "") -> str:
    """Return that customers' keys are in scientific notation; empty where none are.

    They are called so, or each customer's `name` has one of them.
    """
    for e in log.every:
        texts = log.texts(e.name)
        lost = texts.str.contains(SCIENTIFIC)
        if not lost.any() or not texts.filter(~lost).str.contains(r"^\d+$").all():
            continue
        bound = name and e.says(words.KEY) and log.determined(name, e.name) >= SAME
        if bound or e.says(words.PARTY):
            return f"a spreadsheet has removed digits of the keys in {e.name!r} ({e.example})"
    return ""


def _ask_whether(roles: Roles, name: str, others: list[str], names: Mapping[str, str]) -> None:
    """Ask whether the customers stand in a column that is not called so, or in others."""
    beside = {key: {"columns.customer_name": names[key]} for key in others if key in names}
    keys = others or [name]
    answers = [questions.of_column("customer_id", key, beside.get(key)) for key in keys]
    asks = f"{UNCALLED}; are the customers in {name!r}?"
    roles.ask("customer_id", asks, roles.log.first_values(name), answers)


def _by_structure(roles: Roles, names: Mapping[str, str]) -> bool:
    """Take the column with one value per order and the most values, whatever its name.

    A bare number or name, or the only key, one to one with names, needs no question.
    """
    log = roles.log
    called = sorted(
        (e for e in log.every if order_numbers.called(e) > 1 and e.distinct > 2),
        key=order_numbers.called,
    )
    orders = called or sorted(order_numbers.of_one_day(roles, log), key=lambda e: e.distinct)
    if not orders or orders[-1].name in roles.used:
        return False
    order = orders[-1]
    codes = order_numbers.codes(roles, words.ORDER)
    candidates = [
        e
        for e in [*codes, *(e for e in roles.free if e.name in names and e not in codes)]
        if e.distinct <= MOSTLY * e.filled and e.share_filled > MOSTLY
        if e.distinct < SAME * order.distinct  # else it is another number of the order
        if log.determined(order.name, e.name) >= SAME
    ]
    most = max((e.distinct for e in candidates), default=order.distinct)
    if order.distinct < MOST_ORDERS * most:
        return False
    named = [e for e in candidates if e.distinct >= SAME * most]
    codes = [e for e in named if e.says(words.KEY) or not e.is_text or log.is_code(e.name)]
    codes.sort(key=lambda e: (log.texts(e.name).str.contains(CENTS).all(), not e.says(words.KEY)))
    by_values = parties.names_by_values(log, candidates)
    if next((log.of[key].distinct for key in by_values), 0) >= SAME * most:
        names = names or by_values
    of_names = [e for e in candidates if e.name in names]
    payers = parties.coarser(log, names, [e.name for e in of_names], FEW) - roles.used
    of_names = [log.of[name] for name in names if name in payers] + of_names
    best = (of_names or codes or named)[0]
    texts = [e for e in named if e is not best and e.is_text]
    name = log.of[names[best.name]] if best.name in names else next(iter(texts), None)
    roles.columns["customer_id"] = best.name
    if name:
        roles.columns.setdefault("customer_name", name.name)
    roles.note("customer_id", f"{UNCALLED}; an order has one of these")
    finest = [] if best in named else (codes or named)[:1]
    others = [e.name for e in of_names + finest or candidates if e not in (best, name)]
    if finest and best.says(words.KEY) and others == [finest[0].name]:  # an address without names
        others = [] if parties.coarser(log, [best.name], others, FEW) else others
    if name and not others and log.is_one_to_one(best.name, name.name):
        return True  # the only key, with a name of its own
    bare = set(best.words) <= words.KEY | words.NAME | {"co", "contact", "internal", "external"}
    is_alone = bare and not others
    if payers or not (called or is_alone) or best not in named or not (bare or name):
        keys = list(dict.fromkeys([best.name, *others]))
        _ask_whether(roles, best.name, keys, {**by_values, **names})
    return True


def _customer(e: Evidence, codes: set[str], is_named: bool = False) -> float:
    """Return how much a column looks like the customers' key; `is_named`: of a column of names."""
    if e.is_date or e.distinct < 2 or not e.says(words.PARTY) or e.says(words.REP):
        return 0
    money = words.REVENUE if e.is_number and not e.says(words.KEY) and not is_named else set()
    others = e.says(words.TRAIT | words.PRODUCT | money) or set(e.words) & {"po"}
    others = others or e.says(words.TAX_NUMBER)
    if others or (e.is_number and e.whole < order_numbers.WHOLE and e.name not in codes):
        return 0
    repeats, code = e.distinct < e.filled, e.is_number or e.name in codes
    bare = code and not e.says(words.NAME)
    ship, sold = e.says(words.SHIP), e.says({"soldto", "billto", "invoiceto", "kunag", "payer"})
    if e.says(words.KEY) or bare:
        return 2.0 + repeats / 4 - ship + sold / 4
    return 1.0 if e.is_number else 0  # a `Customer Name` of numbers is a key all the same


def _customer_name(e: Evidence) -> float:
    if not e.is_text or not e.says(words.PARTY) or e.distinct < 2 or e.says(words.REP):
        return 0
    if e.says(words.TAX_NUMBER):
        return 0
    if e.says((words.DIVISION - words.PRODUCT) | words.TRAIT | words.KEY):
        return 0
    return 1.0 + e.says(words.NAME) - e.says(words.BRANCH) / 2 - e.says(words.SHIP) / 2


def _tax_number(e: Evidence) -> float:
    return e.says(words.TAX_NUMBER) * e.share_filled * (not e.is_date and e.distinct > 1)


def _mail(e: Evidence) -> float:
    return e.says(words.EMAIL) * e.share_filled * (e.is_text and e.distinct > 1)
