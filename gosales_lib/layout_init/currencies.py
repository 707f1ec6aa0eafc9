"""The currency of a log, and its unit where money is in cents or thousands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import polars as pl

from gosales_lib.core.currencies import ALSO, CODES, CROWNS, code
from gosales_lib.core.spelling import counted
from gosales_lib.layout_init import questions, words
from gosales_lib.layout_init.peek import Looked
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import MONEY, Roles
from gosales_lib.sales_log import number_formats
from gosales_lib.sales_log.currencies import marked

WHOLE = {"JPY", "KRW", "VND", "IDR", "CLP", "ISK"}
"""Currencies whose prices have no decimals."""
ROUNDED = WHOLE | {"HUF", "TWD", "COP", "PYG", "INR", "PKR", "LKR", "NGN", "KZT", "RSD", "CRC"}
ROUNDED |= {"XAF", "XOF", "UGX", "TZS", "IRR", "IQD", "MMK"}
"""Currencies whose prices are written without decimals in many lists."""
FEWEST, USUAL = 10, 100
"""Prices that tell a unit of money, and the least of them in cents that is usual."""
ENDS, TENS, SPREAD = 0.5, 0.25, 0.5
"""Most prices in whole units that end in 0, 5 or 9, and in 0; least of all ends that stand there.

Prices in cents end evenly in 00 to 99."""
MONEY_ROLES = ("revenue", "gross_profit", "unit_price", "cost", "unit_cost")
COUNTED = re.compile(r"\d+(?:[.,' ]\d+)+|\d{4,}")
"""A number in a title: `2,000 rows` and `Branch 1000` say nothing of thousands."""

SIGNS = rf"[€$£]|kr|{'|'.join(one for one in CODES if one != 'ARS')}"  # and no `MARS`, the month
UNIT_SIGNS = (
    *(
        (re.compile(rf"(?<![^\W_])(?:{unit}\s?({SIGNS})|({SIGNS})\s?{unit})(?![^\W_]|[.])"), size)
        for unit, size in (("[TtKk]", 1000.0), ("[Mm]n?", 1e6))
    ),
    (re.compile(r"[(\[]\s*(p|ct|¢)\s*[)\]]"), 0.01),
)
"""Units that a name says with a sign or code of a currency: `T€`, `M$`, `TSEK`, `USD k`, `(p)`."""


def find(roles: Roles) -> str:
    """Return the currency of the log, and ask where there are several."""
    log = roles.log
    parts = words.parts(str(roles.columns.get("revenue", "")))
    if set(parts) & words.LOCAL:
        roles.note("currency", "the money is in local currency: name it")
        return "USD"
    scaled = {part[1:] for part in parts if part[:1] in "tkm"}
    if named := words.CODES & {*parts, *scaled}:  # `keur` is a thousand of `eur`
        return min(named).upper()
    for e in log.every:
        codes, counts = Counter[str](), log.counts(e.name) if e.is_text else {}
        for written, number in counts.items():
            codes[code(written)] += number
        is_called = e.says(words.CURRENCY) and len(codes) > 1
        if codes and (is_called or set(codes) <= set(CODES)):
            roles.columns["currency"] = e.name
            if len(codes) > 1:
                _ask(e.name, codes, [w for w in counts if w in ALSO], roles)
            return max(codes, key=codes.__getitem__)
    column, shown = _shown(roles)
    if shown:
        if len(shown) > 1 and column in roles.used:  # an amount names the currency of its row
            _ask_of_amounts(column, shown, roles)
        elif len(shown) > 1:
            listed = ", ".join(f"{name} ({number:,})" for name, number in shown.items())
            asks = f"the amounts are in several currencies: {listed}; are these the same one?"
            answer = Answer(f"currency: {next(iter(shown))}", {})
            roles.ask("currency", asks, list(shown), [answer])
        return max(shown, key=shown.__getitem__)
    for e in log.every:
        for currency in CODES:
            if currency.lower() in e.words or currency in e.name.split():
                return currency
    roles.note("currency", "no currency shows in the log")
    return "USD"


def _ask(
    column: str, codes: Mapping[str, int], shared: list[str], roles: Roles, *more: Answer
) -> None:
    ranked = sorted(codes, key=codes.__getitem__, reverse=True)
    listed = ", ".join(f"{name} ({codes[name]:,} rows)" for name in ranked)
    own = f" ({', '.join(shared)}: the currency that the layout names)" if shared else ""
    roles.ask(
        "currency",
        f"{column!r} holds {listed}{own}: money of different currencies is not summed; keep one, "
        "or give `rates: {file: rates.csv, by: currency, gives: rate}`",
        ranked,
        [*questions.of_key("currency", ranked[:4]), *more],
    )


def _ask_of_amounts(column: str, shown: Mapping[str, int], roles: Roles) -> None:
    """Ask about amounts that are written with several currencies, each of which is its row's."""
    roles.columns["currency"] = column
    without = len(roles.log.texts(column).drop_nulls()) - sum(shown.values())
    shared = [mark for mark in marked(roles.log.rows[column]) if mark in ALSO]
    shared += [f"{counted(without, 'row')} without one"] if without else []
    line = "no `currency` in `columns`, alarms: {accept: [another-currency]}"
    change = {"columns.currency": None, "alarms": {"accept": ["another-currency"]}}
    _ask(column, shown, shared, roles, Answer(line, change))


def _shown(roles: Roles) -> tuple[str, dict[str, int]]:
    """Return the currencies of amounts, in how many rows, and the column whose texts hold them.

    Without a profit those of any column of numbers count. In workbooks the formats of numbers
    tell, too; then no column is named.
    """
    named = [str(roles.columns[role]) for role in MONEY if role in roles.columns]
    if "gross_profit" not in roles.columns:
        named += [e.name for e in roles.log.every if e.is_number]
    texts = {name: roles.log.rows[name] for name in named}
    for text_column, column in texts.items():
        marks = marked(column)
        crown = next((name for name in CROWNS if name in marks), "SEK")
        shown: dict[str, int] = {}
        for mark, number in marks.items():
            if (name := crown if ALSO.get(mark) == CROWNS else code(mark)) in CODES:
                shown[name] = shown.get(name, 0) + number
        if shown:
            return text_column, shown
    return "", _formatted(named, roles.looked)


def _formatted(names: Iterable[str], looked: Looked) -> dict[str, int]:
    """Return the currencies in the number formats of the first column that has any."""
    counts = Counter[tuple[str, str]]()
    for table in looked.log:
        if table.entry.kind == "workbook":
            data, sheet = table.entry.whole(), str(table.entry.part)
            for own, cells in number_formats.of(data, sheet, CODES).items():
                name = table.drift.aliases.get(own, own)
                counts.update({(name, currency): n for currency, n in cells.items()})
    for name in names:
        if shown := {code: n for (of, code), n in counts.most_common() if of == name}:
            return shown
    return {}


def find_unit(roles: Roles) -> None:
    """Write down the unit of columns of money, by their names or by titles above the header.

    A unit from a title, and cents with decimals, are a question.
    """
    columns = {roles.columns.get(role) for role in MONEY_ROLES}
    money = [e for e in roles.log.every if e.name in columns]
    titles = [title for table in roles.looked.log for title in table.titles]
    units = {e: unit for e in money if (unit := _unit(e.name))}
    title = next((t for t in titles if money and not units and _unit(COUNTED.sub("", t))), "")
    if title:
        units = dict.fromkeys(money, _unit(COUNTED.sub("", title)) or 1)
    if not units:
        return
    scale = {e.name: unit for e, unit in units.items()}
    roles.keys["scale"] = scale
    named = ", ".join(f"{name!r} in units of {unit:g}" for name, unit in scale.items())
    answers = questions.with_or_without("scale", scale)
    where = f"a title ({title[:80]!r})" if title else "the name of a column"
    note = f"{where} says that money is not in whole units: {named}"
    doubt = "; is this right?" if title else "; but it holds decimals"
    if title or any(unit < 1 and e.whole < 1 for e, unit in units.items()):
        roles.ask("scale", f"{note}{doubt}", [e.example for e in units], answers)
    else:
        roles.settle("scale", note, answers)


def ask_for_cents(roles: Roles) -> None:
    """Ask whether money without decimals, of a known currency that has them, is in cents."""
    log, currency = roles.log, roles.keys["currency"]
    given = {role: str(roles.columns[role]) for role in MONEY_ROLES if role in roles.columns}
    names = list(dict.fromkeys(given.values()))
    is_known = "currency" in roles.columns or "currency" not in roles.notes
    if not names or not is_known or currency in ROUNDED or "scale" in roles.keys:
        return
    for name in names:
        written = log.texts(name).str.contains(r"\d[.,]\d{1,2}(\D|$)")
        if written.any() or (log.numbers(name) % 1 != 0).any():
            return
    if _end_evenly(_prices(roles, given)):
        scale = dict.fromkeys(names, 0.01)
        asks = f"all money is whole, and prices end evenly in 00 to 99: is it in {currency}, or in "
        asks += "its hundredths, such as cents?"
        answers = [Answer("no `scale`", {}), *questions.of_key("scale", [scale])]
        roles.ask("scale", asks, roles.examples(names), answers)


def _prices(roles: Roles, given: dict[str, str]) -> pl.Series:
    """Return the prices per unit of each product, each one once."""
    log, product = roles.log, roles.first("product", "division")
    name = given.get("unit_price") or given.get("revenue") or next(iter(given.values()))
    price = log.numbers(name).cast(pl.Float64).abs()
    if "unit_price" not in given and (quantity := roles.column("quantity")) not in ("", name):
        price = price / log.numbers(quantity).cast(pl.Float64).abs()
    of = log.texts(product) if product in log.of else pl.repeat("", len(price), eager=True)
    each = pl.DataFrame({"of": of, "price": price}).filter(pl.col("price").is_finite())
    return each.filter(pl.col("price") > 0).unique()["price"]


def _end_evenly(prices: pl.Series) -> bool:
    """Return whether prices are whole and end evenly in 00 to 99, as those in cents do."""
    if prices.len() < FEWEST or prices.median() < USUAL or (prices % 1 != 0).any():  # type: ignore[operator]
        return False
    last, ends = prices % 10, (prices % 100).n_unique()
    round_ends, tens = int(last.is_in([0.0, 5.0, 9.0]).sum()), int((last == 0).sum())
    is_round = round_ends > ENDS * last.len() or tens > TENS * last.len()
    return not is_round and ends >= SPREAD * min(last.len(), 100)


def _unit(name: str) -> float | None:
    """Return the unit of money that a name mentions, None without one."""
    parts = words.of(name)
    called = [unit for unit, called in words.UNITS.items() if parts & called]
    called += [unit for sign, unit in UNIT_SIGNS if sign.search(name)]
    return called[0] if called else None
