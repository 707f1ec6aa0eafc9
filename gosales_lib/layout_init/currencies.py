"""The currency of a log, and its unit where money is in cents or thousands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from gosales_lib.core.currencies import ALSO, CODES, CROWNS, code
from gosales_lib.layout_init import questions, words
from gosales_lib.layout_init.peek import Looked
from gosales_lib.layout_init.questions import Answer
from gosales_lib.layout_init.roles import MONEY, Roles
from gosales_lib.sales_log import number_formats
from gosales_lib.sales_log.currencies import marked

WHOLE = {"JPY", "KRW", "VND", "IDR", "CLP", "ISK"}
"""Currencies whose prices have no decimals."""
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
    if shown := _shown(roles):
        if len(shown) > 1:
            counted = ", ".join(f"{name} ({number:,})" for name, number in shown.items())
            asks = f"the amounts are in several currencies: {counted}; are these the same one?"
            answer = Answer(f"currency: {next(iter(shown))}", {})
            roles.ask("currency", asks, list(shown), [answer])
        return max(shown, key=shown.__getitem__)
    for e in log.every:
        for currency in CODES:
            if currency.lower() in e.words or currency in e.name.split():
                return currency
    roles.note("currency", "no currency shows in the log")
    return "USD"


def _ask(column: str, codes: dict[str, int], shared: list[str], roles: Roles) -> None:
    ranked = sorted(codes, key=codes.__getitem__, reverse=True)
    counted = ", ".join(f"{name} ({codes[name]:,} rows)" for name in ranked)
    own = f" ({', '.join(shared)}: the currency that the layout names)" if shared else ""
    roles.ask(
        "currency",
        f"{column!r} holds {counted}{own}: money of different currencies is not summed; keep one, "
        "or give `rates: {file: rates.csv, by: currency, gives: rate}`",
        ranked,
        questions.of_key("currency", ranked[:4]),
    )


def _shown(roles: Roles) -> dict[str, int]:
    """Return the currencies that amounts are written with, and in how many rows.

    Without a profit those of any column of numbers count. In workbooks the formats of numbers
    tell, too.
    """
    named = [str(roles.columns[role]) for role in MONEY if role in roles.columns]
    if "gross_profit" not in roles.columns:
        named += [e.name for e in roles.log.every if e.is_number]
    texts = {name: roles.log.rows[name] for name in named}
    for column in texts.values():
        marks = marked(column)
        crown = next((name for name in CROWNS if name in marks), "SEK")
        shown: dict[str, int] = {}
        for mark, number in marks.items():
            if (name := crown if ALSO.get(mark) == CROWNS else code(mark)) in CODES:
                shown[name] = shown.get(name, 0) + number
        if shown:
            return shown
    return _formatted(named, roles.looked)


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


def _unit(name: str) -> float | None:
    """Return the unit of money that a name mentions, None without one."""
    parts = set(words.parts(name))
    called = [unit for unit, called in words.UNITS.items() if parts & called]
    called += [unit for sign, unit in UNIT_SIGNS if sign.search(name)]
    return called[0] if called else None
